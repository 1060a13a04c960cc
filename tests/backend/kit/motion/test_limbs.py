# SPDX-License-Identifier: Apache-2.0
"""Sentences on parts of the body: read rightly, and done by the part, the side and the way said."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.kit.body import load_body_model
from kinora.backend.kit.motion import limbs
from kinora.backend.kit.motion.text import MotionReading, text_to_motion
from kinora.backend.kit.motion.words import tokens
from kinora.backend.kit.text import load_sentence_encoder
from kinora.shared.skeleton import INDEX


def done(prompt: str) -> MotionReading:
    return text_to_motion(prompt, load_body_model().canonical.rig, load_sentence_encoder(), 0)


def joint(reading: MotionReading, name: str) -> np.ndarray:
    return reading.motion.joints[:, INDEX[name]]


def above(reading: MotionReading, first: str, second: str) -> np.ndarray:
    return joint(reading, first)[:, 2] - joint(reading, second)[:, 2]


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("raises the left arm straight up", "left hand up"),
        ("puts both of her hands on her hips", None),
        ("puts both hands on her hips", "both hand hips held"),
        ("with hands behind his back", "both hand back held"),
        ("scratches his head with the left hand", "left hand top again"),
        ("looks over the left shoulder", "left head behind"),
        ("bends to the right", "right trunk aside"),
        ("stands on the right leg", "left leg knee held"),
        ("throws a ball", None),
        ("turns around", None),
        ("holds a box", None),
        ("walks", None),
    ],
)
def test_a_movement_is_known_by_part_side_place_and_way(sentence: str, name: str | None) -> None:
    found = limbs.match(tokens(sentence), 0)
    assert (found.name if found else None) == name


def test_every_movement_has_a_side_that_moves_and_one_that_does_not() -> None:
    for name, entry in limbs.written().items():
        if name.startswith(("left hand", "right hand")):
            other = "right_hand" if name.startswith("left") else "left_hand"
            assert not any(key == other for row in entry["keys"] for key in row), name


def test_an_arm_that_is_raised_comes_down_again() -> None:
    reading = done("slowly raises the left arm straight up")
    assert reading.notes == ()
    height = above(reading, "left_wrist", "head")
    assert height.max() > 0.25
    assert max(height[0], height[-1]) < -0.4
    assert above(reading, "right_wrist", "head").max() < -0.4


def test_an_arm_that_is_held_stays() -> None:
    reading = done("holds both arms out to the sides for 6 seconds")
    assert len(reading.motion.joints) / 30 == pytest.approx(6, rel=0.1)
    level = np.abs(above(reading, "left_wrist", "left_shoulder"))
    assert level[40:].max() < 0.12
    apart = joint(reading, "left_wrist")[40:, 0] - joint(reading, "right_wrist")[40:, 0]
    assert apart.min() > 1.2


def test_hands_go_where_they_are_said_to_while_the_legs_walk() -> None:
    reading = done("walks with her hands behind her back")
    root = joint(reading, "pelvis")
    assert np.linalg.norm(root[-1, :2] - root[0, :2]) > 2
    # She walks towards -Y: what is behind her has the greater y.
    behind = joint(reading, "left_wrist")[30:-30, 1] - root[30:-30, 1]
    assert behind.min() > 0.02


def test_a_movement_is_repeated_as_often_as_is_said() -> None:
    reading = done("lifts the right knee three times")
    lifted = above(reading, "right_knee", "left_knee") > 0.3
    assert np.count_nonzero(lifted[1:] & ~lifted[:-1]) == 3


def test_touching_the_toes_brings_hands_to_feet() -> None:
    reading = done("touches the toes with both hands")
    for side in ("left", "right"):
        gap = joint(reading, f"{side}_wrist") - joint(reading, f"{side}_foot")
        assert np.linalg.norm(gap, axis=1).min() < 0.35
