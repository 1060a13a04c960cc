# SPDX-License-Identifier: Apache-2.0
"""Which places can be seen from outside: clothes lie in layers, and only the outermost counts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.raster import look_at, rasterise

_DIRECTIONS = 48  # on a whole sphere
_LOWEST = 0.25  # sine of the angle up to which an eye below counts: not under skirts
_PIXELS = 512
_GOLDEN = 2.39996323


@dataclass(frozen=True, eq=False)
class Outlook:
    """D parallel views: `axes` (D, 3, 3) right, down and forward, the `low` (D, 3) corner and the
    side of a pixel `cell` (D,), and the `depth` (D, S * S) of what is seen."""

    above: int
    """The first so many look from above, or hardly from below."""
    axes: Tensor
    low: Tensor
    cell: Tensor
    depth: Tensor

    def sees(self, places: Tensor, beyond: float, from_below: bool = False) -> Tensor:
        """(P,) whether some view sees a place (P, 3), even if it lies this many metres behind what
        is seen there; of less than nothing, only well before that."""
        found = torch.zeros(len(places), dtype=torch.bool, device=places.device)
        views = list(zip(self.axes, self.low, self.cell, self.depth, strict=True))
        for axes, low, cell, depth in views if from_below else views[: self.above]:
            turned = (places @ axes.T - low) / cell
            pixel = turned[:, :2].long().clamp_(0, _PIXELS - 1)
            seen = depth[pixel[:, 1] * _PIXELS + pixel[:, 0]]
            found |= turned[:, 2] < seen + beyond / cell
        return found


def outlook(vertices: Tensor, triangles: Tensor) -> Outlook:
    """Look at triangles (F, 3) from all around and above."""
    number = torch.arange(_DIRECTIONS, device=vertices.device)
    height = 1 - 2 * (number + 0.5) / _DIRECTIONS
    level = (1 - height**2).sqrt()
    turn = number * _GOLDEN
    away = torch.stack([level * turn.cos(), level * turn.sin(), height], dim=1)
    axes = look_at(away, torch.zeros_like(away))
    turned = vertices @ axes.mT
    low, high = turned.amin(1) - 1e-3, turned.amax(1) + 1e-3
    cell = (high - low)[:, :2].amax(1) / _PIXELS
    turned = (turned - low[:, None]) / cell[:, None, None]
    size = (len(away), _PIXELS, _PIXELS)
    picture = torch.arange(len(away), device=vertices.device).repeat_interleave(len(triangles))
    corners = turned[:, triangles].flatten(0, 1)
    seen = rasterise(corners, picture, size, perspective=False)
    depth = seen.spread(seen.at_seen(corners[:, :, 2:]), torch.inf)[:, None, :, :, 0]
    # The nearest of a pixel and its neighbours: nobody looks past an edge.
    nearest = -functional.max_pool2d(-depth, 3, 1, 1)
    return Outlook(int((height > -_LOWEST).sum()), axes, low, cell, nearest.view(len(away), -1))
