# SPDX-License-Identifier: Apache-2.0
"""Slide, depth, jerk and arms in the body, on movements whose figures are known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from motion_judge import NAMES, train
from motion_quality import arm_depth, jerk, knees_backward, poses_of, slides, soundness, spread
from stick_figure import DOWN, STANDING, figure, over

TURNS = np.tile([1.0, 0, 0, 0], (60, 22, 1))


@pytest.mark.parametrize("speed", [0.02, 0.3])
def test_feet_that_are_dragged_along_slide_as_fast_as_the_body(speed):
    take = figure(2, over(2, lambda t: speed * t, 0, 0), **DOWN)
    better, every = slides(take)
    assert better == pytest.approx(speed, rel=1e-6)
    assert every == pytest.approx(speed, rel=1e-6)
    assert soundness(take, TURNS)["slide"] == pytest.approx(100 * speed, rel=1e-6)


def test_feet_in_the_air_do_not_slide():
    take = figure(2, over(2, lambda t: t, 0, 0.05), **DOWN)
    assert [len(speeds) for speeds in slides(take)] == [0, 0]
    assert np.isnan(soundness(take, TURNS)["slide"])


def test_a_foot_that_stands_while_the_other_swings_does_not_slide():
    swing = over(2, lambda t: 30 * np.sin(2 * np.pi * t), 0, 0)
    better, every = slides(figure(2, right_hip=swing, **DOWN))
    assert better.max() == every.max() == pytest.approx(0, abs=1e-9)


def test_a_flat_foot_that_turns_on_its_ball_drags_its_heel():
    swivel = over(2, 0, 0, lambda t: 20 * t)
    ball = np.array([0.1, -0.13])
    turned = figure(2, left_ankle=swivel, **DOWN)
    # The body is moved so that the ball of the left foot stays where it was.
    moved = over(2, 0.0, 0.0, 0.0)
    moved[:, :2] = ball - turned.place("left_foot")[:, :2]
    better, every = slides(figure(2, moved, left_ankle=swivel, **DOWN))
    assert np.quantile(better, 0.4) == pytest.approx(0, abs=1e-9)
    assert every.max() == pytest.approx(np.radians(20) * 0.18, rel=0.01)


def test_depth_is_measured_from_the_sole():
    found = soundness(figure(2, (0, 0, -0.03), **DOWN), TURNS)
    assert found["under"] == pytest.approx(30) == found["under_most"]
    assert soundness(STANDING, TURNS)["under_most"] == pytest.approx(0, abs=1e-6)


def test_jerk_is_the_third_derivative():
    assert jerk(figure(2, over(2, lambda t: 2 * t**3, 0, 0))) == pytest.approx(12)
    assert jerk(figure(2, over(2, lambda t: 5 * t**2, 0, 0))) == pytest.approx(0, abs=1e-6)


def test_a_hand_in_the_belly_is_told_from_one_beside_it():
    across = {"right_shoulder": (0, -80, 0), "left_elbow": (0, 0, -90)}
    inside = figure(left_shoulder=(0, 80, 0), left_elbow=(0, 90, 0), right_shoulder=(0, -80, 0))
    assert arm_depth(inside).max() > 0.05
    assert arm_depth(STANDING).max() < 0.01
    assert arm_depth(figure(**across)).max() < 0.01


def test_a_knee_bent_forward_is_the_wrong_way():
    assert knees_backward(figure(left_knee=(40, 0, 0))) == pytest.approx(0, abs=1e-6)
    assert knees_backward(figure(left_knee=(-25, 0, 0))) == pytest.approx(25)


def test_limits_tell_an_elbow_bent_the_wrong_way():
    turns = TURNS.copy()
    turns[30:, 18] = [np.cos(np.pi / 4), 0, 0, np.sin(np.pi / 4)]
    assert soundness(figure(2), turns)["limits"] == pytest.approx(50)
    assert soundness(figure(2), TURNS)["limits"] == 0


def test_takes_that_differ_in_place_heading_and_phase_alone_are_alike():
    def wave(late, **others):
        turn = over(2, lambda t: 30 * np.sin(2 * np.pi * (t - late)), 0, 0)
        return poses_of(figure(2, left_hip=turn, **others, **DOWN))

    same = spread([wave(0.0), wave(0.4, root=(3.0, 1.0, 0.0), pelvis=(0, 0, 100))])
    other = spread([wave(0.0), poses_of(figure(2, left_hip=(-90, 0, 0), **DOWN))])
    assert same < 1.0 < 3.0 < other


def test_the_second_judge_learns_what_can_be_told_apart():
    random = np.random.default_rng(3)
    middles = random.normal(size=(len(NAMES), 30)) * 3
    kinds = np.arange(60) % len(NAMES)
    rows = [middles[kind] + random.normal(size=(4, 30)) for kind in kinds]
    judge = train(rows, kinds)
    told = [int(judge.tell(middles[kind] + random.normal(size=(2, 30))).argmax()) for kind in kinds]
    assert np.mean(told == kinds) > 0.9
    assert judge.tell(rows[0]).sum() == pytest.approx(1)
