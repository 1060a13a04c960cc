# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that make the motion of a character anew and leave all else of it as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import bpy

from ...shared import catalog, steering
from ...shared.errors import BadOptionError
from ...shared.messages import Value
from ...shared.results import Media
from ...shared.steering import KeyedPose
from .. import continuing, operators, properties
from ..attempts import Outcome, attempt, ensure_connected
from ..catalog import CATALOG
from ..heartbeat import SESSION
from . import candidates, poses
from .frames import frame_of
from .scene import asked

AVATAR = CATALOG.system("avatar")
ASKED = ("seconds", "takes", "in_place", "seed")
"""The options of a motion that are asked for anew, as the panel has them."""


class ChangeMotion(bpy.types.Operator):
    bl_idname = "kinora.change_motion"
    bl_label = "Change Motion"
    bl_description = (
        "Make the motion of the active character anew: say what it does instead. Its body, looks "
        "and place stay, and the action that it has is kept in the file"
    )
    bl_options: ClassVar = {"REGISTER"}

    motion: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Motion", description="What the character does from now on"
    )
    seconds: properties.make_property(AVATAR.field("seconds"))  # type: ignore[valid-type]
    takes: properties.make_property(AVATAR.field("takes"))  # type: ignore[valid-type]
    in_place: properties.make_property(AVATAR.field("in_place"))  # type: ignore[valid-type]
    seed: properties.make_property(AVATAR.field("seed"))  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _is_ready(cls, context)

    def invoke(self, context: Any, event: Any) -> Outcome:
        self._is_asked = True
        if not self.properties.is_property_set("motion"):
            self.motion = said_of(poses.find_armature(context), context)
        for name in ASKED:
            if not self.properties.is_property_set(name):
                setattr(self, name, getattr(context.scene.kinora, name))
        return set(context.window_manager.invoke_props_dialog(self, width=420))

    def draw(self, context: Any) -> None:
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        self.layout.prop(self, "motion", placeholder="waves")
        for name in ASKED:
            self.layout.prop(self, name)
        if context.scene.kinora_steering.is_on:
            self.layout.label(text="It is steered from the scene.", icon="CON_FOLLOWPATH")

    def execute(self, context: Any) -> Outcome:
        wanted = {name: getattr(self, name) for name in ASKED}
        outcome = attempt(self, lambda: submit(context, self.motion, wanted))
        if getattr(self, "_is_asked", False) or outcome != {"FINISHED"}:
            return outcome
        return operators.wait_and_place(self, context)


class GenerateFromChosen(bpy.types.Operator):
    bl_idname = "kinora.generate_from_chosen"
    bl_label = "Generate Again from Chosen"
    bl_description = (
        "Make the motion of the active character anew so that it has the ticked poses, with the "
        "words that it was made of and the options above"
    )
    bl_options: ClassVar = {"REGISTER"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        if not _is_ready(cls, context):
            return False
        kept = poses.find_armature(context).kinora_candidates
        if not any(stored.is_chosen for stored in kept):
            cls.poll_message_set("Tick one pose or more")
            return False
        return True

    def invoke(self, context: Any, event: Any) -> Outcome:
        return attempt(self, lambda: self._submit(context))

    def execute(self, context: Any) -> Outcome:
        outcome = attempt(self, lambda: self._submit(context))
        return operators.wait_and_place(self, context) if outcome == {"FINISHED"} else outcome

    def _submit(self, context: Any) -> None:
        armature = poses.find_armature(context)
        wanted = {name: getattr(context.scene.kinora, name) for name in ASKED}
        words = said_of(armature, context)
        submit(context, words, wanted, candidates.chosen_poses(armature))


CLASSES = (ChangeMotion, GenerateFromChosen)


def said_of(armature: Any, context: Any) -> str:
    """The words of the motion that an armature has, or those in the panel."""
    return str(armature.get("kinora_motion_prompt", "")) or str(context.scene.kinora.motion_prompt)


def submit(
    context: Any, motion: str, wanted: dict[str, Value], chosen: tuple[KeyedPose, ...] = ()
) -> None:
    """Send the job that makes the active armature's motion anew. Raises `KinoraError`."""
    armature = poses.find_armature(context)
    values = {**_basis(armature, motion), **wanted}
    values |= with_poses(asked(context, frame_of(context, armature), motion), chosen)
    if not motion.strip() and "steering" not in values:
        raise BadOptionError("Nothing is said of the motion.", 'Write, for instance, "waves".')
    catalog.validate(CATALOG, AVATAR.name, values)
    ensure_connected()
    SESSION.submit(AVATAR.name, values, context.scene.name, armature.name)


def with_poses(values: dict[str, Value], chosen: tuple[KeyedPose, ...]) -> dict[str, Value]:
    """What the scene sets down, and poses that may come at any time."""
    if not chosen:
        return values
    given = values.get("steering")
    read = steering.from_json(given.data.tobytes() if isinstance(given, Media) else "{}")
    more = steering.to_json(replace(read, poses=(*read.poses, *chosen)))
    return {"steering": Media.of("scene.json", more.encode())}


def _basis(armature: Any, motion: str) -> dict[str, Value]:
    """A motion for the body of the job that made the armature."""
    told: dict[str, Value] = {"works_on": "motion", "motion_prompt": motion.strip()}
    return continuing.going_on(armature, {**told, "preset": "draft", "part": "all"})


def _is_ready(operator: Any, context: Any) -> bool:
    if SESSION.job.is_active:
        operator.poll_message_set("A job is running. Wait for it, or cancel it")
        return False
    if poses.find_armature(context) is None:
        operator.poll_message_set("Select a character or an armature that Kinora made")
        return False
    return True
