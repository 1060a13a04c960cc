# SPDX-License-Identifier: Apache-2.0
"""Where chains touch the body: samples on and between their bones, against its capsules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .capsules import Capsules
from .wardrobe.chains import Chains

Floats = NDArray[np.floating]

DEEP, TOP = 0.04, 0.14
"""Metres that a chain may lie inside a capsule where it does so in bind pose, and at its very top,
down to so far below it: there cloth goes with the flesh."""
SIDE = 0.2
"""Cosine of the widest angle between the way out of a capsule and the side where cloth belongs: a
thigh that comes up lifts what was before it."""


@dataclass(frozen=True)
class Obstacles:
    """Capsules (..., Q), frame by frame, and what their distances are reckoned from."""

    start: Floats
    axis: Floats
    """(..., Q, 3) both."""
    along: Floats
    """(..., 1, Q) start times axis; start squared; axis squared."""
    square: Floats
    span: Floats
    turns: Floats
    """(..., Q, 3, 3) out of bind pose."""
    radii: Floats
    """(2, Q) at the start, and how much more at the end."""

    @staticmethod
    def of(ends: Floats, turns: Floats, radii: Floats) -> Obstacles:
        """From `ends` (..., Q, 2, 3), `turns` (..., Q, 3, 3) and `radii` (Q, 2)."""
        start, axis = ends[..., 0, :], ends[..., 1, :] - ends[..., 0, :]
        along, square, span = (
            (a * b).sum(-1)[..., None, :] for a, b in ((start, axis), (start, start), (axis, axis))
        )
        slope = radii[:, 1] - radii[:, 0]
        return Obstacles(
            start,
            axis,
            along,
            square,
            np.maximum(span, 1e-9),
            turns,
            np.stack([radii[:, 0], slope]),
        )

    def at(self, frame: int) -> Obstacles:
        """Those of one frame, where the first axis is frames."""
        return Obstacles(
            self.start[frame],
            self.axis[frame],
            self.along[frame],
            self.square[frame],
            self.span[frame],
            self.turns[frame],
            self.radii,
        )

    def distance(self, points: Floats) -> tuple[Floats, Floats]:
        """(..., S, Q) metres that points (..., S, 3) are outside, and where along each axis."""
        on_axis = points @ np.swapaxes(self.axis, -1, -2) - self.along
        squared = (points * points).sum(-1)[..., None] + self.square
        squared -= 2 * (points @ np.swapaxes(self.start, -1, -2))
        share = np.minimum(np.maximum(on_axis / self.span, 0), 1)
        squared += share * (share * self.span - 2 * on_axis)
        reach = self.radii[0] + share * self.radii[1]
        return np.sqrt(np.maximum(squared, 0)) - reach, share

    def outward(
        self, points: Floats, share: Floats, which: NDArray[np.intp], sides: Floats
    ) -> Floats:
        """(..., S, 3) unit: from the axis of one capsule (..., S, 1) to each point, but never to
        the other side of it than the point is on in bind pose, `sides` (S, Q, 3)."""
        place = np.take_along_axis(share, which, -1)
        start, axis = (np.take_along_axis(part, which, -2) for part in (self.start, self.axis))
        away = _unit(points - start - place * axis)
        side = sides[np.arange(len(sides)), which[..., 0]]
        side = (np.take_along_axis(self.turns, which[..., None], -3) @ side[..., None])[..., 0]
        wrong = np.maximum(SIDE - (away * side).sum(-1, keepdims=True), 0)
        return _unit(away + wrong * side)


@dataclass(frozen=True)
class Touch:
    """Where chains are looked at: `samples` (S, C * (N + 1)) are places on and between the bones as
    shares of points, roots with them; `gaps` (S, Q) metres that each keeps from each capsule."""

    samples: Floats
    gaps: Floats
    sides: Floats
    """(S, Q, 3) unit: from each capsule's axis to each sample in bind pose."""

    @staticmethod
    def of(samples: Floats, chains: Chains, capsules: Capsules, gap: float) -> Touch:
        """As far off as in bind pose, but no more than `gap`."""
        places = samples @ chains.joints.reshape(-1, 3)
        still = np.tile(np.eye(3), (len(capsules.names), 1, 1))
        away, share = Obstacles.of(capsules.ends, still, capsules.radii).distance(places)
        first, last = capsules.ends[:, 0], capsules.ends[:, 1]
        sides = _unit(places[:, None] - first - share[..., None] * (last - first))
        reach = np.concatenate([np.zeros((len(chains.joints), 1)), chains.lengths().cumsum(1)], 1)
        free = np.clip(samples @ reach.ravel() / TOP, 0, 1)[:, None]
        return Touch(samples, np.clip(away, -DEEP, gap) - DEEP * (1 - free), sides)


def samples_of(chains: Chains, parts: int) -> Floats:
    """(S, C * (N + 1)) so many places along every bone, and the same half way to the next chain:
    a knee must not slip in between two."""
    count, points = chains.joints.shape[:2]
    own = np.eye(count * points).reshape(count, points, -1)
    shares = (np.arange(parts) + 1) / parts
    along = [(1 - share) * own[:, :-1] + share * own[:, 1:] for share in shares]
    on = np.stack(along, 2).reshape(count, -1, count * points)
    beside = 0.5 * (on + np.roll(on, -1, axis=0))
    last = count if chains.closed else count - 1
    return np.concatenate([on, beside[:last]]).reshape(-1, count * points)


def _unit(vectors: Floats) -> Floats:
    length = np.sqrt((vectors * vectors).sum(-1, keepdims=True))
    return np.asarray(vectors / np.maximum(length, 1e-9))
