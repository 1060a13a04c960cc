# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion put onto an armature that Kinora did not make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared.results import Motion
from . import reshape
from .actions import Manner, Moved, Moves, play
from .controls import SWITCH, control_moves, switches
from .fingers import finger_moves
from .solve import Doing, bone_space, scale_of, solve
from .target import Target, read_target

Floats = NDArray[np.floating[Any]]


def retarget(context: Any, armature: Any, motion: Motion, manner: Manner) -> tuple[str, ...]:
    """Key the motion on any armature with a human body; returns what to tell the user.

    Raises `BadOptionError` where there is no body.
    """
    target = read_target(armature)
    if armature.data.pose_position != "POSE":
        armature.data.pose_position = "POSE"
    motion = reshape.enlarged(motion, manner.amount)
    moved = _moved(context, armature, target, motion, manner)
    _, said = play(context.scene, armature, motion, moved, manner)
    notes = [*target.notes, *_held_by_constraints(armature, moved.moves)]
    if manner.on_root_bone and not target.root:
        notes.append("The armature has no root bone, so its hips go the way.")
    return (*notes, *said)


def _moved(context: Any, armature: Any, target: Target, motion: Motion, manner: Manner) -> Moved:
    """What all bones of the armature do, those of its root and fingers too."""
    doing = solve(motion, target.body)
    carried = manner.on_root_bone and bool(target.root) and not manner.in_place
    way = reshape.way_of(motion) * scale_of(motion, target.body)
    if manner.in_place or carried:
        doing = replace(doing, place=doing.place - way)
    if target.has_controls:
        moves = control_moves(context.view_layer, armature, target, doing)
    else:
        moves = bone_moves(target, doing)
    mover = next(move.bone for move in moves if move.place is not None)
    goes = {mover: reshape.step_of(doing.place)}
    if carried:
        moves.append(Moves(target.root, None, _in_bone(armature, target, target.root, way)))
        goes[target.root] = reshape.step_of(way)
    if len(motion.fingers):
        moves += finger_moves(armature, target.fingers, motion.fingers)
    constants = {
        f'{armature.pose.bones[name].path_from_id()}["{SWITCH}"]': 1.0
        for name in (switches(armature) if target.has_controls else ())
    }
    further = {bone: _in_bone(armature, target, bone, step) for bone, step in goes.items()}
    return Moved(moves, further, constants)


def _held_by_constraints(armature: Any, moves: Sequence[Moves]) -> tuple[str, ...]:
    held = [
        move.bone
        for move in moves
        if any(
            not each.mute and each.influence for each in armature.pose.bones[move.bone].constraints
        )
    ]
    if not held:
        return ()
    more = f" and {len(held) - 3} more" if len(held) > 3 else ""
    return (
        f"Constraints hold {', '.join(held[:3])}{more}: mute them for the motion to show wholly.",
    )


def bone_moves(target: Target, doing: Doing) -> list[Moves]:
    """The bones' own turns, and the mover's place, from those of the whole body."""
    body = target.body
    own = bone_space(body.parents, target.rest, doing.turns)
    moves = []
    for bone in doing.driven.tolist():
        moved = None
        if bone == body.mover:
            moved = (doing.place - body.heads[bone]) @ target.rest[bone]
        moves.append(Moves(target.names[bone], own[:, bone], moved))
    return moves


def _in_bone(armature: Any, target: Target, bone: str, steps: Floats) -> Floats:
    """Steps (..., 3) of the upright body as a bone at rest has them in its location."""
    rest = np.array(armature.data.bones[bone].matrix_local.to_3x3(), np.float64)
    own: Floats = steps @ target.axes.T @ rest
    return own
