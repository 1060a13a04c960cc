# SPDX-License-Identifier: Apache-2.0
"""The limbs of what walks, flies or crawls: four feet, two, wings, many legs, tentacles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .actions import Role, Side
from .anatomy import Anatomy, Limb
from .bearing import (
    center_of,
    feet_of,
    middle_of,
    nearest_to_the_eye,
    own_side,
    pairs,
    through_the_core,
)
from .branches import Branch, Graph

THIN = 0.35
"""Of the body's thickness: legs of birds, stalks and feelers are thinner, wings are not."""
TWIN = 0.12
"""Of the whole size, that tips of a pair may be from mirroring each other."""
TRUNKED = frozenset({"elephant", "elephants", "mammoth", "mammoths"})


@dataclass(frozen=True)
class _Head:
    """What carries the head: its way from the body, what it looks like, what grows on it."""

    points: tuple[int, ...]
    branch: Branch | None
    ears: tuple[Branch, ...]

    @property
    def end(self) -> int:
        return self.points[-1]


def quadruped(graph: Graph, subject: str) -> Anatomy:
    feet = feet_of(graph)
    others = [branch for branch in graph.branches if branch not in feet]
    head = _head(graph, others)
    left = [branch for branch in others if branch not in (head.branch, *head.ears)]
    front = _front(graph, head, left)
    arms = [] if front else [b for b in _twins(graph, left) if not _stands_up(graph, b)]
    left = [branch for branch in left if branch not in arms]
    tail = _behind(graph, left, front)
    ahead = front * graph.points[:, 0] if front else -graph.points[:, 1]
    core = sorted(graph.core, key=lambda point: float(ahead[point]))
    root, chest = (tail.fork if tail else core[0]), head.points[0]
    if root == chest and len(core) > 1:
        root = core[0] if core[0] != chest else core[1]
    limbs = [Limb(graph.path(root, chest), "body"), *_neck_and_trunk(graph, head, subject)]
    limbs += _walking(graph, feet, front) if front else pairs(graph, feet, "leg", 0.0)
    limbs += pairs(graph, arms, "arm", 0.0)
    limbs += [Limb(graph.limb(branch), "ear") for branch in head.ears]
    limbs += [Limb(graph.limb(branch), "tail") for branch in ([tail] if tail else [])]
    for branch in left:
        if branch is not tail:
            limbs.append(Limb(graph.limb(branch), _small(graph, branch, head)))
    return Anatomy("quadruped", root, tuple(limbs), (front, 0.0))


def _head(graph: Graph, others: list[Branch]) -> _Head:
    """A fork of two ears high up, else the thick branch at one end."""
    middle, height = middle_of(graph), np.ptp(graph.points[:, 1]) or 1.0
    for fork in sorted(graph.core, key=lambda point: graph.points[point, 1]):
        up = [b for b in others if b.fork == fork and _stands_up(graph, b)]
        if len(up) >= 2 and graph.points[fork, 1] < middle[1] - 0.08 * height:
            chest = min(graph.core, key=lambda p: float(np.linalg.norm(graph.points[p] - middle)))
            way = graph.path(chest, fork)
            return _Head(way[len(way) // 2 :] if len(way) > 2 else way[-2:], None, tuple(up))
    if graph.is_mirrored:
        twins = _twins(graph, others)
        others = [branch for branch in others if branch not in twins]
    if not others:
        among = graph.core if graph.is_mirrored else range(len(graph.points))
        top = min(among, key=lambda point: graph.points[point, 1])
        return _Head(graph.path(center_of(graph), top)[-2:], None, ())
    width = np.ptp(graph.points[:, 0]) or 1.0

    seen = nearest_to_the_eye(graph)

    def likeness(branch: Branch) -> float:
        if seen in branch.points[1:]:
            return np.inf
        out = abs(graph.points[branch.tip, 0] - middle[0]) / width
        return float(graph.girth(branch) * (0.3 + out))

    best = max(others, key=likeness)
    ears = [b for b in others if b is not best and b.fork in best.points[1:]]
    return _Head(best.points, best, tuple(ears))


def _stands_up(graph: Graph, branch: Branch) -> bool:
    """Above its fork; of what looks at us, ears go up where arms go aside."""
    aside, down = graph.points[branch.tip] - graph.points[branch.fork]
    return bool(down < 0 and (not graph.is_mirrored or abs(aside) < -down))


def _front(graph: Graph, head: _Head, left: list[Branch]) -> float:
    """-1 or 1: where the eyes or the head are; 0 of what looks at us."""
    if graph.is_mirrored:
        return 0.0
    seen = graph.points[head.end] if graph.eye is None else graph.eye
    aside = seen[0] - middle_of(graph)[0]
    if abs(aside) < 0.05 * graph.size and left:
        far = max(left, key=lambda branch: graph.reach(branch.points))
        aside = middle_of(graph)[0] - graph.points[far.tip, 0]
    return 1.0 if aside >= 0 else -1.0


def _twins(graph: Graph, left: list[Branch]) -> list[Branch]:
    """Those that another mirrors: arms and forelegs of what looks at us, not its tail."""
    tips = {branch: graph.points[branch.tip] for branch in left}
    middle = np.array([2 * middle_of(graph)[0], 0.0])
    return [
        one
        for one in left
        if any(
            np.linalg.norm(tips[one] * (-1, 1) + middle - tips[other]) < TWIN * graph.size
            for other in left
            if other is not one
        )
    ]


def _behind(graph: Graph, left: list[Branch], front: float) -> Branch | None:
    middle = middle_of(graph)[0]
    behind = [b for b in left if front * (graph.points[b.tip, 0] - middle) < -0.1 * graph.size]
    if not front:
        behind = [b for b in left if abs(graph.points[b.tip, 0] - middle) > 0.15 * graph.size]
    return max(behind, key=lambda branch: graph.reach(branch.points), default=None)


def _neck_and_trunk(graph: Graph, head: _Head, subject: str) -> list[Limb]:
    thick = graph.thickness[list(head.points)]
    last = int(np.flatnonzero(thick >= 0.6 * thick.max())[-1])
    if subject in TRUNKED and 0 < last < len(thick) - 2:
        neck, trunk = head.points[: last + 1], head.points[last:]
        return [Limb(neck, "head"), Limb(trunk, "trunk")]
    return [Limb(head.points, "head")] if len(head.points) > 1 else []


def _small(graph: Graph, branch: Branch, head: _Head) -> Role:
    """Ears stand near the head; what else there is hangs like a tail."""
    near = np.linalg.norm(graph.points[branch.fork] - graph.points[head.end]) < 0.35 * graph.size
    return "ear" if near else "tail"


def _walking(graph: Graph, feet: list[Branch], front: float) -> list[Limb]:
    """Legs in pairs from the front: the first of each pair is the left one."""
    ahead = sorted(feet, key=lambda branch: -front * graph.points[branch.tip, 0])
    sides: tuple[Side, Side] = ("left", "right")
    if len(ahead) <= 2:
        return [Limb(graph.limb(b), "leg", sides[n % 2], n) for n, b in enumerate(ahead)]
    middle = np.mean([graph.points[branch.tip, 0] for branch in ahead])
    limbs = []
    for order in (0, 1):
        group = [
            branch
            for branch in ahead
            if (front * (graph.points[branch.tip, 0] - middle) <= 0) == bool(order)
        ]
        limbs += [Limb(graph.limb(b), "leg", sides[n % 2], order) for n, b in enumerate(group)]
    return limbs


def biped(graph: Graph, subject: str) -> Anatomy:
    """On two legs: a head above, arms at the sides, perhaps a tail."""
    feet = feet_of(graph)
    others = [branch for branch in graph.branches if branch not in feet]
    top = min(others, key=lambda branch: graph.points[branch.tip, 1], default=None)
    forward = 0.0 if graph.is_mirrored else _nose(graph)
    root = max(graph.core, key=lambda point: graph.points[point, 1])
    neck = top.fork if top else int(graph.points[:, 1].argmin())
    limbs = [Limb(graph.path(root, neck), "body")]
    limbs += [Limb(top.points, "head")] if top else []
    sides = [branch for branch in others if top is None or branch.fork != top.fork]
    if top is not None and not sides:
        sides = [branch for branch in others if branch is not top]
    middle = middle_of(graph)
    behind = [
        branch
        for branch in sides
        if forward * (graph.points[branch.tip, 0] - middle[0]) < 0
        and graph.points[branch.fork, 1] > middle[1]
    ]
    limbs += pairs(graph, feet, "leg", forward)
    limbs += [Limb(graph.limb(branch), "tail") for branch in behind]
    limbs += pairs(graph, [branch for branch in sides if branch not in behind], "arm", forward)
    return Anatomy("biped", root, tuple(limbs), (forward, 0.0))


def _nose(graph: Graph) -> float:
    """The way that it faces: where the head is of the middle."""
    high = graph.points[int(graph.points[:, 1].argmin()), 0]
    return 1.0 if high >= middle_of(graph)[0] else -1.0


def bird(graph: Graph, subject: str) -> Anatomy:
    """Wings are broad; from the front there are two or four, from the side one or two are seen."""
    thin = THIN * graph.thickness.max()
    feet = [branch for branch in feet_of(graph) if graph.girth(branch) < thin]
    others = [branch for branch in graph.branches if branch not in feet]
    root, middle = center_of(graph), middle_of(graph)
    if graph.is_mirrored:
        forward = 0.0
        inner = [b for b in others if abs(graph.points[b.tip, 0] - middle[0]) < 0.15 * graph.size]
        limbs = [
            Limb(b.points, "head" if graph.points[b.tip, 1] < middle[1] else "tail") for b in inner
        ]
        limbs += pairs(graph, [b for b in others if b not in inner], "wing", 0.0)
    else:
        head = _head(graph, others)
        left = [branch for branch in others if branch not in (head.branch, *head.ears)]
        forward = _front(graph, head, left)
        level = [
            b for b in left if graph.points[b.tip, 1] > graph.points[b.fork, 1] - 0.1 * graph.size
        ]
        tail = _behind(graph, level or left[1:], forward)
        limbs = [Limb(head.points, "head")] if len(head.points) > 1 else []
        limbs += [Limb(graph.limb(tail), "tail")] if tail else []
        limbs += pairs(graph, [branch for branch in left if branch is not tail], "wing", forward)
    limbs += pairs(graph, feet, "leg", forward)
    limbs.append(Limb(through_the_core(graph, root), "body"))
    return Anatomy("bird", root, tuple(limbs), (forward, 0.0))


def insect(graph: Graph, subject: str) -> Anatomy:
    """Legs to both sides of the body, claws above it, feelers and stalks on top."""
    middle, root = middle_of(graph), center_of(graph)
    limbs = [Limb(through_the_core(graph, root), "body")]
    above = [b for b in graph.branches if graph.points[b.tip, 1] < middle[1]]
    broad = max((graph.girth(branch) for branch in above), default=0.0)
    arms = [branch for branch in above if graph.girth(branch) > 0.5 * broad]
    limbs += [Limb(graph.limb(branch), "ear") for branch in above if branch not in arms]
    limbs += pairs(graph, arms, "arm", 0.0)
    sides: tuple[Side, Side] = ("left", "right")
    for side in sides:
        own = [b for b in graph.branches if b not in above and own_side(graph, b) == side]
        own.sort(key=lambda branch: -abs(graph.points[branch.tip, 0] - middle[0]))
        limbs += [Limb(graph.limb(b), "leg", side, order) for order, b in enumerate(own)]
    return Anatomy("insect", root, tuple(limbs))


def tentacled(graph: Graph, subject: str) -> Anatomy:
    """Arms hang from a head."""
    root = center_of(graph)
    low = [b for b in graph.branches if graph.points[b.tip, 1] > graph.points[b.fork, 1]]
    limbs = [Limb(through_the_core(graph, root), "body"), *pairs(graph, low, "arm", 0.0)]
    limbs += [Limb(branch.points, "head") for branch in graph.branches if branch not in low]
    return Anatomy("insect", root, tuple(limbs))
