# SPDX-License-Identifier: Apache-2.0
"""Arms in the body and skin under the floor, on the average adult in poses made for it."""

from __future__ import annotations

import numpy as np
import pytest
from motion_capsules import EACH, arms_inside, lowest_skin
from scipy.spatial.transform import Rotation

from kinora.backend.kit.body import BodyParameters, load_body_model, make_body
from kinora.shared import posing
from kinora.shared.results import Motion
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

FRAMES = 2 * EACH


@pytest.fixture(scope="module")
def adult():
    model = load_body_model()
    return model, make_body(model, BodyParameters())


def posed(body, height, **turns):
    """A motion that holds one pose, joints turned by vectors of degrees."""
    local = np.tile([1.0, 0, 0, 0], (FRAMES, 22, 1))
    for joint, vector in turns.items():
        turn = Rotation.from_rotvec(vector, degrees=True).as_quat(scalar_first=True)
        local[:, INDEX[joint]] = turn
    offsets = posing.rest_offsets(body.rig).astype(np.float64)
    root = np.tile([0.0, 0.0, height], (FRAMES, 1))
    joints = posing.joint_positions(local, root, offsets)
    arrays = (np.float32(each) for each in (offsets, local, root, joints))
    return Motion("pose", 30.0, JOINTS, np.array(PARENTS, np.int32), *arrays)


def test_arms_held_out_are_free_and_arms_through_the_waist_are_not(adult):
    model, body = adult
    assert arms_inside(model, body, posed(body, 0.9)).depth.max() == 0
    pressed = arms_inside(model, body, posed(body, 0.9, left_shoulder=(0, 110, 0)))
    assert pressed.depth.min() > 0.03
    assert {word.split()[0] for word in pressed.where} == {"left"}


def test_skin_is_as_high_as_the_body_is_lifted(adult):
    model, body = adult
    standing = lowest_skin(model, body, posed(body, 0.9))
    lifted = lowest_skin(model, body, posed(body, 1.2))
    assert lifted - standing == pytest.approx(0.3, abs=1e-6)
    assert abs(standing).max() < 0.03
