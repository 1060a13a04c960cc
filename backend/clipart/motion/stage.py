# SPDX-License-Identifier: Apache-2.0
"""A skeleton ready to move: its tree of bones, turned about their joints at exact lengths.

A turn is in radians, positive clockwise as seen on the canvas (x right, y down). A phase runs from
0 to 1 through the loop, so whatever is periodic in it closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .anatomy import Anatomy, Limb

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stage:
    """Rest places (K, 2), the tree they hang in, and T frames of `seconds` in all.

    `parents[k]` is the point that k hangs on, -1 for the root; `order` lists parents first.
    """

    points: Floats
    parents: Ints
    order: Ints
    anatomy: Anatomy
    frames: int
    seconds: float

    @cached_property
    def phase(self) -> Floats:
        """(T,) 0 to 1, 1 left out."""
        return np.arange(self.frames) / self.frames

    @cached_property
    def size(self) -> float:
        """The diagonal of the box around the points."""
        return float(np.linalg.norm(np.ptp(self.points, axis=0))) or 1.0

    @cached_property
    def ground(self) -> float:
        """The height (y down) of what it stands on."""
        return float(self.points[:, 1].max())

    @cached_property
    def legs(self) -> tuple[Limb, ...]:
        """What stands on the ground: legs and wheels."""
        return self.anatomy.of_role("leg", "wheel")

    @cached_property
    def trunk(self) -> Ints:
        """The points of the body; all, where none is known."""
        found = {point for limb in self.anatomy.of_role("body") for point in limb.points}
        return np.array(sorted(found) if found else range(len(self.points)))

    @cached_property
    def pivot(self) -> Floats:
        """(2,) the middle of the body."""
        middle: Floats = self.points[self.trunk].mean(axis=0)
        return middle

    @cached_property
    def base(self) -> Floats:
        """(2,) where it stands: under the middle of its legs, or of itself."""
        feet = [limb.points[-1] for limb in self.legs]
        left, right = (
            self.points[feet or slice(None), 0].min(),
            self.points[feet or slice(None), 0].max(),
        )
        return np.array([(left + right) / 2, self.ground])

    @cached_property
    def beyond(self) -> dict[int, tuple[int, ...]]:
        """What hangs on each point, itself first."""
        found = {int(point): [int(point)] for point in self.order}
        for point in self.order[::-1]:
            if self.parents[point] >= 0:
                found[int(self.parents[point])] += found[int(point)]
        return {point: tuple(those) for point, those in found.items()}

    def cycles(self, per_second: float) -> int:
        """How often something goes round in the loop, at least once, at most every third frame."""
        return int(np.clip(round(per_second * self.seconds), 1, max(self.frames // 3, 1)))

    def bones(self, limb: Limb) -> tuple[int, ...]:
        """The points of a limb whose bones turn: all but the joint it hangs by."""
        return limb.points[1:]

    def up_turn(self, point: int) -> float:
        """+1 or -1: which turn of the bone to `point` raises it; a bone that stands has +1."""
        across = self.points[point, 0] - self.points[self.parents[point], 0]
        return -1.0 if across > 0 else 1.0

    def mirror(self, limb: Limb) -> float:
        """-1 for the right limb of a pair that looks at us, whose turns mirror the left one's."""
        return -1.0 if limb.side == "right" and not self.anatomy.forward[0] else 1.0

    @cached_property
    def facing(self) -> float:
        """-1 to the left, 1 to the right; 1 where it looks at us."""
        return -1.0 if self.anatomy.forward[0] < 0 else 1.0


def make_stage(points: Floats, edges: Ints, anatomy: Anatomy, frames: int, seconds: float) -> Stage:
    """A tree over all points: limbs stay chains, cycles are cut where no limb runs."""
    parents, order = _tree(points, edges, anatomy)
    return Stage(np.asarray(points, np.float64), parents, order, anatomy, frames, seconds)


def _tree(points: Floats, edges: Ints, anatomy: Anatomy) -> tuple[Ints, Ints]:
    """Shortest ways from the root, along limbs first; what no edge reaches hangs on the nearest."""
    chains = {
        frozenset(pair)
        for limb in anatomy.limbs
        for pair in zip(limb.points, limb.points[1:], strict=False)
    }
    gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)
    cost = 1e4 + 1e2 * gaps
    for first, second in [*map(tuple, np.asarray(edges).tolist()), *map(tuple, chains)]:
        share = 0.01 if frozenset((first, second)) in chains else 1.0
        cost[first, second] = cost[second, first] = share * (gaps[first, second] + 1e-3)
    parents = np.full(len(points), -1)
    reached = np.full(len(points), np.inf)
    reached[anatomy.root] = 0.0
    order: list[int] = []
    while len(order) < len(points):
        waiting = [k for k in range(len(points)) if k not in order]
        nearest = min(waiting, key=lambda k: reached[k])
        order.append(nearest)
        for other in waiting:
            way = reached[nearest] + cost[nearest, other]
            if other != nearest and way < reached[other]:
                reached[other], parents[other] = way, nearest
    return parents, np.array(order)


def rotated(vector: Floats, turn: Floats) -> Floats:
    """The vector(s) (..., 2) turned clockwise on the canvas by `turn` (...)."""
    cosine, sine = np.cos(turn), np.sin(turn)
    x, y = vector[..., 0], vector[..., 1]
    return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=-1)
