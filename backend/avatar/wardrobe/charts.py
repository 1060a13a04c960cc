# SPDX-License-Identifier: Apache-2.0
"""Cuts UV maps into charts and packs them into one square without overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ....shared.errors import BadResultError

CELLS = 1024
"""Layouts are in cells of 1/1024, whatever the picture's size, so that presets look alike."""
MARGIN = 4
"""Cells around each chart: at least four texels on every side at the smallest picture."""

Floats = NDArray[np.floating]
Cells = NDArray[np.int64]


@dataclass(frozen=True)
class Outline:
    """A chart as a packer sees it, in cells: for each of its columns the lowest and the highest
    cell it may touch, margin included. What lies between is its own."""

    low: Cells
    high: Cells


@dataclass(frozen=True)
class Place:
    """Where a chart lies: how far right and up its own origin moves, in cells."""

    right: int
    up: int


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


def outline(points: Floats, faces: NDArray[np.integer], scale: float) -> Outline:
    """The columns of a chart with corners (N, 2) from (0, 0) up, faces (F, 4), -1 for triangles."""
    cells = points * scale
    columns = int(np.ceil(cells[:, 0].max())) + 2 * MARGIN
    low = np.full(columns, CELLS * 4)
    high = np.full(columns, -1)
    filled = np.where(faces < 0, faces[:, :1], faces)
    corners = cells[filled]
    first = np.floor(corners[..., 0].min(1)).astype(int)
    last = np.ceil(corners[..., 0].max(1)).astype(int) + 2 * MARGIN
    bottom = np.floor(corners[..., 1].min(1)).astype(int)
    top = np.ceil(corners[..., 1].max(1)).astype(int) + 2 * MARGIN
    for shift in range(int((last - first).max())):
        inside = first + shift < last
        column = first[inside] + shift
        np.minimum.at(low, column, bottom[inside])
        np.maximum.at(high, column, top[inside])
    return Outline(low, high)


def place(outlines: Sequence[Outline]) -> list[Place] | None:
    """Let charts fall to the lowest place of a skyline, tallest first; None if they do not fit."""
    skyline = np.zeros(CELLS, dtype=np.int64)
    placed: dict[int, Place] = {}
    heights = [int(chart.high.max()) for chart in outlines]
    for index in sorted(
        range(len(outlines)), key=lambda i: (-heights[i], -len(outlines[i].low), i)
    ):
        chart = outlines[index]
        width = len(chart.low)
        if width > CELLS:
            return None
        under = sliding_window_view(skyline, width)
        rests = np.maximum((under - chart.low).max(1), 0)
        right = int(np.argmin(rests))
        up = int(rests[right])
        if up + heights[index] > CELLS:
            return None
        skyline[right : right + width] = np.maximum(skyline[right : right + width], up + chart.high)
        placed[index] = Place(right, up)
    return [placed[i] for i in range(len(outlines))]


def pack(
    charts: Sequence[tuple[Floats, NDArray[np.integer]]],
) -> tuple[float, list[Place]]:
    """The largest scale (cells per unit) at which charts fit, and their places.

    A chart is its corners (N, 2), from (0, 0) up, and its faces (F, 4) with -1 in triangles.
    """
    area = sum(float(np.prod(points.max(0))) for points, _ in charts)
    low, high = 0.0, 1.4 * CELLS / np.sqrt(max(area, 1e-12))
    best: list[Place] | None = None
    for _ in range(9):
        scale = (low + high) / 2
        placed = place([outline(points, faces, scale) for points, faces in charts])
        if placed is None:
            high = scale
        else:
            low, best = scale, placed
    if best is None:
        raise BadResultError(f"{len(charts)} pieces of surface are too many for one texture.")
    return low, best
