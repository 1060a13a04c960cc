# SPDX-License-Identifier: Apache-2.0
"""What is written is read back; what is placed, turned or resampled is where closed forms say."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp
from walkers import from_pelvis, make_moved

from kinora.shared.errors import BadOptionError
from kinora.shared.motion_files.array_writing import amass_npz, motion_npz
from kinora.shared.motion_files.average_body import OFFSETS
from kinora.shared.motion_files.bvh_writing import write_bvh
from kinora.shared.motion_files.placing import first_seconds, heading, resampled, turned
from kinora.shared.motion_files.reading import read
from kinora.shared.results import FaceCurve, Motion
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS


def motion_of(moved, fps: float | None = None) -> Motion:
    return Motion(
        name="walk",
        fps=fps or moved.fps,
        joint_names=JOINTS,
        parents=np.array(PARENTS, np.int32),
        rest_offsets=moved.offsets.astype(np.float32),
        local_rotations=moved.quaternions.astype(np.float32),
        root_translation=moved.root.astype(np.float32),
        joints=moved.places.astype(np.float32),
    )


@pytest.fixture(scope="module")
def walk(moved):
    return motion_of(moved)


def angles(first: Motion, second: Motion) -> np.ndarray:
    """(T, J) degrees between local rotations."""
    dots = (first.local_rotations.astype(float) * second.local_rotations).sum(-1)
    return np.degrees(2 * np.arccos(np.clip(np.abs(dots), 0, 1)))


def test_our_own_file_comes_back_whole(walk):
    frames = len(walk.joints)
    curls = np.linspace(-0.5, 1.2, frames * 10).reshape(frames, 2, 5).astype(np.float32)
    blinks = FaceCurve("eyeBlinkLeft", np.linspace(0, 1, frames).astype(np.float32))
    whole = replace(walk, fingers=curls, face=(blinks,), is_cyclic=True)
    taken = read("walk.npz", motion_npz(whole))
    assert taken.source == "Kinora" and not taken.notes
    for field in ("rest_offsets", "local_rotations", "root_translation", "fingers"):
        assert np.allclose(getattr(taken.motion, field), getattr(whole, field), atol=1e-6), field
    assert np.allclose(taken.motion.joints, whole.joints, atol=1e-5)
    assert taken.motion.is_cyclic and taken.motion.fps == 30
    assert taken.motion.face[0].name == "eyeBlinkLeft"
    assert np.allclose(taken.motion.face[0].values, blinks.values)


@pytest.mark.parametrize("fps", [24, 25, 29.97, 30, 60, 120])
def test_bvh_comes_back(moved, fps):
    walk = motion_of(moved, fps)
    taken = read("walk.bvh", write_bvh(walk).encode())
    assert not taken.notes
    assert taken.motion.fps == pytest.approx(fps, rel=2e-3)
    assert angles(taken.motion, walk).max() < 0.05
    assert np.abs(from_pelvis(taken.motion.joints) - from_pelvis(walk.joints)).max() < 1e-4


def test_amass_comes_back_on_the_average_body(walk):
    taken = read("walk_poses.npz", amass_npz(walk))
    assert taken.source == "AMASS" and taken.motion.fps == 30
    assert angles(taken.motion, walk).max() < 0.05
    bones = [INDEX["left_knee"], INDEX["left_ankle"]]
    size = np.linalg.norm(OFFSETS[bones], axis=1).sum() / 0.83
    went = walk.root_translation[-1, :2] - walk.root_translation[0, :2]
    assert np.allclose(taken.motion.root_translation[-1, :2], size * went, atol=1e-4)


def test_fingers_come_back_from_amass(walk):
    wave = np.sin(np.linspace(0, 9, len(walk.joints)))[:, None, None]
    curls = (0.35 + 0.8 * wave * np.linspace(0.4, 1, 10).reshape(2, 5)).astype(np.float32)
    taken = read("a.npz", amass_npz(replace(walk, fingers=np.clip(curls, -0.5, 1.2))))
    assert np.abs(taken.motion.fingers - np.clip(curls, -0.5, 1.2)).max() < 1e-3


def test_amass_files_hold_what_others_ask_for(walk):
    with np.load(io.BytesIO(amass_npz(walk)), allow_pickle=False) as data:
        assert data["poses"].shape == (40, 156) and data["trans"].shape == (40, 3)
        assert data["betas"].shape == (16,) and not data["betas"].any()
        assert str(data["gender"]) == "neutral" and data["mocap_framerate"] == 30
        # Who stands has the pelvis turned from SMPL's Y up to the file's Z up.
        root = Rotation.from_rotvec(data["poses"][:, :3])
        assert (root.apply([0, 1, 0])[:, 2] > 0.9).all()


def test_resampled_joints_turn_evenly(walk, moved):
    slow = resampled(walk, 50)
    time = np.arange(len(slow.joints)) / 50
    assert len(slow.joints) == int(39 / 30 * 50) + 1
    knee = INDEX["left_knee"]
    told = Slerp(np.arange(40) / 30, moved.turns[knee])(np.minimum(time, 39 / 30))
    found = Rotation.from_quat(slow.local_rotations[:, knee], scalar_first=True)
    assert (told.inv() * found).magnitude().max() < 1e-3
    for axis in range(3):
        path = np.interp(time, np.arange(40) / 30, walk.root_translation[:, axis])
        assert np.allclose(slow.root_translation[:, axis], path, atol=1e-5)


def test_resampling_to_the_same_rate_changes_nothing(walk):
    same = resampled(walk, 30)
    assert np.allclose(same.joints, walk.joints, atol=1e-5)


@pytest.mark.parametrize("fps", [24, 60])
def test_a_resampled_loop_goes_on_over_its_seam(walk, fps):
    count, way = 30, np.array([0.0, -1.2, 0.0])
    swing = 0.5 * np.sin(2 * np.pi * np.arange(count) / count)
    turns = np.tile(np.float32([1, 0, 0, 0]), (count, 22, 1))
    knee = INDEX["left_knee"]
    turns[:, knee] = Rotation.from_rotvec(swing[:, None] * [1, 0, 0]).as_quat(scalar_first=True)
    loop = replace(
        walk,
        local_rotations=turns,
        root_translation=np.float32(np.arange(count)[:, None] / 30 * way),
        joints=walk.joints[:count],
        is_cyclic=True,
    )
    found = resampled(loop, fps)
    time = np.arange(fps) / fps
    assert np.allclose(found.root_translation, time[:, None] * way, atol=1e-5)
    bends = Rotation.from_quat(found.local_rotations[:, knee], scalar_first=True).as_rotvec()[:, 0]
    assert np.abs(bends - 0.5 * np.sin(2 * np.pi * time)).max() < 0.005


def test_curves_of_a_face_stay_between_none_and_all(walk):
    wild = np.linspace(-3, 9, len(walk.joints)).astype(np.float32)
    taken = read("walk.npz", motion_npz(replace(walk, face=(FaceCurve("jawOpen", wild),))))
    [curve] = taken.motion.face
    assert np.allclose(curve.values, np.clip(wild, 0, 1))


def test_a_body_without_legs_is_refused(walk):
    flat = replace(walk, rest_offsets=np.zeros((22, 3), np.float32))
    with pytest.raises(BadOptionError, match="legs have no length"):
        read("flat.npz", motion_npz(flat))


def test_resampling_has_an_end():
    long = motion_of(make_moved(400))
    with pytest.raises(BadOptionError, match="20,000"):
        resampled(replace(long, fps=1.0), 240)


@pytest.mark.parametrize("degrees", [-170, -30, 45, 90])
def test_turning_turns_everything(walk, degrees):
    moved = turned(walk, np.radians(degrees))
    spin = Rotation.from_euler("z", degrees, degrees=True)
    assert np.allclose(
        moved.joints, spin.apply(walk.joints.reshape(-1, 3)).reshape(-1, 22, 3), atol=1e-5
    )
    change = np.degrees(heading(moved) - heading(walk))
    assert (change - degrees + 180) % 360 - 180 == pytest.approx(0, abs=1e-3)


def test_heading_is_that_of_the_body(moved, walk):
    front = moved.turns[0][0].apply([0, -1, 0])
    assert heading(walk) == pytest.approx(np.arctan2(front[0], -front[1]), abs=1e-5)


def test_the_first_seconds_are_the_first_frames(walk):
    short = first_seconds(replace(walk, is_cyclic=True), 0.5)
    assert len(short.joints) == len(short.local_rotations) == 15 and not short.is_cyclic
    assert np.array_equal(short.joints, walk.joints[:15])
