# SPDX-License-Identifier: Apache-2.0
"""How far a surface goes along its own normals: smooth over each part, and never beyond a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.nearest import Surface
from .start import REGIONS, Start

GRIDS = ((4, 0.05), (8, 0.035), (16, 0.025), (32, 0.015))
"""Cells along a part's box, and what share of the limit a step of 1 is worth there."""
INWARD = 0.003
"""Metres that a surface may sink."""
_OUT, _INTO = (0.12, 0.35, 0.65, 1.0), (0.3, 1.0)
"""Shares of what it may at which it is looked whether something is in the way."""
_FREE = 0.85
"""A place is free where nothing is nearer than this share of its distance to where it came from."""
_USED = 0.92
"""Of what is free: less than half of the way to something that comes nearer as well."""
_RINGS = 2
_WELDED = 5e-5  # metres
_UPRIGHT = 0.3
"""Where normals of welded vertices cancel each other further than to this, nothing moves."""
_STRAIGHT = 0.3
"""Least cosine between a triangle's normal before and after."""


@dataclass(frozen=True, eq=False)
class Skin:
    """What of a start decides how it may move; V vertices, E edges of W welded vertices."""

    directions: Tensor
    """(V, 3) unit."""
    out: Tensor
    """(V,) metres that each may go outward; `into` inward."""
    into: Tensor
    weld: Tensor
    """(V,) which of the W welded vertices each is."""
    edges: Tensor
    """(E, 2) of welded vertices."""
    mesh: Tensor
    """(V,) which part each is of."""
    welds: int
    """W"""


def directions(start: Start) -> Tensor:
    """(V, 3) unit normals, the same for vertices of one part that are at one place: along these
    go the offsets of what is sculpted."""
    weld, count = _welded(start)
    return _directions(start, weld, count)[0]


def skin_of(start: Start, part: str) -> Skin:
    """Measure what is free around a start; of `part`, "all" or a region, nothing else may move."""
    weld, count = _welded(start)
    along, is_clear = _directions(start, weld, count)
    may = start.slack * is_clear
    if part != "all":
        may = may * (start.region == REGIONS.index(part))
    corners = start.vertices[start.triangles]
    surface = Surface(corners)
    out = _free(surface, start.vertices, along, may, _OUT)
    into = _free(surface, start.vertices, -along, (may / 2).clamp(max=INWARD), _INTO)
    edges = _edges(start, weld, count)
    out, into = (_smooth_limit(one, weld, edges, count) for one in (out, into))
    return Skin(along, out, into, weld, edges, mesh_of(start), count)


def normals(vertices: Tensor, triangles: Tensor) -> Tensor:
    """(V, 3) unit, larger triangles counting more; zero where there is no surface."""
    total = torch.zeros_like(vertices)
    across = _across(vertices, triangles)
    total = total.index_add(0, triangles.reshape(-1), across.repeat_interleave(3, 0))
    return functional.normalize(total, dim=1, eps=1e-20)


def mesh_of(start: Start) -> Tensor:
    """(V,) which part each vertex is of."""
    found = torch.zeros(len(start.vertices), dtype=torch.int64, device=start.vertices.device)
    return found.index_copy(0, start.triangles.reshape(-1), start.part.repeat_interleave(3))


def limited(skin: Skin, share: Tensor) -> Tensor:
    """(V,) metres for shares (V,) of what is allowed: 0 is 0, and no share reaches the limit."""
    pressed = share.tanh()
    return torch.where(pressed > 0, skin.out, skin.into) * pressed


def share_of(skin: Skin, offsets: Tensor) -> Tensor:
    """(V,) the shares that give these offsets (V,), or what is nearest to them."""
    limit = torch.where(offsets > 0, skin.out, skin.into)
    return torch.where(
        limit > 1e-6, (offsets / limit.clamp(min=1e-6)).clamp(-0.98, 0.98), 0
    ).atanh()


def smoothed(skin: Skin, values: Tensor, times: int) -> Tensor:
    """(V,) each halfway to the mean of its neighbours, so many times."""
    one = _onto_welds(skin, values)
    for _ in range(times):
        one = (one + _around(one, skin.edges)) / 2
    return one[skin.weld]


def roughness(skin: Skin, share: Tensor) -> Tensor:
    """(E,) by how much the ends of edges differ."""
    one = share.new_zeros(skin.welds).index_copy(0, skin.weld, share)
    return one.index_select(0, skin.edges[:, 0]) - one.index_select(0, skin.edges[:, 1])


def untwisted(start: Start, skin: Skin, offsets: Tensor, tries: int = 8) -> Tensor:
    """(V,) the offsets without what turns a triangle over: there they are halved, at last zero."""
    before = functional.normalize(_across(start.vertices, start.triangles), dim=1, eps=1e-20)
    for attempt in range(tries):
        moved = start.vertices + offsets[:, None] * skin.directions
        after = functional.normalize(_across(moved, start.triangles), dim=1, eps=1e-20)
        # Triangles without area have no side to be turned to.
        bad = ((before * after).sum(1) < _STRAIGHT) & (before.norm(dim=1) > 0.5)
        if not bool(bad.any()):
            return offsets
        corner = torch.zeros_like(offsets)
        corner[start.triangles[bad].reshape(-1)] = 1.0
        near = smoothed(skin, corner, 2) > 0
        offsets = torch.where(near, offsets * (0.0 if attempt > tries - 4 else 0.5), offsets)
    return offsets


class Grids:
    """Offsets as shares of the limit, from grids over each part's box."""

    def __init__(self, start: Start, skin: Skin) -> None:
        self.parts = len(start.names)
        low = torch.full((self.parts, 3), torch.inf, device=start.vertices.device)
        index = skin.mesh[:, None].expand(-1, 3)
        low = low.scatter_reduce(0, index, start.vertices, "amin")
        high = torch.full_like(low, -torch.inf)
        high = high.scatter_reduce(0, index, start.vertices, "amax")
        inside = (start.vertices - low[skin.mesh]) / (high - low).clamp(min=1e-3)[skin.mesh]
        self._at = [_corners(inside.clamp(0, 1), skin.mesh, cells) for cells, _ in GRIDS]
        self.values = [
            torch.zeros(self.parts, cells, cells, cells, device=low.device) for cells, _ in GRIDS
        ]

    def share(self) -> Tensor:
        """(V,), differentiable."""
        total = torch.zeros_like(self._at[0][1][:, 0])
        for values, (rows, weight), (_, worth) in zip(self.values, self._at, GRIDS, strict=True):
            near = values.view(-1).index_select(0, rows.view(-1)).view_as(weight)
            total = total + worth * (near * weight).sum(1)
        return total


def _corners(inside: Tensor, mesh: Tensor, cells: int) -> tuple[Tensor, Tensor]:
    """(V, 8) rows of a flat (P, G, G, G) grid around places (V, 3) from 0 to 1, and their
    trilinear weights."""
    exact = inside * (cells - 1)
    near = exact.floor().clamp(max=cells - 2)
    share, near = exact - near, near.long()
    rows, weights = [], []
    for corner in range(8):
        step = torch.tensor([corner >> 2, corner >> 1 & 1, corner & 1], device=inside.device)
        x, y, z = (near + step).unbind(1)
        rows.append(((mesh * cells + x) * cells + y) * cells + z)
        weights.append(torch.where(step > 0, share, 1 - share).prod(1))
    return torch.stack(rows, 1), torch.stack(weights, 1)


def _across(vertices: Tensor, triangles: Tensor) -> Tensor:
    a, b, c = vertices.index_select(0, triangles.reshape(-1)).view(-1, 3, 3).unbind(1)
    across: Tensor = torch.linalg.cross(b - a, c - a)
    return across


def _welded(start: Start) -> tuple[Tensor, int]:
    places = torch.round(start.vertices / _WELDED).long()
    found = torch.cat([mesh_of(start)[:, None], places], dim=1)
    _, weld = torch.unique(found, dim=0, return_inverse=True)
    return weld, int(weld.max()) + 1


def _directions(start: Start, weld: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """(V, 3) unit, and (V,) whether both sides of something thin do not share the vertex."""
    own = normals(start.vertices, start.triangles)
    total = own.new_zeros(count, 3).index_add(0, weld, own)
    many = own.new_zeros(count).index_add(0, weld, own.norm(dim=1))
    is_clear = (total.norm(dim=1) > _UPRIGHT * many.clamp(min=1e-9))[weld]
    together = functional.normalize(total, dim=1, eps=1e-20)[weld]
    return torch.where(is_clear[:, None], together, own), is_clear.float()


def _edges(start: Start, weld: Tensor, count: int) -> Tensor:
    corners = weld[start.triangles]
    both = torch.cat([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    low, high = both.amin(1), both.amax(1)
    keys = torch.unique(low * count + high)
    edges = torch.stack([keys // count, keys % count], dim=1)
    return edges[edges[:, 0] != edges[:, 1]]


def _free(
    surface: Surface, places: Tensor, along: Tensor, may: Tensor, shares: Sequence[float]
) -> Tensor:
    """(V,) how far each may go so that what comes towards it may do the same."""
    free, is_open = torch.zeros_like(may), may > 0
    for share in shares:
        rows = is_open.nonzero()[:, 0]
        if not len(rows):
            break
        way = share * may[rows]
        near = surface.nearest(places[rows] + way[:, None] * along[rows]).distance
        is_free = near >= _FREE * way - 1e-5
        free[rows] = torch.where(is_free, way, free[rows])
        is_open[rows] = is_free
    return _USED * free


def _smooth_limit(limit: Tensor, weld: Tensor, edges: Tensor, count: int) -> Tensor:
    """(V,) at most the limit, without jumps: the least of some rings, averaged over as many."""
    least = limit.new_full((count,), torch.inf).scatter_reduce(0, weld, limit, "amin")
    ends = torch.cat([edges, edges.flip(1)])
    for _ in range(_RINGS):
        least = least.scatter_reduce(0, ends[:, 0], least[ends[:, 1]], "amin")
    for _ in range(_RINGS):
        least = (least + _around(least, edges)) / 2
    return least[weld]


def _around(values: Tensor, edges: Tensor) -> Tensor:
    """(W,) the mean over the neighbours; the own value where there are none."""
    ends = torch.cat([edges, edges.flip(1)])
    total = torch.zeros_like(values).index_add(0, ends[:, 0], values[ends[:, 1]])
    many = torch.zeros_like(values).index_add(0, ends[:, 0], torch.ones_like(values[ends[:, 1]]))
    return torch.where(many > 0, total / many.clamp(min=1), values)


def _onto_welds(skin: Skin, values: Tensor) -> Tensor:
    total = values.new_zeros(skin.welds).index_add(0, skin.weld, values)
    many = values.new_zeros(skin.welds).index_add(0, skin.weld, torch.ones_like(values))
    return total / many.clamp(min=1)
