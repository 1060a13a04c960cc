# SPDX-License-Identifier: Apache-2.0
"""Undoes folds: moves a deformed mesh as little as needed for no triangle to be turned over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..drawing import Points
from .triangles import Triangles, double_areas

FLATTEST = 0.15
"""The least share of its width or height at rest that a triangle is pulled towards."""
ENOUGH = 0.01
"""A triangle with this share of its area at rest is not folded."""
REACH = 16.0
"""Canvas units over which a correction is spread."""
HOLD = 1e3
YIELD = 0.1
"""How much of each round's correction stays although nothing asks for it any more."""
ROUNDS = 150


def unfolded(
    rest: Points, triangles: Triangles, moved: Points, pinned: NDArray[np.int64]
) -> Points:
    """(T, V, 2): the moved vertices (T, V, 2) with their folded triangles turned back.

    Frames without folds stay as they are; the `pinned` vertices stay in all. Where pinned vertices
    themselves lie crosswise a few folds remain.
    """
    folded = (_shares(rest, triangles, moved) < ENOUGH).any(1)
    if not folded.any():
        return moved
    result = moved.copy()
    result[folded] = _solved(rest, triangles, moved[folded], pinned)
    return result


def _shares(rest: Points, triangles: Triangles, moved: Points) -> NDArray[np.float64]:
    """(T, F) areas over those at rest."""
    return double_areas(moved[:, triangles]) / double_areas(rest[triangles])


def _solved(rest: Points, triangles: Triangles, moved: Points, pinned: NDArray[np.int64]) -> Points:
    """Projective steps: each triangle's nearest unfolded shape, then vertices that fit them all."""
    gradient = _gradient(rest, triangles)
    area = np.repeat(double_areas(rest[triangles]) / 2, 2)
    pull = (gradient.T @ sparse.diags(area)).tocsr()
    near = np.bincount(triangles.reshape(-1), np.repeat(area[::2] / 3, 3), len(rest)) / REACH**2
    near[pinned] = HOLD
    system = np.linalg.inv((pull @ gradient + sparse.diags(near)).toarray())
    best, left = moved.copy(), np.full(len(moved), np.inf)
    start = moved.swapaxes(0, 1).copy()
    places, open_frames = start, np.arange(len(moved))
    for _ in range(ROUNDS):
        shapes = (gradient @ places.reshape(len(rest), -1)).reshape(len(triangles), 2, -1, 2)
        # Derivatives of x and of y in the columns, by x and by y in the rows.
        wanted = _unfolded_shapes(shapes.swapaxes(1, 2)).swapaxes(1, 2)
        pulled = (pull @ wanted.reshape(2 * len(triangles), -1)).reshape(places.shape)
        towards = pulled + near[:, None, None] * start
        places = (system @ towards.reshape(len(rest), -1)).reshape(places.shape)
        now = places.swapaxes(0, 1)
        folds = (_shares(rest, triangles, now) < ENOUGH).sum(1)
        better = folds < left[open_frames]
        best[open_frames[better]], left[open_frames[better]] = now[better], folds[better]
        if not folds.any():
            break
        start[near < HOLD] += YIELD * (places - start)[near < HOLD]
        start, places = start[:, folds > 0], places[:, folds > 0]
        open_frames = open_frames[folds > 0]
    return best


def _gradient(rest: Points, triangles: Triangles) -> sparse.csr_matrix:
    """(2 F, V): the derivatives by x and by y of what is linear in each triangle."""
    corners = rest[triangles]
    opposite = np.roll(corners, -2, 1) - np.roll(corners, -1, 1)
    slopes = (
        np.stack([-opposite[..., 1], opposite[..., 0]], 1) / double_areas(corners)[:, None, None]
    )
    row = np.repeat(np.arange(2 * len(triangles)), 3)
    column = np.repeat(triangles[:, None], 2, 1).reshape(-1)
    return sparse.csr_matrix((slopes.reshape(-1), (row, column)), (2 * len(triangles), len(rest)))


def _unfolded_shapes(shapes: Points) -> Points:
    """The nearest 2 x 2 maps none of whose singular values, signed, is below `FLATTEST`.

    A map is a similarity plus a mirrored one, of sizes p and q: its singular values are p + q and
    p - q.
    """
    a, b, c, d = shapes[..., 0, 0], shapes[..., 0, 1], shapes[..., 1, 0], shapes[..., 1, 1]
    similar = np.stack([a + d, b - c, c - b, a + d], -1).reshape(shapes.shape) / 2
    mirrored = shapes - similar
    p, q = (np.hypot(part[..., 0, 0], part[..., 0, 1]) + 1e-9 for part in (similar, mirrored))
    large, small = np.maximum(p + q, FLATTEST), np.maximum(p - q, FLATTEST)
    scaled = similar * ((large + small) / (2 * p))[..., None, None]
    return np.asarray(scaled + mirrored * ((large - small) / (2 * q))[..., None, None])
