# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons: show a drawing's keypoints, and use them as they are now."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import bpy

from ...shared import catalog, folders, keypoints_file
from ...shared.catalog import SystemEntry
from .. import operators, properties
from ..attempts import Outcome, attempt, ensure_connected
from ..catalog import CATALOG
from ..heartbeat import SESSION
from .editor import edit_placed, is_editor, read_editor
from .kept import KEYPOINTS

OPTION, SEARCH = "keypoints", "only_keypoints"
FOLDER = "keypoints"


class EditKeypoints(bpy.types.Operator):
    bl_idname = "kinora.edit_keypoints"
    bl_label = "Edit Keypoints"
    bl_description = (
        "Show the keypoints to be moved: those of the selected animated drawing, else those that "
        "are found in the drawing above"
    )
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        if not has_keypoints(context):
            cls.poll_message_set("Choose a system that animates drawings")
            return False
        if SESSION.job.is_active:
            cls.poll_message_set("A job is running. Wait for it, or cancel it")
            return False
        return True

    def invoke(self, context: Any, event: Any) -> Outcome:
        if self._edit_selected(context):
            return {"FINISHED"}
        return attempt(self, lambda: self._submit(context))

    def execute(self, context: Any) -> Outcome:
        if self._edit_selected(context):
            return {"FINISHED"}
        outcome = attempt(self, lambda: self._submit(context))
        return operators.wait_and_place(self, context) if outcome == {"FINISHED"} else outcome

    def _edit_selected(self, context: Any) -> bool:
        placed = find_placed(context)
        if placed is None:
            return False
        if context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        points = placed if is_editor(placed) else edit_placed(context, placed)
        for other in context.view_layer.objects:
            other.select_set(other == points)
        context.view_layer.objects.active = points
        bpy.ops.object.mode_set(mode="EDIT")
        return True

    def _submit(self, context: Any) -> None:
        settings = context.scene.kinora
        entry = CATALOG.system(settings.system)
        values = properties.read_values(settings, entry) | {SEARCH: True}
        catalog.validate(CATALOG, entry.name, values)
        ensure_connected()
        SESSION.submit(entry.name, values, context.scene.name)


class UseKeypoints(bpy.types.Operator):
    bl_idname = "kinora.use_keypoints"
    bl_label = "Use Keypoints"
    bl_description = "Write the keypoints as they are now to a file, and let the next job use them"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        if find_editor(context) is None:
            cls.poll_message_set("Click Edit Keypoints first, or select the points to use")
            return False
        return has_keypoints(context)

    def execute(self, context: Any) -> Outcome:
        return attempt(self, lambda: self._write(context))

    def _write(self, context: Any) -> None:
        read = read_editor(find_editor(context))
        folder = folders.make_folder(folders.data_folder() / FOLDER)
        path = folder / f"{folders.plain_word(Path(read.drawing).stem)}.json"
        folders.write_private(path, keypoints_file.to_json(read).encode())
        setattr(context.scene.kinora, OPTION, str(path))
        self.report({"INFO"}, f"{len(read.points)} keypoints are used from now on: {path}")


CLASSES = (EditKeypoints, UseKeypoints)


def has_keypoints(context: Any) -> bool:
    """Whether the chosen system takes keypoints."""
    return _takes(CATALOG.system(context.scene.kinora.system))


def find_placed(context: Any) -> Any:
    """The selected drawing, animated or as keypoints; or None."""
    active = context.view_layer.objects.active
    if active is None or not active.select_get():
        return None
    while active is not None and KEYPOINTS not in active:
        active = active.parent
    return active


def find_editor(context: Any) -> Any:
    """The selected keypoints, else the only ones of the scene; or None."""
    placed = find_placed(context)
    if is_editor(placed):
        return placed
    editors = [thing for thing in context.scene.objects if is_editor(thing)]
    return editors[0] if len(editors) == 1 else None


def _takes(entry: SystemEntry) -> bool:
    return {OPTION, SEARCH} <= {field.name for field in entry.fields}
