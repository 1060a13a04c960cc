# SPDX-License-Identifier: Apache-2.0
"""Codebooks are kept whole, and never used with an encoder that did not make them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from kinora.backend.avatar.ranking import codebook as codebooks
from kinora.backend.avatar.ranking import stage
from kinora.backend.avatar.ranking.codebook import (
    ADULT,
    load_codebook,
    look_at_test,
    make_codebook,
    person,
    points,
    save_codebook,
)
from kinora.backend.avatar.shape import with_levels
from kinora.shared.errors import StorageError


@pytest.fixture
def few(monkeypatch):
    """A world of two builds and one age."""
    monkeypatch.setattr(codebooks, "LEVELS", ((0.0,), (0.0, 3.0), (0.0,)))
    monkeypatch.setattr(codebooks, "AGES", (ADULT,))


def test_every_body_is_as_its_levels_say_and_neutral_is_the_average(ruler, few):
    made = make_codebook(ruler, "cpu")
    assert len(made.seen) == len(points()) == 4
    fat = made.levels[:, 1] > 0
    assert (made.seen[fat, :, 1].mean(1) > made.seen[~fat, :, 1].mean(1)).all()
    for is_female in (False, True):
        plain = (made.female == is_female) & ~fat
        assert torch.equal(made.neutral(is_female), made.seen[plain][0])


def test_a_codebook_is_read_back_for_its_own_encoder_alone(ruler, few, tmp_path):
    path = tmp_path / "new" / "codebook.safetensors"
    made = make_codebook(ruler, "cpu")
    save_codebook(made, path)
    read = load_codebook(path, look_at_test(ruler, "cpu"))
    assert read is not None
    torch.testing.assert_close(read.seen, made.seen, atol=2e-3, rtol=0)
    assert torch.equal(read.levels, made.levels)
    assert load_codebook(path, torch.nn.functional.normalize(torch.randn(3), dim=0)) is None
    assert load_codebook(path, torch.ones(5)) is None
    path.write_bytes(path.read_bytes()[:-9])
    assert load_codebook(path, made.test) is None


def test_a_place_that_cannot_be_written_is_told(ruler, few, tmp_path):
    path = tmp_path / "codebook.safetensors"
    path.with_name(f"{path.name}.part").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        save_codebook(make_codebook(ruler, "cpu"), path)


def test_sight_is_made_once_and_kept(ruler, few, tmp_path, monkeypatch):
    monkeypatch.setenv("KINORA_DATA", str(tmp_path))
    monkeypatch.setattr(stage, "load_encoder", lambda *_: ruler)
    monkeypatch.setattr(stage, "_loaded", {})
    reported: list[float] = []
    first = stage.load_sight("clip-vit-b32", "cpu", reported.append)
    assert reported[-1] == 1.0
    monkeypatch.setattr(stage, "_loaded", {})
    monkeypatch.setattr(stage, "make_codebook", lambda *_: pytest.fail("made again"))
    again = stage.load_sight("clip-vit-b32", "cpu", reported.append)
    torch.testing.assert_close(again.codebook.seen, first.codebook.seen, atol=2e-3, rtol=0)


class Job:
    """A run that remembers what it said."""

    device = "cpu"

    def __init__(self, folder):
        self.folder, self.said = folder, []

    def report(self, fraction, note, preview=None):
        self.said.append(note)


def test_drafts_are_never_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(stage, "load_sight", lambda *_: pytest.fail("looked"))
    reading = with_levels(person(True, ADULT), {})
    run = Job(tmp_path)
    assert stage.judged(reading, "a fat woman", "kinora", "draft", run).reading is reading
    found = stage.judged(reading, "a fat woman", "clip-vit-b32", "draft", run)
    assert found.reading is reading and "clip-vit-b32" in found.notes[0]
    assert stage.judged(reading, " ", "kinora", "standard", run).scores == {}


def test_a_standard_job_tells_scores_before_and_after(ruler, small_codebook, tmp_path, monkeypatch):
    sight = stage.Sight(ruler, small_codebook)
    monkeypatch.setattr(stage, "load_sight", lambda *_: sight)
    plain = with_levels(person(False, ADULT), {})
    reading = replace(plain, unknown=("broad",))
    found = stage.judged(reading, "a broad man", "kinora", "standard", Job(tmp_path))
    assert found.scores["shape"]["after"] > found.scores["shape"]["before"]
    assert found.reading.mass_kg > plain.mass_kg
