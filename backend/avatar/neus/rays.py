# SPDX-License-Identifier: Apache-2.0
"""Which pixels are traced: the mask of the template decides the side and the rays of a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .cameras import FOCAL, SIDE, Views
from .rendering import Rays

GROWTH = 10
"""Pixels of SIDE by which the mask is dilated, in each direction and across."""
PLAIN_SIDE = int(SIDE // 2.25)
"""Pixels a side where no silhouette says which of them to trace."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A picture of `side` x `side` pixels, of which the flat indices `traced` (R,) have `rays`.
    `nearest` (side,) are the columns, and rows, of SIDE that its own are nearest to."""

    side: int
    traced: Tensor
    rays: Rays
    nearest: Tensor

    def take(self, picture: Tensor) -> Tensor:
        """(side, side, ...) of a picture (SIDE, SIDE, ...)."""
        return picture[self.nearest[:, None], self.nearest]

    def paste(self, values: Tensor, behind: Tensor) -> Tensor:
        """(side, side, C): values (R, C) over what lies behind."""
        flat = behind.reshape(-1, behind.shape[-1])
        return flat.index_copy(0, self.traced, values).view(behind.shape)


def grown(mask: Tensor, by: int = GROWTH) -> Tensor:
    """A mask (H, W) dilated by so many pixels with a square."""
    return functional.max_pool2d(mask[None].float(), 2 * by + 1, 1, by)[0] > 0


def guided_side(share: float, most_rays: int) -> int:
    """The side at which a mask that covers this share of the picture has about `most_rays`."""
    return min(SIDE, int(math.sqrt(most_rays / share))) if share > 0 else PLAIN_SIDE


def grid_of(views: Views, mask: Tensor | None, most_rays: int) -> Grid:
    """The rays of the only view: within the dilated mask (SIDE, SIDE), or all where there is none
    or nothing in it."""
    if mask is None or not bool(mask.any()):
        return _grid(views, PLAIN_SIDE, None)
    dilated = grown(mask)
    return _grid(views, guided_side(float(dilated.float().mean()), most_rays), dilated)


def _grid(views: Views, side: int, mask: Tensor | None) -> Grid:
    device = views.eye.device
    coordinate = torch.linspace(0, SIDE - 1, side, device=device)
    nearest = coordinate.round().long()
    if mask is None:
        traced = torch.arange(side * side, device=device)
    else:
        traced = mask[nearest[:, None], nearest].view(-1).nonzero()[:, 0]
    return Grid(side, traced, rays_through(views, coordinate, traced), nearest)


def rays_through(views: Views, coordinate: Tensor, traced: Tensor) -> Rays:
    """The rays through flat pixels (R,) of the only view; `coordinate` (side,) are its columns'."""
    x = (coordinate[traced % len(coordinate)] - SIDE / 2) / FOCAL
    y = (coordinate[traced // len(coordinate)] - SIDE / 2) / FOCAL
    ahead = torch.stack([x, y, torch.ones_like(x)], dim=1) @ views.axes[0]
    return Rays(views.eye.expand(len(traced), 3), functional.normalize(ahead, dim=1))
