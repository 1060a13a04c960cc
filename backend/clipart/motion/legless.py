# SPDX-License-Identifier: Apache-2.0
"""The limbs of what has no legs to walk on: fish, snakes, plants, vehicles, things."""

from __future__ import annotations

import numpy as np

from .anatomy import Anatomy, Limb
from .bearing import feet_of, middle_of, pairs, unit
from .branches import Graph

HELD = 0.08
"""Of a plant's height, from the ground up, that roots hold."""
POT = 2.0
"""Times as thick as a stem at its thinnest is what it stands in."""


def fish(graph: Graph, subject: str) -> Anatomy:
    """The longest way is the spine; its thicker half is the head's."""
    spine = _from_the_tail(graph, graph.longest())
    tail = max(1, len(spine) // 3)
    limbs = [Limb(spine[tail:], "body"), Limb(spine[tail::-1], "tail")]
    for branch in graph.branches:
        if not set(branch.points) <= set(spine):
            is_tail = branch.fork in spine[: tail + 1]
            limbs.append(Limb(branch.points, "tail" if is_tail else "fin"))
    forward = unit(graph.points[spine[-1]] - graph.points[spine[0]])
    return Anatomy("fish", spine[tail], tuple(limbs), forward)


def snake(graph: Graph, subject: str) -> Anatomy:
    spine = _from_the_tail(graph, graph.longest())
    middle = len(spine) // 2
    limbs = [Limb(spine[middle:], "body"), Limb(spine[middle::-1], "body")]
    if len(spine) > 5:
        limbs += [Limb(spine[-3:], "head"), Limb(spine[2::-1], "tail")]
    limbs += [Limb(b.points, "leaf") for b in graph.branches if not set(b.points) <= set(spine)]
    forward = unit(graph.points[spine[-1]] - graph.points[spine[0]])
    return Anatomy("snake", spine[middle], tuple(limbs), forward)


def _from_the_tail(graph: Graph, spine: tuple[int, ...]) -> tuple[int, ...]:
    """The way to the end that the eyes are near, else to the thick one."""
    if graph.eye is not None:
        gaps = np.linalg.norm(graph.points[[spine[0], spine[-1]]] - graph.eye, axis=-1)
        return spine if gaps[1] <= gaps[0] else spine[::-1]
    third = max(len(spine) // 3, 1)
    first, last = (graph.thickness[list(part)] for part in (spine[:third], spine[-third:]))
    likeness = last.max() - first.max() or last.sum() - first.sum()
    return spine if likeness >= 0 else spine[::-1]


def plant(graph: Graph, subject: str) -> Anatomy:
    """From the ground to the top one stem, the rest leaves; a pot is not moved."""
    way = graph.longest()
    tips = [branch.tip for branch in graph.branches] or [way[0], way[-1]]
    foot = max(tips, key=lambda point: graph.points[point, 1])
    top = min(tips, key=lambda point: graph.points[point, 1])
    whole = graph.path(foot, top)
    held = graph.points[:, 1] > graph.points[:, 1].max() - HELD * np.ptp(graph.points[:, 1])
    rooted = int(np.argmin([*held[list(whole)], False]))
    start = max(min(max(_above_the_pot(graph, whole), rooted - 1), len(whole) - 2), 0)
    stem, pot = whole[start:], whole[:start]
    limbs = [Limb(stem, "stem")]
    limbs += [
        Limb(branch.points, "leaf")
        for branch in graph.branches
        if branch.fork not in pot and not set(branch.points) <= set(whole) and not held[branch.tip]
    ]
    return Anatomy("plant", stem[0], tuple(limbs))


def _above_the_pot(graph: Graph, way: tuple[int, ...]) -> int:
    """Where on the way up a stem leaves something thicker that it stands in; 0 where nothing is."""
    thick = graph.thickness[list(way[1:-1])]
    half = max(len(thick) // 2, 1)
    if len(thick) < 2 or thick[:half].max() < POT * thick.min():
        return 0
    slender = np.flatnonzero(thick <= POT * thick.min())
    return int(slender[0]) + 1


def vehicle(graph: Graph, subject: str) -> Anatomy:
    """What reaches the ground is wheels; all else is one body."""
    feet, middle = feet_of(graph), middle_of(graph)
    under = {point for branch in feet for point in branch.points[1:]}
    core = [point for point in range(len(graph.points)) if point not in under]
    root = min(core, key=lambda point: float(np.linalg.norm(graph.points[point] - middle)))
    limbs = [Limb(branch.points, "wheel") for branch in feet]
    limbs += [Limb(graph.path(root, point), "body") for point in core if point != root]
    facing = 1.0 if middle[0] <= graph.points[:, 0].mean() else -1.0
    return Anatomy("vehicle", root, tuple(limbs), (facing, 0.0))


def thing(graph: Graph, subject: str) -> Anatomy:
    """From where it stands to its top; what sticks out at the sides can wave."""
    feet = feet_of(graph)
    feet = feet if len(feet) > 1 else []
    foot = max(graph.core or range(len(graph.points)), key=lambda point: _bottom(graph, point))
    if not feet and not graph.core:
        foot = int(graph.points[:, 1].argmax())
    top = int(graph.points[:, 1].argmin())
    way = graph.path(foot, top)
    limbs = [Limb(way, "body")] if foot != top else []
    limbs += pairs(graph, feet, "leg", 0.0)
    sides = [b for b in graph.branches if b not in feet and not set(b.points) <= set(way)]
    limbs += pairs(graph, sides, "arm", 0.0)
    return Anatomy("thing", foot, tuple(limbs))


def _bottom(graph: Graph, point: int) -> float:
    """How low what is painted around a point reaches."""
    return float(graph.points[point, 1] + graph.thickness[point])
