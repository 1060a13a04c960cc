# SPDX-License-Identifier: Apache-2.0
"""Where branches lie: which stand on the ground, which mirror each other, which are left."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from .actions import Role, Side
from .anatomy import Limb
from .branches import Branch, Graph
from .stage import Floats

LOW = 0.30
"""What tips reach this far up from the ground, as a share of the height, are feet."""
RISING = 0.12
"""Of the height, that a leg may rise above where it hangs."""


def middle_of(graph: Graph) -> Floats:
    """(2,) the mean place of the points, the thick ones counting more."""
    weights = graph.thickness + 1e-3
    middle: Floats = (graph.points * weights[:, None]).sum(0) / weights.sum()
    return middle


def feet_of(graph: Graph) -> list[Branch]:
    """Branches that go down to the ground, from left to right."""
    ground, height = graph.points[:, 1].max(), np.ptp(graph.points[:, 1])
    found = []
    for branch in graph.branches:
        tip, fork = graph.points[branch.tip], graph.points[branch.fork]
        highest = graph.points[list(branch.points), 1].min()
        is_low = tip[1] > max(ground - LOW * height, fork[1])
        is_steep = tip[1] - fork[1] > 0.6 * abs(tip[0] - fork[0])
        if is_low and is_steep and highest > fork[1] - RISING * height:
            found.append(branch)
    return sorted(found, key=lambda branch: graph.points[branch.tip, 0])


def own_side(graph: Graph, branch: Branch) -> Side:
    """Of what looks at us its left is to the right."""
    return "left" if graph.points[branch.tip, 0] > middle_of(graph)[0] else "right"


def pairs(graph: Graph, branches: Iterable[Branch], role: Role, forward: float) -> list[Limb]:
    """Limbs with their side: by where they are from the front, else in turn; the longest first."""
    sides: Iterator[Side] = itertools.cycle(("left", "right"))
    ordered = sorted(branches, key=lambda branch: graph.points[branch.tip, 0])
    limbs = [
        Limb(
            one.points if role == "wing" else graph.limb(one),
            role,
            next(sides) if forward else own_side(graph, one),
        )
        for one in ordered
    ]
    return sorted(limbs, key=lambda limb: -graph.reach(limb.points))


def center_of(graph: Graph) -> int:
    """The body's point nearest the middle."""
    middle = middle_of(graph)
    return min(graph.core, key=lambda p: float(np.linalg.norm(graph.points[p] - middle)))


def through_the_core(graph: Graph, root: int) -> tuple[int, ...]:
    """The longest way through the body from its root."""
    ways = [graph.path(root, point) for point in graph.core if point != root]
    inner = [way for way in ways if set(way) <= set(graph.core)]
    return max(inner, key=graph.reach, default=(root,))


def nearest_to_the_eye(graph: Graph) -> int | None:
    """The point nearest the eyes; None where none were seen."""
    if graph.eye is None:
        return None
    return int(np.linalg.norm(graph.points - graph.eye, axis=-1).argmin())


def unit(vector: Floats) -> tuple[float, float]:
    vector = vector / (np.linalg.norm(vector) or 1.0)
    return float(vector[0]), float(vector[1])
