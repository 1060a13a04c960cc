# SPDX-License-Identifier: Apache-2.0
"""From the field to a mesh: marching cubes, and the vertices' colors from six sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import KDTree
from torch import Tensor

from .config import NeusRenderer
from .networks import Networks
from .rendering import Learnt, Rays, render

REACH = 1.01
"""The grid runs from -REACH to REACH on each axis."""
_BLOCK = 16  # cells a side
_CAUTION = 1.5
"""Blocks are left out when the distance at their middle is so many times their half diagonal."""
_FAR = 2.0  # from where vertices are looked at
_POINTS_AT_ONCE, _RAYS_AT_ONCE = 1 << 18, 1 << 13


@dataclass(frozen=True, eq=False)
class Mesh:
    """V vertices (V, 3), triangles (F, 3) wound outwards, and sRGB colors (V, 3), on the
    processor."""

    vertices: Tensor
    triangles: Tensor
    colors: Tensor

    def arrays(self) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
        return self.vertices.numpy(), self.triangles.numpy(), self.colors.numpy()


def extract(networks: Networks, size: NeusRenderer, resolution: int) -> Mesh:
    """The zero level on a grid of `resolution` cells, a multiple of 16, a side.

    A field without a surface gives an empty mesh.
    """
    vertices, triangles = level_set(networks, resolution)
    colors = looked_at(networks, size, vertices) if len(vertices) else torch.zeros(0, 3)
    return Mesh(vertices, triangles, colors)


def lightened(mesh: Mesh, vertices: Tensor, triangles: Tensor) -> Mesh:
    """A coarser mesh of the same field in the colors of the finer one."""
    if not len(vertices) or not len(mesh.vertices):
        return Mesh(vertices, triangles, torch.zeros(len(vertices), 3))
    _, nearest = KDTree(mesh.vertices.numpy()).query(vertices.numpy())
    return Mesh(vertices, triangles, mesh.colors[torch.from_numpy(nearest)])


@torch.no_grad()
def level_set(networks: Networks, resolution: int) -> tuple[Tensor, Tensor]:
    """Vertices and triangles where the distance is zero."""
    # Machines that only optimise do without it.
    from skimage.measure import marching_cubes

    cell = 2 * REACH / resolution
    blocks = _near_blocks(networks, resolution)
    if not len(blocks):
        return torch.zeros(0, 3), torch.zeros(0, 3, dtype=torch.int64)
    first, last = blocks.amin(0), blocks.amax(0)
    shape = ((last - first + 1) * _BLOCK + 1).tolist()
    # What lies beyond the near blocks has no surface, so any distance will do there.
    grid = np.full(shape, 1.0, dtype=np.float32)
    near = np.zeros(shape, dtype=bool)
    node = torch.cartesian_prod(*[torch.arange(_BLOCK + 1)] * 3).to(blocks.device)
    for block in torch.split(blocks, max(1, _POINTS_AT_ONCE // len(node))):
        nodes = block[:, None] * _BLOCK + node
        places = (nodes.view(-1, 3) * cell - REACH).float()
        found = networks.sdf.distance(places).view(len(block), *[_BLOCK + 1] * 3).cpu().numpy()
        for start, values in zip(((block - first) * _BLOCK).tolist(), found, strict=True):
            own = tuple(slice(at, at + _BLOCK + 1) for at in start)
            grid[own], near[own] = values, True
    if not grid.min() < 0 < grid.max():
        return torch.zeros(0, 3), torch.zeros(0, 3, dtype=torch.int64)
    places, faces, _, _ = marching_cubes(  # type: ignore[no-untyped-call]
        grid, 0.0, spacing=(cell,) * 3, gradient_direction="descent", mask=near
    )
    offset = first.cpu() * _BLOCK * cell - REACH
    vertices = torch.from_numpy(places.astype(np.float32)) + offset.float()
    return vertices, torch.from_numpy(faces.astype(np.int64))


def _near_blocks(networks: Networks, resolution: int) -> Tensor:
    """(B, 3) the blocks that the surface may pass through."""
    count = resolution // _BLOCK
    wide = 2 * REACH / count
    device = next(networks.parameters()).device
    number = torch.cartesian_prod(*[torch.arange(count)] * 3).to(device)
    middle = (number.float() + 0.5) * wide - REACH
    parts = [networks.sdf.distance(some) for some in torch.split(middle, _POINTS_AT_ONCE)]
    return number[torch.cat(parts).abs() < _CAUTION * wide * 3**0.5 / 2]


def looked_at(networks: Networks, size: NeusRenderer, vertices: Tensor) -> Tensor:
    """(V, 3) the shown color, unlit, of vertices (V, 3) as published: of six eyes on the axes, of
    which the three before it are asked, that whose ray ends nearest to the vertex."""
    device = next(networks.parameters()).device
    surface, found = Learnt(networks), []
    for some in torch.split(vertices.to(device), _RAYS_AT_ONCE // 3):
        with torch.no_grad():
            facing = torch.where(surface.look(some, some).gradient >= 0, _FAR, -_FAR)
            # (3, V, 3): the eyes on x, on y and on z.
            eyes = torch.eye(3, device=device)[:, None] * facing
            ahead = some - eyes
            distance = ahead.norm(dim=2)
            rays = Rays(eyes.view(-1, 3), (ahead / distance[..., None]).view(-1, 3))
            seen = render(surface, rays, size, None)
        best = (seen.depth.view_as(distance) - distance).abs().argmin(0)
        colors = seen.shown.view_as(eyes)[best, torch.arange(len(some), device=device)]
        found.append(colors.cpu())
    return torch.cat(found).clamp(0, 1)
