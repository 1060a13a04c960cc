# SPDX-License-Identifier: Apache-2.0
"""As-rigid-as-possible deformation as matrices: Igarashi and Igarashi's two steps of 2009.

Handles are the only right-hand side of both least-squares problems, so a mesh's vertices are a
fixed matrix times its edges' rotations plus a fixed matrix times its handles. Turns are pairs
(c, s) that take (x, y) to (c x + s y, c y - s x).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu
from torch import Tensor

from ..drawing import Points
from .triangles import Triangles

HANDLE = 3000.0
"""A keypoint's row weight beside the edges' 1."""
TINY = 1e-14


@dataclass(frozen=True)
class Arap:
    """A mesh of V vertices and E edges, solved for N handles.

    `turning` (2 E, 2 N): what moving the handles adds to the edges' (c, s), both all x's or c's
    first. `following` (V, E) and `held` (V, N): how the vertices follow edges and handles.
    """

    vertices: Tensor
    edges: Tensor
    turning: Tensor
    following: Tensor
    held: Tensor
    places: Tensor


def prepare(
    vertices: Points,
    triangles: Triangles,
    handles: sparse.csr_matrix,
    weights: NDArray[np.float64],
    stiffness: NDArray[np.float64] | None = None,
) -> Arap:
    """Factor both steps; all in float64.

    `handles` (N, V) says where on the mesh each handle is, row by row, as shares of vertices;
    `weights` (N,) are their row weights, `stiffness` (E,) those of the edges, 1 where not given.
    """
    edges, around = edges_of(triangles)
    fitting = fit_matrix(vertices, edges, around)
    stiff = sparse.diags(np.ones(len(edges)) if stiffness is None else stiffness**2)
    incidence = _incidence(edges, len(vertices))
    held = handles.T @ sparse.diags(weights**2)
    similar = _similarity_rows(vertices, edges, incidence, fitting)
    first = similar.T @ sparse.block_diag([stiff, stiff]) @ similar
    first += sparse.block_diag([held @ handles, held @ handles])
    both = sparse.block_diag([held, held]).toarray()
    turning = fitting @ splu(first.tocsc()).solve(both)
    second = splu((incidence.T @ stiff @ incidence + held @ handles).tocsc())
    following = second.solve((incidence.T @ stiff).toarray())
    rest = vertices[edges[:, 1]] - vertices[edges[:, 0]]
    arrays = (vertices, rest, turning, following, second.solve(held.toarray()), handles @ vertices)
    return Arap(*(torch.from_numpy(np.asarray(array)) for array in arrays))


def edges_of(triangles: Triangles) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(E, 2) every edge once, and (E, 4) its ends and the vertices opposite to it.

    An edge of the outline has one opposite vertex and -1.
    """
    sides = np.sort(triangles[:, [[1, 2], [2, 0], [0, 1]]].reshape(-1, 2), 1)
    edges, owner = np.unique(sides, axis=0, return_inverse=True)
    opposite = triangles.reshape(-1)
    around = np.concatenate([edges, np.full((len(edges), 2), -1)], 1)
    order = np.argsort(owner, kind="stable")
    first = np.r_[True, np.diff(owner[order]) > 0]
    around[owner[order][first], 2] = opposite[order][first]
    around[owner[order][~first], 3] = opposite[order][~first]
    return edges, around


def fit_matrix(
    vertices: Points, edges: NDArray[np.int64], around: NDArray[np.int64]
) -> sparse.csr_matrix:
    """(2 E, 2 V): the edges' (c, s), the best similarity of the vertices around each of them."""
    present = around >= 0
    local = np.where(present[..., None], vertices[around], 0)
    local = local - (local.sum(1) / present.sum(1)[:, None])[:, None]
    local[~present] = 0
    x, y = np.moveaxis(local / (local**2).sum((1, 2))[:, None, None], 2, 0)
    row = np.broadcast_to(np.arange(len(edges))[:, None], around.shape)[present]
    column, x, y = around[present], x[present], y[present]
    size = (len(edges), len(vertices))
    along = sparse.csr_matrix((x, (row, column)), size)
    across = sparse.csr_matrix((y, (row, column)), size)
    return sparse.bmat([[along, across], [across, -along]], format="csr")


def _incidence(edges: NDArray[np.int64], count: int) -> sparse.csr_matrix:
    row = np.repeat(np.arange(len(edges)), 2)
    sign = np.tile([-1.0, 1.0], len(edges))
    return sparse.csr_matrix((sign, (row, edges.reshape(-1))), (len(edges), count))


def _similarity_rows(
    vertices: Points,
    edges: NDArray[np.int64],
    incidence: sparse.csr_matrix,
    fitting: sparse.csr_matrix,
) -> sparse.csr_matrix:
    """(2 E, 2 V): how far each edge is from its rest after its own similarity."""
    x, y = (sparse.diags(part) for part in (vertices[edges[:, 1]] - vertices[edges[:, 0]]).T)
    turned = sparse.bmat([[x, y], [y, -x]]) @ fitting
    return sparse.block_diag([incidence, incidence], format="csr") - turned


def turns(arap: Arap, targets: Tensor) -> Tensor:
    """(T, E, 2): step one, the unit turns (c, s) of the edges with handles at (T, N, 2)."""
    moved = (targets - arap.places).transpose(1, 2).flatten(1)
    both = (moved @ arap.turning.T).view(len(moved), 2, -1).transpose(1, 2)
    return unit(both + both.new_tensor([1.0, 0.0]))


def unit(pairs: Tensor) -> Tensor:
    """Pairs (..., 2) of length one, also where they vanish."""
    return pairs * (pairs.square().sum(-1, keepdim=True) + TINY).rsqrt()


def turned(places: Tensor, pairs: Tensor) -> Tensor:
    """Places (..., 2) turned by pairs (..., 2)."""
    x, y = places.unbind(-1)
    c, s = pairs.unbind(-1)
    return torch.stack([c * x + s * y, c * y - s * x], -1)


def solve(arap: Arap, targets: Tensor, edges: Tensor) -> Tensor:
    """(T, V, 2): step two, the vertices with handles at (T, N, 2) and edges nearest (T, E, 2)."""
    change = edges - arap.edges
    return arap.vertices + arap.following @ change + arap.held @ (targets - arap.places)
