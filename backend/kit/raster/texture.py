# SPDX-License-Identifier: Apache-2.0
"""Texture lookups through mipmaps, with gradients to the texels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Mipmaps:
    """T textures at every size down to one texel: `texels` (all of them, C), level by level, and
    for each level `layout` (3, L): where it starts, its height and its width."""

    texels: Tensor
    layout: Tensor


def mipmaps(textures: Tensor) -> Mipmaps:
    """Halve the textures (T, C, H, W) until one texel is left; each level is the mean of four."""
    levels, layout, start = [textures], [], 0
    while max(levels[-1].shape[2:]) > 1:
        levels.append(functional.avg_pool2d(levels[-1], 2, ceil_mode=True, count_include_pad=False))
    for level in levels:
        layout.append((start, level.shape[2], level.shape[3]))
        start += level.numel() // level.shape[1]
    flat = [level.permute(0, 2, 3, 1).reshape(-1, level.shape[1]) for level in levels]
    return Mipmaps(torch.cat(flat), torch.tensor(layout, device=textures.device).T.contiguous())


def footprint(corners: Tensor, uvs: Tensor, side: tuple[int, int]) -> Tensor:
    """(N,) how many texels of a texture (height, width) lie along a pixel of triangles (N, 3, 2+)
    of pixels with UVs (N, 3, 2): the root of the areas' ratio, so that a slant blurs a little."""
    texels = _area(uvs) * (side[0] * side[1])
    return (texels / _area(corners).clamp(min=1e-12)).sqrt()


def sample(maps: Mipmaps, uvs: Tensor, footprint: Tensor, texture: Tensor | None = None) -> Tensor:
    """(N, C) at UVs (N, 2) of origin lower left, repeated beyond 0 to 1 and clamped at the border.

    `footprint` (N,) texels of the full size are blended: bilinear in the two nearest levels.
    `texture` (N,) says which of the textures; None when there is one.
    """
    last = maps.layout.shape[1] - 1
    level = footprint.detach().clamp(min=1).log2().nan_to_num(0.0).clamp_(max=last)
    lower = level.long()
    upper = (lower + 1).clamp_(max=last)
    place = torch.stack([uvs[:, 0] % 1, 1 - uvs[:, 1] % 1])
    number = torch.zeros_like(lower) if texture is None else texture
    fine, coarse = (
        _bilinear(maps.texels, place, number, maps.layout.index_select(1, chosen))
        for chosen in (lower, upper)
    )
    return torch.lerp(fine, coarse, (level - lower)[:, None].to(fine.dtype))


def _bilinear(texels: Tensor, place: Tensor, texture: Tensor, layout: Tensor) -> Tensor:
    """(N, C) at `place` (2, N), 0 to 1 across and down, in a level of `layout` (3, N) each."""
    start, high, wide = layout
    start = start + texture * high * wide
    x = (place[0] * wide - 0.5).clamp(min=0).minimum(wide - 1)
    y = (place[1] * high - 0.5).clamp(min=0).minimum(high - 1)
    left, top = x.detach().long(), y.detach().long()
    right, bottom = (left + 1).minimum(wide - 1), (top + 1).minimum(high - 1)
    across, down = (x - left)[:, None], (y - top)[:, None]
    above, below = start + top * wide, start + bottom * wide
    four = (
        texels.index_select(0, row + column) for row in (above, below) for column in (left, right)
    )
    a, b, c, d = four
    return torch.lerp(torch.lerp(a, b, across), torch.lerp(c, d, across), down)


def _area(flat: Tensor) -> Tensor:
    first, second = flat[:, 1, :2] - flat[:, 0, :2], flat[:, 2, :2] - flat[:, 0, :2]
    return (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).abs()
