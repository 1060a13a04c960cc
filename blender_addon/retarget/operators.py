# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons that put a motion onto an armature and poses into the pose library."""

from __future__ import annotations

from typing import Any, ClassVar

import bpy

from ...shared.errors import BadOptionError
from ..attempts import Outcome, attempt
from ..heartbeat import SESSION
from ..importers.armature import read_rig
from ..importers.motion import put_on, selected_armature
from ..steering import candidates, poses
from ..steering.operators import keyed_frames
from . import held, pose_assets
from .actions import Manner


class ApplyMotion(bpy.types.Operator):
    bl_idname = "kinora.apply_motion"
    bl_label = "Apply Motion"
    bl_description = (
        "Put the motion in hand onto the selected armature, whoever made it: Kinora, Mixamo, "
        "Rigify, Unreal, SMPL. The action that it has is kept in the file"
    )
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    take: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Take", min=0, description="Which of the motion's takes; they count round and round"
    )
    speed: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Speed",
        default=1.0,
        min=0.05,
        max=20.0,
        soft_min=0.25,
        soft_max=4.0,
        description="Times as fast",
    )
    amount: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Amount",
        default=1.0,
        min=0.0,
        max=2.0,
        description="How large it is done: 0 stands still, 1 is as made, 2 swings twice as far",
    )
    in_place: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="In Place", description="Stay over one spot, as games want it"
    )
    on_root_bone: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Way on Root Bone",
        description="Let the armature's root bone go the way, so that the hips only sway over it",
    )
    loop: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Loop",
        description="Repeat a motion that ends as it begins, each round from where the last ended",
    )
    nla: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="As NLA Strip",
        description="Make it a strip of a new track in the Nonlinear Animation editor",
    )
    start: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Start Frame", default=1, description="The frame that the motion begins at"
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        if held.in_hand() is None:
            cls.poll_message_set("Generate or import a motion first")
            return False
        return is_ready(cls, context)

    def draw(self, context: Any) -> None:
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        taken = held.in_hand()
        for name in ("take", "speed", "amount", "start", "in_place", "on_root_bone", "loop", "nla"):
            row = self.layout.row()
            row.enabled = name != "take" or (taken is not None and len(taken.takes) > 1)
            row.prop(self, name)

    def execute(self, context: Any) -> Outcome:
        if not self.properties.is_property_set("start"):
            self.start = context.scene.frame_start
        return attempt(self, lambda: self._apply(context))

    def _apply(self, context: Any) -> None:
        taken, armature = held.in_hand(), selected_armature(context)
        if taken is None or armature is None:
            raise BadOptionError("No armature or no motion is in hand.", "Select an armature.")
        manner = Manner(
            speed=self.speed,
            amount=self.amount,
            in_place=self.in_place,
            on_root_bone=self.on_root_bone,
            loop=self.loop,
            nla=self.nla,
            start=self.start,
        )
        SESSION.notes = put_on(context, armature, taken, self.take, manner)
        SESSION.error = None
        words = f'"{taken.take(self.take).name}" is on "{armature.name}".'
        self.report({"INFO"}, " ".join((words, *SESSION.notes)))


class SavePosesAsAssets(bpy.types.Operator):
    bl_idname = "kinora.save_poses_as_assets"
    bl_label = "Save Poses as Assets"
    bl_description = (
        "Put poses of the selected armature into the pose library, tagged Kinora, in the catalog "
        "Kinora/Poses"
    )
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    poses: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Poses",
        items=(
            ("current", "Current Pose", "The pose that it has now"),
            ("keyed", "Keyed Poses", "Every pose that is keyed on its timeline"),
            ("candidates", "Candidates", "The poses that fit the words of its motion"),
        ),
        description="Which poses",
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        return is_ready(cls, context)

    def execute(self, context: Any) -> Outcome:
        return attempt(self, lambda: self._save(context))

    def _save(self, context: Any) -> None:
        armature = selected_armature(context)
        ways = {"current": _save_current, "keyed": _save_keyed, "candidates": _save_candidates}
        made = ways[self.poses](context, armature)
        where = "" if bpy.data.filepath else " Save the file for them to have a catalog."
        self.report({"INFO"}, f"{len(made)} poses are in the pose library.{where}")


CLASSES = (ApplyMotion, SavePosesAsAssets)


def is_ready(operator: Any, context: Any) -> bool:
    if selected_armature(context) is None:
        operator.poll_message_set("Select an armature")
        return False
    if context.mode not in ("OBJECT", "POSE"):
        operator.poll_message_set("Change to Object Mode or Pose Mode")
        return False
    return True


def _save_current(context: Any, armature: Any) -> list[Any]:
    return [pose_assets.save_pose(armature, f"{armature.name} {context.scene.frame_current}")]


def _save_keyed(context: Any, armature: Any) -> list[Any]:
    scene = context.scene
    now, part = scene.frame_current, scene.frame_subframe
    made = []
    try:
        for frame in keyed_frames(armature):
            scene.frame_set(frame)
            made.append(pose_assets.save_pose(armature, f"{armature.name} {frame}"))
    finally:
        scene.frame_set(now, subframe=part)
    return made


def _save_candidates(context: Any, armature: Any) -> list[Any]:
    rig = read_rig(armature)
    if rig is None or not len(armature.kinora_candidates):
        raise BadOptionError(
            "This armature's job offered no poses.", "Save its current or its keyed poses."
        )
    before = [(bone, bone.matrix_basis.copy()) for bone in armature.pose.bones]
    made = []
    try:
        for stored in armature.kinora_candidates:
            poses.show_pose(armature, rig, candidates.turns_of(stored))
            made.append(pose_assets.save_pose(armature, stored.name))
            pixels = candidates.pixels_of(stored)
            if pixels is not None:
                candidates.fill_preview(made[-1].preview_ensure(), pixels)
    finally:
        for bone, basis in before:
            bone.matrix_basis = basis
    return made
