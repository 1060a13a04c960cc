# SPDX-License-Identifier: GPL-3.0-or-later
"""Going on with a character that stands in the scene: more of something, one part, looks alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import bpy

from ..shared import catalog
from ..shared.catalog import SystemEntry
from ..shared.errors import BadOptionError
from ..shared.messages import Value
from . import operators, properties
from .attempts import Outcome, attempt, ensure_connected
from .catalog import CATALOG
from .heartbeat import SESSION
from .wardrobe_operators import find_character

AVATAR = CATALOG.system("avatar")
ASKED = ("works_on", "part", "preset")
"""The options that are asked for anew; the others stay as the character was made with."""
JOB = "kinora_job_id"


class ContinueCharacter(bpy.types.Operator):
    bl_idname = "kinora.continue_character"
    bl_label = "Continue"
    bl_description = (
        "Go on with the active character from where its job ended: say what shall change, choose "
        "what is worked on. Its body, place and motion stay"
    )
    bl_options: ClassVar = {"REGISTER"}

    change: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Change",
        description='What shall change, as "more armour" or "make the coat longer"; empty works on '
        "the looks as they were asked for",
    )
    works_on: properties.make_property(AVATAR.field("works_on"))  # type: ignore[valid-type]
    part: properties.make_property(AVATAR.field("part"))  # type: ignore[valid-type]
    preset: properties.make_property(AVATAR.field("preset"))  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Any) -> bool:
        if SESSION.job.is_active:
            cls.poll_message_set("A job is running. Wait for it, or cancel it")
            return False
        if not job_of(find_character(context)):
            cls.poll_message_set("Select a character that Kinora made")
            return False
        return True

    @classmethod
    def description(cls, context: Any, options: Any) -> str:
        if options.works_on == "texture":
            return "Paint the active character anew by its words and leave its surface as it is"
        if options.works_on == "sculpt":
            return "Work on the active character's surface alone and leave its colors as they are"
        if options.part != "all":
            return f"Work on the {options.part} of the active character alone"
        return cls.bl_description

    def invoke(self, context: Any, event: Any) -> Outcome:
        self._is_asked = True
        if not self.properties.is_property_set("preset"):
            self.preset = _preset_for(find_character(context), self.works_on, self.part)
        return set(context.window_manager.invoke_props_dialog(self, width=420))

    def draw(self, context: Any) -> None:
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        self.layout.prop(self, "change", placeholder="more armour")
        for name in ASKED:
            self.layout.prop(self, name)

    def execute(self, context: Any) -> Outcome:
        outcome = attempt(self, lambda: self._submit(context))
        if getattr(self, "_is_asked", False) or outcome != {"FINISHED"}:
            return outcome
        return operators.wait_and_place(self, context)

    def _submit(self, context: Any) -> None:
        armature = find_character(context)
        asked = {name: getattr(self, name) for name in ASKED}
        if self.works_on == "motion":
            raise BadOptionError("Continue works on the looks.", "Use Change Motion.", "works_on")
        values = going_on(armature, {**asked, "appearance_prompt": self.change.strip()})
        catalog.validate(CATALOG, AVATAR.name, values)
        ensure_connected()
        SESSION.submit(AVATAR.name, values, context.scene.name, armature.name)


CLASSES = (ContinueCharacter,)


def job_of(armature: Any) -> str:
    """The job that made a character; "" where it is not known."""
    return str(armature.get(JOB, "")) if armature is not None else ""


def going_on(armature: Mapping[str, Any], asked: Mapping[str, Value]) -> dict[str, Value]:
    """The options of a job that goes on from the character's: its choices, and what is asked anew.

    Raises `BadOptionError` where nobody knows its job.
    """
    if not armature.get(JOB):
        raise BadOptionError("It is not known which job made this character.", "Generate it anew.")
    values = properties.defaults(AVATAR)
    for field in AVATAR.fields:
        made_with = armature.get(f"kinora_{field.name}")
        if _is_choice(AVATAR, field.name, made_with):
            values[field.name] = str(made_with)
    return {**values, "continue_job": str(armature[JOB]), **asked}


def _preset_for(armature: Mapping[str, Any], works_on: str, part: str) -> str:
    """The one that the character was made with; drafts are not worked on part by part."""
    made_with = str(armature.get("kinora_preset", ""))
    if not _is_choice(AVATAR, "preset", made_with):
        return str(AVATAR.field("preset").default)
    is_partial = (works_on, part) != ("all", "all")
    return "standard" if is_partial and made_with == "draft" else made_with


def _is_choice(entry: SystemEntry, name: str, value: object) -> bool:
    return value in entry.field(name).choices
