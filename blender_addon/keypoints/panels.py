# SPDX-License-Identifier: GPL-3.0-or-later
"""The sub-panels *Clip* and *Skeleton* of systems that animate drawings."""

from __future__ import annotations

from typing import Any, ClassVar

import bpy

from ..catalog import CATALOG
from ..panels import Sidebar, draw_options


class ClipPanel(Sidebar, bpy.types.Panel):
    bl_idname = "KINORA_PT_clip"
    bl_label = "Clip"
    bl_parent_id = "KINORA_PT_main"
    bl_order = 1
    bl_options: ClassVar = {"DEFAULT_CLOSED"}
    group = "Clip options"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_group(context, cls.group)

    def draw(self, context: Any) -> None:
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        self.layout.prop(context.scene.kinora_clip, "place_as")
        _draw_group(context, self.layout, self.group)


class SkeletonPanel(Sidebar, bpy.types.Panel):
    bl_idname = "KINORA_PT_skeleton"
    bl_label = "Skeleton"
    bl_parent_id = "KINORA_PT_main"
    bl_order = 1
    bl_options: ClassVar = {"DEFAULT_CLOSED"}
    group = "Skeleton options"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_group(context, cls.group)

    def draw(self, context: Any) -> None:
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        row = self.layout.row(align=True)
        row.operator("kinora.edit_keypoints", icon="EDITMODE_HLT")
        row.operator("kinora.use_keypoints", icon="CHECKMARK")
        _draw_group(context, self.layout, self.group)


CLASSES = (ClipPanel, SkeletonPanel)


def _has_group(context: Any, group: str) -> bool:
    entry = CATALOG.system(context.scene.kinora.system)
    return any(field.group == group for field in entry.fields)


def _draw_group(context: Any, layout: Any, group: str) -> None:
    settings = context.scene.kinora
    draw_options(context, layout, settings, CATALOG.system(settings.system), group)
