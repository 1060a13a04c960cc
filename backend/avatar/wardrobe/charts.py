# SPDX-License-Identifier: Apache-2.0
"""Cuts UV maps into charts and packs their rectangles into one square without overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ....shared.errors import BadResultError

CELLS = 1024
"""Layouts are in cells of 1/1024, whatever the picture's size, so that presets look alike."""
MARGIN = 4
"""Cells around each chart: at least four texels on every side at the smallest picture."""

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Rectangle:
    """Where a chart lies, in cells, margin included."""

    left: int
    low: int
    width: int
    height: int


def islands(
    faces: NDArray[np.int32], uvs: Floats, groups: NDArray[np.integer]
) -> NDArray[np.int32]:
    """(F,) number of the chart of each face: connected in the UV map and of one group."""
    used = faces >= 0
    places = np.round(uvs.astype(np.float64) * 65536).astype(np.int64)
    keys = np.stack(
        [faces, places[..., 0], places[..., 1], np.repeat(groups[:, None], 4, 1)], axis=-1
    )[used]
    _, corner_node = np.unique(keys, axis=0, return_inverse=True)
    node = np.full(faces.shape, -1, dtype=np.int64)
    node[used] = corner_node.reshape(-1)
    start, end = np.repeat(node[:, :1], 3, axis=1).ravel(), node[:, 1:].ravel()
    joined = end >= 0
    count = int(node.max()) + 1
    links = coo_matrix((np.ones(joined.sum()), (start[joined], end[joined])), shape=(count, count))
    label = connected_components(links, directed=False)[1]
    return np.unique(label[node[:, 0]], return_inverse=True)[1].astype(np.int32).reshape(-1)


def upright(points: Floats) -> NDArray[np.float64]:
    """(2, 2) the rotation that gives points (N, 2) the smallest box, taller than wide."""
    best, best_area = np.eye(2), np.inf
    for degrees in range(0, 90, 5):
        turn = np.deg2rad(degrees)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        width, height = np.ptp(points @ rotation.T, axis=0)
        if width * height < best_area * 0.98:
            best_area = width * height
            quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
            best = quarter @ rotation if width > height else rotation
    return best


def place(sizes: Sequence[tuple[int, int]]) -> list[Rectangle] | None:
    """Put rectangles (width, height in cells) at the lowest place of a skyline, tallest first.

    None if they do not fit into the square.
    """
    skyline = np.zeros(CELLS, dtype=np.int64)
    placed: dict[int, Rectangle] = {}
    for index in sorted(range(len(sizes)), key=lambda i: (-sizes[i][1], -sizes[i][0], i)):
        width, height = sizes[index]
        if width > CELLS or height > CELLS:
            return None
        # The highest step under a rectangle that begins at each column.
        tops = maximum_filter1d(skyline, width, origin=-(width // 2))[: CELLS - width + 1]
        left = int(np.argmin(tops))
        low = int(tops[left])
        if low + height > CELLS:
            return None
        skyline[left : left + width] = low + height
        placed[index] = Rectangle(left, low, width, height)
    return [placed[i] for i in range(len(sizes))]


def pack(boxes: Floats) -> tuple[float, list[Rectangle]]:
    """The largest scale (cells per unit) at which boxes (N, 2) fit with margins, and where."""
    area = float(np.prod(boxes, axis=1).sum())
    low, high = 0.0, CELLS / np.sqrt(max(area, 1e-12))
    best: list[Rectangle] | None = None
    for _ in range(12):
        scale = (low + high) / 2
        cells = np.ceil(boxes * scale).astype(int) + 2 * MARGIN
        placed = place([(int(w), int(h)) for w, h in cells])
        if placed is None:
            high = scale
        else:
            low, best = scale, placed
    if best is None:
        raise BadResultError(f"{len(boxes)} pieces of surface are too many for one texture.")
    return low, best
