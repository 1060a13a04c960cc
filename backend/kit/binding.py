# SPDX-License-Identifier: Apache-2.0
"""Skin weights for any mesh, from a skinned one that it lies near.

Each vertex takes the weights of the nearest point that faces as it does. Where there is none, or it
is far, or something else is in between (armpits, inner thighs), weights are filled in from around,
smooth over the mesh itself, after Abdrashitov et al., "Robust Skin Weights Transfer via Weight
Inpainting" (2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from .closest import Surface, Touch
from .skinning import strongest_four
from .surface import vertex_normals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AGREEMENT = 0.5
"""The least cosine between the normals of a vertex and of what it takes its weights from."""
FARTHEST = 0.06
"""Metres from which on nothing is near."""
BETWEEN = (2.0, 0.006)
"""A match is crossed by something where that is nearer: distance > factor * nearest + metres."""
RINGS, STEPS = 3, 6
"""Neighbours around what was filled in over which weights are smoothed, and how often."""


@dataclass(frozen=True)
class Skinned:
    """A surface with weights: bones (V, 4) and their shares (V, 4)."""

    surface: Surface
    bone_indices: NDArray[np.integer]
    weights: NDArray[np.floating]


@dataclass(frozen=True)
class Bound:
    """Bones (N, 4) and shares (N, 4) of a mesh, and which vertices (N,) found a match."""

    bone_indices: NDArray[np.int32]
    weights: NDArray[np.float32]
    matched: NDArray[np.bool_]
    touch: Touch


def bind(
    vertices: Floats, triangles: Ints, skinned: Skinned, joint_of_bone: NDArray[np.int32]
) -> Bound:
    """Weights for vertices (N, 3) of triangles (M, 3), in the bind pose of `skinned`.

    `joint_of_bone` (B,) says which bones go with one joint, as in `Rig`.
    """
    touch = skinned.surface.touch(vertices, vertex_normals(vertices, triangles), AGREEMENT)
    matched = (touch.agreement > AGREEMENT) & (touch.distance < FARTHEST)
    factor, metres = BETWEEN
    matched &= touch.distance <= factor * touch.nearest + metres
    bones = np.unique(skinned.bone_indices)
    taken = _taken(skinned, touch, bones)
    near = _neighbours(triangles, len(vertices))
    whole = _inpainted(taken, matched, near)
    weights = np.zeros((len(vertices), len(joint_of_bone)))
    weights[:, bones] = _smoothed(whole, matched, near)
    indices, shares = strongest_four(weights, joint_of_bone)
    return Bound(indices, shares, matched, touch)


def _taken(skinned: Skinned, touch: Touch, bones: NDArray[np.integer]) -> Floats:
    """(N, K) the weights of K bones where each vertex touches."""
    count = len(skinned.surface.vertices)
    rows = np.repeat(np.arange(count), skinned.bone_indices.shape[1])
    columns = np.searchsorted(bones, skinned.bone_indices.ravel())
    own = sparse.csr_matrix(
        (skinned.weights.ravel().astype(np.float64), (rows, columns)), shape=(count, len(bones))
    )
    corners = skinned.surface.triangles[touch.triangle]
    rows = np.repeat(np.arange(len(corners)), 3)
    mix = sparse.csr_matrix(
        (touch.shares.ravel(), (rows, corners.ravel())), shape=(len(corners), count)
    )
    return np.asarray((mix @ own).toarray())


def _neighbours(triangles: Ints, count: int) -> sparse.csr_matrix:
    """(N, N) ones between vertices that share an edge."""
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    ones = np.ones(len(pairs))
    one_way = sparse.csr_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    both = one_way + one_way.T
    both.data[:] = 1.0
    return both.tocsr()


def _inpainted(taken: Floats, matched: NDArray[np.bool_], near: sparse.csr_matrix) -> Floats:
    """The weights with those of unmatched vertices as even as can be between the matched ones. A
    piece without any match keeps what it touches."""
    pieces, piece = connected_components(near, directed=False)
    is_held = np.bincount(piece, matched, pieces) > 0
    free = np.flatnonzero(~matched & is_held[piece])
    if not len(free):
        return taken
    held = np.setdiff1d(np.arange(len(taken)), free)
    degree = np.asarray(near[free].sum(1)).ravel()
    inner = (sparse.diags(degree) - near[free][:, free]).tocsc()
    whole = taken.copy()
    whole[free] = splu(inner).solve(np.asarray(near[free][:, held] @ taken[held]))
    return whole


def _smoothed(weights: Floats, matched: NDArray[np.bool_], near: sparse.csr_matrix) -> Floats:
    """The weights evened out around what was filled in."""
    share = (~matched).astype(np.float64)
    mean = sparse.diags(1 / np.maximum(np.asarray(near.sum(1)).ravel(), 1)) @ near
    for _ in range(RINGS):
        share = np.maximum(share, mean @ share)
    moved = np.flatnonzero(share > 0)
    weights = weights.copy()
    for _ in range(STEPS):
        weights[moved] += 0.5 * share[moved, None] * (mean[moved] @ weights - weights[moved])
    return weights
