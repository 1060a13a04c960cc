# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar tab *Kinora*: prompts, Generate, how far the job is, connection, history."""

from __future__ import annotations

from typing import Any, ClassVar

import blf
import bpy

from ..shared.catalog import SystemEntry
from ..shared.errors import BadOptionError, KinoraError
from ..shared.messages import JobRow
from . import heartbeat, preferences
from .catalog import CATALOG
from .heartbeat import SESSION
from .importers.mesh import parts
from .importers.recolor import COLORS
from .job import Link, Stage
from .wardrobe_operators import find_character

SHOWN_ROWS = 12
_ICON_OF_STATE = {
    "queued": "SORTTIME",
    "running": "PLAY",
    "finished": "CHECKMARK",
    "failed": "ERROR",
    "cancelled": "X",
}


class Sidebar:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Kinora"


class MainPanel(Sidebar, bpy.types.Panel):
    bl_idname = "KINORA_PT_main"
    bl_label = "Kinora"

    def draw(self, context: Any) -> None:
        layout = self.layout
        settings = context.scene.kinora
        entry = CATALOG.system(settings.system)
        layout.use_property_split = True
        layout.use_property_decorate = False
        if len(CATALOG.systems) > 1:
            layout.prop(settings, "system")
        draw_options(context, layout, settings, entry, "")
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator("kinora.generate", icon="PLAY")
        _draw_job(context, layout)


class AppearancePanel(Sidebar, bpy.types.Panel):
    bl_idname = "KINORA_PT_appearance"
    bl_label = "Appearance Options"
    bl_parent_id = "KINORA_PT_main"
    bl_options: ClassVar = {"DEFAULT_CLOSED"}
    group = "Appearance options"

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


class CharacterPanel(Sidebar, bpy.types.Panel):
    bl_idname = "KINORA_PT_character"
    bl_label = "Character"
    bl_parent_id = "KINORA_PT_main"
    bl_order = 2

    @classmethod
    def poll(cls, context: Any) -> bool:
        return find_character(context) is not None

    def draw(self, context: Any) -> None:
        column = self.layout.column(align=True)
        for part in parts(find_character(context)):
            if COLORS[0] in part:
                row = column.row(align=True)
                row.label(text=part.name, icon="MATCLOTH")
                for color in (color for color in COLORS if color in part):
                    row.prop(part, f'["{color}"]', text="")
        self.layout.operator("kinora.continue_character", text="Continue...", icon="MODIFIER")
        row = self.layout.row(align=True)
        paint = row.operator("kinora.continue_character", text="Re-Texture", icon="TEXTURE")
        paint.works_on = "texture"
        form = row.operator("kinora.continue_character", text="Sculpt Only", icon="SCULPTMODE_HLT")
        form.works_on = "sculpt"
        self.layout.operator_menu_enum("kinora.continue_character", "part", text="Edit One Part")
        self.layout.operator("kinora.change_clothes", icon="MATCLOTH")
        self.layout.operator("kinora.simulate_cloth", icon="MOD_CLOTH")


class HistoryPanel(Sidebar, bpy.types.Panel):
    bl_idname = "KINORA_PT_history"
    bl_label = "History"
    bl_parent_id = "KINORA_PT_main"
    bl_order = 3
    bl_options: ClassVar = {"DEFAULT_CLOSED"}

    def draw_header_preset(self, context: Any) -> None:
        self.layout.operator("kinora.refresh_history", text="", icon="FILE_REFRESH", emboss=False)

    def draw(self, context: Any) -> None:
        if not SESSION.history:
            words = "No results yet" if SESSION.link is Link.CONNECTED else "Connect to see results"
            self.layout.label(text=words)
        column = self.layout.column(align=True)
        for row in SESSION.history[:SHOWN_ROWS]:
            _draw_history_row(column, row)


class ConnectionPanel(Sidebar, bpy.types.Panel):
    bl_idname = "KINORA_PT_connection"
    bl_label = "Connection"
    bl_parent_id = "KINORA_PT_main"
    bl_order = 4
    bl_options: ClassVar = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        icon = "LINKED" if SESSION.link is Link.CONNECTED else "UNLINKED"
        self.layout.label(text=SESSION.link.value, icon=icon)
        settings = preferences.read_preferences()
        if settings is not None:
            preferences.draw_connection(self.layout, settings)
        is_linked = SESSION.link is Link.CONNECTED
        self.layout.operator("kinora.connect", text="Connect Again" if is_linked else "Connect")


CLASSES = (MainPanel, AppearancePanel, CharacterPanel, HistoryPanel, ConnectionPanel)


def draw_options(context: Any, layout: Any, settings: Any, entry: SystemEntry, group: str) -> None:
    """The options under one heading, "" for those of every day; a wrong one says so anywhere."""
    error = SESSION.error
    wrong = error.field if isinstance(error, BadOptionError) else ""
    column = layout.column()
    shown = [field for field in entry.fields if field.group == group]
    hidden = [field for field in entry.fields if not group and field.group and field.name == wrong]
    for field in (*shown, *hidden):
        row = column.row()
        row.alert = field.name == wrong
        if field.type == "text":
            row.prop(settings, field.name, placeholder=field.doc.split(":")[-1].strip())
        else:
            row.prop(settings, field.name)
        if error is not None and field.name == wrong:
            draw_text(context, column, str(error), "ERROR")


def _draw_job(context: Any, layout: Any) -> None:
    """The progress row is always there, so that nothing jumps when a job begins or ends."""
    job = SESSION.job
    bar = layout.column()
    bar.enabled = job.is_active
    is_done = job.stage in (Stage.READY, Stage.PLACED)
    fraction = 1.0 if is_done else job.fraction if job.is_active else 0.0
    waits = SESSION.link in (Link.STARTING, Link.CONNECTING)
    words = SESSION.link.value if waits else heartbeat.describe(job)
    bar.progress(factor=fraction, type="BAR", text=words if job.is_active else job.stage.value)
    row = layout.row(align=True)
    row.operator("kinora.keep", icon="CHECKMARK")
    row.operator("kinora.cancel", icon="X")
    if job.stage is Stage.READY:
        layout.operator("kinora.place", text="Ready: Place", icon="IMPORT")
        if obstacle := heartbeat.find_obstacle(context):
            draw_text(context, layout, obstacle, "INFO")
    for note in SESSION.notes:
        draw_text(context, layout, note, "INFO")
    if SESSION.error is not None and not getattr(SESSION.error, "field", ""):
        _draw_error(context, layout, SESSION.error)


def _draw_error(context: Any, layout: Any, error: KinoraError) -> None:
    box = layout.box().column(align=True)
    box.alert = True
    draw_text(context, box, error.message, "ERROR")
    box.alert = False
    if error.hint:
        draw_text(context, box, error.hint, "BLANK1")
    row = box.row(align=True)
    row.operator(
        "kinora.connect", text="Try Again" if SESSION.link is Link.NONE else "Connect Again"
    )
    row.operator("kinora.open_preferences", text="Preferences")
    row.operator("kinora.copy_details", text="", icon="COPYDOWN")


def _draw_history_row(column: Any, row: JobRow) -> None:
    line = column.row(align=True)
    name = line.row()
    name.label(text=row.title or row.system, icon=_ICON_OF_STATE[row.state])
    if row.state == "finished":
        line.operator("kinora.place_again", text="", icon="IMPORT").job_id = row.job_id
    line.operator("kinora.reuse_prompts", text="", icon="TEXT").job_id = row.job_id
    if row.state == "finished":
        pin = line.operator(
            "kinora.pin", text="", icon="PINNED" if row.pinned else "UNPINNED", depress=row.pinned
        )
        pin.job_id, pin.pinned = row.job_id, not row.pinned


def draw_text(context: Any, layout: Any, text: str, icon: str) -> None:
    """Labels do not wrap by themselves: one label a line, as wide as the sidebar allows."""
    scale = context.preferences.system.ui_scale
    room = max(80.0, context.region.width / scale - 75)
    blf.size(0, 11)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and blf.dimensions(0, longer)[0] > room:
            lines.append(word)
        else:
            lines[-1] = longer
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(lines):
        column.label(text=line, icon="BLANK1" if number else icon)
