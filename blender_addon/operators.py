# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons: each makes one call and says in words what came of it.

`invoke`, the button, returns at once; `execute`, the script, waits and returns when it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import bpy

from ..shared import __version__, catalog
from ..shared.catalog import SystemEntry
from ..shared.errors import BadOptionError, KinoraError
from ..shared.messages import JobId, Value
from ..shared.results import MotionResult, Result
from . import heartbeat, importers, preferences, properties
from .attempts import Outcome, attempt, ensure_connected, wait
from .catalog import CATALOG
from .heartbeat import SESSION
from .importers.motion import selected_armature
from .job import Link, Stage
from .steering import candidates, scene
from .steering.frames import frame_of


class Generate(bpy.types.Operator):
    bl_idname = "kinora.generate"
    bl_label = "Generate"
    bl_description = "Make what the prompts describe and place it at the 3D cursor"
    bl_options: ClassVar = {"REGISTER"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _is_free(cls)

    def invoke(self, context: Any, event: Any) -> Outcome:
        return attempt(self, lambda: _submit(context))

    def execute(self, context: Any) -> Outcome:
        outcome = attempt(self, lambda: _submit(context))
        return wait_and_place(self, context) if outcome == {"FINISHED"} else outcome


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


class Keep(bpy.types.Operator):
    bl_idname = "kinora.keep"
    bl_label = "Stop and Keep"
    bl_description = "End the running job now with the best that it has so far, and place that"
    bl_options: ClassVar = {"REGISTER"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        if SESSION.job.stage is not Stage.RUNNING:
            cls.poll_message_set("No job is running that has anything to keep")
            return False
        return True

    def execute(self, context: Any) -> Outcome:
        SESSION.keep()
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
        onto = _dressed_anew(context)
        result = SESSION.take_result()
        tags = _tags(result)
        name = result.motion.name if isinstance(result, MotionResult) else result.name
        try:
            placed, notes = importers.place(context, result, name, tags, onto)
        except RuntimeError as error:
            SESSION.hold_result(result)
            self.report({"ERROR"}, f"Blender could not place the result: {error}")
            return {"CANCELLED"}
        candidates.keep(placed, getattr(result, "candidates", ()))
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
    def description(cls, context: Any, properties: Any) -> str:
        for row in SESSION.history:
            if row.job_id == properties.job_id:
                return f"Place this result at the 3D cursor: {row.title} ({heartbeat.age(row)})"
        return cls.bl_description

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _is_free(cls)

    def invoke(self, context: Any, event: Any) -> Outcome:
        return attempt(self, lambda: self._fetch(context))

    def execute(self, context: Any) -> Outcome:
        def connect_and_fetch() -> None:
            ensure_connected()
            wait(lambda: SESSION.has_history)
            self._fetch(context)

        outcome = attempt(self, connect_and_fetch)
        return wait_and_place(self, context) if outcome == {"FINISHED"} else outcome

    def _fetch(self, context: Any) -> None:
        ensure_connected()
        job_id = JobId(self.job_id) or SESSION.newest_finished()
        SESSION.fetch(job_id, context.scene.name)


class Connect(bpy.types.Operator):
    bl_idname = "kinora.connect"
    bl_label = "Connect"
    bl_description = "Connect to the backend, starting it on this computer if need be"
    bl_options: ClassVar = {"REGISTER"}

    def invoke(self, context: Any, event: Any) -> Outcome:
        return attempt(self, self._connect)

    def execute(self, context: Any) -> Outcome:
        def connect_and_wait() -> None:
            self._connect()
            wait(lambda: SESSION.link is Link.CONNECTED)

        return attempt(self, connect_and_wait)

    def _connect(self) -> None:
        SESSION.connect(preferences.choose_backend())


_OF_THE_JOB = ("works_on", "part")
"""Options that tell what was worked on, and nothing of the character."""
CLASSES = (
    Generate,
    Keep,
    Cancel,
    Place,
    PlaceAgain,
    Connect,
)


def _check_said(entry: SystemEntry, values: Mapping[str, Value]) -> None:
    """Raises `BadOptionError` when every prompt is empty and neither a file nor an earlier job
    says anything."""
    if any(values.get(field.name) for field in entry.fields if field.type in ("job", "file")):
        return
    prompts = [field for field in entry.fields if field.type == "text"]
    if prompts and not any(str(values[field.name]).strip() for field in prompts):
        raise BadOptionError(
            "All prompts are empty.",
            "Describe at least one of them: the others may be left out.",
            prompts[0].name,
        )


def _is_free(operator: Any) -> bool:
    if SESSION.job.is_active:
        operator.poll_message_set("A job is running. Wait for it, or cancel it")
        return False
    return True


def _submit(context: Any) -> None:
    settings = context.scene.kinora
    entry = CATALOG.system(settings.system)
    values = properties.read_values(settings, entry)
    if any(field.name == "steering" for field in entry.fields):
        values |= _steered(context, values)
    catalog.validate(CATALOG, entry.name, values)
    _check_said(entry, values)
    ensure_connected()
    SESSION.submit(entry.name, values, context.scene.name)


def _steered(context: Any, values: Mapping[str, Value]) -> dict[str, Value]:
    """What the scene sets down for a body that will stand at the 3D cursor.

    Raises `BadOptionError` where the motion would go onto another one: its steps would be of other
    lengths than the way that is set down.
    """
    said = (str(values.get(name, "")).strip() for name in ("shape_prompt", "appearance_prompt"))
    armature = None if any(said) else selected_armature(context)
    if armature is not None and context.scene.kinora_steering.is_on:
        raise BadOptionError(
            f'A steered motion is made for one body, and "{armature.name}" is selected.',
            "Use Change Motion where Kinora made it, or select nothing for a new one.",
            "steering",
        )
    return scene.asked(context, frame_of(context, None), str(values.get("motion_prompt", "")))


def wait_and_place(operator: Any, context: Any) -> Outcome:
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
    return set(bpy.ops.kinora.place("EXEC_DEFAULT", True))


def _dressed_anew(context: Any) -> Any:
    """The armature that waits for new clothes or a new motion, if it is still there."""
    found = context.scene.objects.get(SESSION.job.armature) if SESSION.job.armature else None
    return found if found is not None and found.type == "ARMATURE" else None


def _tags(result: Result) -> dict[str, str | int]:
    """What is written on a character: its own provenance, and of the options what that leaves out.

    The provenance wins: of a job that goes on from another, only the change was asked for.
    """
    job = SESSION.job
    known = {name: value for name, value in job.values.items() if isinstance(value, str | int)}
    own = {**known, **result.provenance}
    for name, value in known.items():
        if own[name] == str(value):
            own[name] = value  # The provenance is all text; a number stays one.
    own = {name: value for name, value in own.items() if name not in _OF_THE_JOB}
    return {**own, "job_id": job.job_id or "", "release": __version__}
