# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons: each makes one call and says in words what came of it.

`invoke`, the button, returns at once; `execute`, the script, waits and returns when it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import bpy

from ..shared import __version__, catalog
from ..shared.errors import KinoraError
from ..shared.messages import JobId
from ..shared.results import Character
from . import heartbeat, importers, preferences, properties
from .catalog import CATALOG
from .heartbeat import SESSION
from .session import Link, Stage

Outcome = set[str]


class Generate(bpy.types.Operator):
    bl_idname = "kinora.generate"
    bl_label = "Generate"
    bl_description = "Make what the prompts describe and place it at the 3D cursor"
    bl_options: ClassVar = {"REGISTER"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        if SESSION.job.is_active:
            cls.poll_message_set("A job is running. Wait for it, or cancel it")
            return False
        return True

    def invoke(self, context: Any, event: Any) -> Outcome:
        return _attempt(self, lambda: _submit(context))

    def execute(self, context: Any) -> Outcome:
        outcome = _attempt(self, lambda: _submit(context))
        return _wait_and_place(self, context) if outcome == {"FINISHED"} else outcome


class Cancel(bpy.types.Operator):
    bl_idname = "kinora.cancel"
    bl_label = "Cancel"
    bl_description = "Stop the running job, on the backend too"
    bl_options: ClassVar = {"REGISTER"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        if not SESSION.job.is_active:
            cls.poll_message_set("No job is running")
            return False
        return True

    def execute(self, context: Any) -> Outcome:
        SESSION.cancel()
        heartbeat.redraw()
        return {"FINISHED"}


class Place(bpy.types.Operator):
    bl_idname = "kinora.place"
    bl_label = "Place"
    bl_description = "Put the finished result into the scene at the 3D cursor"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        if SESSION.result is None:
            cls.poll_message_set("No result is waiting")
            return False
        if obstacle := heartbeat.find_obstacle(context, with_tools=False):
            cls.poll_message_set(obstacle)
            return False
        return True

    def execute(self, context: Any) -> Outcome:
        tags = _tags()
        result = SESSION.take_result()
        name = result.name if isinstance(result, Character) else result.motion.name
        try:
            _, notes = importers.place(context, result, name, {**result.provenance, **tags})
        except RuntimeError as error:
            SESSION.hold_result(result)
            self.report({"ERROR"}, f"Blender could not place the result: {error}")
            return {"CANCELLED"}
        SESSION.notes = notes
        self.report({"INFO"}, " ".join((f'Placed "{name}".', *notes)))
        return {"FINISHED"}


class PlaceAgain(bpy.types.Operator):
    bl_idname = "kinora.place_again"
    bl_label = "Place Again"
    bl_description = "Fetch this finished result and place it at the 3D cursor"
    bl_options: ClassVar = {"REGISTER"}

    job_id: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Job", description="The job whose result is wanted; empty takes the newest"
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        return Generate.poll.__func__(cls, context)

    def invoke(self, context: Any, event: Any) -> Outcome:
        return _attempt(self, self._fetch)

    def execute(self, context: Any) -> Outcome:
        def connect_and_fetch() -> None:
            _ensure_connected()
            _wait(lambda: SESSION.has_history)
            self._fetch()

        outcome = _attempt(self, connect_and_fetch)
        return _wait_and_place(self, context) if outcome == {"FINISHED"} else outcome

    def _fetch(self) -> None:
        _ensure_connected()
        SESSION.fetch(JobId(self.job_id) or SESSION.newest_finished())


class Connect(bpy.types.Operator):
    bl_idname = "kinora.connect"
    bl_label = "Connect"
    bl_description = "Connect to the backend, starting it on this computer if need be"
    bl_options: ClassVar = {"REGISTER"}

    def invoke(self, context: Any, event: Any) -> Outcome:
        return _attempt(self, self._connect)

    def execute(self, context: Any) -> Outcome:
        def connect_and_wait() -> None:
            self._connect()
            _wait(lambda: SESSION.link is Link.CONNECTED)

        return _attempt(self, connect_and_wait)

    def _connect(self) -> None:
        SESSION.connect(preferences.choose_backend())


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
            _ensure_connected()
            SESSION.refresh_history()

        return _attempt(self, refresh)


class ReusePrompts(bpy.types.Operator):
    bl_idname = "kinora.reuse_prompts"
    bl_label = "Show Prompts"
    bl_description = "Show this result's prompts, preset and seed in the panel again"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    job_id: bpy.props.StringProperty(name="Job", description="The job whose prompts to show")  # type: ignore[valid-type]

    def execute(self, context: Any) -> Outcome:
        def ask_and_show() -> None:
            _ensure_connected()
            SESSION.ask_options(JobId(self.job_id))
            _wait(lambda: SESSION.options is not None)
            if SESSION.options is not None:
                settings = context.scene.kinora
                entry = CATALOG.system(SESSION.options.system)
                settings.system = entry.name
                properties.write_values(settings, entry, SESSION.options.values)

        return _attempt(self, ask_and_show)


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
            self.report({"INFO"}, f"Run on the server: kinora serve --allow {key}")

        return _attempt(self, copy)


class OpenPreferences(bpy.types.Operator):
    bl_idname = "kinora.open_preferences"
    bl_label = "Open Preferences"
    bl_description = "Show Kinora's preferences"
    bl_options: ClassVar = {"INTERNAL"}

    def execute(self, context: Any) -> Outcome:
        bpy.ops.preferences.addon_show(module=preferences.ADDON_ID)
        return {"FINISHED"}


CLASSES = (
    Generate,
    Cancel,
    Place,
    PlaceAgain,
    Connect,
    Pin,
    RefreshHistory,
    ReusePrompts,
    CopyDetails,
    CopyPublicKey,
    OpenPreferences,
)


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


def _submit(context: Any) -> None:
    settings = context.scene.kinora
    entry = CATALOG.system(settings.system)
    values = properties.read_values(settings, entry)
    catalog.validate(CATALOG, entry.name, values)
    _ensure_connected()
    SESSION.submit(entry.name, values)


def _ensure_connected() -> None:
    if SESSION.link is Link.NONE:
        SESSION.connect(preferences.choose_backend())


def _attempt(operator: Any, action: Callable[[], None]) -> Outcome:
    """Do it; what goes wrong is shown in the panel and reported in one sentence."""
    try:
        action()
    except KinoraError as error:
        SESSION.show_error(error)
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    finally:
        heartbeat.start()
        heartbeat.redraw()
    return {"FINISHED"}


def _wait(is_done: Callable[[], bool]) -> None:
    for _ in SESSION.wait(is_done):
        pass


def _wait_and_place(operator: Any, context: Any) -> Outcome:
    """For scripts: wait for the job that was just sent, showing how far it is, and place it."""
    if not SESSION.job.is_active:
        return {"CANCELLED"}
    bar = context.window_manager
    bar.progress_begin(0, 1)
    try:
        for job in SESSION.wait(lambda: not SESSION.job.is_active):
            bar.progress_update(job.fraction)
    except KinoraError as error:
        operator.report({"ERROR"}, str(error))
    except KeyboardInterrupt:
        SESSION.cancel()
        SESSION.poll()
        raise
    finally:
        bar.progress_end()
    if SESSION.job.stage is not Stage.READY:
        return {"CANCELLED"}
    if obstacle := heartbeat.find_obstacle(context, with_tools=False):
        operator.report({"WARNING"}, f"Ready: Place. {obstacle}")
        return {"CANCELLED"}
    return bpy.ops.kinora.place("EXEC_DEFAULT", True)


def _tags() -> dict[str, str | int]:
    job = SESSION.job
    known = {name: value for name, value in job.values.items() if isinstance(value, str | int)}
    return {**known, "job_id": job.job_id or "", "release": __version__}
