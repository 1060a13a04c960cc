# SPDX-License-Identifier: Apache-2.0
"""A skeleton as a graph: its branches from where they fork to their tips, and the core between."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .stage import Floats, Ints


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
    """Points (K, 2), edges (M, 2), and how thick the drawing is at each point (K,)."""

    points: Floats
    edges: Ints
    thickness: Floats

    @cached_property
    def neighbors(self) -> tuple[tuple[int, ...], ...]:
        found: list[set[int]] = [set() for _ in self.points]
        for first, second in self.edges.tolist():
            if first != second:
                found[first].add(second)
                found[second].add(first)
        return tuple(tuple(sorted(some)) for some in found)

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """From every tip to the first fork; none where all is one chain."""
        found = []
        for tip, near in enumerate(self.neighbors):
            if len(near) != 1:
                continue
            chain = [tip]
            while len(self.neighbors[chain[-1]]) <= 2:
                onward = [p for p in self.neighbors[chain[-1]] if p not in chain]
                if not onward:
                    break
                chain.append(onward[0])
            if len(self.neighbors[chain[-1]]) > 2:
                found.append(Branch(tuple(chain[::-1])))
        return tuple(found)

    @cached_property
    def core(self) -> tuple[int, ...]:
        """The points of no branch but at its fork: the body."""
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
        """The longest way between two tips, in canvas units."""
        ends = [point for point, near in enumerate(self.neighbors) if len(near) == 1]
        ways = [self.path(a, b) for number, a in enumerate(ends) for b in ends[number + 1 :]]
        if not ways:
            low, high = int(self.points[:, 1].argmax()), int(self.points[:, 1].argmin())
            ways = [self.path(low, high)]
        return max(ways, key=self.reach)

    def reach(self, points: tuple[int, ...]) -> float:
        """The length along a chain."""
        return float(np.linalg.norm(np.diff(self.points[list(points)], axis=0), axis=1).sum())

    def girth(self, branch: Branch) -> float:
        """How thick a branch is, without its fork."""
        return float(self.thickness[list(branch.points[1:])].max())
