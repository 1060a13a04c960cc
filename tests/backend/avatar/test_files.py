# SPDX-License-Identifier: Apache-2.0
"""A job leaves every file whole, or none; a motion alone leaves no character."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinora.backend.avatar import preview
from kinora.backend.avatar.files import Summary, write_files
from kinora.shared.errors import JobCancelledError, StorageError
from kinora.shared.results import FaceCurve, MotionResult
from kinora.shared.skeleton import JOINTS

TINY = preview.Look(48, 64, 6, 30, (40, 64))
AVATAR = {"avatar.glb", "avatar.ply", "avatar.obj", "avatar.mtl"} | {
    f"avatar{number}_color.{kind}" for number in ("", "_1") for kind in ("png", "jpeg")
}
ALL = AVATAR | {"motion.npz", "motion.bvh", "preview.mp4", "preview.png", "result.json"}


class Job:
    """A run that remembers what was reported, and is cancelled at a fraction, if ever."""

    device = "cpu"

    def __init__(self, folder: Path, cancel_at: float = 2.0) -> None:
        self.folder, self.cancel_at = folder, cancel_at
        self.reports, self.previews = [], []

    def report(self, fraction, note, preview=None):
        self.reports.append(fraction)
        self.previews += [preview] if preview else []
        self.check_cancelled()

    def check_cancelled(self):
        if self.reports and self.reports[-1] >= self.cancel_at:
            raise JobCancelledError("Cancelled.")


@pytest.fixture(autouse=True)
def tiny_pictures(monkeypatch):
    monkeypatch.setitem(preview.LOOKS, "draft", TINY)


@pytest.fixture
def summary():
    words = {"shape": "", "appearance": "", "motion": "waves \N{WAVING HAND SIGN}"}
    body = {"model": "boxes", "parameters": {}, "height_m": 1.8, "mass_kg": 70.0}
    return Summary("avatar", "0.1.0", words, 3, "draft", "none", body, {"shape": 0.25})


def test_every_file_is_there_and_listed_with_its_checksum(box_character, summary, tmp_path):
    job = Job(tmp_path)
    names = write_files(box_character, box_character, summary, job)
    assert set(names) == ALL == {path.name for path in tmp_path.iterdir()}
    facts = json.loads((tmp_path / "result.json").read_text())
    assert set(facts["files"]) == ALL - {"result.json"}
    for name, digest in facts["files"].items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest
    assert facts["prompts"] == dict(summary.prompts)
    assert facts["notes"] == ["a note"]
    assert facts["timings_s"]["total"] == pytest.approx(0.25 + facts["timings_s"]["files"])
    assert facts["peak_memory_bytes"] > 2**20
    assert job.reports == sorted(job.reports) and job.reports[-1] < 1
    shown = Image.open(io.BytesIO(job.previews[0].data.tobytes()))
    sheet = Image.open(tmp_path / "preview.png")
    assert shown.format == "PNG" and max(shown.size) <= 768
    assert shown.width / shown.height == pytest.approx(sheet.width / sheet.height, rel=0.02)


def test_what_a_stage_before_left_is_listed_too(box_character, summary, tmp_path):
    (tmp_path / "state.safetensors").write_bytes(b"where sculpting ended")
    names = write_files(box_character, box_character, summary, Job(tmp_path))
    facts = json.loads((tmp_path / "result.json").read_text())
    assert "state.safetensors" in names and "state.safetensors" in facts["files"]
    assert (tmp_path / "state.safetensors").read_bytes() == b"where sculpting ended"


def test_the_encoder_its_scores_and_its_confidence_are_told(box_character, summary, tmp_path):
    scores = {"shape": {"before": 0.1, "after": 0.2}}
    judged = dataclasses.replace(summary, encoder="kinora", scores=scores, confidence=0.75)
    write_files(box_character, box_character, judged, Job(tmp_path))
    facts = json.loads((tmp_path / "result.json").read_text())
    assert (facts["encoder"], facts["scores"], facts["confidence"]) == ("kinora", scores, 0.75)


def test_the_motion_file_holds_what_the_design_says(box_character, summary, tmp_path):
    write_files(box_character, box_character, summary, Job(tmp_path))
    motion = box_character.motion
    with np.load(tmp_path / "motion.npz", allow_pickle=False) as found:
        assert found["fps"] == 24 and found["fps"].dtype == np.float32
        assert tuple(found["joint_names"]) == JOINTS
        for name in ("rest_offsets", "local_rotations", "root_translation", "joints"):
            assert found[name].dtype == np.float32
            assert np.array_equal(found[name], getattr(motion, name))
        assert np.array_equal(found["parents"], motion.parents)


def test_a_motion_alone_leaves_no_character(box_character, summary, tmp_path):
    result = MotionResult(box_character.motion, box_character.rig)
    names = write_files(box_character, result, summary, Job(tmp_path))
    assert set(names) == ALL - AVATAR == {path.name for path in tmp_path.iterdir()}


def test_a_character_without_motion_gets_a_still(box_character, summary, tmp_path):
    character = dataclasses.replace(box_character, motion=None)
    names = write_files(character, character, summary, Job(tmp_path))
    assert set(names) == ALL - {"motion.npz", "motion.bvh"}
    with Image.open(tmp_path / "preview.png") as sheet:
        assert sheet.size == (5 * 40, 64)


@pytest.mark.parametrize("moment", [0.5, 0.6, 0.8])
def test_a_cancelled_job_leaves_nothing(box_character, summary, tmp_path, moment):
    with pytest.raises(JobCancelledError):
        write_files(box_character, box_character, summary, Job(tmp_path, cancel_at=moment))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said_so_and_leaves_nothing(box_character, summary, tmp_path, monkeypatch):
    write = Path.write_bytes

    def full(self, data):
        if self.name == "preview.png":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="full"):
        write_files(box_character, box_character, summary, Job(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_said_so(box_character, summary, tmp_path):
    with pytest.raises(StorageError, match="cannot be written"):
        write_files(box_character, box_character, summary, Job(tmp_path / "gone"))


def test_fingers_and_a_face_are_in_the_motion_file_where_they_move(
    box_character, summary, tmp_path
):
    frames = len(box_character.motion.local_rotations)
    curve = FaceCurve("jawOpen", np.linspace(0, 1, frames, dtype=np.float32))
    fingers = np.full((frames, 2, 5), 0.25, np.float32)
    motion = dataclasses.replace(box_character.motion, fingers=fingers, face=(curve,))
    character = dataclasses.replace(box_character, motion=motion)
    write_files(character, character, summary, Job(tmp_path))
    with np.load(tmp_path / "motion.npz", allow_pickle=False) as found:
        assert np.array_equal(found["fingers"], fingers)
        assert tuple(found["face_names"]) == ("jawOpen",)
        assert np.array_equal(found["face"][:, 0], curve.values)


def test_fingers_and_face_at_rest_are_not_written(box_character, summary, tmp_path):
    write_files(box_character, box_character, summary, Job(tmp_path))
    with np.load(tmp_path / "motion.npz", allow_pickle=False) as found:
        assert not {"fingers", "face", "face_names"} & set(found.files)
