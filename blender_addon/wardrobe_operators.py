# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done to a character that stands in the scene: other clothes, real cloth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import bpy

from ..shared import catalog
from ..shared.errors import BadOptionError
from ..shared.messages import Value
from . import operators, properties
from .attempts import Outcome, attempt, ensure_connected
from .catalog import CATALOG
from .heartbeat import SESSION
from .importers.mesh import PART, PIN, parts

PROMPTS = ("shape_prompt", "appearance_prompt", "motion_prompt")


class ChangeClothes(bpy.types.Operator):
    bl_idname = "kinora.change_clothes"
    bl_label = "Change Clothes"
    bl_description = (
        "Dress the active character anew: say what it wears instead, "
        'as "a green hoodie" or "no hat". Its place, motion and colors stay'
    )
    bl_options: ClassVar = {"REGISTER"}

    wear: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Wear", description='What it wears from now on, as "a green hoodie" or "no hat"'
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        if SESSION.job.is_active:
            cls.poll_message_set("A job is running. Wait for it, or cancel it")
            return False
        if find_character(context) is None:
            cls.poll_message_set("Select a character that Kinora made")
            return False
        return True

    def invoke(self, context: Any, event: Any) -> Outcome:
        self._is_asked = True
        return set(context.window_manager.invoke_props_dialog(self, width=420))

    def execute(self, context: Any) -> Outcome:
        outcome = attempt(self, lambda: self._submit(context))
        if getattr(self, "_is_asked", False) or outcome != {"FINISHED"}:
            return outcome
        return operators.wait_and_place(self, context)

    def _submit(self, context: Any) -> None:
        armature = find_character(context)
        entry = CATALOG.system("avatar")
        values = dressed_anew(armature, self.wear)
        catalog.validate(CATALOG, entry.name, values)
        ensure_connected()
        SESSION.submit(entry.name, values, context.scene.name, armature.name)


class SimulateCloth(bpy.types.Operator):
    bl_idname = "kinora.simulate_cloth"
    bl_label = "Simulate Cloth"
    bl_description = (
        "Add Blender's cloth simulation to what hangs on the active character: it is pinned where "
        "it is held, and falls against the body. Play from the first frame to see it"
    )
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        armature = find_character(context)
        if armature is None or not any(PIN in part.vertex_groups for part in parts(armature)):
            cls.poll_message_set("Select a character that wears something that hangs, as a skirt")
            return False
        return True

    def execute(self, context: Any) -> Outcome:
        made = set_up_cloth(find_character(context), context.scene)
        self.report({"INFO"}, f"Cloth: {', '.join(made)}. Play from the first frame.")
        return {"FINISHED"}


CLASSES = (ChangeClothes, SimulateCloth)


def find_character(context: Any) -> Any:
    """The armature of the active character, also where one of its parts is active; or None."""
    active = context.view_layer.objects.active
    if active is not None and PART in active:
        active = active.parent
    is_ours = active is not None and active.type == "ARMATURE" and parts(active)
    return active if is_ours and "kinora_appearance_prompt" in active else None


def dressed_anew(armature: Any, wear: str) -> Mapping[str, Value]:
    """The options that made this character, with other clothes: what is said last wins.

    Raises `BadOptionError` when nothing is said.
    """
    if not wear.strip():
        raise BadOptionError(
            "Nothing is said of the new clothes.", 'Write, for instance, "no hat".'
        )
    entry = CATALOG.system("avatar")
    values = properties.defaults(entry)
    for name in (*PROMPTS, "preset"):
        values[name] = str(armature.get(f"kinora_{name}", values.get(name, "")))
    values["seed"] = int(armature.get("kinora_seed", 0))
    before = str(values["appearance_prompt"]).strip().rstrip(".")
    values["appearance_prompt"] = f"{before}. {wear.strip()}" if before else wear.strip()
    return values


def set_up_cloth(armature: Any, scene: Any) -> list[str]:
    """Cloth on every part with a pin group, collision on the body; returns the parts' names."""
    made = []
    for part in parts(armature):
        if part[PART] == "Body" and "Collision" not in part.modifiers:
            part.modifiers.new("Collision", "COLLISION")
            part.collision.thickness_outer = 0.004
        if PIN not in part.vertex_groups or "Cloth" in part.modifiers:
            continue
        cloth = part.modifiers.new("Cloth", "CLOTH")
        cloth.settings.vertex_group_mass = PIN
        cloth.settings.quality = 8
        cloth.settings.mass = 0.2
        cloth.settings.bending_stiffness = 1.0
        cloth.collision_settings.distance_min = 0.004
        cloth.point_cache.frame_start = scene.frame_start
        cloth.point_cache.frame_end = scene.frame_end
        made.append(part.name)
    return made
