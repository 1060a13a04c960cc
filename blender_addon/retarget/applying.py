# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion put onto an armature that Kinora did not make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared.results import Motion
from . import reshape
from .actions import Manner, Moved, Moves, play
from .controls import SWITCH, control_moves, switches
from .solve import bone_space, scale_of, solve
from .target import Target, read_target

Floats = NDArray[np.floating[Any]]


def retarget(context: Any, armature: Any, motion: Motion, manner: Manner) -> tuple[str, ...]:
    """Key the motion on any armature with a human body; returns what to tell the user.

    Raises `BadOptionError` where there is no body.
    """
    target = read_target(armature)
    motion = reshape.enlarged(motion, manner.amount)
    doing = solve(motion, target.body)
    carried = manner.on_root_bone and bool(target.root) and not manner.in_place
    way = reshape.way_of(motion) * scale_of(motion, target.body)
    place = doing.place - way if manner.in_place or carried else doing.place
    if target.has_controls:
        here = replace(doing, place=place)
        moves = control_moves(context.view_layer, armature, target, here)
    else:
        moves = bone_moves(target, doing.turns, place, doing.driven)
    mover = next(move.bone for move in moves if move.place is not None)
    goes = {mover: reshape.step_of(place)}
    if carried:
        moves.append(Moves(target.root, None, _in_bone(armature, target, target.root, way)))
        goes[target.root] = reshape.step_of(way)
    further = {bone: _in_bone(armature, target, bone, step) for bone, step in goes.items()}
    constants = {
        f'{armature.pose.bones[name].path_from_id()}["{SWITCH}"]': 1.0
        for name in (switches(armature) if target.has_controls else ())
    }
    moved = Moved(moves, further, constants)
    _, said = play(context.scene, armature, motion, moved, manner)
    notes = list(target.notes)
    if manner.on_root_bone and not target.root:
        notes.append("The armature has no root bone, so its hips go the way.")
    return (*notes, *said)


def bone_moves(
    target: Target, turns: Floats, place: Floats, driven: NDArray[np.integer[Any]]
) -> list[Moves]:
    """The bones' own turns, and the mover's place, from those of the whole body."""
    body = target.body
    own = bone_space(body.parents, target.rest, turns)
    moves = []
    for bone in driven.tolist():
        moved = None
        if bone == body.mover:
            moved = (place - body.heads[bone]) @ target.rest[bone]
        moves.append(Moves(target.names[bone], own[:, bone], moved))
    return moves


def _in_bone(armature: Any, target: Target, bone: str, steps: Floats) -> Floats:
    """Steps (..., 3) of the upright body as a bone at rest has them in its location."""
    rest = np.array(armature.data.bones[bone].matrix_local.to_3x3(), np.float64)
    own: Floats = steps @ target.axes.T @ rest
    return own
