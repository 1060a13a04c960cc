# SPDX-License-Identifier: Apache-2.0
"""From a motion's joint rotations to the bones of a rig, for glTF, preview and Blender alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from . import rotations
from .fingers import finger_turns
from .results import Character, Mesh, Motion, Rig, Sway
from .skeleton import BONE_OF_JOINT, JOINTS, PARENTS

Floats = NDArray[np.floating]


def joint_bones(rig: Rig) -> NDArray[np.int64]:
    """(22,) index of the bone whose head is each joint."""
    index = {name: number for number, name in enumerate(rig.bone_names)}
    return np.array([index[BONE_OF_JOINT[joint]] for joint in JOINTS])


def rest_offsets(rig: Rig) -> Floats:
    """(22, 3) each joint seen from its parent in the T-pose; the pelvis has none."""
    heads = rig.heads[joint_bones(rig)].astype(np.float64)
    parents = np.array(PARENTS)
    offsets = heads - heads[parents]
    offsets[0] = 0
    turned = rotations.rotate(rig.bind_to_t[parents].astype(np.float64), offsets)
    turned[0] = 0
    return turned


def world_rotations(local_rotations: Floats) -> Floats:
    """(T, 22, 4) local to world."""
    world = np.empty_like(local_rotations)
    for joint, parent in enumerate(PARENTS):
        own = local_rotations[:, joint]
        world[:, joint] = own if parent < 0 else rotations.multiply(world[:, parent], own)
    return world


def local_rotations(world: Floats) -> Floats:
    """(T, 22, 4) world to local, of unit length: the inverse of `world_rotations`."""
    above = rotations.conjugate(world[:, PARENTS[1:]])
    local = np.concatenate([world[:, :1], rotations.multiply(above, world[:, 1:])], axis=1)
    return rotations.normalise(local)


def joint_positions(local_rotations: Floats, root_translation: Floats, offsets: Floats) -> Floats:
    """(T, 22, 3) world places by forward kinematics."""
    world = world_rotations(local_rotations)
    places = np.empty((*world.shape[:2], 3), dtype=world.dtype)
    for joint, parent in enumerate(PARENTS):
        if parent < 0:
            places[:, joint] = root_translation
        else:
            places[:, joint] = places[:, parent] + rotations.rotate(
                world[:, parent], offsets[joint]
            )
    return places


def bone_rotations(
    rig: Rig,
    local_rotations: Floats,
    sway: Sway | None = None,
    fingers: Floats | None = None,
) -> Floats:
    """(T, B, 4) the world rotation that carries each bone, and what it holds, out of bind pose.

    `sway` and `fingers` (T, 2, 5) as in `Motion`, where given, have the same T frames.
    """
    world = world_rotations(local_rotations.astype(np.float64))
    follow = rotations.multiply(world, rig.bind_to_t.astype(np.float64))[:, rig.joint_of_bone]
    carried = np.broadcast_to(rig.relaxed.astype(np.float64), follow.shape).copy()
    if fingers is not None and len(fingers):
        bones, turns = finger_turns(rig, fingers)
        carried[:, bones] = turns
    if sway is not None:
        own_turns = rig.relaxed[sway.bones].astype(np.float64)
        carried[:, sway.bones] = rotations.multiply(own_turns, sway.turns.astype(np.float64))
    deform = np.empty_like(follow)
    for bone, parent in enumerate(rig.parents):
        own = follow[:, bone]
        if parent >= 0:
            # What the turns above add: a finger's second bone bends with the first.
            extra = rotations.multiply(rotations.conjugate(follow[:, parent]), deform[:, parent])
            own = rotations.multiply(own, extra)
        deform[:, bone] = rotations.multiply(own, carried[:, bone])
    return rotations.normalise(deform)


def bone_heads(rig: Rig, deform: Floats, root_translation: Floats) -> Floats:
    """(T, B, 3) world places of the bones' heads under `bone_rotations`."""
    heads = rig.heads.astype(np.float64)
    places = np.empty((*deform.shape[:2], 3))
    for bone, parent in enumerate(rig.parents):
        if parent < 0:
            places[:, bone] = root_translation
        else:
            arm = heads[bone] - heads[parent]
            places[:, bone] = places[:, parent] + rotations.rotate(deform[:, parent], arm)
    return places


def bone_matrices(rig: Rig, motion: Motion, sway: Sway | None = None) -> Floats:
    """(T, B, 3, 4) what carries bind-pose places that follow each bone to the world."""
    deform = bone_rotations(rig, motion.local_rotations, sway, motion.fingers)
    places = bone_heads(rig, deform, motion.root_translation)
    turns = rotations.to_matrix(deform)
    shifts = places - np.einsum("tbij,bj->tbi", turns, rig.heads)
    return np.concatenate([turns, shifts[..., None]], axis=-1)


def skin(
    rig: Rig,
    motion: Motion,
    vertices: Floats,
    bone_indices: NDArray[np.integer],
    weights: Floats,
    frame: int,
) -> Floats:
    """(V, 3) linear blend skinning of bind-pose vertices at one frame."""
    return _skinned(bone_matrices(rig, _only(motion, frame))[0], vertices, bone_indices, weights)


def posed(character: Character, mesh: Mesh, frame: int) -> Floats:
    """(V, 3) a part of a character at one frame of its motion, cloth and hair swaying."""
    if character.motion is None:
        return mesh.vertices
    sway = character.sway
    now = None if sway is None else Sway(sway.bones, sway.turns[frame : frame + 1])
    matrices = bone_matrices(character.rig, _only(character.motion, frame), now)[0]
    return _skinned(matrices, mesh.vertices, mesh.bone_indices, mesh.weights)


def _only(motion: Motion, frame: int) -> Motion:
    here = slice(frame, frame + 1)
    return replace(
        motion,
        local_rotations=motion.local_rotations[here],
        root_translation=motion.root_translation[here],
        joints=motion.joints[here],
        fingers=motion.fingers[here],
        face=tuple(replace(curve, values=curve.values[here]) for curve in motion.face),
    )


def _skinned(
    matrices: Floats, vertices: Floats, bone_indices: NDArray[np.integer], weights: Floats
) -> Floats:
    blended = np.einsum("vk,vkij->vij", weights, matrices[bone_indices])
    moved: Floats = np.einsum("vij,vj->vi", blended[..., :3], vertices) + blended[..., 3]
    return moved
