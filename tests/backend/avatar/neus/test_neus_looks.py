# SPDX-License-Identifier: Apache-2.0
"""Backgrounds, light, the textureless twin and the losses, by their formulas."""

from __future__ import annotations

import math
from dataclasses import replace

import neus_figures as figures
import pytest
import torch

from kinora.backend.avatar.neus.cameras import BODY, away, looking
from kinora.backend.avatar.neus.frames import brought_in
from kinora.backend.avatar.neus.light import Light, as_picture, jittered, shown
from kinora.backend.avatar.neus.losses import color_loss, likeness_loss, mask_loss
from kinora.backend.avatar.neus.rendering import Seen
from kinora.backend.avatar.neus.stage import background, scene_of

CONFIG = figures.tiny_config()
TRAIN = CONFIG.train


def scene(config=CONFIG):
    inner = brought_in(figures.template(figures.sphere()), 0.65)
    return scene_of(inner, config, figures.Daltonian(), 0)[0]


def seen(opacity, shown_color, normal) -> Seen:
    rows = torch.tensor([opacity, opacity])
    color = torch.tensor([shown_color] * 2)
    return Seen(rows, color, color, torch.tensor([normal] * 2), rows, torch.tensor(0.0))


def test_backgrounds_are_of_four_kinds_alike_often() -> None:
    of = scene()
    pictures = [background(of, 192, torch.tensor([seed])) for seed in range(200)]
    kinds = {"white": [], "black": [], "noise": [], "board": []}
    for picture in pictures:
        assert picture.shape == (192, 192, 3)
        assert torch.equal(picture[..., 0], picture[..., 2])
        low, high = float(picture.min()), float(picture.max())
        if low == high:
            kinds["white" if low == 1 else "black"].append(picture)
        else:
            is_noise = float(picture.diff(dim=0).abs().mean()) > 0.1
            kinds["noise" if is_noise else "board"].append(picture)
    assert all(32 < len(found) < 70 for found in kinds.values())
    assert all(float(picture.max()) == 0 for picture in kinds["black"])
    noise, boards = torch.stack(kinds["noise"]), torch.stack(kinds["board"])
    assert float(noise.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(noise.std()) == pytest.approx(0.2, abs=0.01)
    assert float(noise.min()) >= 0 and float(noise.max()) <= 1
    assert float(boards.min()) == pytest.approx(0.2, abs=0.01)
    assert float(boards.max()) == pytest.approx(0.8, abs=0.01)


def test_without_backgrounds_all_are_black() -> None:
    plain = scene(replace(CONFIG, train=replace(TRAIN, use_bg_aug=False)))
    assert not any(float(background(plain, 16, torch.tensor([n])).max()) for n in range(20))


def test_the_light_is_within_45_degrees_of_each_angle_of_the_camera() -> None:
    theta, phi = 0.4, 1.0
    views = looking(
        torch.zeros(1, 3), *(torch.tensor([value]) for value in (theta, phi, 1.5)),
        torch.tensor([BODY]),
    )  # fmt: skip
    lights = [jittered(views, torch.tensor([seed])) for seed in range(300)]
    ambient = torch.stack([light.ambient for light in lights])
    assert 0 <= float(ambient.min()) < 0.02 and 0.18 < float(ambient.max()) <= 0.2
    direction = torch.stack([light.direction for light in lights])
    torch.testing.assert_close(direction.norm(dim=1), torch.ones(300))
    tilts = torch.arccos(direction[:, 2])
    assert float(tilts.max()) <= theta + math.pi / 4 + 1e-5
    assert float(tilts.max()) > theta + 0.7


def test_shade_is_ambient_and_cosine() -> None:
    light = Light(torch.tensor([0.0, 0, 1]), torch.tensor(0.1))
    normals = torch.tensor([[0.0, 0, 5], [0, 3, 0], [0, 0, -2], [3.0, 0, 4], [math.nan] * 3])
    expected = torch.tensor([1.0, 0.1, 0.1, 0.1 + 0.9 * 0.8, 1.0])
    torch.testing.assert_close(light.shade(normals)[:, 0], expected)


def test_the_textureless_twin_is_shade_where_the_figure_is() -> None:
    light = Light(away(torch.zeros(1), torch.zeros(1))[0], torch.tensor(0.2))
    behind = torch.full((2, 3), 0.5)
    solid = seen(0.9, [0.6, 0.3, 0.0], [0.0, 1, 0])
    textured, plain = shown(solid, light, behind, TRAIN)
    color = torch.tensor([0.6, 0.3, 0.0]) + 0.1 * 0.5
    torch.testing.assert_close(textured[0], color * 0.2)
    torch.testing.assert_close(plain[0], torch.full((3,), 0.2))
    thin = seen(0.4, [0.2, 0.1, 0.0], [0.0, 1, 0])
    textured, plain = shown(thin, light, behind, TRAIN)
    torch.testing.assert_close(textured[0], torch.tensor([0.2, 0.1, 0.0]) + 0.3)
    torch.testing.assert_close(plain[0], textured[0])


def test_without_cast_light_the_color_is_shown_unlit() -> None:
    light = Light(torch.tensor([0.0, 0, 1]), torch.tensor(0.0))
    solid = seen(1.0, [0.6, 0.3, 0.1], [0.0, 1, 0])
    train = replace(TRAIN, texture_cast_light=False)
    textured, plain = shown(solid, light, torch.zeros(2, 3), train)
    torch.testing.assert_close(textured[0], torch.tensor([0.6, 0.3, 0.1]))
    assert float(plain.max()) == 0


def test_pictures_are_scaled_for_the_encoder() -> None:
    picture = torch.linspace(0, 1, 20)[None, :, None].expand(20, 20, 3)
    assert as_picture(picture, 20).shape == (1, 3, 20, 20)
    larger = as_picture(picture, 41)
    assert larger.shape == (1, 3, 41, 41)
    assert (larger[0, 0, 0].diff() >= 0).all()
    torch.testing.assert_close(larger[0, 0, :, 3], larger[0, 0, 0, 3].expand(41))


def test_the_color_loss_is_a_sum_over_channels_a_masked_pixel() -> None:
    color, wanted = torch.tensor([[0.5, 0.5, 0.5], [0.0, 0, 0]]), torch.tensor([[0.7], [1.0]])
    mask = torch.tensor([True, False])
    assert float(color_loss(color, wanted, mask)) == pytest.approx(0.6, rel=1e-4)
    assert float(color_loss(color, wanted, torch.zeros(2))) == 0


def test_the_mask_loss_is_clipped_cross_entropy() -> None:
    opacity = torch.tensor([0.0, 1.0, 0.3])
    mask = torch.tensor([True, False, True])
    expected = -(math.log(1e-3) + math.log(1e-3) + math.log(0.3)) / 3
    assert float(mask_loss(opacity, mask)) == pytest.approx(expected, rel=1e-4)


def test_the_likeness_loss_counts_both_pictures() -> None:
    vectors = torch.tensor([[1.0, 0], [0.6, 0.8]])
    assert float(likeness_loss(vectors, torch.tensor([1.0, 0]))) == pytest.approx(0.4)
