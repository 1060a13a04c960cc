# SPDX-License-Identifier: Apache-2.0
"""The camera sees what it should, from where it should, and close."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from kinora.backend.avatar.camera import Shot, facing, fit, follow
from kinora.shared.skeleton import INDEX


def test_a_shot_projects_right_to_right_and_up_to_up():
    camera = Shot((0, 0, 1), 0.0, 0.0, 5.0).camera(200, 100)
    places = torch.tensor([[0.0, 0, 1], [0.3, 0, 1], [0, 0, 1.3], [0, -1, 1]])
    middle, right, up, near = camera.project(places).tolist()
    assert middle == pytest.approx([100, 50, 5])
    assert right[0] > 100 and right[1] == pytest.approx(50)
    assert up[1] < 50 and up[0] == pytest.approx(100)
    assert near[2] == pytest.approx(4)


def test_azimuth_grows_towards_the_characters_left():
    assert Shot((0, 0, 0), math.pi / 2, 0.0, 3.0).camera(9, 9).eye[0] == pytest.approx(3.0)


def test_rays_go_through_the_pixels_that_places_project_to():
    camera = Shot((0.2, 0.1, 0.9), 0.7, 0.2, 4.0).camera(64, 48)
    ray = camera.rays()[10, 50]
    x, y, _ = camera.project(camera.eye + 3.3 * ray).tolist()
    assert (x, y) == pytest.approx((50.5, 10.5), abs=1e-3)


@pytest.mark.parametrize("azimuth", [0.0, 0.9, 2.5])
def test_a_fitted_shot_holds_everything_and_touches_the_edge(azimuth):
    places = np.random.default_rng(2).normal(size=(60, 3)) * [0.5, 0.3, 1.0]
    shot = fit(places, 0.0, Shot((0, 0, 0), azimuth, 0.15, 1.0), 0.75)
    x, y, depth = shot.camera(300, 400).project(torch.from_numpy(places).float()).T
    across, along = (x - 150).abs() / 150, (y - 200).abs() / 200
    assert depth.min() > 0
    assert max(across.max(), along.max()) == pytest.approx(1.0, abs=1e-3)


def travelling(motion, metres):
    path = np.linspace(0, metres, len(motion.joints), dtype=np.float32)[:, None] * [0, -1, 0]
    return dataclasses.replace(
        motion,
        root_translation=(motion.root_translation + path).astype(np.float32),
        joints=(motion.joints + path[:, None]).astype(np.float32),
    )


@pytest.mark.parametrize("metres", [0.0, 6.0])
def test_every_frame_of_a_followed_motion_is_in_the_picture(box_character, metres):
    motion = travelling(box_character.motion, metres)
    shots = follow(motion, 1.8, 0.75, 0.5)
    assert len({shot.distance for shot in shots}) == 1
    for shot, joints in zip(shots, motion.joints, strict=True):
        x, y, _ = shot.camera(300, 400).project(torch.from_numpy(joints)).T
        assert x.min() > 0 and x.max() < 300
        assert y.min() > 0 and y.max() < 400


def test_the_camera_stays_for_a_motion_on_the_spot_and_glides_with_a_walk(box_character):
    spot = box_character.motion
    spot.root_translation[:, :2] = 0
    joints = spot.joints - spot.joints[:, :1] * [1, 1, 0]
    spot = dataclasses.replace(spot, joints=joints.astype(np.float32))
    assert len({shot.target for shot in follow(spot, 1.8, 0.75, 0.5)}) == 1
    steps = np.diff([shot.target[1] for shot in follow(travelling(spot, 6.0), 1.8, 0.75, 0.5)])
    assert np.allclose(steps, -6 / 11, atol=0.02)


def test_facing_follows_the_body(box_character):
    joints = box_character.motion.joints[0].copy()
    for side, sign in (("left", 1), ("right", -1)):
        for joint in ("hip", "shoulder"):
            joints[INDEX[f"{side}_{joint}"], :2] = [0, 0.2 * sign]
    # The left side is towards +Y: the body looks towards +X.
    assert facing(joints) == pytest.approx(math.pi / 2)
