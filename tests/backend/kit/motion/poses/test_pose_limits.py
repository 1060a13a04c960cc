# SPDX-License-Identifier: Apache-2.0
"""What a joint may do, told by anatomy: which way it bends, and how far."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kinora.backend.kit.motion.clips import mirror
from kinora.backend.kit.motion.poses.limits import excess, excess_of
from kinora.shared import rotations
from kinora.shared.skeleton import INDEX

X, Y, Z = np.eye(3)


def _bent(joint: str, axis: np.ndarray, degrees: float) -> np.ndarray:
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (22, 1))
    turns[INDEX[joint]] = rotations.from_axis_angle(axis, np.radians(degrees))
    return turns


@pytest.mark.parametrize(
    ("joint", "axis", "degrees"),
    [
        ("left_knee", X, 130),  # the heel to the buttock
        ("right_elbow", Z, 140),  # the hand to the shoulder
        ("left_elbow", -Z, 140),
        ("left_shoulder", Y, 70),  # the arm hangs
        ("left_shoulder", -Y, 85),  # the arm is raised
        ("left_hip", -X, 110),  # the thigh is lifted to the front
        ("right_hip", Y, 60),  # and out
        ("spine1", X, 50),  # a bow
        ("head", Z, 55),  # a look aside
    ],
)
def test_what_people_do_is_within_limits(joint, axis, degrees):
    assert excess_of(_bent(joint, axis, degrees)).max() < 1e-6


@pytest.mark.parametrize(
    ("joint", "axis", "degrees"),
    [
        ("left_knee", -X, 60),  # the knee the wrong way
        ("right_knee", Y, 60),  # and aside
        ("left_elbow", Z, 60),
        ("right_elbow", -Z, 60),
        ("left_hip", X, 100),  # the thigh to the back
        ("spine1", -X, 80),
        ("head", Z, 120),
        ("left_shoulder", X, 170),  # the arm twisted about itself
    ],
)
def test_what_nobody_does_is_told_of_that_joint_alone(joint, axis, degrees):
    beyond = excess_of(_bent(joint, axis, degrees))
    assert beyond[INDEX[joint]] > np.radians(20)
    assert np.delete(beyond, INDEX[joint]).max() < 1e-6


def test_each_degree_beyond_counts_as_one():
    ten, thirty = (
        excess_of(_bent("left_knee", -X, degrees))[INDEX["left_knee"]] for degrees in (30, 50)
    )
    assert thirty - ten == pytest.approx(np.radians(20), abs=1e-4)


def test_left_and_right_are_mirror_images():
    chance = np.random.default_rng(3)
    turns = rotations.normalise(chance.normal(size=(200, 22, 4)))
    mirrored, _ = mirror(turns, np.zeros((200, 3)))
    found, other = excess_of(turns), excess_of(mirrored)
    left, right = INDEX["left_shoulder"], INDEX["right_shoulder"]
    # A half turn may be taken either way round.
    same = np.isclose(found[:, left], other[:, right], atol=1e-3)
    assert same.mean() > 0.98


def test_the_sign_of_a_quaternion_and_the_pelvis_do_not_matter():
    chance = np.random.default_rng(4)
    turns = rotations.normalise(chance.normal(size=(50, 22, 4)))
    assert np.allclose(excess_of(turns), excess_of(-turns), atol=1e-4)
    assert excess_of(turns)[:, 0].max() == 0


def test_the_gradient_leads_back_and_is_finite_where_nothing_is_bent():
    turns = torch.zeros(3, 22, 4)
    turns[..., 0] = 1
    turns[1] = torch.from_numpy(_bent("left_knee", -X, 50))
    turns[2, :, 1] = 1e-9
    turns.requires_grad_()
    excess(turns).sum().backward()
    assert turns.grad.isfinite().all()
    # Straightening the knee, towards no turn about X, makes it less.
    assert turns.grad[1, INDEX["left_knee"], 1] < 0
    assert turns.grad[0].abs().max() < 1e-3
