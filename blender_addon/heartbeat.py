# SPDX-License-Identifier: GPL-3.0-or-later
"""The one `Session` of this Blender, and the timer that polls it and hands its result to Place."""

from __future__ import annotations

import atexit
import logging
import time
from typing import Any

import bpy

from ..shared.messages import JobRow
from . import compat, viewport
from .catalog import CATALOG
from .job import Job, Link, Stage
from .session import Session

log = logging.getLogger(__name__)
SESSION = Session(CATALOG.digest)
# An open socket would keep Blender from quitting.
atexit.register(SESSION.disconnect)
BUSY_SECONDS = 0.1
IDLE_SECONDS = 0.5

_NAME_OF_MODE = {"PAINT": "Paint", "SCULPT": "Sculpt", "EDIT": "Edit"}


def start() -> None:
    """Poll from now on; the timer ends by itself when there is nothing to wait for."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=BUSY_SECONDS, persistent=True)


def stop() -> None:
    """On unregister: end the timer and the connection; jobs go on without us."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    SESSION.disconnect()
    viewport.clear()


def _tick() -> float | None:
    if SESSION.poll():
        redraw()
    try:
        viewport.show(SESSION.shown, SESSION.job.scene)
    except Exception:  # Whatever is wrong with a preview must not end this timer.
        log.exception("A preview cannot be shown")
    if SESSION.job.stage is Stage.READY and SESSION.is_placed_unasked:
        _place()
    if SESSION.link is Link.NONE and SESSION.job.stage is not Stage.READY:
        return None
    return BUSY_SECONDS if SESSION.is_busy else IDLE_SECONDS


def _place() -> None:
    windows = bpy.context.window_manager.windows
    # Into the scene that asked; where none shows it any more, the panel offers the result.
    window = next((each for each in windows if each.scene.name == SESSION.job.scene), None)
    if window is None:
        return
    with bpy.context.temp_override(window=window):
        if find_obstacle(bpy.context) == "":
            # Called with undo, so that the whole import becomes one step.
            bpy.ops.kinora.place("EXEC_DEFAULT", True)
    redraw()


def find_obstacle(context: Any, with_tools: bool = True) -> str:
    """Why nothing can be put into the scene just now; "" when nothing is in the way.

    `with_tools` minds running tools too. Some add-ons' tools never end, so the button does not.
    """
    if context.mode not in ("OBJECT", "POSE"):
        words = [text for key, text in _NAME_OF_MODE.items() if key in context.mode]
        return f"Leave {words[0] if words else 'this'} Mode to place the result."
    if bpy.app.is_job_running("RENDER"):
        return "The result is placed when the render has ended."
    if with_tools and compat.is_modal_running():
        return "The result is placed when the running tool has ended."
    return ""


def redraw() -> None:
    """Draw the sidebars again and nothing else: progress must not redraw the 3D view."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


@bpy.app.handlers.persistent
def after_load(*_: object) -> None:
    """Another file: the job goes on, and its result waits to be asked for."""
    SESSION.follow_again()
    viewport.clear()
    if SESSION.link is not Link.NONE:
        start()


def describe(job: Job) -> str:
    """The job's state in words, with the time that is left where it is known."""
    if job.stage is Stage.KEEPING:
        return str(job.stage.value)
    if job.stage is not Stage.RUNNING:
        return f"{job.stage.value}: {job.note}" if job.note else job.stage.value
    words = job.note or job.stage.value
    return f"{words} ({_duration(job.eta_s)} left)" if job.eta_s is not None else words


def age(row: JobRow) -> str:
    """How long ago a job ended, or began where it has not ended."""
    minutes = (time.time() - (row.ended or row.created)) / 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes:.0f} min ago"
    return f"{minutes / 60:.0f} h ago" if minutes < 48 * 60 else f"{minutes / 1440:.0f} d ago"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
