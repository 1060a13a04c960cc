# SPDX-License-Identifier: Apache-2.0
"""Training on a few clips made here: it learns, holds clips out, and refuses what is no data."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import torch

from kinora.backend.kit.motion.clips import read_clips
from kinora.backend.kit.motion.poses import codebook, material, prior, train
from kinora.shared import rotations
from kinora.shared.errors import BadOptionError
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

FRAMES = 80
X = np.array([1.0, 0, 0])


def clip(chance: np.random.Generator, shape: tuple[str, float]) -> np.ndarray:
    """(T, 22, 4) a joint that swings to and fro; Y up, facing +Z."""
    joint, degrees = shape
    turns = np.tile([1.0, 0, 0, 0], (FRAMES, 22, 1))
    swing = np.radians(degrees) * np.sin(np.arange(FRAMES) / 9 + chance.uniform(0, 6))
    for side in ("left", "right"):
        sign = 1 if side == "left" else -1
        down = rotations.from_axis_angle(np.array([0, 0, 1.0]), np.full(FRAMES, -sign * 1.3))
        turns[:, INDEX[f"{side}_shoulder"]] = down
    turns[:, INDEX[joint]] = rotations.from_axis_angle(X, np.abs(swing))
    return rotations.normalise(turns)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Clips of three kinds, one `reduced` and one with a knee the wrong way, and a bank."""
    folder = tmp_path_factory.mktemp("poses")
    chance = np.random.default_rng(1)
    kinds = [("left_knee", 60), ("right_knee", 70), ("spine1", 40)] * 6 + [("left_knee", -90)] * 2
    takes = [clip(chance, kind) for kind in kinds]
    takes[-1] = takes[-1] * [1.0, -1, -1, -1]
    takes[-1][:, INDEX["left_shoulder"]] = takes[0][:, INDEX["left_shoulder"]]
    takes[-1][:, INDEX["right_shoulder"]] = takes[0][:, INDEX["right_shoulder"]]
    offsets = np.full((22, 3), 0.1, np.float32)
    np.savez(
        folder / "motions.npz",
        quats=np.concatenate(takes).astype(np.float16),
        root=np.zeros((FRAMES * len(takes), 3), np.float32),
        start=np.arange(len(takes)) * FRAMES,
        length=np.full(len(takes), FRAMES),
        ids=np.array([f"clip_{number}" for number in range(len(takes))]),
        joints=np.array(JOINTS),
        parents=np.array(PARENTS),
        rest_offsets=offsets,
    )
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["clip_id", "description", "action_class", "detail"])
        for number, (joint, _) in enumerate(kinds):
            detail = "reduced" if number == 0 else "full"
            rows.writerow([f"clip_{number}", f"a {joint} bends", "bend", detail])
    own = read_clips(folder).clips[5].rotations
    np.savez(
        folder / "bank.npz", rotations=own, action=np.zeros(FRAMES, np.int16), actions=["bend"]
    )
    return folder


def test_what_is_learnt_is_whole_possible_and_not_held_out(data):
    found = material.gather(data, data / "bank.npz")
    held = {clip.name for clip in read_clips(data).clips if material.is_held_out(clip)}
    assert held == {"clip_4", "clip_10"}
    assert found.captions == (
        "a left_knee bends", "a right_knee bends", "a spine1 bends", "action:bend"
    )  # fmt: skip
    # Twenty takes and the bank, without the reduced one; the last bends its knee the wrong way,
    # beyond its limit in most frames.
    assert 19 * FRAMES < len(found.rotations) < 20 * FRAMES
    shares = found.shares()
    assert shares[found.is_held_out].max() == 0 and shares.sum() == pytest.approx(1)
    per_caption = np.bincount(found.caption, shares)
    learnt = found.caption[~found.is_held_out]
    counts = np.bincount(learnt)
    assert np.allclose(per_caption / per_caption[0], np.sqrt(counts / counts[0]))


def test_a_short_training_learns_and_leaves_both_files(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(train, "POSES", 1200)
    monkeypatch.setattr(train, "CLUSTERS", 40)
    monkeypatch.setattr(train, "BATCH", 64)
    quality = train.main(data, data / "bank.npz", tmp_path, "cpu", steps=60)
    assert "coded again" in capsys.readouterr().out
    # An untrained network is off by more than forty degrees.
    assert quality.learnt < 10 and quality.captured > 0.99
    book = codebook.read(tmp_path / codebook.FILE.name)
    assert len(book.codes) == 40 and set(book.captions) >= {"action:bend", "a spine1 bends"}
    tensors = prior._read(tmp_path / prior.WEIGHTS.name)
    network = prior.build(tensors, "kinora", "")
    poses = book.poses(prior.PosePrior(network, "kinora"), torch.arange(40))
    assert poses.shape == (40, 22, 4) and poses.isfinite().all()


def test_a_bank_that_is_none_is_refused_with_what_to_do(data, tmp_path):
    for content in (None, b"no bank"):
        path = tmp_path / "bank.npz"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(BadOptionError, match="holds no poses"):
            material.gather(data, path)


def test_poses_keep_their_lean_and_lose_their_heading():
    lean = rotations.from_axis_angle(X, np.array(0.6))
    turns = np.tile([1.0, 0, 0, 0], (5, 22, 1))
    yaw = rotations.from_axis_angle(np.array([0, 0, 1.0]), np.linspace(-3, 3, 5))
    turns[:, 0] = rotations.multiply(yaw, np.broadcast_to(lean, (5, 4)))
    assert np.allclose(np.abs(material.faced(turns)[:, 0]), np.abs(lean), atol=1e-6)


def test_somebody_who_lies_keeps_lying_with_the_feet_to_the_front_or_the_back():
    turns = np.tile([1.0, 0, 0, 0], (4, 22, 1))
    yaw = rotations.from_axis_angle(np.array([0, 0, 1.0]), np.linspace(-2, 2, 4))
    flat = rotations.from_axis_angle(X, np.radians([90.0, -90.0, 90.0, -90.0]))
    turns[:, 0] = rotations.multiply(yaw, flat)
    spine = rotations.rotate(material.faced(turns)[:, 0], np.array([0, 0, 1.0]))
    assert np.abs(spine[:, 2]).max() < 1e-6 and np.abs(spine[:, 0]).max() < 1e-6
