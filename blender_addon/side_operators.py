# SPDX-License-Identifier: GPL-3.0-or-later
"""The small buttons: history, clipboard, preferences."""

from __future__ import annotations

from typing import Any, ClassVar

import bpy

from ..shared import __version__
from ..shared.messages import JobId
from . import preferences, properties
from .attempts import Outcome, attempt, ensure_connected, wait
from .catalog import CATALOG
from .heartbeat import SESSION


class Pin(bpy.types.Operator):
    bl_idname = "kinora.pin"
    bl_label = "Keep"
    bl_description = "Keep this result when old ones make room for new ones, or no longer"
    bl_options: ClassVar = {"INTERNAL"}

    job_id: bpy.props.StringProperty(name="Job", description="The job to keep")  # type: ignore[valid-type]
    pinned: bpy.props.BoolProperty(name="Keep", description="Whether to keep it")  # type: ignore[valid-type]

    def execute(self, context: Any) -> Outcome:
        SESSION.pin(JobId(self.job_id), self.pinned)
        return {"FINISHED"}


class RefreshHistory(bpy.types.Operator):
    bl_idname = "kinora.refresh_history"
    bl_label = "Refresh"
    bl_description = "Ask the backend for its list of jobs again"
    bl_options: ClassVar = {"INTERNAL"}

    def invoke(self, context: Any, event: Any) -> Outcome:
        return self.execute(context)

    def execute(self, context: Any) -> Outcome:
        def refresh() -> None:
            ensure_connected()
            SESSION.refresh_history()

        return attempt(self, refresh)


class ReusePrompts(bpy.types.Operator):
    bl_idname = "kinora.reuse_prompts"
    bl_label = "Show Prompts"
    bl_description = "Show this result's prompts, preset and seed in the panel again"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    job_id: bpy.props.StringProperty(name="Job", description="The job whose prompts to show")  # type: ignore[valid-type]

    def execute(self, context: Any) -> Outcome:
        def ask_and_show() -> None:
            ensure_connected()
            SESSION.ask_options(JobId(self.job_id))
            wait(lambda: SESSION.options is not None)
            if SESSION.options is not None:
                settings = context.scene.kinora
                entry = CATALOG.system(SESSION.options.system)
                settings.system = entry.name
                properties.write_values(settings, entry, SESSION.options.values)

        return attempt(self, ask_and_show)


class CopyDetails(bpy.types.Operator):
    bl_idname = "kinora.copy_details"
    bl_label = "Copy Details"
    bl_description = "Copy the error with versions and job to the clipboard"
    bl_options: ClassVar = {"INTERNAL"}

    def execute(self, context: Any) -> Outcome:
        context.window_manager.clipboard = describe_error()
        self.report({"INFO"}, "The details are in the clipboard.")
        return {"FINISHED"}


class CopyPublicKey(bpy.types.Operator):
    bl_idname = "kinora.copy_public_key"
    bl_label = "Copy My Public Key"
    bl_description = "Copy this user's public key: the server must be told it once"
    bl_options: ClassVar = {"INTERNAL"}

    def execute(self, context: Any) -> Outcome:
        def copy() -> None:
            key = preferences.public_key()
            context.window_manager.clipboard = key
            self.report({"INFO"}, f"Run on the server: kinora serve --allow='{key}'")

        return attempt(self, copy)


class OpenPreferences(bpy.types.Operator):
    bl_idname = "kinora.open_preferences"
    bl_label = "Open Preferences"
    bl_description = "Show Kinora's preferences"
    bl_options: ClassVar = {"INTERNAL"}

    def execute(self, context: Any) -> Outcome:
        bpy.ops.preferences.addon_show(module=preferences.ADDON_ID)
        return {"FINISHED"}


CLASSES = (Pin, RefreshHistory, ReusePrompts, CopyDetails, CopyPublicKey, OpenPreferences)


def describe_error() -> str:
    """What a report to the developers should say; no prompt is in it."""
    error = SESSION.error
    return "\n".join(
        (
            f"{error.code if error else 'no error'}: {error or ''}",
            f"Kinora {__version__}, catalogue {CATALOG.digest}",
            f"Blender {bpy.app.version_string} on {bpy.app.build_platform.decode()}",
            f"Backend: {SESSION.link.value}; job {SESSION.job.job_id}: {SESSION.job.stage.value}",
        )
    )
