# SPDX-License-Identifier: Apache-2.0
"""A part that the caption names is sought among limbs that were taken for something else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from .actions import Action, Role
from .anatomy import Anatomy, Limb
from .stage import Floats

AMONG: dict[Role, tuple[Role, ...]] = {
    "trunk": ("ear", "arm", "tail", "leaf", "fin", "leg"),
    "head": ("ear", "arm", "leaf", "trunk"),
    "tail": ("ear", "arm", "leaf", "fin"),
    "arm": ("ear", "leaf", "fin", "tail"),
    "wing": ("arm", "fin", "ear", "leaf"),
    "fin": ("arm", "wing", "leg", "leaf"),
    "ear": ("arm", "leaf"),
    "leaf": ("arm", "ear"),
}
"""What each part may have been taken for."""
PAIRED: frozenset[Role] = frozenset({"arm", "wing", "fin", "ear", "leaf"})
FEET = 4


def with_named_parts(anatomy: Anatomy, points: Floats, actions: Iterable[Action]) -> Anatomy:
    """The limb, or both of a pair, that is most like each part that is named and lacking.

    Nothing that the caption names is taken for anything else.
    """
    actions = tuple(actions)
    named = {part for action in actions for part in action.parts}
    for role in sorted(named):
        if anatomy.of_role(role) or role not in AMONG:
            continue
        usable = [
            limb
            for limb in anatomy.of_role(*AMONG[role])
            if limb.role not in named and _may_be(anatomy, points, limb, role)
        ]
        if not usable and role == "trunk":
            anatomy = _trunk_of_the_head(anatomy, points)
        if not usable:
            continue
        likeness = _likeness(anatomy, points, role)
        best = max(usable, key=likeness)
        taken = [best]
        if role in PAIRED:
            taken += [one for one in usable if one.role == best.role and one is not best]
        limbs = tuple(replace(one, role=role) if one in taken else one for one in anatomy.limbs)
        anatomy = replace(anatomy, limbs=limbs)
    return anatomy


def _ahead(anatomy: Anatomy, points: Floats, limb: Limb) -> float:
    """How far towards the head a limb hangs, in lengths of the whole, 0 in the middle."""
    joint = points[limb.points[0]]
    heads = anatomy.of_role("head")
    if anatomy.forward[0] or not heads:
        way = points[limb.points[-1]] - points.mean(0)
        return float(way[0] * anatomy.forward[0] / _size(points))
    gap = np.linalg.norm(points[list(heads[0].points)] - joint, axis=-1).min()
    return float(0.5 - gap / _size(points))


def _size(points: Floats) -> float:
    return float(np.linalg.norm(np.ptp(points, axis=0))) or 1.0


def _may_be(anatomy: Anatomy, points: Floats, limb: Limb, role: Role) -> bool:
    if role != "trunk":
        return limb.role != "leg"
    hangs = points[limb.points[-1], 1] > points[limb.points[0], 1]
    if limb.role != "leg":
        return bool(hangs and _ahead(anatomy, points, limb) > 0)
    legs = anatomy.of_role("leg")
    foremost = max(legs, key=lambda one: _ahead(anatomy, points, one))
    return limb is foremost and len(legs) > FEET


def _likeness(anatomy: Anatomy, points: Floats, role: Role) -> Callable[[Limb], float]:
    """Ahead for what the head carries, behind for tails, long for all others."""

    def likeness(limb: Limb) -> float:
        bones = np.diff(points[list(limb.points)], axis=0)
        long = float(np.linalg.norm(bones, axis=-1).sum()) / _size(points)
        ahead = _ahead(anatomy, points, limb)
        return long + {"trunk": 2 * ahead, "head": 2 * ahead, "tail": -2 * ahead}.get(role, 0.0)

    return likeness


def _trunk_of_the_head(anatomy: Anatomy, points: Floats) -> Anatomy:
    """A head whose end hangs down is a neck and a trunk."""
    limbs: list[Limb] = []
    for limb in anatomy.limbs:
        last = len(limb.points) // 2
        hangs = points[limb.points[-1], 1] > points[limb.points[last], 1]
        if limb.role == "head" and len(limb.points) > 3 and hangs:
            limbs += [
                replace(limb, points=limb.points[: last + 1]),
                Limb(limb.points[last:], "trunk"),
            ]
        else:
            limbs.append(limb)
    return replace(anatomy, limbs=tuple(limbs))
