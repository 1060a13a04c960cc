# SPDX-License-Identifier: Apache-2.0
"""The skeleton of any silhouette: its medial axis in few joints, out to the ends of its limbs."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from skimage.measure import approximate_polygon

from ..drawing import CANVAS, Points, Skeleton
from .axis import Axis, medial_axis, pruned
from .silhouette import Mask

SPACING = 34.0
"""Canvas units between the joints of a long limb."""
STRAIGHT = 3.5
"""Canvas units by which a limb's joints may cut its corners."""
REACH = 0.95
"""Share of the way to the contour that a limb's end goes."""
LEAST_STEP = 9.0
"""Canvas units that the joints of a limb are apart at least."""
WIDEST_SPREAD = 3.0
"""How much farther apart joints may be before limbs are given up."""
ONE_FORK = 0.6
"""Forks nearer than this share of their disks' radius are one."""
MOST, FEWEST, SPARE = 24, 4, 6
"""Joints of a skeleton; the spare ones are for those that would lose limbs."""
DISK = 0.7
"""Share of a silhouette that one disk inside covers if it is round."""
LONG = 1.6
"""How many times longer than wide something without limbs is to bend rather than to squash."""


@dataclass
class Joints:
    """A skeleton in the making."""

    places: list[Points] = field(default_factory=list)
    edges: set[tuple[int, int]] = field(default_factory=set)

    def add(self, place: Points) -> int:
        self.places.append(place)
        return len(self.places) - 1

    def link(self, a: int, b: int) -> None:
        if a != b:
            self.edges.add((min(a, b), max(a, b)))

    def skeleton(self) -> Skeleton:
        edges = np.array(sorted(self.edges), np.int64).reshape(-1, 2)
        return Skeleton(np.array(self.places), edges, ("",) * len(self.places), is_person=False)


def medial_skeleton(mask: Mask, parts: list[Points] | None = None) -> Skeleton:
    """Of a connected silhouette (S, S) on the canvas square, and of limbs that are no part of it,
    given as their ways from joint to tip: from `FEWEST` to about `MOST` keypoints; a ring stays a
    ring. What would have more has its joints farther apart, then fewer limbs."""
    parts = parts or []
    spread, limb = 1.0, 1.0
    axis = medial_axis(mask)
    joints = _joints(axis, mask, spread)
    room = max(MOST - 2 * len(parts), MOST // 2)
    while len(joints.places) > room:
        if spread < WIDEST_SPREAD:
            spread *= 1.25
        elif len(joints.places) <= room + SPARE:
            break
        else:
            limb *= 1.15
            axis = pruned(axis, limb)
        joints = _joints(axis, mask, spread)
    if len(joints.places) < FEWEST or _is_round(axis, mask):
        joints = _along_the_axes(mask)
    bones = set(joints.edges)
    for part in parts:
        _attach(joints, bones, part, spread)
    return joints.skeleton()


def _attach(joints: Joints, bones: set[tuple[int, int]], track: Points, spread: float) -> None:
    """Hang a limb on the nearest place of some bones: a joint, or one that is put between."""
    at = {(a, b): _nearest_on(joints.places[a], joints.places[b], track[0]) for a, b in bones}
    (a, b), place = min(at.items(), key=lambda item: (_apart(item[1], track[0]), item[0]))
    fork = min((a, b), key=lambda joint: _apart(joints.places[joint], place))
    if _apart(joints.places[fork], place) > LEAST_STEP:
        fork = joints.add(place)
        for edges in (joints.edges, bones):
            edges.remove((a, b))
            edges |= {(a, fork), (b, fork)}
    root = fork
    if _apart(joints.places[fork], track[0]) > LEAST_STEP:
        root = joints.add(track[0])
        joints.link(fork, root)
    inner = [joints.add(place) for place in _between(track, [0.0, 0.0], 1.5 * spread)]
    for a, b in pairwise([root, *inner, joints.add(track[-1])]):
        joints.link(a, b)


def _nearest_on(start: Points, end: Points, place: Points) -> Points:
    along = end - start
    share = float((place - start) @ along) / max(float(along @ along), 1e-9)
    return np.asarray(start + min(max(share, 0.0), 1.0) * along)


def _apart(a: Points, b: Points) -> float:
    return float(np.linalg.norm(a - b))


def _is_round(axis: Axis, mask: Mask) -> bool:
    """Whether one disk is nearly all that there is, which has neither limbs nor a long side."""
    if len(axis.ways) != 1 or axis.ways[0][0] == axis.ways[0][-1]:
        return False
    radius = float(axis.radii[list(axis.ways[0])].max())
    area = float(mask.sum()) * (CANVAS / len(mask)) ** 2
    return np.pi * radius**2 > DISK * area and axis.length(axis.ways[0]) < radius


def _joints(axis: Axis, mask: Mask, spread: float) -> Joints:
    joints = Joints()
    at = _ends(axis, joints, mask)
    degree = axis.degrees()
    for way in axis.ways:
        if at[way[0]] == at[way[-1]] and axis.length(way) < LEAST_STEP * 3:
            continue
        track = axis.places[list(way)]
        track = np.vstack([joints.places[at[way[0]]], track[1:-1], joints.places[at[way[-1]]]])
        clear = [axis.radii[end] if degree[end] > 2 else 0.0 for end in (way[0], way[-1])]
        chain = [at[way[0]], *(joints.add(p) for p in _between(track, clear, spread)), at[way[-1]]]
        for a, b in pairwise(chain):
            joints.link(a, b)
    return joints


def _ends(axis: Axis, joints: Joints, mask: Mask) -> dict[int, int]:
    """A joint for every end and fork of the axis; forks in one another's disk share theirs."""
    degree = axis.degrees()
    group = {end: end for end in degree}
    for way in sorted(axis.ways, key=axis.length):
        a, b = way[0], way[-1]
        wide = max(axis.radii[a], axis.radii[b], LEAST_STEP)
        if min(degree[a], degree[b]) > 2 and axis.length(way) < ONE_FORK * wide:
            old, new = group[a], group[b]
            group = {end: new if first == old else first for end, first in group.items()}
    at: dict[int, int] = {}
    for first in dict.fromkeys(group.values()):
        members = [end for end in group if group[end] == first]
        joint = joints.add(np.mean(axis.places[members], axis=0))
        at |= dict.fromkeys(members, joint)
    for way in axis.ways:
        for tip, chain in ((way[0], way[::-1]), (way[-1], way)):
            if degree[tip] == 1:
                joints.places[at[tip]] = _out(axis, chain, mask)
    return at


def _out(axis: Axis, chain: tuple[int, ...], mask: Mask) -> Points:
    """From the end of a chain on to `REACH` of the way to the contour."""
    tip = axis.places[chain[-1]]
    places = axis.places[list(chain)]
    away = np.linalg.norm(places - tip, axis=1)
    back = max(float(axis.radii[chain[-1]]), 4.0)
    far = np.flatnonzero(away >= back)
    start = places[far[-1]] if len(far) else places[0]
    direction = (tip - start) / max(float(np.linalg.norm(tip - start)), 1e-9)
    steps = tip + np.arange(0, CANVAS, 0.25)[:, None] * direction
    pixels = np.floor(steps * len(mask) / CANVAS).astype(int)
    inside = ((pixels >= 0) & (pixels < len(mask))).all(1)
    inside[inside] = mask[pixels[inside, 1], pixels[inside, 0]]
    out = int(np.argmin(inside)) if not inside.all() else len(steps)
    return np.asarray(tip + REACH * (steps[max(out - 1, 0)] - tip))


def _between(track: Points, clear: list[float], spread: float) -> list[Points]:
    """Joints inside a track: where it leaves the disk of the fork that it grows from, at its
    corners, and about every `SPACING` along what is straight."""
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(track, axis=0), axis=1))])
    total = float(lengths[-1])
    first, last = clear[0], total - clear[1]
    if last - first < LEAST_STEP * spread:
        return [] if total < 2 * SPACING * spread else [_place(track, lengths, total / 2)]
    begin = int(np.searchsorted(lengths, first))
    end = max(int(np.searchsorted(lengths, last)), begin + 2)
    corners = approximate_polygon(track[begin:end], STRAIGHT * spread)  # type: ignore[no-untyped-call]
    places = [lengths[int(np.abs(track - corner).sum(1).argmin())] for corner in corners]
    stops = [first] if clear[0] else []
    for a, b in pairwise([first, *places[1:-1], last]):
        pieces = max(1, round((b - a) / (SPACING * spread)))
        stops += (a + (b - a) * np.arange(1, pieces + 1) / pieces).tolist()
    if not clear[1]:
        stops.pop()
    kept = _kept(stops, total, LEAST_STEP * spread)
    return [_place(track, lengths, stop) for stop in kept]


def _kept(stops: list[float], total: float, least: float) -> list[float]:
    """Those of the stops that keep their distance from the one before and from both ends."""
    kept: list[float] = []
    for stop in sorted(stops):
        if stop - (kept[-1] if kept else 0.0) >= least and total - stop >= least:
            kept.append(stop)
    return kept


def _place(track: Points, lengths: NDArray[np.float64], at: float) -> Points:
    return np.array([np.interp(at, lengths, track[:, axis]) for axis in (0, 1)])


def _along_the_axes(mask: Mask) -> Joints:
    """What has no limbs: joints along it where it is long, else its middle and four ends."""
    rows, columns = np.nonzero(mask)
    places = (np.column_stack([columns, rows]) + 0.5) * CANVAS / len(mask)
    center = places.mean(0)
    _, _, axes = np.linalg.svd(places - center, full_matrices=False)
    along = (places - center) @ axes.T
    low, high = REACH * along.min(0), REACH * along.max(0)
    joints = Joints()
    if np.ptp(along[:, 0]) > LONG * np.ptp(along[:, 1]):
        chain = [
            joints.add(center + axes[0] * (low[0] + share * (high[0] - low[0])))
            for share in np.linspace(0, 1, FEWEST)
        ]
        for a, b in pairwise(chain):
            joints.link(a, b)
        return joints
    upright = np.eye(2)
    extent = (places - center).min(0), (places - center).max(0)
    middle = joints.add(center)
    for axis in (1, 0):
        for end in extent:
            joints.link(middle, joints.add(center + REACH * end[axis] * upright[axis]))
    return joints
