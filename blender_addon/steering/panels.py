# SPDX-License-Identifier: GPL-3.0-or-later
"""The sub-panel *Motion*: options, poses to choose from, and what the scene sets down."""

from __future__ import annotations

from typing import Any, ClassVar

import bpy

from ..catalog import CATALOG
from ..panels import Sidebar, draw_options
from . import candidates, poses

COLUMNS = 3
THUMBNAIL = 4.5
"""Times the height of a button."""


class MotionPanel(Sidebar, bpy.types.Panel):
    bl_idname = "KINORA_PT_motion"
    bl_label = "Motion"
    bl_parent_id = "KINORA_PT_main"
    bl_order = 1
    bl_options: ClassVar = {"DEFAULT_CLOSED"}
    group = "Motion options"

    @classmethod
    def poll(cls, context: Any) -> bool:
        entry = CATALOG.system(context.scene.kinora.system)
        return any(field.group == cls.group for field in entry.fields)

    def draw(self, context: Any) -> None:
        layout = self.layout
        settings = context.scene.kinora
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_options(context, layout, settings, CATALOG.system(settings.system), self.group)
        layout.operator("kinora.change_motion", text="Change Motion...", icon="ANIM")
        armature = poses.find_armature(context)
        if armature is not None and len(armature.kinora_candidates):
            _draw_strip(layout, armature.kinora_candidates)


class SteeringPanel(Sidebar, bpy.types.Panel):
    bl_idname = "KINORA_PT_steering"
    bl_label = "Steer from Scene"
    bl_parent_id = "KINORA_PT_motion"
    bl_options: ClassVar = {"DEFAULT_CLOSED"}

    def draw_header(self, context: Any) -> None:
        self.layout.prop(context.scene.kinora_steering, "is_on", text="")

    def draw(self, context: Any) -> None:
        settings = context.scene.kinora_steering
        column = self.layout.column()
        column.active = settings.is_on
        split = column.column()
        split.use_property_split = True
        split.use_property_decorate = False
        split.prop(settings, "path")
        if settings.path is not None:
            split.prop(settings, "follows")
        _draw_prompts(column, settings)
        _draw_waypoints(column, settings)
        _draw_poses(column, settings)
        _draw_pins(column, settings)
        column.operator("kinora.save_steering", icon="EXPORT")


CLASSES = (MotionPanel, SteeringPanel)


def _draw_strip(layout: Any, kept: Any) -> None:
    """The poses side by side: a picture, a button that shows it, one that chooses it."""
    layout.label(text="Poses that fit the words", icon="ARMATURE_DATA")
    grid = layout.grid_flow(row_major=True, columns=COLUMNS, even_columns=True)
    for number, stored in enumerate(kept):
        cell = grid.column(align=True)
        cell.use_property_split = False
        cell.template_icon(icon_value=candidates.picture_of(stored).icon_id, scale=THUMBNAIL)
        cell.operator("kinora.show_pose", text=stored.name).number = number
        cell.prop(stored, "is_chosen", text="Choose", toggle=True)
    layout.operator("kinora.generate_from_chosen", icon="FILE_REFRESH")


def _heading(column: Any, text: str, icon: str) -> Any:
    row = column.row(align=True)
    row.label(text=text, icon=icon)
    return row


def _draw_prompts(column: Any, settings: Any) -> None:
    row = _heading(column, "Prompts", "TEXT")
    row.prop(settings, "has_markers", text="", icon="MARKER_HLT")
    row.operator("kinora.add_steering", text="", icon="ADD").kind = "prompts"
    for number, prompt in enumerate(settings.prompts):
        line = column.row(align=True)
        frame = line.row()
        frame.scale_x = 0.5
        frame.prop(prompt, "frame", text="")
        line.prop(prompt, "text", text="", placeholder="waves")
        _draw_removal(line, "prompts", number)


def _draw_waypoints(column: Any, settings: Any) -> None:
    row = _heading(column, "Waypoints", "EMPTY_SINGLE_ARROW")
    row.operator("kinora.add_steering", text="", icon="ADD").kind = "waypoints"
    for number, waypoint in enumerate(settings.waypoints):
        line = column.row(align=True)
        frame = line.row()
        frame.scale_x = 0.5
        frame.prop(waypoint, "frame", text="")
        line.prop(waypoint, "place", text="")
        line.prop(waypoint, "faces", text="", icon="ORIENTATION_LOCAL")
        _draw_removal(line, "waypoints", number)


def _draw_poses(column: Any, settings: Any) -> None:
    row = _heading(column, "Poses", "ARMATURE_DATA")
    row.operator("kinora.keep_keyed_poses", text="", icon="KEYINGSET")
    row.operator("kinora.keep_pose", text="", icon="ADD")
    for number, pose in enumerate(settings.poses):
        line = column.row(align=True)
        line.prop(pose, "frame", text="Frame")
        _draw_removal(line, "poses", number)


def _draw_pins(column: Any, settings: Any) -> None:
    row = _heading(column, "Pins", "PINNED")
    row.operator("kinora.add_steering", text="", icon="ADD").kind = "pins"
    for number, pin in enumerate(settings.pins):
        box = column.column(align=True)
        line = box.row(align=True)
        line.prop(pin, "joint", text="")
        line.prop(pin, "target", text="")
        _draw_removal(line, "pins", number)
        span = box.row(align=True)
        span.prop(pin, "start")
        span.prop(pin, "end")


def _draw_removal(line: Any, kind: str, number: int) -> None:
    remove = line.operator("kinora.remove_steering", text="", icon="X")
    remove.kind, remove.number = kind, number
