# SPDX-License-Identifier: Apache-2.0
"""Motions made larger or kept on the spot, and bodies seen upright, without Blender."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tube_systems import other_rigs

from kinora.blender_addon.retarget import feet, reshape, stance
from kinora.shared import posing, rotations
from kinora.shared.skeleton import INDEX


@pytest.mark.parametrize("name", ["walk", "wave", "crouch"])
def test_none_of_a_motion_stands_still_and_more_swings_further(name: str) -> None:
    motion = other_rigs.load_motion(name)
    swings = []
    for amount in (0.0, 0.5, 1.0, 1.5):
        larger = reshape.enlarged(motion, amount)
        larger.check()
        relative = larger.joints - larger.joints[:, :1]
        swings.append(np.ptp(relative, axis=0).max())
        if amount == 0.0:
            assert np.ptp(larger.joints, axis=0).max() < 0.02
    assert swings == sorted(swings)


def test_knees_and_elbows_do_not_open_wider_than_the_motion_opens_them() -> None:
    motion = other_rigs.load_motion("walk")
    larger = reshape.enlarged(motion, 2.0)
    for ends in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")):
        for side in ("left", "right"):
            joints = [INDEX[f"{side}_{part}"] for part in ends]
            assert opening(larger.joints, joints) < opening(motion.joints, joints) + 4


def opening(places: np.ndarray, joints: list[int]) -> float:
    """Degrees at the middle joint where it is widest."""
    first, middle, last = (places[:, joint] for joint in joints)
    a, b = first - middle, last - middle
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).max())


def test_longer_steps_go_further() -> None:
    motion = other_rigs.load_motion("walk")
    ways = [
        np.linalg.norm(reshape.enlarged(motion, amount).root_translation[-1, :2])
        for amount in (0.5, 1.0, 1.5)
    ]
    assert ways[0] < 0.8 * ways[1] < 0.8 * ways[2] / 1.15


def test_the_way_of_a_straight_walk_is_straight_and_even() -> None:
    motion = other_rigs.load_motion("walk")
    way = reshape.way_of(motion)
    assert np.abs(np.diff(way, n=2, axis=0)).max() < 0.005
    left = motion.root_translation - way
    assert np.ptp(left[:, :2], axis=0).max() < 0.12


def test_a_body_is_seen_upright_however_its_armature_lies() -> None:
    offsets = other_rigs.load_motion("walk").rest_offsets.astype(np.float64)
    joints = other_rigs.t_pose(offsets)
    generator = np.random.default_rng(4)
    for _ in range(20):
        turn = rotations.to_matrix(rotations.normalise(generator.normal(size=4)))
        lying = joints @ turn.T * 37.0
        upright = lying @ stance.find_axes(lying) / 37.0
        off = np.linalg.norm(upright - joints, axis=1)
        assert off.max() < np.tan(stance.NEARLY) * 1.9
    # A back that leans a little does not tilt the body.
    leaning = rotations.rotate(rotations.from_axis_angle(np.array([1.0, 0, 0]), 0.2), joints)
    assert np.allclose(stance.find_axes(leaning), np.eye(3))


def test_where_a_motions_feet_stand_is_read_from_it() -> None:
    for name in ("walk", "wave", "crouch"):
        motion = other_rigs.load_motion(name)
        lowest = (motion.joints[:, feet.FEET, 2] - feet.standing_heights(motion)).min(axis=1)
        assert abs(np.median(lowest)) < 0.01


def test_planted_feet_stay_planted_on_other_legs() -> None:
    motion = other_rigs.load_motion("walk")
    offsets = motion.rest_offsets.astype(np.float64)
    for side in ("left", "right"):
        offsets[INDEX[f"{side}_knee"]] *= 1.25
        offsets[INDEX[f"{side}_ankle"]] *= 0.8
    scale = feet.leg_length(offsets) / feet.leg_length(motion.rest_offsets)
    turns = motion.local_rotations.astype(np.float64)
    root = motion.root_translation * scale
    joints = posing.joint_positions(turns, root, offsets)
    moved = joints + feet.planted(motion, joints, scale)[:, None]
    balls = [INDEX["left_foot"], INDEX["right_foot"]]
    speeds = [
        np.linalg.norm(np.diff(places[:, balls, :2], axis=0), axis=-1) * motion.fps
        for places in (motion.joints, joints, moved)
    ]
    still = speeds[0] < 0.05
    assert still.sum() > 20
    assert speeds[2][still].mean() < 0.4 * speeds[1][still].mean()
    assert speeds[2][still].mean() < 0.03


def test_who_stands_on_longer_arms_is_not_pushed_into_the_floor() -> None:
    motion = other_rigs.load_motion("wave")
    over = rotations.from_axis_angle(np.array([1.0, 0, 0]), np.pi)
    joints = rotations.rotate(over, motion.joints.astype(np.float64))
    joints[..., 2] -= joints[..., 2].min() - 0.05
    upside_down = replace(motion, joints=joints.astype(np.float32))
    longer = joints.copy()
    hands = [INDEX["left_wrist"], INDEX["right_wrist"]]
    longer[:, hands, 2] -= 0.4
    stands = feet.standing_heights(motion)
    lifts = feet.lifts(upside_down, stands, longer, stands, 1.0)
    assert (longer[..., 2] + lifts[:, None]).min() > -0.01
    assert np.abs(feet.lifts(upside_down, stands, joints, stands, 1.0)).max() < 1e-6
