# SPDX-License-Identifier: Apache-2.0
"""What hangs, kind by kind: how firm it is, how it swings and what it touches."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stuff:
    """How one kind moves. Rates in 1/s, distances in metres on the canonical body."""

    firm: float
    """Share by which it keeps its place beside the bone it hangs from, against its weight."""
    spring: float
    """Radians per second at which it swings back to where it hangs; beyond its weight's."""
    drag: float
    """Against movement within the character."""
    air: float
    """Against movement in the world."""
    gap: float
    """Kept from the body, where bind pose has that much."""
    parts: tuple[str, ...]
    """What it touches: the last words of the names of capsules."""
    lift: float
    """Cosine of the widest angle between its first bone and where that would be if it were stiff:
    a skirt never folds up over its own waist."""
    squeeze: tuple[float, float] = (0.45, 1.25)
    """Shares of its distance at which a chain is held by the one beside it."""


LEGS = ("thigh", "shin", "foot", "seat")
BACK = ("seat", "belly", "chest", "neck", "head", "upper arm", "forearm")
STUFFS = {
    "skirt": Stuff(0.15, 3.0, 6.0, 0.8, 0.018, LEGS, -0.7),
    "cape": Stuff(0.10, 1.0, 2.5, 1.4, 0.030, (*LEGS, *BACK), -0.3, (0.3, 1.15)),
    "cloth": Stuff(0.10, 1.5, 3.0, 1.0, 0.015, (*LEGS, *BACK), -1.0, (0.2, 1.5)),
    "hair": Stuff(0.35, 5.0, 7.0, 0.5, 0.04, BACK, -0.3, (0.3, 1.6)),
    "beard": Stuff(0.5, 8.0, 6.0, 0.5, 0.01, ("chest", "neck", "belly"), 0.0, (0.3, 1.6)),
}
