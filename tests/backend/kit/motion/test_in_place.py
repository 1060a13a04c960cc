# SPDX-License-Identifier: Apache-2.0
"""A motion in place stays over its spot and keeps what its steps sway."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinora.backend.kit.motion.in_place import in_place
from kinora.shared.results import Motion
from kinora.shared.skeleton import JOINTS, PARENTS

FPS = 30.0
SWAY, STEP_S = 0.03, 0.5


def going(path, is_cyclic: bool = False) -> Motion:
    """A stiff body along a path (T, 2), swaying sideways twice a second, bobbing as well."""
    times = np.arange(len(path)) / FPS
    beat = np.sin(2 * np.pi * times / STEP_S)
    root = np.column_stack([path[:, 0] + SWAY * beat, path[:, 1], 0.9 + 0.02 * beat])
    turns = np.tile(np.float32([1, 0, 0, 0]), (len(path), 22, 1))
    joints = np.repeat(root[:, None], 22, axis=1) + np.linspace(0, 1, 22)[:, None]
    arrays = (np.float32(np.zeros((22, 3))), turns, np.float32(root), np.float32(joints))
    return Motion("go", FPS, JOINTS, np.int32(PARENTS), *arrays, is_cyclic=is_cyclic)


def straight(seconds: float):
    times = np.arange(int(seconds * FPS)) / FPS
    return np.column_stack([0 * times, -1.4 * times])


def curved(seconds: float, angle: float = np.pi):
    angles = np.linspace(0, angle, int(seconds * FPS), endpoint=False)
    return 2 * np.column_stack([1 - np.cos(angles), -np.sin(angles)])


@pytest.mark.parametrize(
    ("path", "is_cyclic"),
    [(straight(4), False), (straight(4), True), (curved(5), False), (curved(10, 2 * np.pi), True)],
    ids=["straight", "straight loop", "curved", "round in circles"],
)
def test_the_way_goes_and_the_sway_stays(path, is_cyclic):
    motion = going(path, is_cyclic)
    made = in_place(motion)
    ground = made.root_translation[:, :2]
    assert np.abs(motion.root_translation[:, :2]).max() > 2
    assert np.abs(ground - ground[0]).max() < 0.15
    middle = ground[20:-20, 0] - np.median(ground[20:-20, 0])
    assert 0.7 * SWAY < np.percentile(np.abs(middle), 95) < 1.3 * SWAY


def test_heights_turns_and_the_shape_of_the_body_stay():
    motion = going(curved(4))
    made = in_place(motion)
    assert np.array_equal(made.root_translation[:, 2], motion.root_translation[:, 2])
    assert np.array_equal(made.local_rotations, motion.local_rotations)
    before = motion.joints - motion.root_translation[:, None]
    assert np.allclose(made.joints - made.root_translation[:, None], before, atol=1e-5)
    made.check()


def test_who_stands_stays_where_he_stands():
    motion = replace(going(np.zeros((60, 2))), is_cyclic=True)
    away = in_place(motion).root_translation - motion.root_translation
    assert np.abs(away).max() < 0.02
