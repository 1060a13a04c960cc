# SPDX-License-Identifier: Apache-2.0
"""Packing: charts keep apart and inside, whatever their shapes; UV islands are told apart."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kinora.backend.avatar.wardrobe.charts import CELLS, MARGIN, islands, outline, pack, upright

QUAD = np.array([[0, 1, 2, 3]])
SIZES = st.lists(st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0)), min_size=1, max_size=30)


def rectangle(width: float, height: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]]), QUAD


@settings(max_examples=20, deadline=None)
@given(SIZES)
def test_rectangles_never_overlap_and_stay_inside_with_their_margins(
    sizes: list[tuple[float, float]],
) -> None:
    scale, places = pack([rectangle(*size) for size in sizes])
    assert scale > 0
    taken = np.zeros((CELLS, CELLS), dtype=np.int8)
    for (width, height), place in zip(sizes, places, strict=True):
        right, top = place.right + width * scale, place.up + height * scale
        assert place.right >= 0 and right + 2 * MARGIN <= CELLS
        assert place.up >= 0 and top + 2 * MARGIN <= CELLS
        columns = slice(place.right, int(np.ceil(right)) + 2 * MARGIN)
        taken[place.up : int(np.ceil(top)) + 2 * MARGIN, columns] += 1
    assert taken.max() == 1


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(3, 9), min_size=2, max_size=12), st.integers(0, 1000))
def test_ragged_charts_never_share_a_column_cell(corners: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    charts = []
    for number in corners:
        points = rng.uniform(0, 1, (number * 4, 2))
        points -= points.min(0)
        charts.append((points, np.arange(number * 4).reshape(number, 4)))
    scale, places = pack(charts)
    taken = np.zeros((CELLS, CELLS), dtype=np.int8)
    for (points, faces), place in zip(charts, places, strict=True):
        shape = outline(points, faces, scale)
        for column, (low, high) in enumerate(zip(shape.low, shape.high, strict=True)):
            if high > low:
                taken[place.up + low : place.up + high, place.right + column] += 1
    assert taken.max() == 1


def test_one_square_fills_the_atlas() -> None:
    scale, _ = pack([rectangle(1, 1)])
    assert scale > 0.97 * (CELLS - 2 * MARGIN)


def test_islands_part_where_uvs_do_even_if_vertices_are_shared() -> None:
    faces = np.array([[0, 1, 2, 3], [1, 4, 5, 2], [4, 6, 7, 5]], dtype=np.int32)
    at = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [2, 0], [2, 1], [3, 0], [3, 1]]) / 4
    uvs = at[faces].astype(np.float32)
    none = np.zeros(3, dtype=np.int64)
    assert len(set(islands(faces, uvs, none))) == 1
    uvs[2] += 0.1
    assert islands(faces, uvs, none).tolist() == [0, 0, 1]
    assert len(set(islands(faces, uvs, np.array([0, 1, 1])))) == 3


def test_a_long_slanted_chart_is_stood_upright() -> None:
    along = np.linspace(0, 1, 20)[:, None] * [np.cos(0.6), np.sin(0.6)]
    points = np.concatenate([along, along + 0.05 * np.array([-np.sin(0.6), np.cos(0.6)])])
    width, height = np.ptp(points @ upright(points).T, axis=0)
    assert height > 0.95
    assert width < 0.2
