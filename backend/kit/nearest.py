# SPDX-License-Identifier: Apache-2.0
"""The nearest points on triangles: found among samples of them, then exactly on the triangle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import KDTree
from torch import Tensor

_SPACING = 0.004
_STEPS = (
    0.7548776662466927,
    0.5698402909980532,
)  # Roberts' R2: any number of them is spread evenly
_TINY = 1e-18


@dataclass(frozen=True, eq=False)
class Nearest:
    """Of each of P places: the `triangle` (P,), `shares` (P, 3) of its corners, and the
    `distance` (P,), not negative."""

    triangle: Tensor
    shares: Tensor
    distance: Tensor


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles (F, 3, 3) to be found; of places (P, 3) on them, only those for which `counts`."""

    corners: Tensor
    counts: Callable[[Tensor], Tensor] | None = None

    @cached_property
    def _samples(self) -> tuple[KDTree, NDArray[np.int64]]:
        places, owner = spread(self.corners)
        if self.counts is not None:
            kept = self.counts(places)
            places, owner = places[kept], owner[kept]
        tree = KDTree(places.cpu().numpy(), balanced_tree=False, compact_nodes=False)
        return tree, owner.cpu().numpy()

    def rough(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """(P,) the triangle with the nearest sample, and (P,) how far that is: by some millimetres
        too far on the surface itself."""
        tree, owner = self._samples
        distance, sample = tree.query(places.cpu().numpy(), workers=-1)
        return torch.from_numpy(owner[sample]).to(places.device), torch.from_numpy(distance).to(
            places
        )

    def nearest(self, places: Tensor) -> Nearest:
        """Of places (P, 3), on the triangle that has the nearest sample."""
        triangle = self.rough(places)[0]
        corners = self.corners.index_select(0, triangle)
        shares = on_triangles(places, corners)
        touched = (corners * shares[:, :, None]).sum(1)
        return Nearest(triangle, shares, (places - touched).norm(dim=1))


def on_triangles(places: Tensor, corners: Tensor) -> Tensor:
    """(P, 3) shares of the corners (P, 3, 3) at the point of each triangle nearest to a place."""
    a, b, c = corners.unbind(1)
    ab, ac, bc, ap, bp = b - a, c - a, c - b, places - a, places - b
    aa, cc, both = _dot(ab, ab), _dot(ac, ac), _dot(ab, ac)
    one, two = _dot(ab, ap), _dot(ac, ap)
    area = (aa * cc - both**2).clamp(min=_TINY)
    v, w = (cc * one - both * two) / area, (aa * two - both * one) / area
    zero = torch.zeros_like(v)
    by_ab = (one / aa.clamp(min=_TINY)).clamp(0, 1)
    by_ac = (two / cc.clamp(min=_TINY)).clamp(0, 1)
    by_bc = (_dot(bc, bp) / _dot(bc, bc).clamp(min=_TINY)).clamp(0, 1)
    away = torch.stack(
        [
            _dot(ap - by_ab[:, None] * ab, ap - by_ab[:, None] * ab),
            _dot(ap - by_ac[:, None] * ac, ap - by_ac[:, None] * ac),
            _dot(bp - by_bc[:, None] * bc, bp - by_bc[:, None] * bc),
        ]
    )
    on_ab, on_ac = torch.stack([by_ab, zero], 1), torch.stack([zero, by_ac], 1)
    edges = torch.stack([on_ab, on_ac, torch.stack([1 - by_bc, by_bc], 1)])
    best = away.argmin(0)[None, :, None].expand(1, -1, 2)
    inner = torch.stack([v, w], dim=1)
    is_inner = (v >= 0) & (w >= 0) & (v + w <= 1) & (aa * cc - both**2 > _TINY)
    last = torch.where(is_inner[:, None], inner, edges.gather(0, best)[0])
    return torch.cat([1 - last.sum(1, keepdim=True), last], dim=1)


def _dot(one: Tensor, two: Tensor) -> Tensor:
    return (one * two).sum(1)


def spread(corners: Tensor, spacing: float = _SPACING) -> tuple[Tensor, Tensor]:
    """(N, 3) places evenly on the triangles (F, 3, 3), some `spacing` metres apart and at least one
    on each, and (N,) on which."""
    sides = corners - corners.roll(1, 1)
    area = torch.linalg.cross(sides[:, 0], sides[:, 1]).norm(dim=1) / 2
    longest = sides.norm(dim=2).amax(1)
    many = (area / spacing**2 + longest / (2 * spacing)).ceil().long().clamp(min=1)
    owner = torch.repeat_interleave(many)
    number = torch.arange(len(owner), device=owner.device) - (many.cumsum(0) - many)[owner]
    share = (0.5 + (number[:, None] * corners.new_tensor(_STEPS).double())) % 1
    share = torch.where(share.sum(1, keepdim=True) > 1, 1 - share, share).to(corners)
    share = torch.where(many[owner, None] == 1, 1 / 3, share)
    shares = torch.cat([share, 1 - share.sum(1, keepdim=True)], dim=1)
    return (corners.index_select(0, owner) * shares[:, :, None]).sum(1), owner
