# SPDX-License-Identifier: GPL-3.0-or-later
"""A shape's contours as closed Bezier strokes, and which of them are holes in which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared.vector_clip import VectorShape

Floats = NDArray[np.floating[Any]]
FEWEST_KNOTS = 3
"""A stroke of fewer has no plane of its own."""
FLAT_STEPS = 8
"""Straight pieces that stand for a curve where it is measured."""
SLIT = 0.02
"""Canvas units: the width of a bridge. Blender fills over one that has none."""
INSIDE = 1e-3
"""Canvas units from an outline to a spot that counts as inside it."""


@dataclass(frozen=True)
class Outline:
    """A closed stroke in T frames: n knots and their handles, each (T, n, 2)."""

    knots: Floats
    left: Floats
    right: Floats


def outlines_of(shape: VectorShape) -> list[list[Outline]]:
    """The shape's filled areas: each an outline and after it its holes."""
    contours = np.split(shape.points.astype(np.float64), shape.starts[1:], axis=1)
    lines = [_flat(contour[0]) for contour in contours]
    groups = _areas(lines, shape.is_even_odd)
    return [[_outline(contours[number]) for number in group] for group in groups]


def with_bridges(outlines: Sequence[Outline]) -> Outline:
    """One stroke that goes round an area and, over thin bridges, round its holes.

    For Blenders in which a fill is one stroke.
    """
    whole, *holes = outlines
    while holes:
        # The nearest first: the shortest bridge there is crosses nothing.
        nearest = min(range(len(holes)), key=lambda number: _apart(whole, holes[number]).min())
        hole = holes.pop(nearest)
        if _area(hole.knots[0]) * _area(whole.knots[0]) > 0:
            hole = _reversed(hole)
        whole = _joined(whole, hole)
    return whole


def _areas(lines: Sequence[Floats], is_even_odd: bool) -> list[list[int]]:
    """The numbers of the outer lines, each followed by those of its holes."""

    def is_filled(winding: int) -> bool:
        return winding % 2 == 1 if is_even_odd else winding != 0

    areas = [_area(line) for line in lines]
    low = np.array([line.min(0) for line in lines])
    high = np.array([line.max(0) for line in lines])
    groups, holes = {}, []
    for number, line in enumerate(lines):
        spot = _spot_inside(line)
        near = np.flatnonzero(((low <= spot) & (spot <= high)).all(1)).tolist()
        outside = sum(_winding(lines[other], spot) for other in near if other != number)
        inside = outside + (1 if areas[number] > 0 else -1)
        if is_filled(inside) and not is_filled(outside):
            groups[number] = [number]
        elif is_filled(outside) and not is_filled(inside):
            holes.append((number, spot, near))
    for number, spot, near in holes:
        holding = [outer for outer in near if outer in groups and _winding(lines[outer], spot)]
        if holding:
            groups[min(holding, key=lambda outer: abs(areas[outer]))].append(number)
    return list(groups.values())


def _outline(contour: Floats) -> Outline:
    """Of a chain (T, 3 n + 1, 2), cut in halves until there are knots enough."""
    while contour.shape[1] < 3 * FEWEST_KNOTS + 1:
        contour = _halved(contour)
    inner = contour[:, :-1].reshape(len(contour), -1, 3, 2)
    left = np.roll(inner[:, :, 2], 1, axis=1)
    return Outline(inner[:, :, 0], left, inner[:, :, 1])


def _halved(contour: Floats) -> Floats:
    """Each curve of the chain as two, by de Casteljau."""
    a, b, c, d = (contour[:, number::3][:, : contour.shape[1] // 3] for number in range(4))
    ab, bc, cd = (a + b) / 2, (b + c) / 2, (c + d) / 2
    abc, bcd = (ab + bc) / 2, (bc + cd) / 2
    chain = np.stack([a, ab, abc, (abc + bcd) / 2, bcd, cd], axis=2)
    return np.concatenate([chain.reshape(len(contour), -1, 2), contour[:, -1:]], axis=1)


def _reversed(outline: Outline) -> Outline:
    return Outline(outline.knots[:, ::-1], outline.right[:, ::-1], outline.left[:, ::-1])


def _joined(outer: Outline, hole: Outline) -> Outline:
    """Along `outer` to the knot nearest to the hole, over, round, back beside that way, and on."""
    apart = _apart(outer, hole)
    here, there = np.unravel_index(apart.argmin(), apart.shape)
    round_it = [*range(there, hole.knots.shape[1]), *range(there + 1)]
    over = hole.knots[:, there] - outer.knots[:, here]
    right = np.stack([over[:, 1], -over[:, 0]], -1)
    right /= np.maximum(np.linalg.norm(right, axis=-1, keepdims=True), 1e-9)
    beside = SLIT * np.sign(_area(outer.knots[0])) * right
    before, its, after = (
        [own[:, piece].copy() for own in (way.knots, way.left, way.right)]
        for way, piece in (
            (outer, slice(None, here + 1)),
            (hole, round_it),
            (outer, slice(here, None)),
        )
    )
    for returning, at in ((its, -1), (after, 0)):
        for own in returning:
            own[:, at] += beside
    # The bridge is straight: its handles lie on its ends.
    before[2][:, -1], its[1][:, 0] = before[0][:, -1], its[0][:, 0]
    its[2][:, -1], after[1][:, 0] = its[0][:, -1], after[0][:, 0]
    parts = zip(before, its, after, strict=True)
    return Outline(*(np.concatenate(each, axis=1) for each in parts))


def _apart(first: Outline, second: Outline) -> Floats:
    """The distances of all knots of two outlines in the first frame."""
    return np.asarray(np.linalg.norm(first.knots[0][:, None] - second.knots[0][None], axis=-1))


def straightened(outline: Outline) -> Outline:
    """The same of short straight pieces, for Blenders whose strokes have no handles."""
    following = np.roll(outline.knots, -1, axis=1)
    ends = np.roll(outline.left, -1, axis=1)
    points = _curve(outline.knots, outline.right, ends, following)
    knots = points.reshape(len(points), -1, 2)
    return Outline(knots, knots, knots)


def _flat(contour: Floats) -> Floats:
    """A chain (3 n + 1, 2) as a closed line (m, 2)."""
    a, b, c, d = (contour[number::3][: len(contour) // 3] for number in range(4))
    return _curve(a, b, c, d).reshape(-1, 2)


def _curve(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """(..., n, steps, 2): places on the curves (..., n, 2), without their ends."""
    t = (np.arange(FLAT_STEPS) / FLAT_STEPS)[:, None]
    a, b, c, d = (each[..., None, :] for each in (a, b, c, d))
    curve = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
    return np.asarray(curve)


def _area(line: Floats) -> float:
    following = np.roll(line, -1, axis=0)
    return float((line[:, 0] * following[:, 1] - line[:, 1] * following[:, 0]).sum() / 2)


def _spot_inside(line: Floats) -> Floats:
    """Beside the middle of the longest piece."""
    steps = np.roll(line, -1, axis=0) - line
    lengths = np.linalg.norm(steps, axis=1)
    longest = int(lengths.argmax())
    across = np.array([-steps[longest, 1], steps[longest, 0]]) / max(lengths[longest], 1e-9)
    inwards = across if _area(line) > 0 else -across
    return np.asarray(line[longest] + steps[longest] / 2 + INSIDE * inwards)


def _winding(line: Floats, spot: Floats) -> int:
    """How often a closed line goes round a spot."""
    x, y = (line - spot).T
    following_x, following_y = np.roll(x, -1), np.roll(y, -1)
    side = x * following_y - y * following_x
    up = (y <= 0) & (following_y > 0) & (side > 0)
    down = (y > 0) & (following_y <= 0) & (side < 0)
    return int(up.sum()) - int(down.sum())
