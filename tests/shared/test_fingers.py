# SPDX-License-Identifier: Apache-2.0
"""Fingers curl from straight over ease to a fist, about the axis in which the rig bends them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinora.backend.kit.body import load_body_model
from kinora.shared import posing
from kinora.shared.fingers import FIST, finger_turns
from kinora.shared.results import Rig

STILL = np.tile([1.0, 0, 0, 0], (1, 22, 1))


@pytest.fixture(scope="module")
def rig() -> Rig:
    return load_body_model().canonical.rig


def tips(rig: Rig, curl: float | None, side: str = "L") -> np.ndarray:
    """(5, 3) the ends of the fingers, seen from the wrist."""
    curls = None if curl is None else np.full((1, 2, 5), curl)
    deform = posing.bone_rotations(rig, STILL, None, curls)
    heads = posing.bone_heads(rig, deform, np.zeros((1, 3)))[0]
    last = [rig.bone_names.index(f"finger{finger}-3.{side}") for finger in range(1, 6)]
    ends = Rotation.from_quat(deform[0, last], scalar_first=True)
    reach = heads[last] + ends.apply(rig.tails[last] - rig.heads[last])
    return reach - heads[rig.bone_names.index(f"wrist.{side}")]


def test_no_curl_is_the_hand_at_ease(rig: Rig) -> None:
    assert np.allclose(tips(rig, 0.0), tips(rig, None), atol=1e-7)


@pytest.mark.parametrize("side", ["L", "R"])
def test_fingers_come_nearer_to_the_wrist_the_further_they_are_curled(rig: Rig, side: str) -> None:
    far = [np.linalg.norm(tips(rig, curl, side)[1:], axis=1) for curl in (-0.5, 0.0, 0.3, 0.6, 0.9)]
    assert all((after < before).all() for before, after in pairwise(far))
    assert (far[-1] < 0.65 * far[0]).all()


def test_straight_fingers_carry_no_turn_and_a_fist_the_angles_of_a_fist(rig: Rig) -> None:
    curls = np.stack([np.full((2, 5), -0.5), np.full((2, 5), 1.0)])
    bones, turns = finger_turns(rig, curls)
    assert len(bones) == 30
    angles = np.degrees(Rotation.from_quat(turns.reshape(-1, 4), scalar_first=True).magnitude())
    straight, fist = angles.reshape(2, 30)
    assert np.allclose(straight, 0, atol=1e-3)
    # The roots of the thumbs turn across the palm besides.
    plain = [n for n, bone in enumerate(bones) if "finger1-1" not in rig.bone_names[bone]]
    expected = sorted(angle for row in FIST for angle in row * 2)
    expected = [angle for angle in expected if angle != FIST[0][0]]
    assert sorted(fist[plain]) == pytest.approx(expected)


def test_a_thumb_comes_to_the_fingers(rig: Rig) -> None:
    apart = [np.linalg.norm(tip[0] - tip[1]) for tip in (tips(rig, -0.5), tips(rig, 0.5))]
    assert apart[1] < 0.6 * apart[0]


def test_a_rig_without_fingers_has_nothing_to_curl(rig: Rig) -> None:
    plain = Rig(
        **{**vars(rig), "relaxed": np.tile(np.float32([1, 0, 0, 0]), (len(rig.parents), 1))}
    )
    bones, turns = finger_turns(plain, np.ones((3, 2, 5)))
    assert len(bones) == 0
    assert turns.shape == (3, 0, 4)
