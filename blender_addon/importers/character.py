# SPDX-License-Identifier: GPL-3.0-or-later
"""A character as an armature with its dressed body parented to it, moving if it has a motion."""

from __future__ import annotations

from typing import Any

from ...shared.results import Character
from .armature import make_armature
from .material import make_material
from .mesh import make_mesh
from .motion import apply_motion


def place_character(context: Any, character: Character, name: str) -> tuple[Any, tuple[str, ...]]:
    """Build the character at the 3D cursor; returns its armature and what to tell the user."""
    armature = make_armature(context, character.rig, name)
    materials = [make_material(material) for material in character.materials]
    for part in character.meshes:
        made = make_mesh(part, character.rig.bone_names)
        made.data.materials.append(materials[part.material])
        context.collection.objects.link(made)
        made.parent = armature
        skinning = made.modifiers.new("Armature", "ARMATURE")
        skinning.object = armature
    if character.motion is not None:
        apply_motion(context.scene, armature, character.rig, character.motion, character.sway)
    return armature, character.notes
