# SPDX-License-Identifier: Apache-2.0
"""Smooth normals of any pose from four neighbours a vertex, found once for a mesh."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]

_GOOD = 0.92
"""Cosine with the given normal from which the first guess is kept."""
_MOST = 10
"""Neighbours of a vertex that are looked at."""


def chords(faces: Ints, places: NDArray[np.floating], normals: NDArray[np.floating]) -> Ints:
    """(V, 4) vertices so that the normal is nearly along (x0 - x1) x (x2 - x3), as it is exactly
    where four quads meet; `faces` (F, 4) with -1, `places` and unit `normals` (V, 3)."""
    near = _neighbours(faces, len(places))
    to = places[near] - places[:, None]
    first = to[:, 0] - (to[:, 0] * normals).sum(1, keepdims=True) * normals
    first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), 1e-9)
    second = np.cross(normals, first)
    rows = []
    for axis in (first, second):
        along = (to * axis[:, None]).sum(2)
        # The vertex itself stands in on borders, where nothing lies on one side.
        ends = [np.take_along_axis(near, pick[:, None], 1)[:, 0]
                for pick in (along.argmax(1), along.argmin(1))]  # fmt: skip
        own = np.arange(len(places))
        rows.append(np.where(along.max(1) > 0, ends[0], own))
        rows.append(np.where(along.min(1) < 0, ends[1], own))
    found = np.stack(rows, axis=1)
    across, length = _across(places, found)
    poor = np.flatnonzero((across * normals).sum(1) < _GOOD * length)
    found[poor] = _searched(near[poor], poor, places, normals[poor])
    return np.asarray(found, np.int32)


def _across(
    places: NDArray[np.floating], ends: NDArray[np.integer]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """(V, 3) the cross product of both chords, and (V,) its length."""
    first, second = (places[ends[:, one]] - places[ends[:, one + 1]] for one in (0, 2))
    across = np.cross(first, second)
    return across, np.maximum(np.linalg.norm(across, axis=1), 1e-12)


def _searched(
    near: NDArray[np.int64],
    own: NDArray[np.int64],
    places: NDArray[np.floating],
    normals: NDArray[np.floating],
) -> NDArray[np.int64]:
    """(V, 4) the best of all chords between the first neighbours, where faces are long and thin."""
    points = np.concatenate([own[:, None], near[:, :5]], axis=1)
    pairs = np.array(list(itertools.combinations(range(6), 2)))
    both = np.array(list(itertools.product(range(len(pairs)), repeat=2)))
    combined = pairs[both].reshape(-1, 4)
    best, score = np.zeros((len(own), 4), np.int64), np.full(len(own), -np.inf)
    for order in combined:
        ends = points[:, order]
        across, length = _across(places, ends)
        along = (across * normals).sum(1)
        # Rather straight, then rather wide.
        value = along / length + along * 1e3
        better = value > score
        best[better], score[better] = ends[better], value[better]
    return best


def _neighbours(faces: Ints, count: int) -> NDArray[np.int64]:
    """(V, _MOST) the first neighbours of each vertex along edges, filled up with itself."""
    pairs = []
    for corner in range(4):
        start, end = faces[:, corner], faces[:, (corner + 1) % 4]
        # A triangle's last edge goes from its third corner to its first.
        end = np.where(end < 0, faces[:, 0], end)
        real = start >= 0
        pairs.append(np.stack([start[real], end[real]], axis=1))
    both = np.concatenate(pairs)
    both = np.unique(np.concatenate([both, both[:, ::-1]]), axis=0)
    rank = np.arange(len(both)) - np.searchsorted(both[:, 0], both[:, 0])
    both, rank = both[rank < _MOST], rank[rank < _MOST]
    near = np.tile(np.arange(count)[:, None], (1, _MOST))
    near[both[:, 0], rank] = both[:, 1]
    return near
