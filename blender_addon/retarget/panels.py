# SPDX-License-Identifier: GPL-3.0-or-later
"""The sub-panel *Armatures*: the motion in hand onto what is selected, files, the pose library."""

from __future__ import annotations

from typing import Any, ClassVar

import bpy

from ..panels import Sidebar
from . import held


class ArmaturesPanel(Sidebar, bpy.types.Panel):
    bl_idname = "KINORA_PT_armatures"
    bl_label = "Armatures and Files"
    bl_parent_id = "KINORA_PT_motion"
    bl_options: ClassVar = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        layout = self.layout
        taken = held.in_hand()
        words = f"In hand: {taken.takes[0].name}" if taken is not None else "No motion in hand"
        layout.label(text=words, icon="ACTION")
        layout.operator("kinora.apply_motion", icon="ARMATURE_DATA")
        row = layout.row(align=True)
        row.operator("kinora.import_motion", text="Import...", icon="IMPORT")
        row.operator("kinora.export_motion", text="Export...", icon="EXPORT")
        layout.operator_menu_enum(
            "kinora.save_poses_as_assets",
            "poses",
            text="Save Poses as Assets",
            icon="ASSET_MANAGER",
        )


CLASSES = (ArmaturesPanel,)
