# SPDX-License-Identifier: Apache-2.0
"""How far fingers are curled, from how far their bones have turned on the hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .. import rotations
from ..fingers import FIST, STRAIGHT
from ..results import MOST_CURL
from ..rotations import Floats
from .guessing import FINGERS

EASED = ((4.0, 8.0, 10.0), *((16.0, 20.0, 16.0),) * 4)
"""Degrees that the bones of each finger bend on hands at ease, thumb first."""
STILL = np.radians(2)
"""Fingers that all move less are not animated at all."""


def curls_of(
    frames: int, wrists: Mapping[str, Floats], bones: Mapping[str, Sequence[Floats]]
) -> Floats:
    """(T, 2, 5) as in `Motion.fingers`, of world turns (T, 4) from hands held flat.

    `wrists["left"]` is the hand's; `bones["left_index"]` the finger's, from the palm outwards: the
    bend of the first two tells. No frames where no finger moves; fingers without bones are at ease.
    """
    bends = {key: _bend(wrists[key.split("_")[0]], chain) for key, chain in bones.items()}
    curls = np.zeros((frames, 2, len(FINGERS)), np.float32)
    if all(np.ptp(bend) < STILL for bend in bends.values()):
        return curls[:0]
    for side, name in enumerate(("left", "right")):
        for number, finger in enumerate(FINGERS):
            if f"{name}_{finger}" in bends:
                curls[:, side, number] = _curl(np.degrees(bends[f"{name}_{finger}"]), number)
    return curls


def _bend(wrist: Floats, chain: Sequence[Floats]) -> Floats:
    """(T,) radians between the hand and the second bone, or the only one."""
    turn = rotations.multiply(rotations.conjugate(wrist), chain[min(1, len(chain) - 1)])
    sine = np.linalg.norm(turn[:, 1:], axis=-1)
    return np.asarray(2 * np.arctan2(sine, np.abs(turn[:, 0])))


def _curl(degrees: Floats, finger: int) -> Floats:
    eased, fist = sum(EASED[finger][:2]), sum(FIST[finger][:2])
    curl = np.where(
        degrees < eased, STRAIGHT * (1 - degrees / eased), (degrees - eased) / (fist - eased)
    )
    return np.asarray(np.clip(curl, STRAIGHT, MOST_CURL))


def bends_of(curls: Floats) -> Floats:
    """(T, 2, 5, 3) degrees that the bones of each finger bend, of curls (T, 2, 5)."""
    eased, curl = np.array(EASED), curls[..., None]
    more = np.where(curl > 0, curl * (np.array(FIST) - eased), -curl / STRAIGHT * eased)
    return np.asarray(eased + more)
