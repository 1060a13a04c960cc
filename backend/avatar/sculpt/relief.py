# SPDX-License-Identifier: Apache-2.0
"""What a sculpted field says of meshes: how far its start's vertices moved, and its own surface."""

from __future__ import annotations

import torch
from torch import Tensor

from .bricks import lookup
from .distance import DISTANCE
from .field import Field

_STEPS = 6
_DAMPED = 0.7
_AT_ONCE = 1 << 18
_BLOCK = 8  # cells


@torch.no_grad()
def displacement(field: Field, vertices: Tensor, normals: Tensor) -> Tensor:
    """(V,) metres from vertices (V, 3) along unit normals (V, 3) to where the sculpted field is
    what the start's was at the vertex.

    That is where the surface has moved out by as much as one went: what the start's field says
    there, and its rounding, drop out.
    """
    found = [
        _settled(field, place, normal)
        for place, normal in zip(
            torch.split(vertices, _AT_ONCE), torch.split(normals, _AT_ONCE), strict=True
        )
    ]
    return torch.cat(found)


def _settled(field: Field, place: Tensor, normal: Tensor) -> Tensor:
    offset = field.moved(place)
    for _ in range(_STEPS):
        there = field.moved(place + offset[:, None] * normal)
        offset = torch.lerp(offset, there, _DAMPED)
    return offset


@torch.no_grad()
def extract(field: Field, cell: float = 0.003, level: float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
    """Vertices (V, 3), triangles (F, 3) wound outwards and sRGB colors (V, 3) of the sculpted
    surface, by marching cubes on a lattice `cell` metres fine. Needs scikit-image.

    At a `level` of some metres it is the surface so far outside, where sheets thinner than the
    field's own lattice have no holes.
    """
    from skimage.measure import marching_cubes

    values, low = _lattice(field, cell)
    corners, faces, *_ = marching_cubes(  # type: ignore[no-untyped-call]
        values.cpu().numpy(), level, gradient_direction="descent"
    )
    vertices = low + torch.from_numpy(corners.copy()).to(low) * cell
    triangles = torch.from_numpy(faces.astype("int64")).to(low.device)
    colors = torch.cat([field.color(part) for part in torch.split(vertices, _AT_ONCE)])
    return vertices, triangles, colors.clamp(0, 1)


def _lattice(field: Field, cell: float) -> tuple[Tensor, Tensor]:
    """(X, Y, Z) distances, those near the surface exact, and the place (3,) of the first one."""
    bricks = field.base.bricks
    low, side = bricks.low, cell * _BLOCK
    span = low.new_tensor(bricks.nodes) * bricks.cell
    counts = (span / side).ceil().long().tolist()
    lines = [torch.arange(count, device=low.device) for count in counts]
    block = torch.stack(torch.meshgrid(*lines, indexing="ij"), dim=-1).view(-1, 3)
    start, outward, inward = lookup(bricks, low + (block + 0.5) * side, DISTANCE, 3)
    values = start.sign().view(counts) * side
    for axis in range(3):
        values = values.repeat_interleave(_BLOCK, axis)
    # Half a block's diagonal around where the surface may be.
    near = block[(start < outward + 0.9 * side) & (start > -inward - 0.9 * side)]
    line = torch.arange(_BLOCK, device=low.device)
    inner = torch.stack(torch.meshgrid(line, line, line, indexing="ij"), dim=-1).view(-1, 3)
    for part in torch.split(near, max(_AT_ONCE // _BLOCK**3, 1)):
        node = (part[:, None] * _BLOCK + inner).view(-1, 3)
        values[node.unbind(1)] = field.distance(low + node * cell)
    return values, low
