# SPDX-License-Identifier: Apache-2.0
"""`kinora motion convert`: from file to file, with a word on what was guessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from kinora.backend.cli import make_app
from kinora.backend.systems import SYSTEMS
from kinora.shared.motion_files.bvh_writing import write_bvh
from kinora.shared.motion_files.reading import read


def convert(*words: str | Path) -> Result:
    return CliRunner().invoke(make_app(SYSTEMS), ["motion", "convert", *map(str, words)])


@pytest.fixture
def bvh(box_character, tmp_path) -> Path:
    path = tmp_path / "walk.bvh"
    path.write_text(write_bvh(box_character.motion))
    return path


@pytest.mark.parametrize(
    ("out", "more", "source"),
    [("b.bvh", (), "BVH"), ("b.npz", (), "Kinora"), ("b.npz", ("--amass",), "AMASS")],
)
def test_every_form_is_written_and_read_back(bvh, tmp_path, out, more, source):
    done = convert(bvh, "-o", tmp_path / out, *more)
    assert done.exit_code == 0, done.output
    first = read(bvh.name, bvh.read_bytes()).motion
    again = read(out, (tmp_path / out).read_bytes())
    assert again.source == source
    likeness = np.abs((again.motion.local_rotations * first.local_rotations).sum(-1))
    assert likeness.min() > 1 - 1e-5


def test_another_rate_and_what_was_guessed_are_told(bvh, tmp_path):
    done = convert(bvh, "-o", tmp_path / "b.bvh", "--fps", "48")
    assert done.exit_code == 0 and "48 fps" in done.output
    assert read("b.bvh", (tmp_path / "b.bvh").read_bytes()).motion.fps == 48


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "b.fbx"), ".bvh and .npz"),
        (("-o", "b.bvh", "--amass"), "AMASS files are .npz"),
        (("-o", "walk.bvh"), "there already"),
    ],
)
def test_what_cannot_be_is_refused(bvh, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    done = convert(bvh, *words)
    assert done.exit_code == 2 and said in done.output
    assert not (tmp_path / "b.bvh").exists()


def test_a_file_that_is_no_motion_gets_a_sentence(tmp_path):
    (tmp_path / "a.bvh").write_text("HIERARCHY\nROOT")
    done = convert(tmp_path / "a.bvh", "-o", tmp_path / "b.bvh")
    assert done.exit_code == 2 and "BVH" in done.output
    assert not (tmp_path / "b.bvh").exists()
