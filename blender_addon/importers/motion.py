# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion as an action: all bones of our own armatures are keyed, of others those of the body."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared import posing
from ...shared.errors import BadOptionError
from ...shared.results import Motion, MotionResult, Rig, Sway
from ..retarget import feet, held, reshape
from ..retarget.actions import Manner, Moved, Moves, play
from ..retarget.applying import retarget
from ..retarget.held import Held
from ..retarget.solve import bone_space
from .armature import make_armature, read_rig
from .faces import animate_face
from .mesh import parts

Floats = NDArray[np.floating[Any]]


def place_motion(context: Any, result: MotionResult, name: str) -> tuple[Any, tuple[str, ...]]:
    """Put the motion on the selected armature if it is a human body's, else on a new neutral one.

    Returns the armature, and what to tell the user.
    """
    taken = Held((result.motion, *result.takes), result.rig, result.sway)
    armature, notes = place_held(context, taken, result.rig, name)
    return armature, (*notes, *result.notes)


def place_held(context: Any, taken: Held, neutral: Rig, name: str) -> tuple[Any, tuple[str, ...]]:
    """The same for a motion from anywhere; a new armature gets the bones of `neutral`."""
    held.hold(taken)
    selected = selected_armature(context)
    why = "No armature was selected"
    if selected is not None:
        try:
            notes = put_on(context, selected, taken, 0, Manner())
            return selected, (f'The motion is on the selected armature "{selected.name}".', *notes)
        except BadOptionError as error:
            why = error.message.rstrip(".")
    armature = make_armature(context, neutral, name, context.collection)
    apply_motion(context.scene, armature, neutral, taken.takes[0])
    return armature, (f"{why}, so the motion is on a new neutral one.",)


def selected_armature(context: Any) -> Any:
    """The active armature, or that of the active mesh, where it is selected; or None."""
    active = context.view_layer.objects.active
    if active is None or not active.select_get():
        return None
    if active.type == "MESH":
        active = active.find_armature() or active.parent
    return active if active is not None and active.type == "ARMATURE" else None


def put_on(context: Any, armature: Any, taken: Held, take: int, manner: Manner) -> tuple[str, ...]:
    """Key a motion on an armature in this manner; returns what to tell the user.

    Raises `BadOptionError` for an armature that is no human body's.
    """
    motion = taken.take(take)
    rig = read_rig(armature)
    if rig is None:
        return retarget(context, armature, motion, manner)
    motion = fit_motion(reshape.enlarged(motion, manner.amount), taken.rig, rig)
    sway = _sway_of(taken, rig) if take % len(taken.takes) == 0 else None
    frames, notes = apply_motion(context.scene, armature, rig, motion, sway, manner)
    animate_face(parts(armature), motion, frames)
    if manner.on_root_bone and not manner.in_place:
        notes = (*notes, "Kinora's armatures have no root bone, so the hips go the way.")
    return notes


def apply_motion(
    scene: Any,
    armature: Any,
    rig: Rig,
    motion: Motion,
    sway: Sway | None = None,
    manner: Manner | None = None,
) -> tuple[Floats, tuple[str, ...]]:
    """Key a motion for this rig on its armature; returns the scene frames of the motion's, and
    what to tell the user."""
    manner = manner or Manner()
    rest = rest_matrices(armature, rig)
    deform = posing.bone_rotations(rig, motion.local_rotations, sway, motion.fingers)
    turns = bone_space_rotations(rig, rest, deform)
    root = motion.root_translation - (reshape.way_of(motion) if manner.in_place else 0.0)
    step = np.zeros(3) if manner.in_place else reshape.step_of(root)
    moves, further = [], {}
    for number, name in enumerate(rig.bone_names):
        place = None
        if rig.parents[number] < 0:
            place = (root - rig.heads[number]) @ rest[number]
            further[name] = step @ rest[number]
        moves.append(Moves(name, turns[:, number], place))
    return play(scene, armature, motion, Moved(moves, further), manner)


def bone_space_rotations(rig: Rig, rest: Floats, deform: Floats) -> Floats:
    """(T, B, 4) what the rig's pose bones' rotations must be for their deformation (T, B, 4)."""
    return bone_space(rig.parents, rest, deform)


def fit_motion(motion: Motion, source: Rig | None, target: Rig) -> Motion:
    """The same motion on another body: steps scale with its legs, and its feet meet the floor and
    stay where they are planted."""
    offsets = posing.rest_offsets(target)
    scale = feet.leg_length(offsets) / feet.leg_length(motion.rest_offsets)
    turns = motion.local_rotations.astype(np.float64)
    root = motion.root_translation * scale
    root = root + feet.planted(motion, posing.joint_positions(turns, root, offsets), scale)
    places = posing.joint_positions(turns, root, offsets)
    stands = feet.standing_heights(motion) if source is None else _standing(source)
    root[:, 2] += feet.lifts(motion, stands, places, _standing(target), scale)
    return replace(
        motion,
        rest_offsets=offsets.astype(np.float32),
        root_translation=root.astype(np.float32),
        joints=posing.joint_positions(turns, root, offsets).astype(np.float32),
    )


def _standing(rig: Rig) -> Floats:
    heights: Floats = rig.heads[posing.joint_bones(rig)][feet.FEET, 2]
    return heights


def _sway_of(taken: Held, rig: Rig) -> Sway | None:
    """How cloth and hair sway, where this rig has the bones of the one that it was made for."""
    if taken.sway is None or taken.rig is None:
        return None
    index = {name: number for number, name in enumerate(rig.bone_names)}
    names = [taken.rig.bone_names[bone] for bone in taken.sway.bones]
    if not all(name in index for name in names):
        return None
    return replace(taken.sway, bones=np.array([index[name] for name in names], np.int32))


def rest_matrices(armature: Any, rig: Rig) -> Floats:
    """(B, 3, 3) the bones' axes in rest, as Blender computed them from tails and rolls."""
    bones = armature.data.bones
    return np.array([bones[name].matrix_local.to_3x3() for name in rig.bone_names])
