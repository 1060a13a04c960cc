# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion as an action: rotation keys in each bone's own space, location keys on the root."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...shared import posing, rotations
from ...shared.results import Motion, MotionResult, Rig, Sway
from ...shared.skeleton import INDEX
from .. import compat
from .armature import make_armature, read_rig

Floats = NDArray[np.floating[Any]]
STILL = 1e-6
"""A channel that moves less than this, in quaternion units or metres, gets a single key."""


def place_motion(context: Any, result: MotionResult, name: str) -> tuple[Any, tuple[str, ...]]:
    """Put the motion on the selected armature if it is one of ours, else on a new neutral one.

    Returns the armature, and what to tell the user.
    """
    selected = context.view_layer.objects.active
    if selected is not None and selected.type == "MESH" and selected.parent is not None:
        selected = selected.parent
    rig = read_rig(selected) if selected is not None and selected.select_get() else None
    if rig is not None:
        apply_motion(context.scene, selected, rig, fit_motion(result.motion, result.rig, rig))
        return selected, (f'The motion is on the selected armature "{selected.name}".',)
    armature = make_armature(context, result.rig, name, context.collection)
    apply_motion(context.scene, armature, result.rig, result.motion)
    return armature, (
        "No armature made by Kinora was selected, so the motion is on a new neutral one.",
    )


def apply_motion(
    scene: Any, armature: Any, rig: Rig, motion: Motion, sway: Sway | None = None
) -> None:
    """Write the motion as a new action; the scene's range is extended to its end, never cut."""
    rest = rest_matrices(armature, rig)
    deform = posing.bone_rotations(rig, motion.local_rotations, sway, motion.fingers)
    turns = bone_space_rotations(rig, rest, deform)
    frames = key_frames(scene, motion)

    _keep_previous_action(armature)
    action = bpy.data.actions.new(motion.name)
    bag = compat.open_action(action, armature)
    for number, name in enumerate(rig.bone_names):
        group = bag.groups.new(name)
        path = f'pose.bones["{bpy.utils.escape_identifier(name)}"]'
        _write_channels(bag, f"{path}.rotation_quaternion", frames, turns[:, number], group)
        if rig.parents[number] < 0:
            moved = (motion.root_translation - rig.heads[number]) @ rest[number]
            _write_channels(bag, f"{path}.location", frames, moved, group)
    scene.frame_end = max(scene.frame_end, math.ceil(frames[-1] - 1e-3))


def _keep_previous_action(armature: Any) -> None:
    """Blender forgets data that nothing uses when it saves; the user's last action must not go."""
    animation = armature.animation_data
    if animation is not None and animation.action is not None:
        animation.action.use_fake_user = True


def key_frames(scene: Any, motion: Motion) -> Floats:
    """The scene frame of each of the motion's frames: real time, from the first frame on."""
    rate = scene.render.fps / scene.render.fps_base
    seconds = np.arange(len(motion.local_rotations)) / motion.fps
    return np.asarray(scene.frame_start + seconds * rate)


def bone_space_rotations(rig: Rig, rest: Floats, deform: Floats) -> Floats:
    """(T, B, 4) what a pose bone's rotation must be so that its deformation becomes `deform`.

    With R a bone's rest matrix and D the world rotation of what it carries, the pose is D R.
    Blender composes it as (D_parent R_parent)(R_parent' R) x, so x = R' D_parent' D R.
    """
    rest_turns = rotations.from_matrix(rest)
    above = deform[:, np.maximum(rig.parents, 0)].copy()
    above[:, rig.parents < 0] = (1, 0, 0, 0)
    step = rotations.multiply(rotations.conjugate(above), deform)
    own = rotations.multiply(rotations.multiply(rotations.conjugate(rest_turns), step), rest_turns)
    own *= np.where(own[:1, :, :1] < 0, -1.0, 1.0)
    return rotations.continuous(own)


def fit_motion(motion: Motion, source: Rig, target: Rig) -> Motion:
    """The same motion on another body: steps scale with its legs, and its feet meet the floor."""
    offsets = posing.rest_offsets(target)
    scale = _leg_length(offsets) / _leg_length(posing.rest_offsets(source))
    turns = motion.local_rotations.astype(np.float64)
    root = motion.root_translation * scale
    places = posing.joint_positions(turns, root, offsets)
    wanted = _clearance(motion.joints.astype(np.float64), source) * scale
    root[:, 2] += wanted - _clearance(places, target)
    return replace(
        motion,
        rest_offsets=offsets.astype(np.float32),
        root_translation=root.astype(np.float32),
        joints=posing.joint_positions(turns, root, offsets).astype(np.float32),
    )


def _leg_length(offsets: Floats) -> float:
    joints = [INDEX["left_knee"], INDEX["left_ankle"]]
    return float(np.linalg.norm(offsets[joints], axis=1).sum())


def _clearance(joints: Floats, rig: Rig) -> Floats:
    """(T,) how far the lowest foot is above where its joints are when it stands."""
    feet = [INDEX[side + part] for side in ("left_", "right_") for part in ("ankle", "foot")]
    standing = rig.heads[posing.joint_bones(rig)][feet, 2]
    return np.asarray((joints[:, feet, 2] - standing).min(axis=1))


def rest_matrices(armature: Any, rig: Rig) -> Floats:
    """(B, 3, 3) the bones' axes in rest, as Blender computed them from tails and rolls."""
    bones = armature.data.bones
    return np.array([bones[name].matrix_local.to_3x3() for name in rig.bone_names])


def _write_channels(bag: Any, path: str, frames: Floats, values: Floats, group: Any) -> None:
    if np.ptp(values, axis=0).max() < STILL:
        frames, values = frames[:1], values[:1]
    for index in range(values.shape[1]):
        keys = np.stack([frames, values[:, index]], axis=1).astype(np.float32)
        compat.write_curve(bag, path, index, keys, group)
