# SPDX-License-Identifier: Apache-2.0
"""Which places can be seen from outside: clothes lie in layers, and only the outermost counts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.raster import look_at

_DIRECTIONS = 48  # on a whole sphere
_LOWEST = 0.25  # sine of the angle up to which an eye below counts: not under skirts
_CELL = 0.0045  # metres, a pixel: about as far apart as the places of a surface
_GOLDEN = 2.39996323


@dataclass(frozen=True, eq=False)
class Outlook:
    """D parallel views of `pixels` squared: `axes` (D, 3, 3) right, down and forward, the `low`
    (D, 3) corner, and the `depth` (D, pixels ** 2) of what is seen, in pixels from there."""

    pixels: int
    above: int
    """The first so many look from above, or hardly from below."""
    axes: Tensor
    low: Tensor
    depth: Tensor

    def sees(self, places: Tensor, beyond: float, from_below: bool = False) -> Tensor:
        """(P,) whether some view sees a place (P, 3), even if it lies this many metres behind what
        is seen there; of less than nothing, only well before that."""
        found = torch.zeros(len(places), dtype=torch.bool, device=places.device)
        for view in range(len(self.axes) if from_below else self.above):
            turned = (places @ self.axes[view].T - self.low[view]) / _CELL
            x, y = turned[:, :2].long().clamp_(0, self.pixels - 1).unbind(1)
            found |= turned[:, 2] < self.depth[view][y * self.pixels + x] + beyond / _CELL
        return found


def outlook(places: Tensor) -> Outlook:
    """Look at a surface from all around: places (P, 3) on it that are at most some pixels apart."""
    number = torch.arange(_DIRECTIONS, device=places.device)
    height = 1 - 2 * (number + 0.5) / _DIRECTIONS
    level = (1 - height**2).sqrt()
    turn = number * _GOLDEN
    away = torch.stack([level * turn.cos(), level * turn.sin(), height], dim=1)
    axes = look_at(away, torch.zeros_like(away))
    low = torch.stack([(places @ own.T).amin(0) for own in axes]) - 2 * _CELL
    high = torch.stack([(places @ own.T).amax(0) for own in axes]) + 2 * _CELL
    pixels = int(((high - low)[:, :2].amax() / _CELL).ceil())
    depth = [
        _depth((places @ own.T - at) / _CELL, pixels) for own, at in zip(axes, low, strict=True)
    ]
    return Outlook(pixels, int((height > -_LOWEST).sum()), axes, low, torch.stack(depth))


def _depth(turned: Tensor, pixels: int) -> Tensor:
    """`Outlook.depth` of one view, of places (P, 3) in pixels to its right, down and forward."""
    x, y = turned[:, :2].long().unbind(1)
    depth = torch.full((pixels**2,), torch.inf, device=turned.device)
    depth.scatter_reduce_(0, y * pixels + x, turned[:, 2], "amin")
    # The nearest of a pixel and its neighbours: no one looks through a surface, or past its edge.
    return -functional.max_pool2d(-depth.view(1, 1, pixels, pixels), 3, 1, 1).view(-1)
