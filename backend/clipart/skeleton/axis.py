# SPDX-License-Identifier: Apache-2.0
"""The medial axis of a silhouette, by the Voronoi diagram of its contours, without twigs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi
from skimage.measure import find_contours

from ..drawing import CANVAS, Points
from .silhouette import Mask

STEP = 1.0
"""Canvas units between the places on a contour whose cells are drawn."""
SMOOTH = 1.2
"""Canvas units over which contours are smoothed."""
NOISE = 3.0
"""Canvas units by which the way along the contour must be longer than straight across for the axis
between two places to be more than the contour's roughness (Ogniewicz's chord residual)."""
LEAST_LIMB = 5.0
"""Canvas units by which a limb reaches beyond the disk of the fork from which it grows."""
LIMB = 0.55
"""Shares of that disk's radius by which a thick limb does: a right-angled corner reaches 0.41."""
SLENDER = 2.2
"""Shares of its own half width at that disk by which a slender one does: such a corner 1.41."""
BLUNT, ROUND_END = 0.5, 0.3
"""A way that ends as wide as this share of the disk is the rounded end of what bears the disk."""
ALIKE = 1.6
"""Twigs of a fork go together that differ by less than this factor."""

Way = list[int]
"""A chain of the axis' places, from one end or fork to another."""


@dataclass(frozen=True)
class Axis:
    """Places (N, 2) in the middle of a silhouette, how far each is from the contour (N,), and the
    ways between ends and forks; a way that ends where it begins is a ring."""

    places: Points
    radii: NDArray[np.float64]
    ways: tuple[tuple[int, ...], ...]

    def length(self, way: tuple[int, ...] | Way) -> float:
        steps = np.diff(self.places[list(way)], axis=0)
        return float(np.linalg.norm(steps, axis=1).sum())

    def degrees(self) -> Counter[int]:
        """How many ways end at each end or fork."""
        return Counter(end for way in self.ways for end in (way[0], way[-1]))


def medial_axis(mask: Mask) -> Axis:
    """Of a connected silhouette on the canvas square, without twigs. It has no ways where the
    silhouette is as good as a disk."""
    sites = _sites(mask)
    if sites is None:
        return Axis(np.zeros((0, 2)), np.zeros(0), ())
    places, radii, edges = _axis_edges(mask, sites)
    axis = Axis(places, radii, tuple(tuple(way) for way in _ways(edges)))
    return pruned(axis, 1.0)


def _axis_edges(
    mask: Mask, contours: _Sites
) -> tuple[Points, NDArray[np.float64], NDArray[np.int64]]:
    sites, ring, along, around = contours
    diagram = Voronoi(sites)
    first, second = diagram.ridge_points.T
    corners = np.array(diagram.ridge_vertices)
    pixels = diagram.vertices * len(mask) / CANVAS - 0.5
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    inside = ndimage.map_coordinates(depth, pixels.T[::-1], order=1, cval=0.0) > 0.7
    apart = np.abs(along[first] - along[second])
    apart = np.minimum(apart, around[first] - apart)
    residual = apart - np.linalg.norm(sites[first] - sites[second], axis=1)
    kept = inside[corners].all(1) & (corners >= 0).all(1)
    kept &= (residual > NOISE) | (ring[first] != ring[second])
    edges, owner = corners[kept], first[kept]
    radii = np.zeros(len(diagram.vertices))
    for side in (0, 1):
        radii[edges[:, side]] = np.linalg.norm(
            diagram.vertices[edges[:, side]] - sites[owner], axis=1
        )
    return diagram.vertices, radii, _largest(edges, len(radii))


class _Sites(NamedTuple):
    """Places on the contours, the contour of each, how far along it, how long it is."""

    places: Points
    ring: NDArray[np.int64]
    along: NDArray[np.float64]
    around: NDArray[np.float64]


def _sites(mask: Mask) -> _Sites | None:
    """None where no contour is long enough to have an axis."""
    unit = CANVAS / len(mask)
    soft = ndimage.gaussian_filter(np.pad(mask, 2).astype(float), 0.7)
    sites, rings, along, around = [], [], [], []
    for number, contour in enumerate(find_contours(soft, 0.5)):  # type: ignore[no-untyped-call]
        ring = (contour[:, ::-1] - 1.5) * unit
        lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1))])
        count = int(lengths[-1] / STEP)
        if count < 8:
            continue
        at = np.arange(count) * lengths[-1] / count
        even = np.column_stack([np.interp(at, lengths, ring[:, axis]) for axis in (0, 1)])
        sites.append(ndimage.gaussian_filter1d(even, SMOOTH / STEP, axis=0, mode="wrap"))
        rings.append(np.full(count, number))
        along.append(at)
        around.append(np.full(count, lengths[-1]))
    if not sites:
        return None
    return _Sites(*(np.concatenate(each) for each in (sites, rings, along, around)))


def _largest(edges: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The edges of the connected part that has most of them."""
    if not len(edges):
        return edges
    links = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (count, count))
    _, labels = connected_components(links, directed=False)
    own = labels[edges[:, 0]]
    return np.asarray(edges[own == np.bincount(own).argmax()])


def _ways(edges: NDArray[np.int64]) -> list[Way]:
    """Edges strung to ways between ends and forks."""
    near: dict[int, list[int]] = {}
    for a, b in edges.tolist():
        if a != b:
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    ends = [node for node, others in near.items() if len(others) != 2] or list(near)[:1]
    is_end = set(ends)
    seen: set[tuple[int, int]] = set()
    ways = []
    for start in ends:
        for ahead in near[start]:
            if (start, ahead) in seen:
                continue
            way = [start, ahead]
            while way[-1] not in is_end:
                one, other = near[way[-1]]
                way.append(other if one == way[-2] else one)
            seen |= {(way[0], way[1]), (way[-1], way[-2])}
            ways.append(way)
    return ways


def pruned(axis: Axis, scale: float) -> Axis:
    """Without the ways that hardly leave the disk of the fork at which they begin, the least first
    and with it what is like it there: both corners of a square end, both ears of a head. `scale`
    > 1 wants longer limbs."""
    ways = [list(way) for way in axis.ways]
    while True:
        twigs = _twigs(axis, ways, scale)
        least, fork, _ = min(twigs, default=(1.0, -1, -1))
        if least >= 1:
            return Axis(axis.places, axis.radii, tuple(tuple(way) for way in ways))
        gone = {n for share, at, n in twigs if at == fork and share < min(1.0, ALIKE * least)}
        ways = [way for number, way in enumerate(ways) if number not in gone]
        _join_at(ways, fork)


def _twigs(axis: Axis, ways: list[Way], scale: float) -> list[tuple[float, int, int]]:
    """Ways with one loose end: how far they reach as a share of what a limb does, the fork that
    they grow from, their number."""
    degree = Counter(end for way in ways for end in (way[0], way[-1]))
    twigs = []
    for number, way in enumerate(ways):
        if (degree[way[0]] == 1) == (degree[way[-1]] == 1):
            continue
        fork = way[-1] if degree[way[0]] == 1 else way[0]
        outward = way if way[0] == fork else way[::-1]
        twigs.append((_salience(axis, outward) / scale, fork, number))
    return twigs


def _salience(axis: Axis, way: Way) -> float:
    """How far a way from a fork to a tip reaches out of the fork's disk, 1 for the least limb."""
    wide = float(axis.radii[way[0]])
    lengths = np.cumsum(np.linalg.norm(np.diff(axis.places[way], axis=0), axis=1))
    beyond = float(lengths[-1] + axis.radii[way[-1]]) - wide
    at_disk = way[1 + min(int(np.searchsorted(lengths, wide)), len(lengths) - 1)]
    is_blunt = axis.radii[way[-1]] > BLUNT * wide
    needed = min((ROUND_END if is_blunt else LIMB) * wide, SLENDER * float(axis.radii[at_disk]))
    return beyond / max(LEAST_LIMB, needed)


def _join_at(ways: list[Way], fork: int) -> None:
    """Where two ways meet and no third, string them to one."""
    here = [way for way in ways if fork in (way[0], way[-1])]
    if len(here) != 2 or any(way[0] == way[-1] for way in here):
        return
    first, second = (way if way[0] == fork else way[::-1] for way in here)
    ways[:] = [way for way in ways if way is not here[0] and way is not here[1]]
    ways.append(first[::-1] + second[1:])
