# SPDX-License-Identifier: GPL-3.0-or-later
"""The pose of a native armature as turns of the 22 joints, and such turns as its pose."""

from __future__ import annotations

from typing import Any

import numpy as np
from mathutils import Matrix, Quaternion, Vector
from numpy.typing import NDArray

from ...shared import posing, rotations
from ...shared.errors import BadOptionError
from ...shared.results import Rig
from ...shared.skeleton import INDEX, JOINTS, PARENTS
from ...shared.steering import KeyedPose
from ..importers.armature import read_rig
from ..importers.mesh import PART
from ..importers.motion import bone_space_rotations, rest_matrices

Floats = NDArray[np.floating[Any]]
FEET = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("ankle", "foot")]

UPRIGHT = 0.5
"""How much of the way that a body faces must be along the ground for it to face anywhere."""


def find_armature(context: Any) -> Any:
    """The active armature, also where a part of its character is active, if Kinora made it."""
    active = context.view_layer.objects.active
    if active is not None and PART in active:
        active = active.parent
    return active if read_rig(active) is not None else None


def rig_of(armature: Any) -> Rig:
    """Of one that `find_armature` found. Raises `BadOptionError` where bones are missing."""
    rig = read_rig(armature)
    if rig is None:
        raise BadOptionError(
            f'"{armature.name}" has lost bones that Kinora gave it.', "Undo that, or generate anew."
        )
    return rig


def read_pose(armature: Any, rig: Rig) -> tuple[Floats, Floats]:
    """(22, 4) the joints' local turns and (3,) the pelvis, as the armature stands now.

    The inverse of `importers.motion.bone_space_rotations`; in the armature's own space.
    """
    bones = posing.joint_bones(rig)
    rest = rotations.from_matrix(rest_matrices(armature, rig)[bones])
    posed = [armature.pose.bones[rig.bone_names[bone]] for bone in bones]
    now = np.array([tuple(bone.matrix.to_quaternion()) for bone in posed])
    carried = rotations.multiply(now, rotations.conjugate(rest))
    follow = rotations.multiply(carried, rotations.conjugate(rig.relaxed[bones].astype(np.float64)))
    world = rotations.multiply(follow, rotations.conjugate(rig.bind_to_t.astype(np.float64)))
    local = world.copy()
    parents = np.array(PARENTS)
    below = parents >= 0
    above = rotations.conjugate(world[parents[below]])
    local[below] = rotations.multiply(above, world[below])
    local *= np.where(local[:, :1] < 0, -1.0, 1.0)
    return rotations.normalise(local), np.array(posed[0].head)


def keyed(armature: Any, rig: Rig, time: float | None) -> KeyedPose:
    """How the armature stands now, as a pose to be met at a time."""
    turns, pelvis = read_pose(armature, rig)
    return KeyedPose(named(turns), time, float(np.clip(pelvis[2], 0, 10)))


def named(turns: Floats) -> dict[str, tuple[float, float, float, float]]:
    """Turns (22, 4) by their joints, of unit length to the digits that are written."""
    return {
        joint: (float(w), float(x), float(y), float(z))
        for joint, (w, x, y, z) in zip(JOINTS, rotations.normalise(turns), strict=True)
    }


def show_pose(armature: Any, rig: Rig, turns: Floats) -> None:
    """Pose the armature so, its lowest foot on the floor, without a key.

    Fingers, face, cloth, where the character stands and which way it faces stay; so does its
    action, which takes over again at the next frame.
    """
    turns = _facing(turns, read_pose(armature, rig)[0])
    deform = posing.bone_rotations(rig, turns[None])
    rest = rest_matrices(armature, rig)
    own = bone_space_rotations(rig, rest, deform)[0]
    for bone in posing.joint_bones(rig):
        posed = armature.pose.bones[rig.bone_names[bone]]
        location, _, scale = posed.matrix_basis.decompose()
        if rig.parents[bone] < 0:
            location = _raised(location, rest[bone], _pelvis_height(rig, turns, bone))
        posed.matrix_basis = Matrix.LocRotScale(location, Quaternion(own[bone]), scale)


def _facing(turns: Floats, others: Floats) -> Floats:
    """Turns (22, 4) of a body that faces as it does with others; one that lies is left as it is."""
    ahead = np.array([[0.0, -1.0, 0.0]] * 2)
    (x, y, _), (u, v, _) = rotations.rotate(np.stack([turns[0], others[0]]), ahead)
    if min(np.hypot(x, y), np.hypot(u, v)) < UPRIGHT:
        return turns
    angle = np.arctan2(v, u) - np.arctan2(y, x)
    turned = turns.copy()
    about = rotations.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.array(angle))
    turned[0] = rotations.multiply(about, turns[0])
    return turned


def _raised(location: Any, rest: Floats, height: float) -> Any:
    """A bone's location with another height in the armature's space."""
    moved = rest @ np.array(location)
    moved[2] = height
    return Vector(rest.T @ moved)


def _pelvis_height(rig: Rig, turns: Floats, root: int) -> float:
    """How far above its place in rest the pelvis is when the lowest foot stands."""
    places = posing.joint_positions(turns[None], np.zeros((1, 3)), posing.rest_offsets(rig))[0]
    standing = rig.heads[posing.joint_bones(rig)][FEET, 2]
    return float(-(places[FEET, 2] - standing).min() - rig.heads[root, 2])
