# SPDX-License-Identifier: Apache-2.0
"""Steered motions end where they were steered, unsteered ones stay as they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kinora.backend.kit.motion import clips, feet
from kinora.backend.kit.motion.optimise.along import settled
from kinora.backend.kit.motion.optimise.lead import take_of
from kinora.backend.kit.motion.optimise.optimise import optimise
from kinora.backend.kit.motion.optimise.quasi_newton import minimise
from kinora.backend.kit.motion.optimise.reach import meet, missed
from kinora.backend.kit.motion.optimise.splines import basis
from kinora.backend.kit.motion.optimise.task import Plan, Task
from kinora.backend.kit.motion.optimise.windows import Windows
from kinora.shared import posing, rotations
from kinora.shared.skeleton import INDEX, JOINTS
from kinora.shared.steering import KeyedPose, Path, Pin, Steering, Waypoint

QUICK = Plan(steps=40)


def finished(task: Task, plan: Plan = QUICK):
    """What becomes of a task on the body: turns, pelvis and joints, as `retarget` makes them."""
    found = optimise(task, None, plan)
    take = settled(take_of(found.performance, task), task)
    turns, root = meet(take.rotations, take.root, task.body.offsets, task.steering.pins)
    return found, turns, root, posing.joint_positions(turns, root, task.body.offsets)


def test_with_nothing_to_do_the_start_is_the_answer(walk, body):
    found = optimise(Task(walk, body), None, QUICK)
    assert found.performance is walk
    np.testing.assert_array_equal(found.frames, np.arange(len(walk.root)))


def test_what_stands_still_well_is_not_moved(idle, body):
    """Bettering a motion that has no fault leaves it within a millimeter."""
    found, _, root, _ = finished(Task(idle, body), replace(QUICK, is_thorough=True))
    before = settled(take_of(idle, Task(idle, body)), Task(idle, body))
    ways = [path - path[0] * [1, 1, 0] for path in (root, before.root)]
    np.testing.assert_allclose(*ways, atol=1e-3)
    assert found.after["jerk"] < found.before["jerk"] + 1


@pytest.mark.parametrize(
    ("joint", "place"),
    [
        ("left_wrist", (0.45, -0.3, 1.3)),
        ("right_wrist", (-0.2, -0.45, 0.5)),
        ("left_foot", (0.3, -0.35, 0.3)),
        ("head", (0.1, -0.15, 1.35)),
    ],
)
def test_a_pin_is_met_to_a_centimeter_all_the_time(joint, place, idle, body):
    pin = Pin(joint, 1.0, 2.0, (place,))
    _, turns, _, joints = finished(Task(idle, body, Steering(pins=(pin,))))
    held = joints[30:61, INDEX[joint]]
    assert np.linalg.norm(held - place, axis=-1).max() < 0.01
    assert missed(joints, [pin]) == []
    np.testing.assert_allclose(np.linalg.norm(turns, axis=-1), 1, atol=1e-6)


def test_a_pin_on_something_that_moves_goes_with_it(idle, body):
    places = ((0.4, -0.3, 1.1), (0.5, -0.3, 1.3), (0.4, -0.35, 1.4))
    pin = Pin("left_wrist", 1.0, 2.0, places)
    *_, joints = finished(Task(idle, body, Steering(pins=(pin,))))
    hand = joints[[30, 45, 60], INDEX["left_wrist"]]
    np.testing.assert_allclose(hand, places, atol=0.01)


def test_a_pin_out_of_reach_is_told_and_leaves_the_body_whole(idle, body):
    pin = Pin("left_wrist", 1.0, 2.0, ((4.0, 0.0, 1.2),))
    _, turns, root, joints = finished(Task(idle, body, Steering(pins=(pin,))))
    assert any("out of reach" in note for note in missed(joints, [pin]))
    assert np.isfinite(turns).all() and np.ptp(root, axis=0).max() < 0.1
    assert joints[..., 2].min() > -0.02


def test_a_pin_before_the_end_of_a_short_motion_is_told(walk, body):
    short = replace(walk, is_cyclic=False)
    pin = Pin("left_wrist", 18.0, 19.0, ((0.3, -0.3, 1.2),))
    *_, joints = finished(Task(short, body, Steering(pins=(pin,))))
    assert any("ends at" in note for note in missed(joints, [pin]))


def turn(x: float = 0.0, y: float = 0.0) -> tuple[float, float, float, float]:
    about_x = rotations.from_axis_angle(np.array([1.0, 0, 0]), np.radians(x))
    about_y = rotations.from_axis_angle(np.array([0.0, 1, 0]), np.radians(y))
    w, i, j, k = rotations.multiply(about_y, about_x)
    return float(w), float(i), float(j), float(k)


CROUCH = {name: turn() for name in JOINTS} | {
    "pelvis": turn(25), "left_hip": turn(-95), "right_hip": turn(-95), "left_knee": turn(100),
    "right_knee": turn(100), "left_ankle": turn(-30), "right_ankle": turn(-30),
    "left_shoulder": turn(y=70), "right_shoulder": turn(y=-70),
}  # fmt: skip


@pytest.mark.parametrize("height", [None, 1.3], ids=["standing", "in the air"])
def test_a_keyed_pose_is_shown_at_its_frame(height, idle, body):
    key = KeyedPose(CROUCH, 1.5, height)
    _, turns, root, joints = finished(Task(idle, body, Steering(poses=(key,))))
    wanted = np.array([CROUCH[name] for name in JOINTS])
    apart = 2 * np.arccos(np.abs((turns[45] * wanted).sum(-1)).clip(0, 1))
    assert np.degrees(np.sqrt(np.square(apart).mean())) < 2
    if height is None:
        low = joints[45, [INDEX["left_foot"], INDEX["right_foot"]], 2]
        assert low.max() < 0.06 and joints[45, :, 2].min() > -0.01
    else:
        assert root[45, 2] == pytest.approx(height, abs=0.02)


def test_a_key_of_one_arm_leaves_the_rest(walk, body):
    key = KeyedPose({"left_shoulder": turn(y=-60)}, 1.0)
    _, turns, *_ = finished(Task(walk, body, Steering(poses=(key,))))
    apart = 2 * np.arccos(abs(turns[30, INDEX["left_shoulder"]] @ key.rotations["left_shoulder"]))
    assert np.degrees(apart) < 2


def test_a_pose_without_a_time_is_shown_at_some_time(idle, body):
    wanted = np.array([CROUCH[name] for name in JOINTS])
    _, turns, *_ = finished(Task(idle, body, anywhere=((wanted, 1.0),)))
    apart = 2 * np.arccos(np.abs((turns[:, 1:] * wanted[1:]).sum(-1)).clip(0, 1))
    assert np.degrees(np.sqrt(np.square(apart).mean(-1))).min() < 6


def test_everything_at_once_is_met_and_better_than_its_start(walk, body):
    t = np.linspace(0, 2 * np.pi, 50)
    path = tuple((float(np.sin(a)), float(-a)) for a in t)
    steering = Steering(
        path=Path(path),
        waypoints=(Waypoint(3.0, path[25]),),
        poses=(KeyedPose({"right_shoulder": turn(y=40)}, 1.0),),
        pins=(Pin("left_wrist", 1.8, 2.2, ((0.9, -1.7, 1.1), (0.9, -1.9, 1.1))),),
    )
    found, turns, root, joints = finished(Task(walk, body, steering), Plan(steps=80))
    assert np.isfinite(turns).all() and np.isfinite(root).all()
    assert np.linalg.norm(root[90, :2] - path[25]) < 0.05
    assert missed(joints, steering.pins) == []
    assert found.after["slide"] < 1.0 and found.after["sunk"] < 1.0
    assert found.after["limits"] <= found.before["limits"] + 0.5


def test_feet_that_stand_stay_where_they_are(walk, body):
    steering = Steering(path=Path(((0, 0), (1, -2), (0, -4), (1.5, -6))))
    found, *_, joints = finished(Task(walk, body, steering))
    contacts = found.performance.contacts
    for side, name in enumerate(("left_foot", "right_foot")):
        stands = contacts[1:, side, 1] & contacts[:-1, side, 1]
        speed = np.linalg.norm(np.diff(joints[:, INDEX[name], :2], axis=0), axis=-1) * clips.FPS
        assert speed[stands].max() < 0.01


def test_the_same_seed_gives_the_same_motion(idle, body):
    task = Task(idle, body, Steering(pins=(Pin("head", 1.0, 2.0, ((0.1, -0.2, 1.3),)),)))
    some, same = (optimise(task, None, Plan(steps=12, starts=2, seed=5)) for _ in range(2))
    np.testing.assert_array_equal(some.performance.rotations, same.performance.rotations)


def test_a_loop_stays_a_loop(idle, body):
    task = Task(idle, body, Steering(pins=(Pin("left_wrist", 1.0, 2.0, ((0.4, -0.3, 1.2),)),)))
    found = optimise(task, None, QUICK)
    assert found.performance.is_cyclic
    turns = found.performance.rotations
    step = 2 * np.arccos(np.abs((turns[0] * turns[-1]).sum(-1)).clip(0, 1))
    assert np.degrees(step.max()) < 3


def test_holding_settled_feet_again_changes_nothing(walk, body):
    task = Task(walk, body)
    once = settled(take_of(walk, task), task)
    again = feet.stand(once.rotations, once.root, body.offsets, body.soles, once.contacts)
    apart = 2 * np.arccos(np.abs((again[0] * once.rotations).sum(-1)).clip(0, 1))
    # A loop is settled with its neighbours: only its ends may differ.
    assert np.degrees(apart[20:-20].max()) < 0.5


@given(st.integers(2, 700), st.sampled_from([8, 60]), st.booleans())
@settings(deadline=None, max_examples=30)
def test_windows_of_a_motion_put_together_are_the_motion(count, length, is_cyclic):
    windows = Windows.over(count, length, is_cyclic)
    values = torch.arange(count * 2, dtype=torch.float64).reshape(count, 2)
    whole = windows.blended(values[torch.as_tensor(windows.frames)], count)
    np.testing.assert_allclose(whole.numpy(), values.numpy(), atol=1e-9)


@given(st.integers(2, 400), st.floats(2, 12), st.booleans())
@settings(deadline=None, max_examples=30)
def test_splines_share_each_frame_and_close_in_a_loop(count, spacing, is_cyclic):
    matrix = basis(count, spacing, is_cyclic)
    np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-12)
    if is_cyclic and count > 30:
        knots = np.random.default_rng(0).normal(size=matrix.shape[1])
        curve = np.tile(matrix @ knots, 2)
        assert (
            np.abs(np.diff(curve, 2))[count - 2 : count].max()
            < 1.2 * np.abs(np.diff(curve, 2)).max()
        )


def test_the_minimiser_finds_rosenbrocks_valley_from_every_start():
    def valued(x):
        leaf = x.detach().requires_grad_()
        cost = (1 - leaf[:, 0]) ** 2 + 100 * (leaf[:, 1] - leaf[:, 0] ** 2) ** 2
        return cost.detach(), torch.autograd.grad(cost.sum(), leaf)[0]

    starts = torch.tensor([[-1.2, 1.0], [0.0, 0.0], [2.0, -1.0]], dtype=torch.float64)
    here, cost = minimise(valued, starts, 200, lambda share: None)
    np.testing.assert_allclose(here.numpy(), 1.0, atol=1e-3)
    assert cost.max() < 1e-6


def test_the_minimiser_never_ends_worse_nor_at_no_number():
    def valued(x):
        cost = torch.where(x[:, 0] > 0.5, torch.nan, (x**2).sum(-1))
        return cost, torch.where(x > 0.5, torch.nan, -3 * x)

    start = torch.full((1, 4), 0.4, dtype=torch.float64)
    here, cost = minimise(valued, start, 30, lambda share: None)
    assert torch.isfinite(here).all() and float(cost) <= 0.64 + 1e-12
