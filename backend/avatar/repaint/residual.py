# SPDX-License-Identifier: Apache-2.0
"""What is added to a texture: a few colors for each part, and finer and finer grids, in Lab."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from .canvas import Canvas
from .lab import to_lab, to_srgb

MOST_CHROMA = 90.0
"""Colors are pressed to this distance from grey: free textures run to pure primaries."""
# Cells along a side, and how many units of Lab a step of 1 is worth. Coarse grids are a part's own,
# since neighbours in the atlas are not neighbours on the body.
_OWN = ((1, 2.5), (8, 0.25), (16, 0.15), (32, 0.1))
_SHARED = ((64, 0.06), (128, 0.04), (256, 0.03))


@dataclass(frozen=True, eq=False)
class Residual:
    """For R of the parts of a canvas."""

    parts: Tensor
    """(R,) their numbers."""
    own: tuple[Tensor, ...]
    """(R, 3, G, G) each, from one cell a part on."""
    shared: tuple[Tensor, ...]
    """(1, 3, G, G) each."""

    def parameters(self) -> list[Tensor]:
        return [*self.own, *self.shared]


def residual_for(canvas: Canvas, parts: list[int]) -> Residual:
    """Nothing yet, to be learnt with steps of about 1."""
    device = canvas.texture.device
    own = [torch.zeros(len(parts), 3, cells, cells, device=device) for cells, _ in _OWN]
    shared = [torch.zeros(1, 3, cells, cells, device=device) for cells, _ in _SHARED]
    return Residual(torch.tensor(parts, device=device), tuple(own), tuple(shared))


def change_of(residual: Residual, texel_part: Tensor) -> Tensor:
    """(3, S, S) Lab to be added to the texels of parts (S, S); zero for other parts."""
    side = len(texel_part)
    mine = texel_part == residual.parts[:, None, None]
    own = torch.zeros((len(mine), 3, side, side), device=texel_part.device)
    for grid, (_, worth) in zip(residual.own, _OWN, strict=True):
        own = own + _enlarged(worth * grid, side)
    shared = torch.zeros((3, side, side), device=texel_part.device)
    for grid, (_, worth) in zip(residual.shared, _SHARED, strict=True):
        shared = shared + _enlarged(worth * grid, side)[0]
    return (own * mine[:, None]).sum(0) + shared * mine.any(0)


def evened(change: Tensor, canvas: Canvas, parts: Tensor) -> Tensor:
    """(3, S, S) each part's mean change, which leaves no stains."""
    even = torch.zeros_like(change)
    for number in parts.tolist():
        mine = canvas.texel_part == number
        mean = change[:, mine & canvas.core].mean(1).nan_to_num(0.0)
        even = torch.where(mine, mean[:, None, None], even)
    return even


def repainted(texture: Tensor, change: Tensor) -> Tensor:
    """A texture (3, S, S) in sRGB with a change in Lab, beyond 0 to 1 where that leads there."""
    start = to_lab(texture)
    lab = start + change
    most = start[1:].norm(dim=0).clamp(min=MOST_CHROMA)
    pressed = lab[1:] * (most / lab[1:].square().sum(0).add(1e-6).sqrt()).clamp(max=1)
    return to_srgb(torch.cat([lab[:1], pressed]))


def _enlarged(grid: Tensor, side: int) -> Tensor:
    """(N, 3, side, side) bilinear, as two products: the gradient of `interpolate` adds up all
    texels of a cell in one place, which takes a GPU hundreds of times as long."""
    if grid.shape[2] == side:
        return grid
    weights = _weights(grid.shape[2], side, grid.device)
    return weights @ grid @ weights.T


@cache
def _weights(cells: int, side: int, device: torch.device) -> Tensor:
    """(side, cells) what each cell adds to each texel."""
    one = torch.eye(cells)[None]
    wide = functional.interpolate(one, size=side, mode="linear", align_corners=False)
    return wide[0].T.contiguous().to(device)
