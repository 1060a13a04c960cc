# SPDX-License-Identifier: Apache-2.0
"""Quads into triangles, and the smooth normals of a surface, in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]

_FIRST = (0, 1, 2)
_SECOND = (0, 2, 3)


def triangulate(faces: Ints) -> tuple[Ints, Ints]:
    """Cut faces (F, 4), -1 filling triangles, into N triangles.

    Returns the face (N,) that each triangle is part of and which of its corners (N, 3) it takes,
    so that `faces[face[:, None], corners]` are vertices and `uvs[face[:, None], corners]` UVs.
    """
    quads = np.flatnonzero(faces[:, 3] >= 0)
    face = np.concatenate([np.arange(len(faces)), quads])
    corners = np.concatenate([np.tile(_FIRST, (len(faces), 1)), np.tile(_SECOND, (len(quads), 1))])
    order = np.argsort(face, kind="stable")
    return face[order], corners[order]


def vertex_normals(vertices: Floats, triangles: Ints) -> NDArray[np.float64]:
    """(V, 3) unit normals, larger triangles counting more; +Z where a vertex has no surface."""
    a, b, c = (vertices[triangles[:, corner]].astype(np.float64) for corner in range(3))
    across = np.cross(b - a, c - a)
    total = np.empty((len(vertices), 3))
    ends = triangles.ravel()
    for axis in range(3):
        shares = np.repeat(across[:, axis], 3)
        total[:, axis] = np.bincount(ends, weights=shares, minlength=len(vertices))
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    up = np.array([0.0, 0.0, 1.0])
    return np.where(lengths > 1e-20, total / np.maximum(lengths, 1e-20), up)
