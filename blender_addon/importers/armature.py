# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig as a Blender armature, and back: what motion needs to know is kept on the armature."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...shared.results import Rig
from ...shared.skeleton import BONE_OF_JOINT, JOINTS, PARENTS, sways

SHORTEST_BONE = 0.001
"""Metres; Blender deletes bones without length."""

COLLECTIONS = ("Body", "Twist", "Fingers", "Toes", "Face", "Cloth")
_DETAIL_OF_JOINT = {
    "left_wrist": "Fingers",
    "right_wrist": "Fingers",
    "left_ankle": "Toes",
    "right_ankle": "Toes",
    "left_foot": "Toes",
    "right_foot": "Toes",
    "head": "Face",
}


def make_armature(context: Any, rig: Rig, name: str, collection: Any) -> Any:
    """An armature object in a collection, at the 3D cursor, in bind pose."""
    armature = bpy.data.armatures.new(name)
    made = bpy.data.objects.new(name, armature)
    collection.objects.link(made)
    made.location = context.scene.cursor.location
    made.show_in_front = True
    armature.display_type = "STICK"
    _make_bones(context, made, rig)
    _sort_into_collections(armature, rig)
    _remember(armature, rig)
    for bone in made.pose.bones:
        bone.rotation_mode = "QUATERNION"
    return made


def _make_bones(context: Any, made: Any, rig: Rig) -> None:
    heads, tails = rig.heads.astype(np.float64), _display_tails(rig)
    if context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    previous = context.view_layer.objects.active
    context.view_layer.objects.active = made
    bpy.ops.object.mode_set(mode="EDIT")
    bones: list[Any] = []
    for number, name in enumerate(rig.bone_names):
        bone = made.data.edit_bones.new(name)
        bone.head, bone.tail = heads[number], tails[number]
        if rig.parents[number] >= 0:
            bone.parent = bones[rig.parents[number]]
        bone.align_roll(_roll_axis(tails[number] - heads[number]))
        bones.append(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    context.view_layer.objects.active = previous


def _display_tails(rig: Rig) -> Any:
    """Each leading bone reaches to the next joint, so that the 22 of them draw a whole body.

    Where a bone ends changes its look and its axes, never what it carries.
    """
    index = {name: number for number, name in enumerate(rig.bone_names)}
    tails = rig.tails.astype(np.float64)
    heads = rig.heads.astype(np.float64)
    children: dict[int, list[int]] = {}
    for joint, parent in enumerate(PARENTS):
        children.setdefault(parent, []).append(joint)
    for joint, name in enumerate(JOINTS):
        # Hips and collars leave the spine sideways: the spine itself goes on.
        following = [child for child in children.get(joint, ()) if _continues(name, JOINTS[child])]
        if following:
            bone = index[BONE_OF_JOINT[name]]
            tails[bone] = heads[index[BONE_OF_JOINT[JOINTS[following[0]]]]]
    is_short = np.linalg.norm(tails - heads, axis=1) < SHORTEST_BONE
    tails[is_short] = heads[is_short] + (0, 0, 10 * SHORTEST_BONE)
    return tails


def _continues(joint: str, child: str) -> bool:
    return joint not in ("pelvis", "spine3") or child in ("spine1", "neck")


def _roll_axis(direction: Any) -> tuple[float, float, float]:
    """Bones turn their Z axis to the front; those that point to the front turn it up."""
    along = direction / np.linalg.norm(direction)
    return (0, 0, 1) if abs(along[1]) > 0.7 else (0, -1, 0)


def _sort_into_collections(armature: Any, rig: Rig) -> None:
    collections = {name: armature.collections.new(name) for name in COLLECTIONS}
    leaders = set(BONE_OF_JOINT.values())
    for name, joint in zip(rig.bone_names, rig.joint_of_bone, strict=True):
        kind = "Body" if name in leaders else _DETAIL_OF_JOINT.get(JOINTS[joint], "Twist")
        kind = "Cloth" if sways(name) else kind
        collections[kind].assign(armature.bones[name])
    for name, collection in collections.items():
        collection.is_visible = name == "Body"


def _remember(armature: Any, rig: Rig) -> None:
    armature["kinora_bones"] = "\n".join(rig.bone_names)
    armature["kinora_joint_of_bone"] = rig.joint_of_bone.tolist()
    armature["kinora_bind_to_t"] = rig.bind_to_t.ravel().tolist()
    armature["kinora_relaxed"] = rig.relaxed.ravel().tolist()


def read_rig(made: Any) -> Rig | None:
    """The rig of one of our armatures; None for any other, or when bones are missing."""
    if made is None or made.type != "ARMATURE" or "kinora_bones" not in made.data:
        return None
    names = tuple(made.data["kinora_bones"].split("\n"))
    bones = [made.data.bones.get(name) for name in names]
    if None in bones:
        return None
    index = {name: number for number, name in enumerate(names)}
    return Rig(
        bone_names=names,
        parents=np.array([index[b.parent.name] if b.parent else -1 for b in bones], np.int32),
        heads=np.array([b.head_local for b in bones], np.float32),
        tails=np.array([b.tail_local for b in bones], np.float32),
        joint_of_bone=np.array(made.data["kinora_joint_of_bone"], np.int32),
        bind_to_t=np.array(made.data["kinora_bind_to_t"], np.float32).reshape(-1, 4),
        relaxed=np.array(made.data["kinora_relaxed"], np.float32).reshape(-1, 4),
    )
