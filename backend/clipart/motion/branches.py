# SPDX-License-Identifier: Apache-2.0
"""A skeleton as a graph: its branches from where they fork to their tips, and the core between."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from .stage import Floats, Ints

TWIG = 0.14
"""Of the whole size: what is shorter and has its like beside it is no limb."""
SLIM, STOUT = 1.4, 2.2
"""Times as thick as its outer half is still the body that a limb comes out of; so thick is a body
whose limbs begin at the next point."""


@dataclass(frozen=True)
class Branch:
    """Points from the fork that it hangs on to its tip."""

    points: tuple[int, ...]

    @property
    def tip(self) -> int:
        return self.points[-1]

    @property
    def fork(self) -> int:
        return self.points[0]


@dataclass(frozen=True, eq=False)
class Graph:
    """Points (K, 2), edges (M, 2), and how thick the drawing is at each point (K,).

    `eye` is the middle of its eyes, where it has some.
    """

    points: Floats
    edges: Ints
    thickness: Floats
    is_mirrored: bool = False
    eye: Floats | None = None

    @cached_property
    def neighbors(self) -> tuple[tuple[int, ...], ...]:
        found: list[set[int]] = [set() for _ in self.points]
        for first, second in self.edges.tolist():
            if first != second:
                found[first].add(second)
                found[second].add(first)
        return tuple(tuple(sorted(some)) for some in found)

    @cached_property
    def size(self) -> float:
        return float(np.linalg.norm(np.ptp(self.points, axis=0))) or 1.0

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """From every tip to the first fork; none where all is one chain.

        What ends in short twigs (fingers, a claw, a forked foot) is one branch, by its longest.
        """
        found = self._tips(frozenset())
        twigs = self._twigs(found)
        return self._tips(twigs) if twigs else found

    def _tips(self, without: frozenset[int]) -> tuple[Branch, ...]:
        near = [
            tuple(other for other in others if other not in without) for others in self.neighbors
        ]
        found = []
        for tip, beside in enumerate(near):
            if len(beside) != 1 or tip in without:
                continue
            chain = [tip]
            while len(near[chain[-1]]) <= 2:
                onward = [point for point in near[chain[-1]] if point not in chain]
                if not onward:
                    break
                chain.append(onward[0])
            if len(near[chain[-1]]) > 2:
                found.append(Branch(tuple(chain[::-1])))
        return tuple(found)

    def _twigs(self, found: tuple[Branch, ...]) -> frozenset[int]:
        """Points of the shorter twigs of each fork that has nothing but twigs and one way in."""
        without: set[int] = set()
        for fork in {branch.fork for branch in found}:
            twigs = [b for b in found if b.fork == fork and self.reach(b.points) < TWIG * self.size]
            if len(twigs) >= 2 and len(self.neighbors[fork]) - len(twigs) == 1:
                longest = max(twigs, key=lambda branch: self.reach(branch.points))
                without |= {p for b in twigs if b is not longest for p in b.points[1:]}
        return frozenset(without)

    @cached_property
    def core(self) -> tuple[int, ...]:
        """The points of no branch but at its fork: the body, twigs included."""
        outer = {point for branch in self.branches for point in branch.points[1:]}
        return tuple(point for point in range(len(self.points)) if point not in outer)

    def path(self, start: int, end: int) -> tuple[int, ...]:
        """The way with the fewest edges; only `start` where there is none."""
        before = {start: start}
        queue = [start]
        for point in queue:
            for near in self.neighbors[point]:
                if near not in before:
                    before[near] = point
                    queue.append(near)
        if end not in before:
            return (start,)
        way = [end]
        while way[-1] != start:
            way.append(before[way[-1]])
        return tuple(way[::-1])

    def longest(self) -> tuple[int, ...]:
        """The longest way between two tips, in canvas units; a bone where nothing is joined."""
        ends = [branch.tip for branch in self.branches]
        if len(ends) < 2:
            ends = [point for point, near in enumerate(self.neighbors) if len(near) == 1]
        if len(ends) < 2:
            ends = [int(self.points[:, 1].argmax()), int(self.points[:, 1].argmin())]
        bones = [(first, second) for first, second in self.edges.tolist()]
        ways = [self.path(first, second) for first, second in combinations(ends, 2)]
        return max([*bones, *ways], key=self.reach)

    def reach(self, points: tuple[int, ...]) -> float:
        """The length along a chain."""
        return float(np.linalg.norm(np.diff(self.points[list(points)], axis=0), axis=1).sum())

    def limb(self, branch: Branch) -> tuple[int, ...]:
        """The points of a branch from where it leaves the body: its joint, ..., its tip."""
        thick = self.thickness[list(branch.points)]
        usual = float(thick[len(thick) // 2 :].max())
        start = 0
        while start < len(thick) - 2 and (
            thick[start + 1] > SLIM * max(usual, 1.0)
            or (thick[start] > STOUT * max(usual, 1.0) and len(thick) - start > 3)
        ):
            start += 1
        return branch.points[start:]

    def girth(self, branch: Branch) -> float:
        """How thick a branch is, without its fork."""
        return float(self.thickness[list(branch.points[1:])].max())
