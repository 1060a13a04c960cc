# SPDX-License-Identifier: Apache-2.0
"""Where a layer's ink lies, and the region around it that its mesh covers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from ..drawing import Points, Shape
from .curves import flattened

MARGIN = 2.0
"""Canvas units of nothing around the ink, so that its edge lies inside the picture on the mesh."""
SLIT = 0.5
"""A gap narrower than twice the margin stays open, less this on either side."""
SMALL_GAP = 4.0
"""Smaller gaps, in square units, are closed."""
SMALL_HOLE = 25.0
"""Holes of a smaller area, in square units, are covered."""
DETAIL = 0.35
"""How far the simplified outline may stray."""


def filled(shape: Shape) -> BaseGeometry:
    """The area that a shape fills by its rule; empty where its paint shows nothing."""
    rings = [flattened(contour) for contour in shape.contours]
    rings = [ring for ring in rings if np.ptp(ring, axis=0).max() > 0]
    if not rings or not shape.paint.colors[:, 3].any():
        return MultiPolygon()
    lines = shapely.unary_union([shapely.LineString(ring) for ring in rings])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.point_on_surface(faces)
    turns = sum(_winding(ring, shapely.get_coordinates(inside)) for ring in rings)
    kept = np.asarray(turns) % 2 == 1 if shape.is_even_odd else np.asarray(turns) != 0
    return shapely.unary_union(faces[kept])


def _winding(ring: Points, places: Points) -> NDArray[np.int64]:
    """(N,) how often a closed ring goes around each place."""
    a, b = ring[:-1, :, None], ring[1:, :, None]
    x, y = places.T
    side = (b[:, 0] - a[:, 0]) * (y - a[:, 1]) - (x - a[:, 0]) * (b[:, 1] - a[:, 1])
    up = (a[:, 1] <= y) & (b[:, 1] > y) & (side > 0)
    down = (a[:, 1] > y) & (b[:, 1] <= y) & (side < 0)
    return np.asarray(up.sum(0) - down.sum(0))


def ink_of(shapes: Iterable[Shape]) -> BaseGeometry:
    """The area that shapes fill together."""
    return shapely.unary_union([filled(shape) for shape in shapes])


def region_around(ink: BaseGeometry) -> list[Polygon]:
    """The connected areas that a mesh of some ink covers; none where nothing is seen."""
    if ink.is_empty:
        return []
    grown = ink.buffer(MARGIN, quad_segs=3)
    gaps = polygons(grown.buffer(-MARGIN).difference(ink).buffer(-SLIT))
    slits = shapely.union_all([gap.buffer(2 * MARGIN) for gap in gaps if gap.area > SMALL_GAP])
    region = grown.difference(slits.difference(ink.buffer(SLIT))).simplify(DETAIL).buffer(0)
    return [_without_small_holes(part) for part in polygons(region)]


def polygons(geometry: BaseGeometry) -> list[Polygon]:
    parts = shapely.get_parts(geometry)
    return [part for part in parts if isinstance(part, Polygon) and part.area > 0]


def _without_small_holes(part: Polygon) -> Polygon:
    holes = [ring for ring in part.interiors if Polygon(ring).area >= SMALL_HOLE]
    return Polygon(part.exterior, holes)
