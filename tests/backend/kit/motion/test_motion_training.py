# SPDX-License-Identifier: Apache-2.0
"""Training on a small file made here: it learns the gait, plays nothing back, refuses bad files."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from kinora.backend.kit.motion import clips, train
from kinora.backend.kit.motion.model import WEIGHTS, Manner, load_model, perform_learnt
from kinora.shared import rotations
from kinora.shared.errors import BadOptionError, MissingWeightsError
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

FRAMES = 120
OFFSETS = np.zeros((22, 3), np.float32)
for _name, _offset in {
    "left_hip": (0.09, -0.08, 0), "right_hip": (-0.09, -0.08, 0), "spine1": (0, 0.1, 0),
    "left_knee": (0, -0.42, 0), "right_knee": (0, -0.42, 0), "spine2": (0, 0.12, 0),
    "left_ankle": (0, -0.41, 0), "right_ankle": (0, -0.41, 0), "spine3": (0, 0.12, 0),
    "left_foot": (0, -0.06, 0.14), "right_foot": (0, -0.06, 0.14), "neck": (0, 0.17, 0),
    "left_collar": (0.03, 0.12, 0), "right_collar": (-0.03, 0.12, 0), "head": (0, 0.11, 0.02),
    "left_shoulder": (0.15, 0, 0), "right_shoulder": (-0.15, 0, 0),
    "left_elbow": (0.28, 0, 0), "right_elbow": (-0.28, 0, 0),
    "left_wrist": (0.26, 0, 0), "right_wrist": (-0.26, 0, 0),
}.items():  # fmt: skip
    OFFSETS[INDEX[_name]] = _offset


def stepping(random, swing):
    """(T, 22, 4), (T, 3) legs and arms swinging about x; Y up, going to +Z."""
    phase = 2 * np.pi * np.arange(FRAMES) / 33 + random.uniform(0, 6)
    turns = np.tile([1.0, 0, 0, 0], (FRAMES, 22, 1))
    axis = np.array([1.0, 0, 0])
    for side, sign in (("left", 1.0), ("right", -1.0)):
        hip = -sign * swing * np.sin(phase)
        knee = 0.5 * (1 - np.cos(phase + (0 if sign > 0 else np.pi)))
        turns[:, INDEX[f"{side}_hip"]] = rotations.from_axis_angle(axis, hip)
        turns[:, INDEX[f"{side}_knee"]] = rotations.from_axis_angle(axis, knee)
        down = rotations.from_axis_angle(np.array([0.0, 0, 1]), np.full(FRAMES, -sign * 1.4))
        turns[:, INDEX[f"{side}_shoulder"]] = rotations.multiply(
            rotations.from_axis_angle(axis, -hip), down
        )
    wobble = random.normal(0, 0.05, (FRAMES // 10 + 1, 3))
    lean = np.stack([np.interp(np.arange(FRAMES) / 10, range(len(wobble)), w) for w in wobble.T], 1)
    turns[:, INDEX["spine2"], 1:] += lean
    root = np.stack([0 * phase, 0.98 + 0 * phase, np.arange(FRAMES) * 0.04], axis=1)
    return rotations.normalise(turns), root


def write_mocap(folder, actions):
    random = np.random.default_rng(1)
    takes = [stepping(random, random.uniform(0.35, 0.5)) for _ in actions]
    count = len(takes)
    arrays = {
        "quats": np.concatenate([turns for turns, _ in takes]).astype(np.float16),
        "root": np.concatenate([root for _, root in takes]).astype(np.float32),
        "start": np.arange(count) * FRAMES,
        "length": np.full(count, FRAMES),
        "ids": np.array([f"take_{number}" for number in range(count)]),
        "joints": np.array(JOINTS),
        "parents": np.array(PARENTS),
        "rest_offsets": OFFSETS,
        "fps": 30,
    }
    np.savez(folder / "motions.npz", **arrays)
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["clip_id", "action_class", "detail"])
        rows.writerows([f"take_{number}", action, "full"] for number, action in enumerate(actions))
    return folder / "motions.npz"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mocap")
    mocap = write_mocap(folder, ["walk"] * 5 + ["dance"] * 3)
    output = folder / "motion.safetensors"
    return mocap, output, train.main(mocap, output)


def test_training_makes_a_model_that_walks(trained):
    _, output, quality = trained
    model = load_model(output)
    assert set(model.actions) == {"walk", "ballet"} == {row.action for row in quality}
    performance = perform_learnt(model, "walk", Manner(), 0)
    seconds = len(performance.root) / clips.FPS
    speed = -performance.travel[1] / seconds * clips.leg_length(model.rest_offsets)
    # What was written goes 0.04 m a frame; the pelvis faces where it goes.
    assert speed == pytest.approx(1.2, rel=0.1)


def test_nothing_generated_is_a_clip(trained):
    for row in trained[2]:
        assert row.nearest > 0.3
        assert row.covered > 0.1


def test_the_judge_would_find_a_clip_played_back(trained):
    mocap, _, _ = trained
    clip = clips.read_clips(mocap).clips[0]
    seconds = train._seconds(clip.rotations, clip.root, 3)
    assert train._degrees(seconds, seconds).min(1).max() < 0.1


def test_training_twice_gives_the_same_file(trained, tmp_path):
    mocap, output, _ = trained
    train.main(mocap, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == output.read_bytes()


def test_clips_turn_into_our_frame(trained):
    clip = clips.read_clips(trained[0]).clips[0]
    way = clip.root[-1] - clip.root[0]
    assert way[1] < -4 and abs(way[0]) < 1e-6 and clip.root[0, 2] == pytest.approx(0.98, abs=1e-3)


def test_features_are_the_motion_again(trained):
    clip = clips.read_clips(trained[0]).clips[2]
    turns, root = clips.from_features(clips.features(clip.rotations, clip.root))
    assert np.abs((turns * clip.rotations).sum(-1)).min() > 1 - 1e-6
    assert np.abs(root - (clip.root - clip.root[0] * [1, 1, 0])).max() < 0.03


def test_mirroring_twice_changes_nothing(trained):
    clip = clips.read_clips(trained[0]).clips[0]
    turns, root = clips.mirror(*clips.mirror(clip.rotations, clip.root))
    assert np.array_equal(turns, clip.rotations) and np.array_equal(root, clip.root)


@pytest.mark.parametrize("broken", ["absent", "no labels", "not npz", "no arrays", "other joints"])
def test_a_bad_file_is_refused_in_words(tmp_path, broken):
    mocap = tmp_path / "motions.npz"
    if broken != "absent":
        write_mocap(tmp_path, ["walk"])
    if broken == "no labels":
        (tmp_path / "labels.csv").unlink()
    if broken == "not npz":
        mocap.write_bytes(b"PK\x03\x04 and then nothing")
    if broken == "no arrays":
        np.savez(mocap, quats=np.zeros((3, 22, 4)))
    if broken == "other joints":
        with np.load(mocap) as data:
            arrays = dict(data) | {"joints": np.array([f"j{n}" for n in range(22)])}
        np.savez(mocap, **arrays)
    with pytest.raises(BadOptionError) as refused:
        train.main(mocap, tmp_path / "out.safetensors")
    assert refused.value.message and not (tmp_path / "out.safetensors").exists()


def test_clips_of_no_known_action_are_refused(tmp_path):
    with pytest.raises(BadOptionError, match="No clip"):
        train.main(write_mocap(tmp_path, ["knitting"]), tmp_path / "out.safetensors")


def test_a_missing_or_broken_model_is_said_in_words(tmp_path):
    with pytest.raises(MissingWeightsError):
        load_model(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"nonsense")
    with pytest.raises(MissingWeightsError):
        load_model(tmp_path / "bad.safetensors")


def test_the_shipped_model_is_small_and_knows_its_actions():
    assert WEIGHTS.stat().st_size < 8e6
    assert {"walk", "run", "jump", "kick", "salsa", "balance"} <= set(load_model().actions)
