# SPDX-License-Identifier: Apache-2.0
"""Makes a dense surface one that can be painted: its pieces, what is seen of it, fewer triangles,
a UV map."""

from __future__ import annotations

import fast_simplification
import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .raster import rasterise, towards

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Soup = tuple[Floats, Ints]
"""Vertices (V, 3) and triangles (F, 3)."""

_PIXEL = 0.003  # metres
_VIEWS = 26
_GUTTER = 3  # texels


def without_floaters(vertices: Floats, triangles: Ints, least: float) -> Soup:
    """The pieces that enclose more than `least` cubic metres: neither crumbs nor hollows, whose
    insides are outside."""
    _, piece = _pieces(triangles, len(vertices))
    a, b, c = (vertices[triangles[:, corner]].astype(np.float64) for corner in range(3))
    volume = np.bincount(piece, np.einsum("fi,fi->f", np.cross(a, b), c) / 6)
    return packed(vertices, triangles[volume[piece] > least])


def without_scraps(triangles: Ints, least: int) -> Ints:
    """The triangles of pieces that have at least so many: cutting leaves scraps."""
    _, piece = _pieces(triangles, int(triangles.max(initial=0)) + 1)
    return triangles[np.bincount(piece)[piece] >= least]


def fewer(vertices: Floats, triangles: Ints, most: int) -> Soup:
    """About `most` triangles, by merging edges where that changes the surface least."""
    if len(triangles) <= most:
        return vertices, triangles
    places, faces = fast_simplification.simplify(
        np.ascontiguousarray(vertices, np.float32),
        np.ascontiguousarray(triangles, np.int32),
        target_count=most,
    )
    return packed(places.astype(np.float64), faces.astype(np.int64))


def seen(vertices: Floats, triangles: Ints) -> Soup:
    """What can be seen from outside, and the triangles next to it."""
    shown = np.zeros(len(triangles), dtype=bool)
    for view in _around():
        flat = (vertices @ _frame(view).T).astype(np.float32)[triangles]
        flat[..., :2] = (flat[..., :2] - flat[..., :2].reshape(-1, 2).min(0)) / _PIXEL
        width, height = (int(n) + 1 for n in flat[..., :2].reshape(-1, 2).max(0))
        found = rasterise(torch.from_numpy(flat), None, (1, height, width), perspective=False)
        shown[found.seen_face.numpy()] = True
    for _ in range(2):
        near = np.zeros(len(vertices), dtype=bool)
        near[triangles[shown]] = True
        shown |= near[triangles].any(1)
    return packed(vertices, triangles[shown])


def unwrapped(vertices: Floats, triangles: Ints, size: int) -> tuple[Ints, Ints, Floats]:
    """A UV map by the package xatlas, for a picture of `size` x `size` texels.

    Returns for N corners of charts the vertex (N,) that each is, the triangles (F, 3) between
    them, and their UVs (N, 2).
    """
    import xatlas

    atlas = xatlas.Atlas()
    atlas.add_mesh(np.ascontiguousarray(vertices, np.float32), triangles.astype(np.uint32))
    charts, packing = xatlas.ChartOptions(), xatlas.PackOptions()
    charts.max_cost = 4.0
    packing.padding, packing.resolution = _GUTTER, size
    atlas.generate(charts, packing)
    vertex, corners, uvs = atlas[0]
    return vertex.astype(np.int64), corners.astype(np.int64), uvs.astype(np.float64)


def packed(vertices: Floats, triangles: Ints) -> Soup:
    """Only the vertices that some triangle has."""
    used, renumbered = np.unique(triangles, return_inverse=True)
    return vertices[used], renumbered.reshape(-1, 3)


def _pieces(triangles: Ints, count: int) -> tuple[int, Ints]:
    """(F,) which connected piece each triangle is of."""
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]]])
    near = sparse.csr_matrix((np.ones(len(pairs)), pairs.T), shape=(count, count))
    pieces, piece = connected_components(near, directed=False)
    return pieces, piece[triangles[:, 0]]


def _around() -> Floats:
    """(B, 3) directions all around, evenly: a spiral from above to below."""
    number = np.arange(_VIEWS) + 0.5
    elevation = np.arcsin(1 - 2 * number / _VIEWS)
    azimuth = np.pi * (1 + 5**0.5) * number
    return np.asarray(towards(torch.from_numpy(azimuth), torch.from_numpy(elevation)).numpy())


def _frame(view: Floats) -> Floats:
    """(3, 3) rows: right, down and away from an eye in this direction."""
    up = np.array([0.0, 0, 1]) if abs(view[2]) < 0.9 else np.array([0.0, 1, 0])
    right = np.cross(-view, up)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(-view, right), -view])
