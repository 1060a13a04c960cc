# SPDX-License-Identifier: Apache-2.0
"""Ways of doing things: on the toes, with a limp, crouched, knees high, with the other hand."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.kit.body import load_body_model
from kinora.backend.kit.motion.text import text_to_motion
from kinora.backend.kit.text import load_sentence_encoder
from kinora.shared.skeleton import INDEX


def done(prompt: str) -> np.ndarray:
    """(T, 22, 3) places of the joints."""
    rig = load_body_model().canonical.rig
    return text_to_motion(prompt, rig, load_sentence_encoder(), 0).motion.joints


def standing(joints: np.ndarray, side: str) -> np.ndarray:
    """(T,) whether the ball of a foot stands: low, and slower than 10 cm/s."""
    ball = joints[:, INDEX[f"{side}_foot"]]
    speed = np.linalg.norm(np.gradient(ball[:, :2], axis=0), axis=1) * 30
    return (speed < 0.1) & (ball[:, 2] < 0.06)


def test_on_tiptoe_heels_are_up_while_balls_stand() -> None:
    toes, plain = done("walks on tiptoe"), done("walks")
    for side in ("left", "right"):
        ankle = INDEX[f"{side}_ankle"]
        assert toes[standing(toes, side), ankle, 2].min() > 0.12
        assert plain[standing(plain, side), ankle, 2].min() < 0.09


@pytest.mark.parametrize(("prompt", "bad", "good"), [
    ("limps on the right leg", "right", "left"),
    ("limps on the left leg", "left", "right"),
])  # fmt: skip
def test_who_limps_hurries_over_the_bad_leg(prompt: str, bad: str, good: str) -> None:
    joints = done(prompt)
    assert standing(joints, bad).mean() < 0.7 * standing(joints, good).mean()


def test_crouched_walkers_are_low_and_go_on() -> None:
    low, plain = done("walks crouched"), done("walks")
    assert low[:, 0, 2].mean() < 0.82 * plain[:, 0, 2].mean()
    assert np.linalg.norm(low[-1, 0, :2] - low[0, 0, :2]) > 1


def test_knees_come_up_to_the_hips_when_that_is_asked() -> None:
    joints = done("runs with high knees")
    for side in ("left", "right"):
        raised = joints[:, INDEX[f"{side}_knee"], 2] - joints[:, INDEX[f"{side}_hip"], 2]
        assert raised.max() > -0.03


def test_drunkards_weave() -> None:
    def strays(joints: np.ndarray) -> float:
        way = np.linspace(joints[0, 0, 0], joints[-1, 0, 0], len(joints))
        return float(np.ptp(joints[:, 0, 0] - way))

    assert strays(done("staggers home drunk")) > 2 * strays(done("walks"))


@pytest.mark.parametrize("prompt", ["washes a window", "waves", "makes a phone call"])
def test_the_right_hand_does_it_unless_the_left_one_is_asked_for(prompt: str) -> None:
    def higher(joints: np.ndarray) -> str:
        left, right = (joints[:, INDEX[f"{side}_wrist"], 2].mean() for side in ("left", "right"))
        return "left" if left > right else "right"

    assert higher(done(prompt)) == "right"
    assert higher(done(f"{prompt} with the left hand")) == "left"
