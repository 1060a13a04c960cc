# SPDX-License-Identifier: Apache-2.0
"""Triangles over a region: a Delaunay mesh that keeps the outline, with no slivers where it can."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Delaunay, cKDTree
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from ..drawing import Points
from .triangles import Triangles, double_areas

LARGEST = 30.0
"""Square units of the largest triangle."""
SMALLEST_ANGLE = np.radians(22)
SPACING = 7.6
"""Between the vertices of a regular part of the mesh, in canvas units."""
SHORTEST = 1.2
"""No edge of the outline is halved below this for the sake of its triangles' shape."""
PASSES = 24

Segments = NDArray[np.int64]


def triangulate(parts: list[Polygon], fixed: Points) -> tuple[Points, Triangles]:
    """(V, 2) vertices and (F, 3) triangles over the parts, every one with a positive area.

    Those of the `fixed` points that lie well inside are among the vertices.
    """
    region = shapely.MultiPolygon(parts)
    shapely.prepare(region)
    vertices, segments = _outlines(parts)
    inside = [_inner_points(region, vertices, fixed)]
    for turn in range(PASSES):
        points = np.concatenate([vertices, *inside])
        simplices = _counter_clockwise(points, Delaunay(points).simplices)
        missing = _missing(segments, simplices)
        if missing.any():
            vertices, segments = _halved(vertices, segments, missing)
            continue
        triangles = simplices[_within(region, points[simplices])]
        centers = _centers_of_bad(points, triangles)
        if turn == PASSES - 1 or not len(centers):
            break
        crowded, free = _sorted_out(centers, vertices, segments, region)
        if not crowded.any() and not len(free):
            break
        vertices, segments = _halved(vertices, segments, crowded)
        inside.append(free)
    used, triangles = np.unique(triangles, return_inverse=True)
    return points[used], triangles.reshape(-1, 3)


def _outlines(parts: list[Polygon]) -> tuple[Points, Segments]:
    """Places along all rings at most `SPACING` apart, and the pairs of neighbours."""
    places: list[Points] = []
    pairs: list[Segments] = []
    count = 0
    for part in parts:
        for ring in (part.exterior, *part.interiors):
            corners = shapely.get_coordinates(ring.segmentize(SPACING))[:-1]
            index = np.arange(len(corners)) + count
            places.append(corners)
            pairs.append(np.stack([index, np.roll(index, -1)], 1))
            count += len(corners)
    return np.concatenate(places), np.concatenate(pairs)


def _inner_points(region: BaseGeometry, outline: Points, fixed: Points) -> Points:
    """The fixed points that lie inside, and a grid of equal triangles away from all others."""
    kept = fixed[shapely.contains_xy(region, fixed)] if len(fixed) else fixed
    kept = kept[cKDTree(outline).query(kept)[0] > SHORTEST] if len(kept) else kept
    kept = _thinned(kept, SHORTEST)
    left, top, right, bottom = region.bounds
    rows = np.arange(top, bottom, SPACING * np.sqrt(3) / 2)
    columns = np.arange(left, right + SPACING, SPACING)
    grid = np.stack(np.meshgrid(columns, rows), -1)
    grid[1::2, :, 0] -= SPACING / 2
    places = grid.reshape(-1, 2)
    places = places[shapely.contains_xy(region, places)]
    beside = cKDTree(np.concatenate([outline, kept]))
    away = places[beside.query(places)[0] > 0.7 * SPACING] if len(places) else places
    near_edge = shapely.distance(region.boundary, shapely.points(away)) < 0.45 * SPACING
    return np.concatenate([kept, away[~near_edge]])


def _counter_clockwise(points: Points, simplices: NDArray[np.int32]) -> Triangles:
    turned = simplices.astype(np.int64)
    flipped = double_areas(points[turned]) < 0
    turned[flipped] = turned[flipped][:, ::-1]
    return turned


def _missing(segments: Segments, simplices: Triangles) -> NDArray[np.bool_]:
    """(S,) which segments are no edge of any triangle."""
    edges = np.sort(simplices[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), 1)
    scale = simplices.max() + 1
    wanted = np.sort(segments, 1)
    return ~np.isin(wanted[:, 0] * scale + wanted[:, 1], edges[:, 0] * scale + edges[:, 1])


def _halved(
    vertices: Points, segments: Segments, chosen: NDArray[np.bool_]
) -> tuple[Points, Segments]:
    middle = vertices[segments[chosen]].mean(1)
    index = np.arange(len(middle)) + len(vertices)
    first = np.stack([segments[chosen][:, 0], index], 1)
    second = np.stack([index, segments[chosen][:, 1]], 1)
    return np.concatenate([vertices, middle]), np.concatenate([segments[~chosen], first, second])


def _within(region: BaseGeometry, corners: Points) -> NDArray[np.bool_]:
    x, y = corners.mean(1).T
    solid = double_areas(corners) > 1e-6
    return np.asarray(shapely.contains_xy(region, x, y) & solid)


def _centers_of_bad(points: Points, triangles: Triangles) -> Points:
    """Circumcenters of triangles that are too large or too sharp, the worst first."""
    corners = points[triangles]
    area = double_areas(corners) / 2
    sides = np.linalg.norm(corners - np.roll(corners, 1, 1), axis=2)
    radius = sides.prod(1) / (4 * area)
    shortest = sides.min(1)
    bad = (area > LARGEST) | (shortest / (2 * radius) < np.sin(SMALLEST_ANGLE))
    order = np.argsort(-(radius / shortest)[bad])
    a, b, c = np.moveaxis(corners[bad][order], 1, 0)
    u, v = b - a, c - a
    uu, vv = (u**2).sum(1), (v**2).sum(1)
    offset = np.stack([v[:, 1] * uu - u[:, 1] * vv, u[:, 0] * vv - v[:, 0] * uu], 1)
    centers: Points = a + offset / (4 * area[bad][order])[:, None]
    return centers


def _sorted_out(
    centers: Points, vertices: Points, segments: Segments, region: BaseGeometry
) -> tuple[NDArray[np.bool_], Points]:
    """Which segments to halve since a center lies in their circle, and the centers that may come.

    Ruppert's rule: a new vertex too close to the outline refines the outline instead.
    """
    ends = vertices[segments]
    middles, radii = ends.mean(1), np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) / 2
    crowded = np.zeros(len(segments), bool)
    free = np.ones(len(centers), bool)
    for index, near in enumerate(cKDTree(middles).query_ball_point(centers, radii.max())):
        close = np.array(near, int)
        close = close[np.linalg.norm(middles[close] - centers[index], axis=1) < radii[close]]
        free[index] = not len(close)
        crowded[close] = True
    crowded &= radii > SHORTEST
    x, y = centers.T
    free &= shapely.contains_xy(region, x, y)
    return crowded, _thinned(centers[free], SPACING / 2)


def _thinned(points: Points, distance: float) -> Points:
    """Points none of which lies within `distance` of an earlier one."""
    if not len(points):
        return points
    kept = np.ones(len(points), bool)
    for a, b in sorted(cKDTree(points).query_pairs(distance)):
        kept[b] &= ~kept[a]
    return points[kept]
