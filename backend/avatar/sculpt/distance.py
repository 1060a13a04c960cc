# SPDX-License-Identifier: Apache-2.0
"""The start as an exact field: signed distance, color and leeway in a narrow band around it.

The closed body and whatever else is closed are solids. Clothes and hair are sheets, in layers: only
the outermost counts, and what lies behind it and cannot be seen from outside is filled. A sheet of
which both sides are seen, like a cape, is a slab that begins at the sheet and goes inwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.nearest import Nearest, Surface, spread
from ...kit.raster import neighbours
from .bricks import CHANNELS, NODES, SIDE, Bricks, lookup
from .outlook import Outlook, outlook
from .start import Start
from .winding import inside

FAR = 0.03
"""Metres: what is read, with a sign, where the surface cannot come; it is at least as far."""
DISTANCE, OUTWARD, INWARD, COLOR, COUNT = 0, 1, 2, 3, 6
"""The channels: distance, how far the surface may go outward and inward, three of color."""
_THICK = 0.010  # metres: a slab, thick enough to be opaque
_CLOSE = 0.003  # metres behind what is seen, at which a sheet still counts
_APART = 0.003  # metres before what is seen, at which a place is outside
_HIDDEN = 0.008  # metres before what is seen, beyond which what cannot be seen is filled
_THIN_INWARD = 0.0025  # metres, since of a slab something has to stay
_MOST_INWARD = 0.010
_EXACT = 0.012  # metres from the surface, farther than which half of the lattice is enough
_ON_BODY = 5e-4
_BEYOND = 0.02  # metres, measured beyond where the surface may go

Box = tuple[Tensor, float, tuple[int, int, int]]


@dataclass(frozen=True, eq=False)
class BaseField:
    """The start's field in `bricks` of COUNT channels; `height` of the start in metres."""

    bricks: Bricks
    height: float

    def to(self, device: str | torch.device) -> BaseField:
        return BaseField(self.bricks.to(device), self.height)

    def distance(self, places: Tensor) -> Tensor:
        """(P,) metres, negative inside, at places (P, 3); FAR or -FAR far from the surface."""
        return lookup(self.bricks, places, DISTANCE, 1)[0]

    def color(self, places: Tensor) -> Tensor:
        """(P, 3) sRGB of the nearest point of the surface."""
        return lookup(self.bricks, places, COLOR, 3).T


@dataclass(frozen=True, eq=False)
class _Scene:
    """What the field is made of: the `seen` surface, of whose F triangles `own` (F,) is the start's
    number and `sheet` (F,) says which are of sheets; and the `solid` triangles (G, 3, 3)."""

    start: Start
    own: Tensor
    sheet: Tensor
    border: Tensor
    """(F, 3) whether the edge opposite a corner is the sheet's end."""
    seen: Surface
    solid: Tensor
    view: Outlook
    normals: Tensor
    """(V, 3) of the start's vertices, weighted by angles."""
    inward: Tensor
    """(V,) metres that the surface may go inward."""
    texture: Tensor
    """(1, 3, s, s) about as coarse as the lattice."""


def base_field(start: Start, cell: float = 0.005) -> BaseField:
    """Measure the start on a lattice `cell` metres fine. Where the start lies, it is computed."""
    scene = _scene(start)
    margin = float(start.slack.amax()) + _BEYOND + 2 * cell
    every = torch.cat([start.vertices, scene.solid.flatten(0, 1)])
    low, high = every.amin(0) - margin, every.amax(0) + margin
    blocks = ((high - low) / (cell * 2 * SIDE)).ceil().long().tolist()
    nodes = (blocks[0] * 2 * SIDE, blocks[1] * 2 * SIDE, blocks[2] * 2 * SIDE)
    is_inside = inside(scene.solid, low, cell, (nodes[0] + 1, nodes[1] + 1, nodes[2] + 1))
    bricks = _near_bricks(scene, low, cell, nodes)
    return BaseField(_fine(scene, (low, cell, nodes), is_inside, bricks), start.height)


def _scene(start: Start) -> _Scene:
    beside = neighbours(start.triangles)
    solids, sheet, kept = _sorted(start, beside)
    own = kept.nonzero()[:, 0]
    corners = start.vertices[start.triangles[own]]
    view = outlook(spread(corners)[0])
    normals = vertex_normals(start.vertices, start.triangles)
    is_thin = view.sees(start.vertices - _THICK / 2 * normals, -_APART)

    def counts(places: Tensor) -> Tensor:
        return view.sees(places, _CLOSE, from_below=True)

    return _Scene(
        start,
        own,
        sheet[own],
        beside[own] < 0,
        Surface(corners, counts),
        torch.cat(solids),
        view,
        normals,
        start.slack.minimum(torch.where(is_thin, _THIN_INWARD, _MOST_INWARD)),
        functional.avg_pool2d(start.texture[None], 2),
    )


def _sorted(start: Start, beside: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
    """The solids' triangles, and which of the start's are of sheets and which count at all. What
    may not move and is no solid, like lashes, is too small for the lattice and left out."""
    body = Surface(start.solid_vertices[start.solid_triangles])
    sheet = torch.zeros_like(start.part, dtype=torch.bool)
    solids, kept = [body.corners], torch.ones_like(sheet)
    for part in range(len(start.names)):
        own = start.part == part
        used = torch.unique(start.triangles[own])
        if body.nearest(start.vertices[used]).distance.median() < _ON_BODY:
            continue
        if (beside[own] >= 0).all():
            solids.append(_outward(start.vertices[start.triangles[own]]))
        elif start.slack[used].amax() > 0:
            sheet |= own
        else:
            kept &= ~own
    return solids, sheet, kept


def _outward(corners: Tensor) -> Tensor:
    volume = (torch.linalg.cross(corners[:, 0], corners[:, 1]) * corners[:, 2]).sum()
    return corners if volume > 0 else corners.flip(1)


def vertex_normals(vertices: Tensor, triangles: Tensor) -> Tensor:
    """(V, 3) unit normals, each triangle weighted by its angle at the vertex."""
    corners = vertices[triangles]
    ahead = functional.normalize(corners.roll(-1, 1) - corners, dim=2)
    back = functional.normalize(corners.roll(1, 1) - corners, dim=2)
    angle = (ahead * back).sum(2, keepdim=True).clamp(-1, 1).arccos()
    flat = functional.normalize(torch.linalg.cross(ahead[:, 0], back[:, 0]), dim=1)
    total = torch.zeros_like(vertices)
    total.index_add_(0, triangles.reshape(-1), (angle * flat[:, None]).reshape(-1, 3))
    return functional.normalize(total, dim=1)


def _values(scene: _Scene, places: Tensor, is_inside: Tensor) -> Tensor:
    """(P, COUNT) the channels at places (P, 3) of which is known whether a solid holds them."""
    near = scene.seen.nearest(places)
    is_sheet = scene.sheet[near.triangle]
    is_behind, slab = _slab(scene, near, places)
    is_filled = is_behind | (near.distance > _HIDDEN)
    asked = is_filled.nonzero()[:, 0]
    is_filled[asked] = ~scene.view.sees(places[asked], -_APART)
    is_filled |= is_inside & ~is_sheet
    distance = torch.where(is_sheet, slab, near.distance)
    distance = torch.where(is_filled, -near.distance, distance)
    own = scene.own[near.triangle]
    both = torch.stack([scene.start.slack, scene.inward], dim=1)
    leeway = (both[scene.start.triangles[own]] * near.shares[:, :, None]).sum(1)
    uvs = (scene.start.uvs[own] * near.shares[:, :, None]).sum(1)
    grid = (uvs * 2 - 1) * uvs.new_tensor([1.0, -1.0])
    color = functional.grid_sample(scene.texture, grid[None, None], align_corners=False)[0, :, 0]
    return torch.cat([distance[:, None], leeway, color.T], dim=1)


def _slab(scene: _Scene, near: Nearest, places: Tensor) -> tuple[Tensor, Tensor]:
    """(P,) whether places are behind the nearest triangle, and not beyond its sheet's end, and the
    signed distance to the slab behind it."""
    corner = scene.start.triangles[scene.own[near.triangle]]
    shares = near.shares[:, :, None]
    touched = (scene.start.vertices[corner] * shares).sum(1)
    normal = functional.normalize((scene.normals[corner] * shares).sum(1), dim=1)
    height = ((places - touched) * normal).sum(1)
    # Beyond the sheet's end, how far beyond counts too.
    at_end = (scene.border[near.triangle] & (near.shares < 1e-5)).any(1)
    beyond = (near.distance**2 - height**2).clamp(min=0).sqrt()
    along = torch.where(at_end, height, near.distance.copysign(height))
    within = (along + _THICK / 2).abs() - _THICK / 2
    is_behind = (height <= 0) & ~at_end
    return is_behind, torch.where(at_end, torch.hypot(within.clamp(min=0), beyond), within)


def _near_bricks(scene: _Scene, low: Tensor, cell: float, nodes: tuple[int, int, int]) -> Tensor:
    """(K, 3) the bricks that hold a place which the surface may come near to."""
    step = _grid(2, low)
    blocks = _grid([n // (2 * SIDE) for n in nodes], low)
    for side in (2 * SIDE, SIDE):
        middle = low + (blocks + 0.5) * side * cell
        triangle, distance = scene.seen.rough(middle)
        slack = scene.start.slack[scene.start.triangles[scene.own[triangle]]].amax(1)
        reach = (slack + _BEYOND).clamp(min=FAR) + side * cell * 0.87
        blocks = blocks[distance < reach]
        if side > SIDE:
            blocks = (2 * blocks[:, None] + step).view(-1, 3)
    return blocks


def _coarse(scene: _Scene, box: Box, is_inside: Tensor, bricks: Tensor) -> Tensor:
    """(K * 27, COUNT) the channels at every other node of the bricks, and of their next ones."""
    low, cell, _ = box
    own = is_inside[::2, ::2, ::2]
    _, deep, high = own.shape
    node = (bricks[:, None] * 2 + _grid(3, bricks)).view(-1, 3)
    flat = (node[:, 0] * deep + node[:, 1]) * high + node[:, 2]
    place = torch.zeros(own.numel(), dtype=torch.int32, device=low.device)
    place[flat] = 1
    chosen = place.nonzero()[:, 0]
    place[chosen] = torch.arange(len(chosen), dtype=torch.int32, device=low.device)
    x, y, z = chosen // (deep * high), chosen // high % deep, chosen % high
    places = low + torch.stack([x, y, z], dim=1) * (2 * cell)
    return _values(scene, places, own.reshape(-1)[chosen])[place[flat].long()]


def _fine(scene: _Scene, box: Box, is_inside: Tensor, bricks: Tensor) -> Bricks:
    """The lattice itself: exact near the surface, halfway between coarse nodes elsewhere."""
    low, cell, nodes = box
    blocks = _coarse(scene, box, is_inside, bricks).view(-1, 3, 3, 3, COUNT).permute(0, 4, 1, 2, 3)
    every = functional.interpolate(blocks, size=5, mode="trilinear", align_corners=True)
    every = every[:, :, :SIDE, :SIDE, :SIDE].permute(0, 2, 3, 4, 1).reshape(-1, COUNT)
    node = (bricks[:, None] * SIDE + _grid(SIDE, bricks)).view(-1, 3)
    near = (every[:, DISTANCE].abs() < _EXACT).nonzero()[:, 0]
    x, y, z = node[near].unbind(1)
    every[near] = _values(scene, low + node[near] * cell, is_inside[x, y, z])
    rows = torch.zeros(len(node) + 2 * NODES, CHANNELS, dtype=torch.float16, device=low.device)
    rows[: len(node), :COUNT] = every.half()
    rows[len(node) : -NODES, DISTANCE] = FAR
    rows[-NODES:, DISTANCE] = -FAR
    middle = low + (_grid([n // SIDE for n in nodes], low) + 0.5) * SIDE * cell
    held = is_inside[: nodes[0] : SIDE, : nodes[1] : SIDE, : nodes[2] : SIDE].clone()
    held |= ~scene.view.sees(middle, -_APART).view(held.shape)
    index = torch.where(held, len(bricks) + 1, len(bricks)).to(torch.int32)
    number = torch.arange(len(bricks), dtype=torch.int32, device=low.device)
    index[bricks.unbind(1)] = number
    return Bricks(low, cell, index, rows)


def _grid(counts: int | list[int], like: Tensor) -> Tensor:
    """(N, 3) every place of a lattice, the last one fastest."""
    counts = [counts] * 3 if isinstance(counts, int) else counts
    lines = [torch.arange(n, device=like.device) for n in counts]
    return torch.stack(torch.meshgrid(*lines, indexing="ij"), dim=-1).view(-1, 3)
