# SPDX-License-Identifier: Apache-2.0
"""Each measure on figures whose movement is known in closed form: it is met, and it can fail."""

from __future__ import annotations

import numpy as np
import pytest
from motion_conditions import CONDITIONS
from motion_predicates import MEASURES, load_prompts, met, period, swings
from motion_takes import Build, Take
from stick_figure import BUILD, DOWN, FPS, STANDING, figure, over, wave

UP = {"left_shoulder": (0, -80, 0), "right_shoulder": (0, 80, 0)}
LIFTED = figure(**UP)
LEFT_UP = figure(left_shoulder=(0, -80, 0), right_shoulder=(0, -80, 0))
WALKING = figure(4, over(4, 0, lambda t: -1.2 * t, 0), **DOWN)
JUMPING = figure(2, over(2, 0, 0, wave(0.5, 0.3)), **DOWN)
SITTING = figure(
    root=(0, 0, -0.41), left_hip=(-90, 0, 0), right_hip=(-90, 0, 0), left_knee=(90, 0, 0),
    right_knee=(90, 0, 0), **DOWN,
)  # fmt: skip
ON_BACK = figure(root=(0, 0, -0.85), pelvis=(-90, 0, 0), **DOWN)
ON_FACE = figure(root=(0, 0, -0.8), pelvis=(90, 0, 0), **DOWN)
BOWING = figure(spine1=(60, 0, 0), **DOWN)
TURNING = figure(2, pelvis=over(2, 0, 0, lambda t: 90 * t), **DOWN)
CLAPPING = figure(
    2,
    left_shoulder=over(2, 0, 0, lambda t: -90 + wave(0.5, 40)(t)),
    right_shoulder=over(2, 0, 0, lambda t: 90 - wave(0.5, 40)(t)),
)


def check(kind, **others):
    return {"kind": kind, **others}


above = check("above", a="left_wrist", b="head")
low, high = check("pelvis", max=0.7), check("pelvis", min=0.9)
CROUCHING = figure(2, over(2, 0, 0, lambda t: np.where((t > 0.6) & (t < 1.2), -0.4, 0.0)), **DOWN)

# What is asked, a figure that does it, and one that does not.
CASES = [
    (above, LIFTED, STANDING),
    (check("above", a="both_wrist", b="head"), LIFTED, LEFT_UP),
    (check("above", a="either_wrist", b="head"), LEFT_UP, STANDING),
    (check("above", a="either_wrist", b="own_shoulder"), LEFT_UP, STANDING),
    (check("below", a="right_wrist", b="pelvis", margin=-0.1), STANDING, LIFTED),
    (check("height", joint="left_wrist", min=1.8), LIFTED, STANDING),
    (low, SITTING, STANDING),
    (check("pelvis", min=0.9, share=1.0), STANDING, CROUCHING),
    (check("near", a="left_wrist", b="right_wrist", max=0.6), LIFTED, figure()),
    (check("apart", a="left_wrist", b="right_wrist", min=1.2), figure(), STANDING),
    (check("ahead", a="both_knee", b="pelvis", min=0.35), SITTING, STANDING),
    (check("behind", a="neck", b="pelvis", min=0.2), figure(spine1=(-60, 0, 0)), BOWING),
    (check("aside", a="left_wrist", b="pelvis", side="left", min=0.6), figure(), STANDING),
    (check("aside", a="right_wrist", b="pelvis", side="right", min=0.6),
     figure(pelvis=(0, 0, 130)), STANDING),
    (check("angle", joint="both_knee", max=100), SITTING, STANDING),
    (check("lean", direction="forward", min=40), BOWING, STANDING),
    (check("lean", direction="any", max=10), STANDING, BOWING),
    (check("airborne", seconds=0.2), JUMPING, WALKING),
    (check("airborne", times=3), JUMPING, figure(1, over(1, 0, 0, wave(0.5, 0.3)))),
    (check("airborne", times=1, times_max=4), JUMPING, STANDING),
    (check("airborne", times=1, times_max=2), figure(1, over(1, 0, 0, wave(0.5, 0.3))), JUMPING),
    (check("lying", face="up"), ON_BACK, ON_FACE),
    (check("lying", face="down"), ON_FACE, ON_BACK),
    (check("lying"), ON_FACE, SITTING),
    (check("moving", direction="forward", min=1.0), WALKING, STANDING),
    (check("moving", direction="any", max=0.3), STANDING, WALKING),
    (check("on_floor", joint="both_hand"), ON_BACK, STANDING),
    (check("on_floor", joint="both_foot", share=0.9), STANDING, JUMPING),
    (check("heels_up"), figure(root=(0, 0, 0.05), left_ankle=(35, 0, 0), right_ankle=(35, 0, 0)),
     STANDING),
    (check("gaze_down", min=20), figure(neck=(30, 0, 0)), STANDING),
    (check("together", of=[above, high]), LIFTED, figure(root=(0, 0, -0.4), **UP)),
    (check("either_of", of=[above, low]), SITTING, STANDING),
    (check("speed", direction="forward", min=1.1, max=1.3), WALKING, STANDING),
    (check("speed", direction="backward", min=0.5), figure(2, over(2, 0, lambda t: t, 0)), WALKING),
    (check("speed", direction="left", min=0.5), figure(2, over(2, lambda t: t, 0, 0)), WALKING),
    (check("travels", direction="forward", min=4.5), WALKING, STANDING),
    (check("travels", direction="any", min=4.5), WALKING, JUMPING),
    (check("in_place", max=0.3), JUMPING, WALKING),
    (check("turns", min=150), TURNING, WALKING),
    (check("turns", min=150, direction="left"), TURNING,
     figure(2, pelvis=over(2, 0, 0, lambda t: -90 * t))),
    (check("cyclic", min=0.45, max=0.55), CLAPPING, STANDING),
    (check("cyclic", min=0.45, max=0.55), CLAPPING,
     figure(4, left_shoulder=over(4, 0, 0, wave(1.0, -40)))),
    (check("repeats", signal="distance", a="left_hand", b="right_hand", swing=0.05, min=4, max=4),
     CLAPPING, STANDING),
    (check("repeats", signal="pelvis_yaw", swing=20, min=2),
     figure(2, pelvis=over(2, 0, 0, wave(0.8, 40))), TURNING),
    (check("repeats", signal="head_yaw", swing=20, min=2),
     figure(2, head=over(2, 0, 0, wave(0.8, 40))), TURNING),
    (check("repeats", signal="pelvis_sway", swing=0.06, min=2),
     figure(2, over(2, wave(0.8, 0.15), 0, 0), spine1=over(2, 0, wave(0.8, -16), 0),
            left_hip=over(2, 0, wave(0.8, 10), 0), right_hip=over(2, 0, wave(0.8, 10), 0)),
     STANDING),
    (check("repeats", signal="height", a="either_wrist", b="pelvis", swing=0.2, min=2),
     figure(2, right_shoulder=over(2, 0, wave(0.8, 60), 0)), STANDING),
    (check("repeats", signal="aside", a="left_wrist", b="left_elbow", swing=0.1, min=2),
     figure(2, left_elbow=over(2, 0, 0, lambda t: -40 - wave(0.8, 60)(t))), STANDING),
    (check("range", signal="shrug", min=0.03),
     figure(2, left_collar=over(2, 0, wave(1, -25), 0), right_collar=over(2, 0, wave(1, 25), 0)),
     BOWING),
    (check("peak_speed", joint="either_wrist", min=2.0), CLAPPING, WALKING),
    (check("peak_speed", joint="left_wrist", direction="up", min=1.5),
     figure(2, left_shoulder=over(2, 0, wave(0.8, -80), 0)), CLAPPING),
    (check("faster", a="left_wrist", b="right_wrist", by=1.2),
     figure(2, left_shoulder=over(2, 0, wave(0.8, -80), 0)), CLAPPING),
    (check("uneven", min=0.2), figure(2, left_knee=over(2, wave(1, 60), 0, 0),
                                      right_knee=over(2, wave(1, 20), 0, 0)),
     figure(2, left_knee=over(2, wave(1, 60), 0, 0), right_knee=over(2, wave(1, 60), 0, 0))),
    (check("sway", min=0.2),
     figure(4, over(4, lambda t: 0.15 * np.sin(3 * t), lambda t: -t, 0)), WALKING),
    (check("duration", min=1.9, max=2.1), STANDING, WALKING),
    (check("still", max=0.1), STANDING, CLAPPING),
    (check("rises", min=0.4), figure(2, over(2, 0, 0, lambda t: 0.4 * t)), STANDING),
    (check("starts", of=[high]), STANDING, SITTING),
    (check("ends", of=[low]), figure(2, over(2, 0, 0, lambda t: -0.3 * t)), CROUCHING),
    (check("never", of=[check("airborne")]), WALKING, JUMPING),
    (check("order", of=[high, low, high]), CROUCHING, figure(2, over(2, 0, 0, lambda t: -0.3 * t))),
    (check("order", of=[low, high]), figure(2, over(2, 0, 0, lambda t: 0.4 * t - 0.6)),
     figure(2, over(2, 0, 0, lambda t: -0.3 * t))),
    (check("any", of=[check("duration", max=1), above]), LIFTED, STANDING),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "does", "does_not"), CASES, ids=[f"{n}-{c[0]['kind']}" for n, c in enumerate(CASES)]
)
def test_a_measure_tells_one_who_does_it_from_one_who_does_not(asked, does, does_not):
    assert met(does, asked)
    assert not met(does_not, asked)


def test_every_kind_of_measure_is_tried():
    assert {case[0]["kind"] for case in CASES} == {*CONDITIONS, *MEASURES}


def test_a_hand_reaches_mouth_and_ear():
    arm = {"left_elbow": (0, 0, -150), "left_shoulder": (0, 0, -50)}
    take = figure(**arm)
    gaps = [np.linalg.norm(take.place("left_hand") - take.place(p), axis=1)[0] for p in ("mouth",)]
    elsewhere = np.linalg.norm(figure().place("left_hand") - figure().place("mouth"), axis=1)[0]
    assert gaps[0] < 0.3 < elsewhere
    # A quarter turn of the head to its left brings the mouth to the left and the ear behind.
    turned = figure(head=(0, 0, 90))
    mouth, ear = (turned.place(p)[0] - turned.place("head")[0] for p in ("mouth", "left_ear"))
    assert mouth == pytest.approx([0.11, 0, -0.025], abs=1e-6)
    assert ear == pytest.approx([-0.01, 0.085, 0.034], abs=1e-6)


def test_measures_grow_with_the_body():
    tall = Build(3.4, 1.9, 2 * BUILD.heel, 2 * BUILD.ball)
    giant = Take(2 * WALKING.joints, WALKING.world, FPS, tall)
    asked = check("speed", direction="forward", min=1.1, max=1.3)
    assert met(giant, asked)
    assert met(giant, check("height", joint="left_ankle", max=0.09))


def test_swings_are_counted_there_and_back():
    t = np.linspace(0, 3, 200)
    assert swings(np.sin(2 * np.pi * t), 1.5) == 3
    assert swings(np.sin(2 * np.pi * t), 2.5) == 0
    assert swings(np.zeros(5), 0.1) == 0


@pytest.mark.parametrize("seconds", [0.5, 0.8, 1.2])
def test_the_period_of_a_cycle_is_found(seconds):
    take = figure(4, left_hip=over(4, wave(seconds, 40), 0, 0), **DOWN)
    assert period(take) == pytest.approx(seconds, abs=0.04)


def test_a_stride_is_two_steps():
    swing = lambda t: 30 * np.sin(2 * np.pi * t / 1.0)  # noqa: E731
    take = figure(
        4, left_hip=over(4, swing, 0, 0), right_hip=over(4, lambda t: -swing(t), 0, 0), **DOWN
    )
    assert period(take) == pytest.approx(1.0, abs=0.04)


def _kinds(check_):
    yield check_
    for one in check_.get("of", ()):
        yield from _kinds(one)


def test_every_prompt_asks_what_can_be_measured():
    """All kinds, points and signals that prompts name are known, for either side."""
    prompts = [*load_prompts("evaluation"), *load_prompts("development")]
    assert len(load_prompts("evaluation")) == 72
    assert len({prompt.id for prompt in prompts}) == len(prompts) == 84
    for prompt in prompts:
        for asked in prompt.checks:
            met(WALKING, asked)
            assert all(one["kind"] in {*CONDITIONS, *MEASURES} for one in _kinds(asked)), prompt.id
