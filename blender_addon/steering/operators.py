# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons beside the lists: add and take away, keep poses, show a candidate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import bpy
from bpy_extras.io_utils import ExportHelper

from ...shared import steering
from ...shared.errors import BadOptionError
from ..attempts import Outcome, attempt
from ..compat import find_curves
from . import candidates, poses
from .frames import frame_of
from .scene import read_scene
from .settings import JOINTS, LISTS

MOST_KEYED = 60
"""Frames with keys; an action that has more is a motion already, not poses of an animator's."""
FEWEST_BONES = 4
"""Keys of fewer bones on a frame are a touch, not a pose."""


class ShowPose(bpy.types.Operator):
    bl_idname = "kinora.show_pose"
    bl_label = "Show Pose"
    bl_description = "Pose the character like this. Nothing is keyed; its action stays"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    number: bpy.props.IntProperty(name="Number", description="Which candidate, from 0", min=0)  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_candidates(cls, context)

    @classmethod
    def description(cls, context: Any, options: Any) -> str:
        armature = poses.find_armature(context)
        kept = armature.kinora_candidates if armature is not None else ()
        shown = kept[options.number].name if options.number < len(kept) else "this"
        return f"Pose the character like this: {shown}. Nothing is keyed; its action stays"

    def execute(self, context: Any) -> Outcome:
        armature = poses.find_armature(context)
        kept = armature.kinora_candidates
        if self.number >= len(kept):
            self.report({"ERROR"}, f"There are {len(kept)} poses, from 0 on.")
            return {"CANCELLED"}
        poses.show_pose(armature, poses.rig_of(armature), candidates.turns_of(kept[self.number]))
        return {"FINISHED"}


class KeepPose(bpy.types.Operator):
    bl_idname = "kinora.keep_pose"
    bl_label = "Keep Pose Here"
    bl_description = "Let motions pass the pose that the active character has now, at this frame"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_armature(cls, context)

    def execute(self, context: Any) -> Outcome:
        _keep(context, poses.find_armature(context))
        return {"FINISHED"}


class KeepKeyedPoses(bpy.types.Operator):
    bl_idname = "kinora.keep_keyed_poses"
    bl_label = "Keep Keyed Poses"
    bl_description = "Let motions pass every pose that you keyed on the active character's timeline"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_armature(cls, context)

    def execute(self, context: Any) -> Outcome:
        return attempt(self, lambda: self._keep_all(context))

    def _keep_all(self, context: Any) -> None:
        armature, scene = poses.find_armature(context), context.scene
        frames = keyed_frames(armature)
        now, part = scene.frame_current, scene.frame_subframe
        try:
            for frame in frames:
                scene.frame_set(frame)
                _keep(context, armature)
        finally:
            scene.frame_set(now, subframe=part)
        self.report({"INFO"}, f"{len(frames)} poses are kept.")


class AddSteering(bpy.types.Operator):
    bl_idname = "kinora.add_steering"
    bl_label = "Add"
    bl_description = "Add an entry at the current frame"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    kind: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Kind",
        items=(
            ("prompts", "Prompt", "Say what is done from the current frame on"),
            ("waypoints", "Waypoint", "Be over the selected objects at the current frame"),
            ("pins", "Pin", "Hold a hand or a foot to the selected object"),
        ),
        description="What to add",
    )

    @classmethod
    def description(cls, context: Any, options: Any) -> str:
        if options.kind == "waypoints":
            return (
                "Be over each selected empty at the current frame, one second after the other; "
                "without one a new empty is made at the 3D cursor"
            )
        if options.kind == "pins":
            return "Hold a hand, a foot or the head to the selected object for a second"
        return "Say what is done from the current frame on, until the next prompt"

    def execute(self, context: Any) -> Outcome:
        second = round(context.scene.render.fps / context.scene.render.fps_base)
        {"prompts": _add_prompt, "waypoints": _add_waypoints, "pins": _add_pin}[self.kind](
            context, second
        )
        context.scene.kinora_steering.is_on = True
        return {"FINISHED"}


class RemoveSteering(bpy.types.Operator):
    bl_idname = "kinora.remove_steering"
    bl_label = "Remove"
    bl_description = "Take this entry away; objects stay"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    kind: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Kind",
        items=[(name, name.title(), f"An entry of the list of {name}") for name in LISTS],
        description="From which list",
    )
    number: bpy.props.IntProperty(name="Number", description="Which entry, from 0", min=0)  # type: ignore[valid-type]

    def execute(self, context: Any) -> Outcome:
        entries = getattr(context.scene.kinora_steering, self.kind)
        if self.number >= len(entries):
            self.report({"ERROR"}, f"There are {len(entries)} {self.kind}, from 0 on.")
            return {"CANCELLED"}
        entries.remove(self.number)
        return {"FINISHED"}


class SaveSteering(bpy.types.Operator, ExportHelper):
    bl_idname = "kinora.save_steering"
    bl_label = "Save Steering"
    bl_description = (
        "Write what is set down as a file for the command line: kinora avatar --steering"
    )
    bl_options: ClassVar = {"REGISTER"}

    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})  # type: ignore[valid-type]

    def execute(self, context: Any) -> Outcome:
        return attempt(self, lambda: self._write(context))

    def _write(self, context: Any) -> None:
        matrix = frame_of(context, poses.find_armature(context))
        read = read_scene(context, matrix, context.scene.kinora.motion_prompt)
        try:
            Path(self.filepath).write_text(steering.to_json(read), encoding="utf-8")
        except OSError as error:
            raise BadOptionError(
                f"{self.filepath} cannot be written ({error.strerror}).", "Choose another place."
            ) from error


CLASSES = (ShowPose, KeepPose, KeepKeyedPoses, AddSteering, RemoveSteering, SaveSteering)


def keyed_frames(armature: Any) -> list[int]:
    """The frames of the action on which whole poses are keyed.

    Raises `BadOptionError` where there are none, or so many that it is a motion.
    """
    animation = armature.animation_data
    if animation is None or animation.action is None:
        raise BadOptionError(
            "The character has no keys.", "Key some poses, or keep them one by one."
        )
    found: dict[int, set[str]] = {}
    for curve in find_curves(animation.action):
        if curve.data_path.startswith('pose.bones["') and "rotation" in curve.data_path:
            for point in curve.keyframe_points:
                found.setdefault(round(point.co[0]), set()).add(curve.data_path)
    frames = sorted(frame for frame, bones in found.items() if len(bones) >= FEWEST_BONES)
    if not 0 < len(frames) <= MOST_KEYED:
        raise BadOptionError(
            f"The character's action has keys of whole poses on {len(frames)} frames; 1 to "
            f"{MOST_KEYED} can be kept.",
            "Go to each frame that matters and use Keep Pose Here.",
        )
    return frames


def _keep(context: Any, armature: Any) -> None:
    """The pose of now at the frame of now, in the place of one that was kept there."""
    frame, kept = context.scene.frame_current, context.scene.kinora_steering.poses
    context.view_layer.update()
    pose = poses.keyed(armature, poses.rig_of(armature), None)
    stored = next((each for each in kept if each.frame == frame), None) or kept.add()
    stored.frame, stored.height = frame, pose.height or 0.0
    stored.turns = json.dumps(pose.rotations)
    context.scene.kinora_steering.is_on = True


def _add_prompt(context: Any, second: int) -> None:
    added = context.scene.kinora_steering.prompts.add()
    added.frame = context.scene.frame_current


def _add_waypoints(context: Any, second: int) -> None:
    empties = [each for each in context.selected_objects if each.type == "EMPTY"]
    if not empties:
        empties = [bpy.data.objects.new("Waypoint", None)]
        empties[0].empty_display_type = "SINGLE_ARROW"
        empties[0].location = context.scene.cursor.location
        context.collection.objects.link(empties[0])
    frame = context.scene.frame_current
    for number, empty in enumerate(sorted(empties, key=lambda each: each.name)):
        added = context.scene.kinora_steering.waypoints.add()
        added.frame, added.place = frame + number * second, empty


def _add_pin(context: Any, second: int) -> None:
    added = context.scene.kinora_steering.pins.add()
    character = poses.find_armature(context)
    others = [each for each in context.selected_objects if each != character]
    added.target = others[0] if others else None
    added.joint = JOINTS[0][0]
    added.start = context.scene.frame_current
    added.end = added.start + second


def _has_armature(operator: Any, context: Any) -> bool:
    if poses.find_armature(context) is None:
        operator.poll_message_set("Select a character or an armature that Kinora made")
        return False
    return True


def _has_candidates(operator: Any, context: Any) -> bool:
    if not _has_armature(operator, context):
        return False
    if not len(poses.find_armature(context).kinora_candidates):
        operator.poll_message_set("This character's job offered no poses")
        return False
    return True
