# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs that are moved by controls, as Rigify makes them: the controls are turned until what they
lead is where it should be, frame by frame, in Blender's own evaluation of the rig."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ...shared import rotations
from ...shared.skeleton import INDEX
from .actions import Moves
from .solve import Doing, joint_places
from .target import Target

Floats = NDArray[np.floating[Any]]
# A control, the joint that it turns, and the control that leads it; `*` is a side.
_CONTROLS = (
    ("torso", "pelvis", ""),
    ("spine_fk.001", "spine1", "torso"),
    ("spine_fk", "pelvis", "spine_fk.001"),
    ("spine_fk.002", "spine2", "torso"),
    ("spine_fk.003", "spine3", "spine_fk.002"),
    ("neck", "neck", "spine_fk.003"),
    ("head", "head", "neck"),
    ("shoulder.*", "*_collar", "spine_fk.003"),
    ("upper_arm_fk.*", "*_shoulder", "shoulder.*"),
    ("forearm_fk.*", "*_elbow", "upper_arm_fk.*"),
    ("hand_fk.*", "*_wrist", "forearm_fk.*"),
    ("thigh_fk.*", "*_hip", "spine_fk"),
    ("shin_fk.*", "*_knee", "thigh_fk.*"),
    ("foot_fk.*", "*_ankle", "shin_fk.*"),
    ("toe_fk.*", "*_foot", "foot_fk.*"),
    ("toe.*", "*_foot", "foot_fk.*"),  # As older releases of Rigify name it.
)
_ANCHOR = INDEX["spine2"]
"""The torso turns about where this joint is."""
SWITCHES = ("upper_arm_parent.L", "upper_arm_parent.R", "thigh_parent.L", "thigh_parent.R")
SWITCH = "IK_FK"
"""The property of a limb that says which controls lead it: at 1 those that are turned."""
PASSES = 6
CLOSE = 1e-3
"""Radians, and lengths of the body's legs, within which a control is where it should be."""


@dataclass(frozen=True)
class _Control:
    """`rest` (4, 4) in the armature's space; `above` is the control that leads it, -1 for none."""

    bone: Any
    joint: int
    rest: Floats
    above: int


def control_moves(view_layer: Any, armature: Any, target: Target, doing: Doing) -> list[Moves]:
    """What the controls do for the joints to do what they should."""
    controls = _find(armature)
    wanted = _wanted(target, doing, controls)
    turns = np.zeros((len(wanted), len(controls), 4))
    places = np.zeros((len(wanted), 3))
    near = CLOSE * target.body.stance.leg_length
    with _freed(view_layer, armature, controls):
        for frame, matrices in enumerate(wanted):
            _settle(view_layer, controls, matrices, near)
            turns[frame] = [control.bone.matrix_basis.to_quaternion() for control in controls]
            places[frame] = controls[0].bone.matrix_basis.to_translation()
    moves = [
        Moves(control.bone.name, rotations.continuous(turns[:, number]))
        for number, control in enumerate(controls)
    ]
    return [Moves(moves[0].bone, moves[0].turns, places), *moves[1:]]


def switches(armature: Any) -> list[str]:
    """The bones whose property SWITCH gives their limb to the controls that are turned."""
    return [name for name in SWITCHES if SWITCH in armature.pose.bones.get(name, {})]


def _find(armature: Any) -> list[_Control]:
    """The controls that this rig has, those that lead first."""
    found: list[_Control] = []
    places: dict[str, int] = {}
    for names in _CONTROLS:
        for letter, side in (("L", "left"), ("R", "right")) if "*" in names[0] else (("", ""),):
            name, leader = names[0].replace("*", letter), names[2].replace("*", letter)
            bone = armature.pose.bones.get(name)
            if bone is None:
                continue
            places[name] = len(found)
            rest = np.array(bone.bone.matrix_local, np.float64)
            joint = INDEX[names[1].replace("*", side)]
            found.append(_Control(bone, joint, rest, places.get(leader, 0 if leader else -1)))
    return found


def _wanted(target: Target, doing: Doing, controls: Sequence[_Control]) -> Floats:
    """(T, K, 4, 4) where the controls have to be, in the armature's space; of all but the first
    only the rotation counts."""
    body, axes = target.body, target.axes
    joints = joint_places(body, doing.turns, doing.place)
    wanted = np.zeros((len(joints), len(controls), 4, 4))
    wanted[..., 3, 3] = 1
    for number, control in enumerate(controls):
        bone = body.bones[control.joint] if body.bones[control.joint] >= 0 else body.mover
        turn = axes @ rotations.to_matrix(doing.turns[:, bone]) @ axes.T
        wanted[:, number, :3, :3] = turn @ control.rest[:3, :3]
        if number == 0:
            arm = control.rest[:3, 3] - axes @ body.stance.joints[_ANCHOR]
            wanted[:, 0, :3, 3] = joints[:, _ANCHOR] @ axes.T + turn @ arm
    return wanted


def _settle(view_layer: Any, controls: Sequence[_Control], wanted: Floats, near: float) -> None:
    """Set the controls until all of them are where they should be, as far as they can."""
    for _ in range(PASSES):
        now = [np.array(control.bone.matrix, np.float64) for control in controls]
        if _is_close(now, wanted, near):
            return
        turned: list[Floats] = []
        for number, control in enumerate(controls):
            basis = np.array(control.bone.matrix_basis, np.float64)
            frame = now[number] @ np.linalg.inv(basis)
            if control.above >= 0:
                # What leads it has been set anew above: it is taken to go along.
                frame[:3, :3] = turned[control.above] @ frame[:3, :3]
            new = np.linalg.inv(frame) @ wanted[number]
            if number:
                new[:3, 3] = 0
            control.bone.matrix_basis = Matrix(_orthogonal(new).tolist())
            turned.append(wanted[number, :3, :3] @ _orthogonal(now[number])[:3, :3].T)
        view_layer.update()


def _is_close(now: Sequence[Floats], wanted: Floats, near: float) -> bool:
    if np.linalg.norm(now[0][:3, 3] - wanted[0, :3, 3]) > near:
        return False
    turns = np.array([_orthogonal(matrix)[:3, :3] for matrix in now])
    cosines = (np.einsum("kij,kij->k", turns, wanted[:, :3, :3]) - 1) / 2
    return bool(np.arccos(np.clip(cosines, -1, 1)).max() < CLOSE)


def _orthogonal(matrix: Floats) -> Floats:
    """The matrix without its scale."""
    clean = matrix.copy()
    clean[:3, :3] /= np.linalg.norm(clean[:3, :3], axis=0)
    return clean


@contextmanager
def _freed(view_layer: Any, armature: Any, controls: Sequence[_Control]) -> Iterator[None]:
    """The rig without its action, its limbs with the controls that are turned; afterwards all is
    as it was."""
    animation = armature.animation_data
    action = animation.action if animation is not None else None
    slot = getattr(animation, "action_slot", None)
    poses = [control.bone.matrix_basis.copy() for control in controls]
    limbs = {name: armature.pose.bones[name][SWITCH] for name in switches(armature)}
    if animation is not None:
        animation.action = None
    try:
        for name in limbs:
            armature.pose.bones[name][SWITCH] = 1.0
        for control in controls:
            control.bone.matrix_basis = Matrix()
        armature.update_tag()
        view_layer.update()
        yield
    finally:
        for control, pose in zip(controls, poses, strict=True):
            control.bone.matrix_basis = pose
        for name, value in limbs.items():
            armature.pose.bones[name][SWITCH] = value
        if action is not None:
            animation.action = action
            if slot is not None:
                animation.action_slot = slot
