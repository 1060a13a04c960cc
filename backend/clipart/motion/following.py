# SPDX-License-Identifier: Apache-2.0
"""Follow-through: tails, ears and leaves lag behind what they hang on and swing past it.

Each loose bone is a damped spring in the moving frame of its joint. Its motion is the periodic
steady state, found frequency by frequency: the loop closes by construction.
"""

from __future__ import annotations

import numpy as np

from .actions import Role
from .stage import Floats, Stage

LOOSE: dict[Role, tuple[float, float]] = {
    "tail": (2.0, 0.45),
    "ear": (2.6, 0.35),
    "trunk": (1.6, 0.40),
    "leaf": (2.4, 0.30),
    "fin": (3.0, 0.45),
    "arm": (2.8, 0.7),
}
"""The spring of each loose bone: cycles a second, damping (1 is critical)."""
DANGLING = (2.4, 0.5)
STIFF = frozenset({"thing", "vehicle"})
LIMIT = 0.5
"""Radians that a bone swings at most."""


def looseness(stage: Stage, is_standing: bool) -> Floats:
    """(K, 2) frequency and damping of the bone to each point; 0, 0 where it is stiff.

    Softer to the tip. Legs dangle from what does not stand.
    """
    springs = np.zeros((len(stage.points), 2))
    if stage.anatomy.kind in STIFF:
        return springs
    for limb in stage.anatomy.limbs:
        spring = LOOSE.get(limb.role, DANGLING if limb.role == "leg" else None)
        if spring and not (limb.role == "leg" and is_standing):
            for number, point in enumerate(stage.bones(limb)):
                frequency, damping = spring
                springs[point] = frequency * 0.88**number, damping
    return springs


def swing(stage: Stage, joint: Floats, whole: Floats, direction: Floats, spring: Floats) -> Floats:
    """(T,) turn of a loose bone that hangs on a joint moving along `joint` (T, 2).

    `whole` (T,) is the turn of what it hangs on, `direction` the bone at rest.
    """
    frequencies = 2 * np.pi * np.fft.rfftfreq(stage.frames, stage.seconds / stage.frames)
    reach = max(float(np.linalg.norm(direction)), 0.15 * stage.size)
    x, y = direction / np.linalg.norm(direction) if direction.any() else direction
    along = -joint[:, 0] * y + joint[:, 1] * x
    drive = frequencies**2 * np.fft.rfft(along / reach + whole)
    own, damping = 2 * np.pi * spring[0], spring[1]
    answer = drive / (own**2 - frequencies**2 + 2j * damping * own * frequencies)
    answer[0] = 0
    turn = np.fft.irfft(answer, stage.frames)
    limited: Floats = LIMIT * np.tanh(turn / LIMIT)
    return limited
