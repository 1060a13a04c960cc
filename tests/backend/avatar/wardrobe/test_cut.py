# SPDX-License-Identifier: Apache-2.0
"""Cutting, refining and sewing, on sheets small enough to know the answer."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given
from hypothesis import strategies as st

from kinora.backend.avatar.wardrobe import sew
from kinora.backend.avatar.wardrobe.cut import SNAP, border_distance, cut
from kinora.backend.avatar.wardrobe.design import Edge
from kinora.backend.avatar.wardrobe.surface import Surface, join, loops, plain, smooth, subdivide

SIDE = 6


def sheet() -> tuple[Surface, np.ndarray]:
    """A square of SIDE x SIDE quads from 0 to 1 in x and y, facing +z, and its vertices."""
    x, y = np.meshgrid(np.linspace(0, 1, SIDE + 1), np.linspace(0, 1, SIDE + 1))
    places = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    row = np.arange(SIDE)
    low = (row[:, None] * (SIDE + 1) + row).ravel()
    faces = np.stack([low, low + 1, low + SIDE + 2, low + SIDE + 1], 1)
    return plain(sparse.eye(x.size, format="csr"), faces, places[faces][..., :2]), places


def area(places: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (places[faces[:, i]] for i in range(3))
    d = np.where(faces[:, 3:] >= 0, places[faces[:, 3]], c)
    return float(np.cross(c - a, d - b)[:, 2].sum() / 2)


@given(offset=st.floats(0.05, 0.95), slope=st.floats(-0.6, 0.6))
def test_cut_leaves_exactly_the_half_plane(offset: float, slope: float) -> None:
    surface, places = sheet()
    values = places[:, 0] - offset - slope * (places[:, 1] - 0.5)
    left = cut(surface, values)
    placed = left.mix @ places
    assert (placed[:, 0] - offset - slope * (placed[:, 1] - 0.5)).min() > -1e-9
    widths = np.clip(1 - offset - slope * (np.linspace(0, 1, 20001) - 0.5), 0, 1)
    inside = widths.mean()
    # Where less than SNAP of a square's side would stay at the border, nothing stays.
    slivers = np.where(widths < SNAP / SIDE, widths, 0).mean()
    assert inside - slivers - 0.01 < area(placed, left.faces) < inside + 0.01
    # The UV map of the sheet is its place: cutting must keep it so.
    used = left.faces >= 0
    assert np.allclose(left.uvs[used], placed[left.faces[used]][:, :2], atol=1e-9)


def test_cut_that_spares_everything_changes_nothing() -> None:
    surface, places = sheet()
    assert cut(surface, places[:, 0] + 1) is surface


def test_refined_sheet_keeps_its_border_and_area() -> None:
    surface, places = sheet()
    fine = subdivide(surface)
    placed = fine.mix @ places
    assert len(fine.faces) == 4 * len(surface.faces)
    assert np.allclose(np.asarray(fine.mix.sum(1)).ravel(), 1)
    # Only the four corners are rounded by border smoothing.
    assert area(placed, fine.faces) == pytest.approx(1, abs=0.02)
    assert [len(ring) for ring in loops(fine.faces)] == [8 * SIDE]


def test_smoothing_flattens_a_bump_and_leaves_the_border() -> None:
    surface, places = sheet()
    middle = (SIDE + 1) ** 2 // 2
    places[middle, 2] = 1
    soft = smooth(surface, 4).mix @ places
    ring = loops(surface.faces)[0]
    assert soft[middle, 2] < 0.4
    assert np.abs(soft[ring][:, 2]).max() == 0


def test_hem_goes_round_every_border_and_follows_it() -> None:
    surface, places = sheet()
    sewn = sew.hem(surface, places, 0.01)
    assert len(sewn.faces) == len(surface.faces) + 3 * 4 * SIDE
    strip = np.arange(sewn.count) >= surface.count
    border = set(loops(surface.faces)[0].tolist())
    assert set(sewn.follows[strip].tolist()) == border
    assert sewn.distance.min() == pytest.approx(-0.0125)
    # Its last row lies inside the sheet's outline.
    inner = (sewn.mix @ places + sewn.shift)[-4 * SIDE :]
    assert inner[:, :2].min() > 0.01


def test_lapel_folds_out_only_where_it_is_asked_for() -> None:
    surface, places = sheet()
    share = np.clip(places[:, 1] * 3 - 2, 0, 1)
    edge = Edge(((-0.01, 0.004), (-0.1, 0.006)), ())
    sewn = sew.fold_out(surface, surface, places, edge, share)
    strip = (sewn.mix @ places + sewn.shift)[surface.count :]
    assert len(strip) > 0
    assert strip[:, 1].min() > 0.6
    assert sewn.distance[surface.count :].max() == pytest.approx(0.006)


def test_joined_surfaces_do_not_share_vertices_or_islands() -> None:
    surface, _ = sheet()
    both = join([surface, surface])
    assert both.faces.max() == 2 * surface.count - 1
    assert sorted(set(both.islands.tolist())) == [0, 1]


def test_border_distance_is_that_of_the_nearest_segment() -> None:
    ring = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    places = np.array([[0.5, 0.5, 0], [0.5, 0.1, 0], [2.0, 0.5, 0]])
    assert border_distance(places, [ring]).tolist() == pytest.approx([0.5, 0.1, 1.0])
    assert border_distance(places, []).tolist() == [1, 1, 1]
