# SPDX-License-Identifier: Apache-2.0
"""Contours become areas with the holes that the fill rule says, in any order and sense."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.blender
pytest.importorskip("bpy", reason="the importers' package imports bpy")

from kinora.blender_addon.importers.outlines import (  # noqa: E402
    Outline,
    outlines_of,
    straightened,
    with_bridges,
)
from kinora.shared.vector_clip import Paint, VectorShape  # noqa: E402

SOLID = Paint("solid", np.ones((1, 4), np.float32), np.zeros(1, np.float32), np.eye(2, 3))


def ring(radius: float, center=(0.0, 0.0), is_reversed: bool = False, knots: int = 4) -> np.ndarray:
    """A circle as a chain of `knots` cubics."""
    angle = 2 * np.pi / knots
    handle = 4 / 3 * np.tan(angle / 4)
    turns = angle * np.arange(knots + 1)
    places = np.stack([np.cos(turns), np.sin(turns)], -1)
    along = np.stack([-np.sin(turns), np.cos(turns)], -1)
    chain = [places[0]]
    for k in range(knots):
        chain += [places[k] + handle * along[k], places[k + 1] - handle * along[k + 1]]
        chain.append(places[k + 1])
    chain = np.array(chain[::-1] if is_reversed else chain)
    return np.array(center) + radius * chain


def shape(*contours: np.ndarray, is_even_odd: bool = True) -> VectorShape:
    points = np.concatenate(contours)[None].astype(np.float32)
    starts = np.cumsum([0, *(len(contour) for contour in contours[:-1])]).astype(np.int32)
    return VectorShape("shape", 0, SOLID, is_even_odd, starts, points)


def areas(groups: list[list[Outline]]) -> list[list[float]]:
    """The areas of the polygons of each group's outlines, finely flattened, without their sign."""
    return [[abs(area(straightened(outline).knots[0])) for outline in group] for group in groups]


def area(line: np.ndarray) -> float:
    x, y = line.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def disc(radius: float) -> float:
    return np.pi * radius**2


@pytest.mark.parametrize("is_reversed", [False, True])
def test_under_even_odd_every_second_ring_is_a_hole(is_reversed: bool) -> None:
    rings = [ring(r, is_reversed=is_reversed and r == 6) for r in (2, 8, 4, 6)]
    found = areas(outlines_of(shape(*rings)))
    assert sorted(map(len, found)) == [2, 2]
    wanted = [[disc(4), disc(2)], [disc(8), disc(6)]]
    assert np.allclose(sorted(found), wanted, rtol=0.02)


def test_under_nonzero_a_ring_of_the_same_sense_is_no_hole() -> None:
    same = outlines_of(shape(ring(8), ring(4), is_even_odd=False))
    assert areas(same) == [[pytest.approx(disc(8), rel=0.02)]]
    other = outlines_of(shape(ring(8), ring(4, is_reversed=True), is_even_odd=False))
    assert [len(group) for group in other] == [2]


def test_rings_beside_each_other_are_areas_of_their_own() -> None:
    found = outlines_of(shape(ring(3), ring(3, (10, 0)), ring(1, (10, 0))))
    assert sorted(len(group) for group in found) == [1, 2]


def test_a_contour_of_one_curve_gets_knots_enough_and_keeps_its_form() -> None:
    leaf = np.array([(0, 0), (9, 0), (0, 9), (0, 0)], np.float64)
    ((outline,),) = outlines_of(shape(leaf))
    assert outline.knots.shape[1] >= 3
    t = np.linspace(0, 1, 400, endpoint=False)[:, None]
    line = 3 * t * (1 - t) ** 2 * leaf[1] + 3 * t**2 * (1 - t) * leaf[2]
    assert abs(area(straightened(outline).knots[0])) == pytest.approx(abs(area(line)), rel=5e-3)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_bridged_outline_leaves_its_holes_out(is_reversed: bool) -> None:
    holes = (ring(2, (-4, 0), is_reversed), ring(1, (4, 1)), ring(1, (0, 5), is_reversed))
    ((*group,),) = outlines_of(shape(ring(8), *holes))
    assert len(group) == 4
    line = straightened(with_bridges(group)).knots[0]
    wanted = disc(8) - disc(2) - 2 * disc(1)
    assert abs(area(line)) == pytest.approx(wanted, rel=0.02)
    for spot in ((-4, 0), (4, 1), (0, 5)):
        assert not is_inside(line, spot)
    for spot in ((0, 0), (-7, 1), (0, -7)):  # None lies in a bridge.
        assert is_inside(line, spot)


def is_inside(line: np.ndarray, spot) -> bool:
    """By the sum of the angles under which the line's pieces are seen."""
    seen = line - np.array(spot)
    angles = np.unwrap(np.append(angle := np.arctan2(seen[:, 1], seen[:, 0]), angle[0]))
    return round((angles[-1] - angles[0]) / (2 * np.pi)) != 0
