# SPDX-License-Identifier: Apache-2.0
"""What a surface carries at its corners, brought to the texels of its UV map and padded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from .raster import rasterise

Floats = NDArray[np.float32]
PADDING = 8


@dataclass(frozen=True)
class Coverage:
    """The texels that UV triangles cover; row 0 of the picture is v = 1, as picture files want it.

    `texels` (N,) are flat indices into the (size, size) picture, `faces` (N,) the triangle that
    covers each one, `shares` (N, 3) the barycentric coordinates of its centre.
    """

    size: int
    texels: NDArray[np.int64]
    faces: NDArray[np.int64]
    shares: Floats

    def interpolate(self, attributes: Floats) -> Floats:
        """(N, K) at the texels, from values at the corners (F, 3, K)."""
        a, b, c = (attributes[self.faces, i] * self.shares[:, i, None] for i in range(3))
        return np.asarray(a + b + c, dtype=np.float32)


def cover(uv_triangles: Floats, size: int) -> Coverage:
    """Find the texels of a (size, size) picture whose centres lie in the triangles (F, 3, 2).

    UVs are 0 to 1 with the origin at the lower left. Where triangles overlap the first one wins.
    """
    corners = np.zeros((len(uv_triangles), 3, 3), dtype=np.float32)
    corners[..., 0] = uv_triangles[..., 0] * size
    corners[..., 1] = (1 - uv_triangles[..., 1]) * size
    seen = rasterise(torch.from_numpy(corners), None, (1, size, size), perspective=False)
    return Coverage(size, seen.seen.numpy(), seen.seen_face.numpy(), seen.shares.numpy())


def pad_sources(coverage: Coverage, padding: int = PADDING) -> NDArray[np.int64]:
    """(size * size,) the covered texel that each texel copies; -1 beyond `padding` steps."""
    size = coverage.size
    source = np.full((size + 2, size + 2), -1, dtype=np.int64)
    inner = np.full(size * size, -1, dtype=np.int64)
    inner[coverage.texels] = coverage.texels
    source[1:-1, 1:-1] = inner.reshape(size, size)
    steps = (1, -1, size + 2, -size - 2)
    flat = source.reshape(-1)
    inside = np.zeros((size + 2, size + 2), dtype=bool)
    inside[1:-1, 1:-1] = True
    is_inside = inside.reshape(-1)
    frontier = np.flatnonzero(flat >= 0)
    for _ in range(padding):
        reached = []
        for step in steps:
            targets = frontier + step
            free = (flat[targets] < 0) & is_inside[targets]
            flat[targets[free]] = flat[frontier[free]]
            reached.append(targets[free])
        frontier = np.concatenate(reached)
    return np.ascontiguousarray(source[1:-1, 1:-1]).reshape(-1)


def bake(
    uv_triangles: Floats, attributes: Floats, size: int, padding: int = PADDING
) -> tuple[Floats, NDArray[np.bool_]]:
    """Values (size, size, K) from corner values (F, 3, K), and where triangles cover the texels.

    Outside the triangles values are those of the nearest covered texel up to `padding` texels
    away, and zero beyond, so that filtering at a seam finds nothing foreign.
    """
    coverage = cover(uv_triangles, size)
    values = np.zeros((size * size, attributes.shape[-1]), dtype=np.float32)
    values[coverage.texels] = coverage.interpolate(attributes)
    source = pad_sources(coverage, padding)
    near = np.flatnonzero(source >= 0)
    values[near] = values[source[near]]
    mask = np.zeros(size * size, dtype=bool)
    mask[coverage.texels] = True
    return values.reshape(size, size, -1), mask.reshape(size, size)
