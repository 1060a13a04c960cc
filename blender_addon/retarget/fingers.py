# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingers of any hand, curled as a motion says: about the line of the knuckles, thumbs across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared import rotations
from ...shared.fingers import FIST, STRAIGHT
from ...shared.motion_files.guessing import FINGERS
from .actions import Moves

Floats = NDArray[np.floating[Any]]
EASE = (15.0, 22.0, 14.0)
"""Degrees by which a finger's bones are bent in a hand at ease; thumbs are at ease as they rest."""


def finger_moves(armature: Any, names: Mapping[str, Sequence[str]], curls: Floats) -> list[Moves]:
    """The finger bones' turns for `curls` (T, 2, 5), as in `Motion.fingers`. `names["left_index"]`
    are a finger's bones from the palm outwards; hands without two fingers stay as they are."""
    moves: list[Moves] = []
    for hand, side in enumerate(("left", "right")):
        bones = {
            finger: [armature.data.bones[name] for name in names[f"{side}_{finger}"][:3]]
            for finger in FINGERS
            if f"{side}_{finger}" in names
        }
        roots = [bones[finger][0] for finger in FINGERS[1:] if finger in bones]
        if len(roots) < 2:
            continue
        knuckles = _unit(_head(roots[-1]) - _head(roots[0])) * (1.0 if hand == 0 else -1.0)
        for number, finger in enumerate(FINGERS):
            if finger in bones:
                curl = curls[:, hand, number].astype(np.float64)
                moves += _finger(bones[finger], number, curl, knuckles, _head(roots[-1]))
    return moves


def _finger(
    bones: Sequence[Any], number: int, curl: Floats, knuckles: Floats, little: Floats
) -> list[Moves]:
    """A finger bends in its own plane; from the direction of the bone before, or of the palm."""
    before = _along(bones[0])
    axis = knuckles
    if number == 0:
        # A thumb closes towards the root of the little finger.
        axis = _unit(np.cross(before, little - _tip(bones[-1])))
    moves = []
    for joint, bone in enumerate(bones):
        along = _along(bone)
        flat, bent = along - axis * (along @ axis), before - axis * (before @ axis)
        rest = np.arctan2(np.cross(bent, flat) @ axis, bent @ flat)
        eased = rest if number == 0 else np.radians(EASE[joint])
        fist = np.radians(FIST[number][joint])
        angle = eased + np.where(curl > 0, curl * (fist - eased), curl / -STRAIGHT * eased)
        turn = rotations.from_axis_angle(_in_bone(bone, axis), angle - rest)
        moves.append(Moves(bone.name, turn))
        before = along
    return moves


def _in_bone(bone: Any, axis: Floats) -> Floats:
    own: Floats = axis @ np.array(bone.matrix_local.to_3x3(), np.float64)
    return own


def _head(bone: Any) -> Floats:
    return np.array(bone.head_local, np.float64)


def _tip(bone: Any) -> Floats:
    return np.array(bone.tail_local, np.float64)


def _along(bone: Any) -> Floats:
    return _unit(_tip(bone) - _head(bone))


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return unit
