# SPDX-License-Identifier: Apache-2.0
"""Cameras, lights, shadings and backgrounds against closed forms and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from kinora.backend.avatar.camera import FIELD_OF_VIEW, Shot
from kinora.backend.kit.raster import (
    BACKGROUNDS,
    SHADINGS,
    Cameras,
    Lights,
    backgrounds,
    jittered_lights,
    look_at,
    orbit,
    shaded,
)
from kinora.backend.kit.raster.chance import normal, uniform


def test_cameras_see_what_the_previews_camera_sees():
    places = 0.5 * torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    close = {"atol": 1e-3, "rtol": 1e-4}
    for azimuth, elevation in ((0.0, 0.0), (0.7, 0.3), (-2.5, -0.4)):
        one = Shot((0.1, -0.2, 0.9), azimuth, elevation, 4.0).camera(60, 80)
        target = torch.tensor([[0.1, -0.2, 0.9]])
        turned = [torch.tensor([value]) for value in (azimuth, elevation, 4.0)]
        eye = orbit(target, *turned)
        focal = torch.tensor([40 / math.tan(FIELD_OF_VIEW / 2)])
        many = Cameras(eye, look_at(eye, target), focal, torch.tensor([[30.0, 40.0]]))
        expected = one.project(places)
        torch.testing.assert_close(many.project_each(places[None])[0], expected, **close)
        own = torch.zeros(40, dtype=torch.int64)
        torch.testing.assert_close(many.project(places, own), expected, **close)


@pytest.mark.parametrize("elevation", [math.pi / 2, -math.pi / 2])
def test_a_camera_may_look_straight_down_or_up(elevation):
    eye = orbit(torch.zeros(1, 3), *(torch.tensor([v]) for v in (0.0, elevation, 2.0)))
    axes = look_at(eye, torch.zeros(1, 3))[0]
    torch.testing.assert_close(axes @ axes.T, torch.eye(3), atol=1e-5, rtol=0)


def test_shade_is_lambert_over_ambient_light():
    lights = Lights(torch.tensor([[0.0, -1, 0], [0, 0, 1]]), torch.tensor([0.2, 0.0]))
    normals = torch.tensor([[0.0, -1, 0], [0, 0.8, 0.6], [0, -0.8, 0.6], [math.nan] * 3])
    shade = lights.shade(normals, torch.tensor([0, 0, 1, 1]))
    torch.testing.assert_close(shade[:, 0], torch.tensor([1.0, 0.2, 0.6, 1.0]))


def test_lights_stay_within_their_jitter():
    seeds = torch.arange(4000)
    level = torch.zeros(4000)
    lights = jittered_lights(level, level, seeds)
    assert 0 <= lights.ambient.min() < 0.01 and 0.19 < lights.ambient.max() <= 0.2
    elevation = lights.direction[:, 2].asin().rad2deg()
    azimuth = torch.atan2(lights.direction[:, 0], -lights.direction[:, 1]).rad2deg()
    for angle in (elevation, azimuth):
        assert -45.01 < angle.min() < -44 and 44 < angle.max() < 45.01
        assert abs(angle.mean()) < 2


def test_each_pixel_is_shaded_its_own_way():
    color, shade = torch.tensor([[0.8, 0.4, 0.2]]).expand(3, 3), torch.full((3, 1), 0.5)
    kinds = torch.tensor([SHADINGS.index(name) for name in ("diffuse", "unlit", "textureless")])
    expected = torch.tensor([[0.4, 0.2, 0.1], [0.8, 0.4, 0.2], [0.5, 0.5, 0.5]])
    torch.testing.assert_close(shaded(color, shade, kinds), expected)


def test_a_board_is_a_blurred_checkerboard():
    """Of every seed: what scipy makes of some cell size and some blur that the paper allows."""
    kind = torch.full((6,), BACKGROUNDS.index("board"))
    for found in backgrounds(kind, torch.arange(6), (96, 80))[..., 0].numpy():
        assert min(_unlike_a_board(found, cells) for cells in range(10, 20)) < 0.01


def _unlike_a_board(found, cells):
    rows, columns = np.mgrid[:104, :88] - 4
    board = np.where((rows // (96 // cells) + columns // (96 // cells)) % 2, 0.2, 0.8)
    least = math.inf
    for sigma in np.arange(0.1, 2.01, 0.02):
        blurred = ndimage.gaussian_filter1d(board, sigma, axis=0, radius=4)
        blurred = ndimage.gaussian_filter1d(blurred, sigma, axis=1, radius=2)
        least = min(least, np.abs(blurred[4:-4, 4:-4] - found).max())
    return least


def test_backgrounds_are_grey_and_of_their_kind():
    white, black, noise = backgrounds(torch.arange(3), torch.arange(3), (64, 64))
    assert (white == 1).all() and (black == 0).all()
    assert torch.equal(noise[..., 0], noise[..., 2])
    assert abs(noise.mean() - 0.5) < 0.02 and abs(noise[..., 0].std() - 0.2) < 0.02


def test_chance_follows_from_the_seed_alone():
    seeds = torch.tensor([5, -3, 2**62, 5])
    drawn = uniform(seeds, 9)
    assert torch.equal(drawn[0], drawn[3])
    assert torch.equal(drawn[1:2], uniform(seeds[1:2], 9))
    others = torch.cat([uniform(seeds, 9, stream) for stream in (1, 2, 41, 2**20)])
    assert len({tuple(row) for row in [*drawn[:3].tolist(), *others.tolist()]}) == 15


def test_chance_is_uniform_and_normal():
    seeds = torch.arange(2000)
    drawn = uniform(seeds, 10)
    counts = torch.histc(drawn, 16, 0, 1) / drawn.numel()
    assert (counts - 1 / 16).abs().max() < 0.006
    # Neither neighbouring seeds nor neighbouring places of one seed go together.
    assert abs(np.corrcoef(drawn[:-1, 0], drawn[1:, 0])[0, 1]) < 0.08
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1]) < 0.08
    bell = normal(seeds, 10)
    assert abs(bell.mean()) < 0.03 and abs(bell.std() - 1) < 0.03
    assert abs((bell.abs() < 1).float().mean() - 0.6827) < 0.01
