# SPDX-License-Identifier: Apache-2.0
"""Curves as straight lines: flattened, cut to a box, and as cubics again."""

from __future__ import annotations

import numpy as np

from ..drawing import Points


def flat(points: Points) -> Points:
    """The curves as a line within about a hundredth of a canvas unit, (N, 2)."""
    p0, p1, p2, p3 = points[:-1:3], points[1::3], points[2::3], points[3::3]
    bend = np.maximum(np.abs(p0 - 2 * p1 + p2).max(1), np.abs(p1 - 2 * p2 + p3).max(1))
    parts = np.clip(np.ceil(np.sqrt(bend * 0.75 / 0.01)), 1, 32).astype(np.int64)
    curve = np.repeat(np.arange(len(parts)), parts)
    first = np.cumsum(parts) - parts
    t = ((np.arange(len(curve)) - first[curve] + 1) / parts[curve])[:, None]
    s = 1 - t
    line = (
        s**3 * p0[curve] + 3 * s * s * t * p1[curve] + 3 * s * t * t * p2[curve] + t**3 * p3[curve]
    )
    return np.concatenate([points[:1], line])


def cubics(line: Points) -> Points:
    """A line of N points as N - 1 straight cubics, (3 N - 2, 2)."""
    ways = np.linspace(0, 1, 4)[1:, None]
    steps = line[:-1, None] + ways * (line[1:, None] - line[:-1, None])
    steps[:, 2] = line[1:]
    return np.concatenate([line[:1], steps.reshape(-1, 2)])


def cut_to_box(line: Points, box: tuple[float, float, float, float]) -> Points:
    """What of the area within a closed line, first point last, lies in the box.

    As Sutherland and Hodgman do it, in time that grows with the points alone: where the area
    leaves the box the line runs along its side, there and back where it must.
    """
    for axis, limit, sign in ((0, box[0], 1), (1, box[1], 1), (0, box[2], -1), (1, box[3], -1)):
        inside = sign * (line[:, axis] - limit) >= 0
        crossing = inside[:-1] != inside[1:]
        first, second = line[:-1][crossing], line[1:][crossing]
        share = (limit - first[:, axis]) / (second[:, axis] - first[:, axis])
        at = first + share[:, None] * (second - first)
        at[:, axis] = limit
        places = np.concatenate([np.flatnonzero(inside), np.flatnonzero(crossing) + 0.5])
        line = np.concatenate([line[inside], at])[np.argsort(places, kind="stable")]
        if len(line) < 3:
            return line[:0]
        if not np.array_equal(line[0], line[-1]):
            line = np.concatenate([line, line[:1]])
    return line
