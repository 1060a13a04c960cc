# SPDX-License-Identifier: Apache-2.0
"""A way over the ground by its arc length: a drawn path, or a curve through waypoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from .....shared.rotations import Floats
from .....shared.steering import Path

STEP = 0.02
"""Metres between the points of a route."""
MOST_POINTS = 20_000
ROUNDING = {"exact": 0.08, "loose": 0.35}
"""Metres over which a path's corners are rounded."""
LOOK = 0.25
"""Metres over which the heading is smoothed: nobody turns on a point."""


@dataclass(frozen=True)
class Route:
    """`points` (M, 2) evenly along, `headings` (M,) unwrapped radians as in `clips.yaw_of`."""

    points: Floats
    headings: Floats
    length: float

    def at(self, along: Floats) -> Floats:
        """(N, 2) places `along` (N,) metres from the start, straight on before and after it."""
        marks = np.linspace(0, self.length, len(self.points))
        inside = np.clip(along, 0, self.length)
        found = np.stack([np.interp(inside, marks, column) for column in self.points.T], -1)
        return found + (along - inside)[:, None] * forward(self.heading(inside))

    def heading(self, along: Floats) -> Floats:
        marks = np.linspace(0, self.length, len(self.points))
        radians: Floats = np.interp(along, marks, self.headings)
        return radians

    def nearest(self, place: Floats, after: float = 0.0) -> float:
        """Metres along, not before `after`, to the point nearest to `place` (2,)."""
        marks = np.linspace(0, self.length, len(self.points))
        far = np.linalg.norm(self.points - place, axis=-1)
        return float(marks[np.argmin(np.where(marks < after, np.inf, far))])


def forward(yaw: Floats) -> Floats:
    """(..., 2) the way that a heading faces."""
    return np.stack([np.sin(yaw), -np.cos(yaw)], axis=-1)


def drawn(path: Path) -> Route | None:
    """The route of a drawn path; None where its points lie at one place."""
    points = np.array(path.points, dtype=np.float64)
    if path.is_closed:
        points = np.concatenate([points, points[:1]])
    return make_route(points, ROUNDING[path.follows], path.is_closed)


def make_route(points: Floats, rounding: float, is_closed: bool = False) -> Route | None:
    """A polyline (N, 2) by arc length, its corners rounded and both its ends kept."""
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=-1)
    kept = np.concatenate([[True], lengths > 1e-6])
    points, lengths = points[kept], lengths[lengths > 1e-6]
    if not len(lengths) or lengths.sum() < 1e-3:
        return None
    even = _resampled(points, max(STEP, lengths.sum() / MOST_POINTS))
    spacing = lengths.sum() / (len(even) - 1)
    width = min(rounding / spacing, len(even) / 6)
    even = _resampled(_smoothed(even, width, is_closed), spacing)
    length = float(np.linalg.norm(np.diff(even, axis=0), axis=-1).sum())
    tangent = np.gradient(even, axis=0)
    if is_closed:
        tangent[0] = tangent[-1] = even[1] - even[-2]
    yaw = np.unwrap(np.arctan2(tangent[:, 0], -tangent[:, 1]))
    look = min(LOOK / spacing, len(even) / 6)
    if is_closed:
        turn = yaw[-1] - yaw[0]
        laps = np.concatenate([yaw[:-1] - turn, yaw, yaw[1:] + turn])
        yaw = gaussian_filter1d(laps, look)[len(yaw) - 1 : 2 * len(yaw) - 1]
    else:
        yaw = _smoothed(yaw[:, None], look, False)[:, 0]
    return Route(even, yaw, length)


def _smoothed(values: Floats, width: float, is_closed: bool) -> Floats:
    """(M, C) smoothed along the first axis; ends stay, or meet where it `is_closed`."""
    if width < 0.3:
        return values
    reach = min(len(values) - 1, int(4 * width) + 1)
    if is_closed:
        smooth = gaussian_filter1d(values[:-1], width, axis=0, mode="wrap")
        return np.concatenate([smooth, smooth[:1]])
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return np.asarray(gaussian_filter1d(padded, width, axis=0)[reach : reach + len(values)])


def _resampled(points: Floats, spacing: float) -> Floats:
    marks = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=-1))])
    count = max(8, round(marks[-1] / spacing)) + 1
    at = np.linspace(0, marks[-1], count)
    return np.stack([np.interp(at, marks, column) for column in points.T], axis=-1)


def through(places: Floats, leaving: Sequence[float | None]) -> Route | None:
    """A smooth curve through `places` (N, 2), passing each in its heading where one is given."""
    kept = [
        0,
        *(n for n in range(1, len(places)) if np.linalg.norm(places[n] - places[n - 1]) > 0.02),
    ]
    spots, headings = places[kept], [leaving[n] for n in kept]
    if len(spots) < 2:
        return None
    chords = np.linalg.norm(np.diff(spots, axis=0), axis=-1)
    ways = [_passing(spots, chords, n, headings[n]) for n in range(len(spots))]
    pieces = []
    for n, chord in enumerate(chords):
        t = np.linspace(0, 1, max(8, int(chord / STEP)))[:, None]
        first, last = chord * ways[n], chord * ways[n + 1]
        pieces.append(
            (2 * t**3 - 3 * t**2 + 1) * spots[n] + (t**3 - 2 * t**2 + t) * first
            + (3 * t**2 - 2 * t**3) * spots[n + 1] + (t**3 - t**2) * last
        )  # fmt: skip
    return make_route(np.concatenate(pieces), 0.03)


def _passing(spots: Floats, chords: Floats, n: int, heading: float | None) -> Floats:
    """(2,) the unit direction in which a curve passes its n-th place."""
    into = (spots[n] - spots[n - 1]) / chords[n - 1] if n else None
    out = (spots[n + 1] - spots[n]) / chords[n] if n < len(chords) else None
    if into is None or out is None:
        own = out if into is None else into
        assert own is not None
    else:
        # The nearer neighbour has the greater say: long ways do not swing past short ones.
        own = into / chords[n - 1] + out / chords[n]
        size = float(np.linalg.norm(own))
        own = own / size if size > 1e-6 else np.array([-into[1], into[0]])
    if heading is not None:
        faced = forward(np.asarray(heading))
        # Who faces elsewhere than the way goes turns there; the way does not loop for it.
        if float(faced @ own) > 0.25:
            return faced
    return np.asarray(own)
