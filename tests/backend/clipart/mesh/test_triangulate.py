# SPDX-License-Identifier: Apache-2.0
"""Meshes cover their drawing, its pieces, holes and slits, with triangles of good shape."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from drawn_shapes import ellipse, polygon, rod, solid

from kinora.backend.clipart.drawing import Shape
from kinora.backend.clipart.mesh.silhouette import filled, ink_of, region_around
from kinora.backend.clipart.mesh.triangulate import LARGEST, triangulate

BLACK = solid(0, 0, 0)
RING = Shape("ring", BLACK, True, (ellipse((128, 128), (90, 90)), ellipse((128, 128), (60, 60))))
FLECKS = Shape("flecks", BLACK, False, (ellipse((20, 20), (1, 1)), ellipse((200, 40), (2, 1))))
LEGS = Shape(
    "legs",
    BLACK,
    False,
    (polygon((60, 200), (100, 40), (140, 200), (110, 200), (100, 60), (90, 200)),),
)
FINGERS = Shape(
    "fingers",
    BLACK,
    False,
    (
        *(rod(np.array([x, 60.0]), np.array([x, 150.0]), 4) for x in (60, 71, 82)),
        polygon((50, 150), (92, 150), (92, 200), (50, 200)),
    ),
)
BLOB = Shape("blob", BLACK, False, (ellipse((128, 128), (120, 110)),))


def area(corners):
    (ax, ay), (bx, by), (cx, cy) = np.moveaxis(corners, 1, 0).swapaxes(1, 2)
    return ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2


@pytest.mark.parametrize("shape", [RING, FLECKS, LEGS, FINGERS, BLOB], ids=lambda shape: shape.name)
def test_triangles_cover_the_ink_once_and_are_of_good_shape(shape):
    region = region_around(filled(shape))
    fixed = shapely.get_coordinates(shapely.point_on_surface(region))
    vertices, triangles = triangulate(region, fixed)
    corners = vertices[triangles]
    assert area(corners).min() > 0
    assert area(corners).max() <= LARGEST * 1.5
    covered = shapely.union_all(shapely.polygons(corners))
    assert covered.area == pytest.approx(area(corners).sum(), rel=1e-6)
    assert covered.area == pytest.approx(shapely.MultiPolygon(region).area, rel=1e-6)
    assert covered.buffer(-0.02).contains(filled(shape))
    sides = np.roll(corners, 1, 1) - corners
    cosines = -(sides * np.roll(sides, 1, 1)).sum(2) / (
        np.linalg.norm(sides, axis=2) * np.linalg.norm(np.roll(sides, 1, 1), axis=2)
    )
    smallest = np.degrees(np.arccos(cosines)).min(1)
    assert np.quantile(smallest, 0.02) > 12
    assert np.median(smallest) > 33
    assert (np.linalg.norm(vertices[:, None] - fixed, axis=2).min(0) < 1e-9).mean() > 0.5


def test_a_gap_narrower_than_the_margins_stays_open():
    left, right = (
        Shape("bar", BLACK, False, (polygon((x, 20), (x + 20, 20), (x + 20, 120), (x, 120)),))
        for x in (40, 63)
    )
    assert len(region_around(ink_of([left, right]))) == 2


def test_fill_rules_differ_where_outlines_cross_themselves():
    star = polygon(
        *[(100 + 50 * np.sin(a), 100 - 50 * np.cos(a)) for a in np.arange(5) * 0.8 * np.pi]
    )
    hole, whole = (filled(Shape("star", BLACK, rule, (star,))).area for rule in (True, False))
    pentagon = 50**2 * 2.3776 * 0.381966**2
    assert whole - hole == pytest.approx(pentagon, rel=2e-3)


def test_what_cannot_be_seen_has_no_region():
    glass = Shape("glass", solid(1, 1, 1, 0), False, (ellipse((50, 50), (9, 9)),))
    assert region_around(filled(glass)) == []
