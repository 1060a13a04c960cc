# SPDX-License-Identifier: Apache-2.0
"""A motion through found poses, for what no action knows: to each in turn, and a moment there.

The optimisation of a motion's latent (`optimise/`) takes it on from there, where it is asked to.
"""

from __future__ import annotations

import numpy as np

from .....shared import rotations
from .....shared.rotations import Floats
from .....shared.skeleton import INDEX
from ..clips import FPS, features
from ..model import Manner
from ..performance import Performance, from_learnt

MOVE_S, STAY_S = 0.75, 0.7
"""Seconds from a pose to the next, and in it."""
BREATH_S, BREATH = 3.2, 0.02
"""Seconds of a breath, and radians by which it moves the chest."""


def act(poses: Floats, offsets: Floats, manner: Manner, seed: int) -> Performance:
    """A loop through poses (P, 22, 4) in their order, the feet on the floor; each lasts as long as
    the manner's tempo has it, all together a round or as many as its seconds hold.

    `offsets` (22, 3) are those of the body that `from_learnt` stands on.
    """
    pace = 1.2**manner.tempo
    move, stay = (max(2, round(seconds * FPS / pace)) for seconds in (MOVE_S, STAY_S))
    share = (np.arange(move) + 1) / (move + 1)
    # The quickest in the middle, still at both ends.
    ease = share**3 * (share * (6 * share - 15) + 10)
    ease = np.concatenate([np.zeros(stay), ease])
    following = np.roll(poses, -1, axis=0)
    turns = np.concatenate(
        [
            rotations.slerp(here[None], there[None], np.repeat(ease[:, None], 22, 1))
            for here, there in zip(poses, following, strict=True)
        ]
    )
    if manner.seconds is not None:
        rounds = max(1, round(manner.seconds * FPS / len(turns)))
        turns = np.tile(turns, (rounds, 1, 1))
    turns = rotations.normalise(turns)
    _breathe(turns, seed)
    root = np.zeros((len(turns), 3))
    return from_learnt(features(turns, root), offsets, is_grounded=True, on_place=True)


def _breathe(turns: Floats, seed: int) -> None:
    """The chest rises and falls a whole number of times in the loop."""
    count = max(1, round(len(turns) / FPS / BREATH_S))
    phase = 2 * np.pi * (count * np.arange(len(turns)) / len(turns) + (seed % 97) / 97)
    swell = rotations.from_axis_angle(np.array([1.0, 0.0, 0.0]), -BREATH * np.sin(phase))
    for joint in ("spine2", "spine3"):
        turns[:, INDEX[joint]] = rotations.multiply(swell, turns[:, INDEX[joint]])
