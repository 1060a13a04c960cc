# SPDX-License-Identifier: Apache-2.0
"""Smooth normals of any pose from four neighbours a vertex, found once for a mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]

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
    found = []
    for axis in (first, second):
        along = (to * axis[:, None]).sum(2)
        # The vertex itself stands in on borders, where nothing lies on one side.
        ends = [np.take_along_axis(near, pick[:, None], 1)[:, 0]
                for pick in (along.argmax(1), along.argmin(1))]  # fmt: skip
        own = np.arange(len(places))
        found.append(np.where(along.max(1) > 0, ends[0], own))
        found.append(np.where(along.min(1) < 0, ends[1], own))
    return np.stack(found, axis=1).astype(np.int32)


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
