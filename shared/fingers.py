# SPDX-License-Identifier: Apache-2.0
"""From how far fingers are curled to turns of a rig's finger bones."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from . import rotations
from .results import Rig

Floats = NDArray[np.floating]

FIST = ((12.0, 38.0, 50.0), *((64.0, 84.0, 52.0),) * 4)
"""Degrees that the bones of each finger, thumb first, bend towards the palm in a fist."""
OPPOSED = 42.0
"""Degrees that a thumb turns across the palm meanwhile, about the hand's length."""
STRAIGHT = -0.5
"""The curl at which a finger is straight; at 0 it is as the rig holds it at ease."""
_BONE = re.compile(r"finger([1-5])-([1-3])\.([LR])")


def finger_turns(rig: Rig, curls: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The finger bones (K,) and what each carries (T, K, 4), in bind-pose world axes, in the place
    of `Rig.relaxed`, when fingers are curled by `curls` (T, 2, 5), as in `Motion.fingers`.

    A finger bends about the axis about which the rig has it bent at ease; a bone that rests
    straight has none, and stays. A thumb also turns across the palm.
    """
    rest = rig.relaxed.astype(np.float64)
    bones, rows = [], []
    for bone, name in enumerate(rig.bone_names):
        read = _BONE.fullmatch(name)
        sine = float(np.linalg.norm(rest[bone, 1:]))
        if read is None or sine < 1e-6:
            continue
        finger, joint, side = int(read[1]) - 1, int(read[2]) - 1, "LR".index(read[3])
        eased = 2 * np.arctan2(sine, rest[bone, 0])
        curl = curls[:, side, finger].astype(np.float64)
        more = np.radians(FIST[finger][joint]) - eased
        angle = eased + np.where(curl > 0, curl * more, curl / -STRAIGHT * eased)
        turn = rotations.from_axis_angle(rest[bone, 1:] / sine, angle)
        if (finger, joint) == (0, 0):
            turn = rotations.multiply(_across(rig, bone, read[3], curl), turn)
        bones.append(bone)
        rows.append(turn)
    turns = np.stack(rows, axis=1) if rows else np.zeros((len(curls), 0, 4))
    return np.array(bones, dtype=np.int64), turns


def _across(rig: Rig, thumb: int, side: str, curl: Floats) -> Floats:
    """(T, 4) what lays the thumb over the palm, in bind-pose world axes."""
    wrist, middle = (rig.bone_names.index(f"{name}.{side}") for name in ("wrist", "finger3-1"))
    along = rig.heads[middle] - rig.heads[wrist]
    axis = along / np.linalg.norm(along) * (1.0 if side == "L" else -1.0)
    return rotations.from_axis_angle(axis, np.radians(OPPOSED) * np.clip(curl, 0, None))
