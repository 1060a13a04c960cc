# SPDX-License-Identifier: GPL-3.0-or-later
"""A character as a collection: an armature, its dressed body parented to it, and what it does."""

from __future__ import annotations

from typing import Any

import bpy

from ...shared.results import Character
from ...shared.skeleton import sways
from .. import compat
from ..retarget import held
from .armature import make_armature
from .faces import animate_face, do_together, keep_face
from .material import make_material
from .mesh import PART, make_mesh, parts
from .motion import apply_motion
from .recolor import COLORS, WAS, make_recolorable


def place_character(context: Any, character: Character, name: str) -> tuple[Any, tuple[str, ...]]:
    """Build the character at the 3D cursor, in a collection of its own in the active one; returns
    its armature and what to tell the user."""
    own = bpy.data.collections.new(name)
    context.collection.children.link(own)
    armature = make_armature(context, character.rig, name, own)
    materials = [make_material(material) for material in character.materials]
    placed = []
    for part in character.meshes:
        made = make_mesh(part, character.rig.bone_names)
        made[PART] = part.name
        made.data.materials.append(materials[part.material])
        make_recolorable(made, part.inks)
        own.objects.link(made)
        _hold(made, armature)
        placed.append(made)
    do_together(placed)
    if character.motion is not None:
        motion, sway = character.motion, character.sway
        held.hold(held.Held((motion, *character.takes), character.rig, sway))
        frames, _ = apply_motion(context.scene, armature, character.rig, motion, sway)
        animate_face(placed, motion, frames)
    return armature, character.notes


def redress(armature: Any, newer: Any) -> Any:
    """Put the clothes of `newer`, the same character dressed anew, on `armature`; returns it.

    What the user did stays: place, action, name, own children of the armature, what the face does,
    and the colors of parts that are as they were. `newer` is gone afterwards.
    """
    old_parts, new_parts = parts(armature), parts(newer)
    own, its = armature.users_collection[0], newer.users_collection[0]
    armature.data, newer.data = newer.data, armature.data
    bpy.context.view_layer.update()
    for bone in armature.pose.bones:
        bone.rotation_mode = "QUATERNION"
    _take_sway(armature, newer)
    for part in new_parts:
        its.objects.unlink(part)
        own.objects.link(part)
        _hold(part, armature)
        for old in old_parts:
            _keep_colors(old, part)
            if old[PART] == part[PART]:
                keep_face(old, part)
    # Last, so that nothing is lost should anything before go wrong.
    for part in old_parts:
        bpy.data.objects.remove(part)
    for part in new_parts:
        part.name = part[PART]
    worn_out = newer.data
    bpy.data.objects.remove(newer)
    bpy.data.armatures.remove(worn_out)
    bpy.data.collections.remove(its)
    return armature


def _hold(part: Any, armature: Any) -> None:
    part.parent = armature
    skinning = part.modifiers.get("Armature") or part.modifiers.new("Armature", "ARMATURE")
    skinning.object = armature


def _keep_colors(old: Any, new: Any) -> None:
    """Give a part the colors that the user chose for it, unless it is painted anew."""
    if old[PART] != new[PART]:
        return
    for color, was in zip(COLORS, WAS, strict=True):
        if color in old and color in new and list(old[was]) == list(new[was]):
            new[color] = list(old[color])


def _take_sway(armature: Any, newer: Any) -> None:
    """Move the keys of the new cloth bones into the armature's action, or take the whole of it."""
    animation = newer.animation_data
    if animation is None or animation.action is None:
        return
    action = animation.action
    if armature.animation_data is None or armature.animation_data.action is None:
        armature.animation_data_create().action = action
        if compat.HAS_SLOTS:
            armature.animation_data.action_slot = action.slots[0]
        return
    bag = compat.open_action(armature.animation_data.action, armature)
    for curve in [curve for curve in bag.fcurves if _is_of_cloth(curve)]:
        bag.fcurves.remove(curve)
    for curve in compat.find_curves(action):
        if _is_of_cloth(curve):
            compat.write_curve(bag, curve.data_path, curve.array_index, compat.keys_of(curve), None)
    newer.animation_data_clear()
    bpy.data.actions.remove(action)


def _is_of_cloth(curve: Any) -> bool:
    return curve.data_path.startswith('pose.bones["') and sways(curve.data_path.split('"')[1])
