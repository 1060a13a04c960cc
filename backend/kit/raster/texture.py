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
    """(N, C) at UVs (N, 2) of origin lower left, repeated beyond 0 to 1 and clamped at the border;
    what is not finite counts as 0.

    `footprint` (N,) texels of the full size are blended: bilinear in the two nearest levels.
    `texture` (N,) says which of the textures; None when there is one.
    """
    last = maps.layout.shape[1] - 1
    level = footprint.detach().clamp(1, 2.0**last).nan_to_num(1.0).log2()
    both = torch.stack([level, (level + 1).clamp(max=last)]).long()
    start, high, wide = maps.layout[:, both]
    if texture is not None:
        start = start + texture * high * wide
    fine, coarse = _bilinear(maps.texels, (uvs % 1).nan_to_num(0.0), (start, high, wide))
    return torch.lerp(fine, coarse, (level - both[0])[:, None].to(fine.dtype))


def _bilinear(texels: Tensor, uvs: Tensor, layout: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """(2, N, C) at UVs (N, 2) of two levels each, whose `Mipmaps.layout` is (2, N) each."""
    start, high, wide = layout
    x = (uvs[:, 0] * wide - 0.5).clamp(min=0).minimum(wide - 1)
    y = ((1 - uvs[:, 1]) * high - 0.5).clamp(min=0).minimum(high - 1)
    left, top = x.detach().long(), y.detach().long()
    right = (left + 1).minimum(wide - 1)
    above = start + top * wide
    below = above + torch.where(top + 1 < high, wide, 0)
    places = torch.stack([above + left, above + right, below + left, below + right])
    four = texels.index_select(0, places.view(-1)).view(*places.shape, -1)
    across, down = (x - left)[..., None], (y - top)[..., None]
    upper, lower = torch.lerp(four[0], four[1], across), torch.lerp(four[2], four[3], across)
    return torch.lerp(upper, lower, down)


def _area(flat: Tensor) -> Tensor:
    first, second = flat[:, 1, :2] - flat[:, 0, :2], flat[:, 2, :2] - flat[:, 0, :2]
    return (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).abs()
