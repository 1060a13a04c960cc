# SPDX-License-Identifier: Apache-2.0
"""UVs and a texture for a mesh of colored vertices: each pair of triangles has a cell of its own.

No unwrapping is needed and nothing is stretched; neighbours on the surface lie near each other in
the picture, so that it may be shown small.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bake import cover, pad_sources

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

LEAST = 3.5
"""Texels along a side that a cell needs."""
_MARGIN = 0.75  # texels between a triangle and its cell's border, and half of that to its twin
_BITS = 10


def most_triangles(size: int) -> int:
    """How many triangles a texture of `size` texels a side has room for."""
    return 2 * int(size / LEAST) ** 2


def cell_uvs(vertices: Floats, triangles: Ints, size: int) -> Floats:
    """(F, 3, 2) UVs of triangles (F, 3) in a picture of `size` texels, origin at the lower left.

    Raises ValueError for more triangles than `most_triangles`.
    """
    if len(triangles) > most_triangles(size):
        raise ValueError(f"{len(triangles)} triangles do not fit into {size} texels a side.")
    count = max(1, int(np.ceil(np.sqrt(np.ceil(len(triangles) / 2)))))
    place = np.empty(len(triangles), dtype=np.int64)
    place[_along_curve(vertices[triangles].mean(1))] = np.arange(len(triangles))
    cell, is_second = place // 2, place % 2 == 1
    low = np.stack([cell % count, cell // count], axis=1)[:, None] / count
    edge = _MARGIN * count / size
    short = 1 - edge * (1 + 1.5 * np.sqrt(2))
    first = np.array([[edge, edge], [short, edge], [edge, short]])
    corners = np.where(is_second[:, None, None], 1 - first, first)
    return np.asarray(low + corners / count, dtype=np.float32)


def baked(uvs: Floats, colors: Floats, size: int) -> Floats:
    """(size, size, 3) a picture of colors (F, 3, 3) at the corners; row 0 is v = 1."""
    coverage = cover(uvs, size)
    picture = np.zeros((size * size, 3), dtype=np.float32)
    picture[coverage.texels] = coverage.interpolate(colors)
    source = pad_sources(coverage, 4)
    near = source >= 0
    picture[near] = picture[source[near]]
    return picture.reshape(size, size, 3)


def _along_curve(places: Floats) -> Ints:
    """The order of places (F, 3) along a Z-order curve."""
    low = places.min(0) if len(places) else np.zeros(3)
    reach = max(float((places - low).max(initial=0.0)), 1e-9)
    grid = ((places - low) / reach * ((1 << _BITS) - 1)).astype(np.int64)
    code = np.zeros(len(places), dtype=np.int64)
    for bit in range(_BITS):
        for axis in range(3):
            code |= ((grid[:, axis] >> bit) & 1) << (3 * bit + axis)
    return np.argsort(code, kind="stable")
