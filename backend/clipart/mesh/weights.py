# SPDX-License-Identifier: Apache-2.0
"""How much each vertex of a mesh belongs to each bone: heat that spreads from the nearest bones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import dijkstra
from scipy.sparse.linalg import splu

from ..drawing import Points
from .arap import edges_of
from .binding import INSIDE, bind
from .triangles import Triangles, double_areas

Weights = NDArray[np.float64]
APART = 2.0
"""Canvas units between the places of a bone from which the ways to vertices start."""
HEAT = 4.0
"""How fast a bone warms what is beside it, against how fast heat spreads."""
KEPT = 4


def bone_weights(vertices: Points, triangles: Triangles, starts: Points, ends: Points) -> Weights:
    """(V, B) shares of B bones (B, 2), (B, 2), each vertex's summing to one.

    Baran and Popovic's heat equilibrium, harmonic away from the bones; the nearest bone is that
    with the shortest way inside the mesh, so that an arm beside the body does not take part of it.
    """
    direct = distances_to_bones(vertices, starts, ends)
    beside = np.stack(
        [_beside(vertices, triangles, *ends) for ends in zip(starts, ends, strict=True)]
    )
    ways = _ways(vertices, triangles, np.where(beside.T, direct, np.inf))
    reached = np.isfinite(ways).any(1)
    ways[~reached] = direct[~reached]
    nearest = ways.argmin(1)
    heat = (
        HEAT * _areas(vertices, triangles) / np.maximum(ways[np.arange(len(ways)), nearest], 1) ** 2
    )
    given = np.zeros((len(vertices), len(starts)))
    given[np.arange(len(vertices)), nearest] = heat
    spread = splu((_laplacian(vertices, triangles) + sparse.diags(heat)).tocsc()).solve(given)
    spread = np.maximum(spread, 0)
    return np.asarray(spread / spread.sum(1, keepdims=True))


def strongest(weights: Weights) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(V, 4), (V, 4): the four bones with the greatest shares, and those shares scaled to one."""
    padded = np.pad(weights, ((0, 0), (0, max(0, KEPT - weights.shape[1]))))
    order = np.argsort(-padded, 1, kind="stable")[:, :KEPT]
    kept = np.take_along_axis(padded, order, 1)
    kept /= kept.sum(1, keepdims=True)
    return np.where(kept > 0, order, 0).astype(np.int32), kept.astype(np.float32)


def distances_to_bones(places: Points, starts: Points, ends: Points) -> NDArray[np.float64]:
    """(N, B) from each place to the nearest point of each bone."""
    along = ends - starts
    from_start = places[:, None] - starts
    share = (from_start * along).sum(2) / np.maximum((along**2).sum(1), 1e-12)
    return np.asarray(np.linalg.norm(from_start - np.clip(share, 0, 1)[..., None] * along, axis=2))


def _beside(
    vertices: Points, triangles: Triangles, start: Points, end: Points
) -> NDArray[np.bool_]:
    """(V,) corners of the triangles that a bone runs through, or else of the nearest one."""
    count = int(np.linalg.norm(end - start) // APART) + 2
    bound = bind(np.linspace(start, end, count), vertices, triangles)
    inside = bound.shares.min(1) >= INSIDE
    chosen = np.zeros(len(vertices), bool)
    chosen[bound.corners[inside if inside.any() else [bound.shares.min(1).argmax()]]] = True
    return chosen


def _areas(vertices: Points, triangles: Triangles) -> NDArray[np.float64]:
    """(V,) a third of the area of the triangles around each vertex."""
    third = double_areas(vertices[triangles]) / 6
    corners = triangles.reshape(-1)
    return np.asarray(np.bincount(corners, np.repeat(third, 3), len(vertices)), float)


def _ways(vertices: Points, triangles: Triangles, starts: NDArray[np.float64]) -> Weights:
    """(V, B) lengths of the shortest ways along the mesh to each bone; infinite where none leads.

    `starts` (V, B) are the direct ways, infinite where there is none.

    Behind the vertices stand B more nodes, one a bone, joined to the vertices beside it.
    """
    edges, _ = edges_of(triangles)
    length = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    vertex, bone = np.isfinite(starts).nonzero()
    row = np.concatenate([edges[:, 0], bone + len(vertices)])
    column = np.concatenate([edges[:, 1], vertex])
    size = len(vertices) + starts.shape[1]
    weight = np.concatenate([length, starts[vertex, bone] + 1e-9])
    graph = sparse.csr_matrix((weight, (row, column)), (size, size))
    # Directed from the bones outward, or ways would lead through other bones.
    inside = sparse.csr_matrix((length, (edges[:, 1], edges[:, 0])), (size, size))
    ways = dijkstra(graph + inside, indices=np.arange(len(vertices), size))
    return np.asarray(ways[:, : len(vertices)].T)


def _laplacian(vertices: Points, triangles: Triangles) -> sparse.csr_matrix:
    """(V, V) by cotangents, positive semidefinite."""
    size = (len(vertices), len(vertices))
    total = sparse.csr_matrix(size)
    for turn in range(3):
        i, j, k = np.roll(triangles, turn, 1).T
        a, b = vertices[j] - vertices[i], vertices[k] - vertices[i]
        cotangent = (a * b).sum(1) / (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
        # Obtuse slivers may not cool their neighbours below nothing.
        half = np.maximum(cotangent, 1e-3) / 2
        total = total + sparse.csr_matrix((half, (j, k)), size)
    total = total + total.T
    return sparse.diags(np.asarray(total.sum(1)).reshape(-1)) - total
