# SPDX-License-Identifier: Apache-2.0
"""Texture lookups against closed forms, and their gradients against finite differences."""

from __future__ import annotations

import math

import pytest
import torch

from kinora.backend.kit.raster import footprint, mipmaps, sample


def texel_centres(height, width):
    """UVs of every texel's centre, row by row; row 0 lies at v = 1."""
    v, u = torch.meshgrid(
        1 - (torch.arange(height) + 0.5) / height,
        (torch.arange(width) + 0.5) / width,
        indexing="ij",
    )
    return torch.stack([u, v], dim=-1).view(-1, 2)


@pytest.mark.parametrize("side", [(8, 8), (4, 16), (5, 7), (1, 1)])
def test_a_texels_centre_gives_the_texel(side):
    textures = torch.rand(2, 3, *side)
    uvs = texel_centres(*side)
    for number in range(2):
        which = torch.full((len(uvs),), number)
        found = sample(mipmaps(textures), uvs, torch.ones(len(uvs)), which)
        torch.testing.assert_close(found, textures[number].flatten(1).T, atol=1e-5, rtol=0)


def test_a_ramp_is_interpolated_exactly():
    ramp = torch.arange(16.0).expand(1, 1, 8, 16).contiguous()
    uvs = torch.rand(200, 2) * 0.9 + 0.05
    found = sample(mipmaps(ramp), uvs, torch.zeros(200))
    torch.testing.assert_close(found[:, 0], uvs[:, 0] * 16 - 0.5, atol=1e-4, rtol=0)


def test_a_wide_footprint_gives_the_mean_and_a_wider_one_no_more():
    texture = torch.rand(1, 3, 32, 32)
    uvs = torch.rand(10, 2)
    for wide in (32.0, 1e9, math.inf):
        found = sample(mipmaps(texture), uvs, torch.full((10,), wide))
        torch.testing.assert_close(found, texture.mean((2, 3)).expand(10, 3))


def test_between_two_levels_both_count():
    """A board of single texels is grey from the second level on: half of it is left in between."""
    board = (torch.arange(16)[:, None] + torch.arange(16)) % 2
    uvs = texel_centres(16, 16)
    wide = torch.full((256,), math.sqrt(2.0))
    found = sample(mipmaps(board.float()[None, None]), uvs, wide)[:, 0]
    torch.testing.assert_close(found, 0.25 + 0.5 * board.float().view(-1), atol=1e-5, rtol=0)


def test_garbage_coordinates_give_numbers():
    uvs = torch.tensor([[-3.25, 9.5], [1e9, -1e9], [math.nan, math.inf]])
    found = sample(mipmaps(torch.rand(1, 3, 8, 8)), uvs, torch.tensor([math.nan, -5.0, 1e30]))
    assert found.isfinite().all()


def test_footprint_is_texels_by_pixels():
    """A square of 40 by 40 pixels that shows a quarter of a texture of 64 by 32."""
    corners = torch.tensor([[[0.0, 0, 1], [40, 0, 1], [0, 40, 1]]])
    uvs = torch.tensor([[[0.0, 0], [0.5, 0], [0, 0.5]]])
    expected = math.sqrt(32 / 40 * 16 / 40)
    assert footprint(corners, uvs, (32, 64)).item() == pytest.approx(expected, rel=1e-5)


def test_gradients_to_texels_and_coordinates_are_those_of_finite_differences():
    random = torch.Generator().manual_seed(1)
    texture = torch.rand(1, 2, 8, 8, generator=random, dtype=torch.float64, requires_grad=True)
    uvs = (0.1 + 0.8 * torch.rand(12, 2, generator=random, dtype=torch.float64)).requires_grad_()
    wide = 1 + 6 * torch.rand(12, generator=random, dtype=torch.float64)

    def looked_up(texels, places):
        return sample(mipmaps(texels), places, wide)

    assert torch.autograd.gradcheck(looked_up, (texture, uvs), eps=1e-7, atol=1e-5)
