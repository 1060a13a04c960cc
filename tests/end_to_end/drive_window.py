# SPDX-License-Identifier: Apache-2.0
"""Drive Kinora in a real Blender window, as a user would; `run_window.py` starts it and looks.

Runs inside Blender. `run_window.py` reads the lines that it writes: SHOT asks for a
picture, FACT states what was seen, DONE ends. Steps are a generator that a timer advances, so
that Blender draws and handles events between them.
"""

from __future__ import annotations

import importlib
import math
import sys
import time
from collections.abc import Iterator
from typing import Any

import bpy
from mathutils import Euler

ADDON = "bl_ext.user_default.kinora"
ARCHIVE, SHAPE, APPEARANCE, MOTION = sys.argv[sys.argv.index("--") + 1 :]
STEP_SECONDS = 0.25
PATIENCE_SECONDS = 180.0
SHOWN_FRACTION = 0.4
SHOWN_FRAME = 40
SHADER_STEPS = 80
"""The first material preview compiles its shaders; software rendering takes long for it."""


def say(word: str, text: str) -> None:
    sys.stdout.write(f"{word} {text}\n")
    sys.stdout.flush()


def window() -> Any:
    return bpy.context.window_manager.windows[0]


def viewport() -> Any:
    return next(area for area in window().screen.areas if area.type == "VIEW_3D")


def region(kind: str) -> Any:
    return next(region for region in viewport().regions if region.type == kind)


def click(x: int, y: int) -> Iterator[None]:
    window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
    yield
    window().event_simulate(type="LEFTMOUSE", value="PRESS", x=x, y=y)
    window().event_simulate(type="LEFTMOUSE", value="RELEASE", x=x, y=y)
    yield


def press(key: str, **modifiers: bool) -> Iterator[None]:
    spot = region("WINDOW")
    x, y = spot.x + spot.width // 3, spot.y + spot.height // 2
    window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
    yield
    window().event_simulate(type=key, value="PRESS", x=x, y=y, **modifiers)
    window().event_simulate(type=key, value="RELEASE", x=x, y=y, **modifiers)
    yield


def open_tab() -> Iterator[None]:
    """Click down the row of tabs until ours is the one in front: a script cannot choose a tab."""
    viewport().spaces[0].show_region_ui = True
    yield from pause(4)
    tabs = region("UI")
    for y in range(tabs.y + tabs.height - 20, tabs.y, -24):
        if tabs.active_panel_category == "Kinora":
            return
        yield from click(tabs.x + tabs.width - 8, y)
    raise LookupError("The sidebar has no tab Kinora.")


def pause(steps: int) -> Iterator[None]:
    for _ in range(steps):
        yield


def call(operator: str) -> None:
    verb = getattr(bpy.ops.kinora, operator)
    with bpy.context.temp_override(window=window(), area=viewport(), region=region("WINDOW")):
        start = time.perf_counter()
        try:
            outcome = verb("INVOKE_DEFAULT")
        except RuntimeError as error:
            outcome = error
        taken = (time.perf_counter() - start) * 1000
        say("FACT", f"{operator}: {outcome} after {taken:.0f} ms")


def open_popover(panel: str) -> Iterator[None]:
    """A sub-panel where the pointer is; by hand it is opened in the sidebar."""
    spot = region("WINDOW")
    window().event_simulate(
        type="MOUSEMOVE", value="NOTHING", x=spot.x + spot.width // 2, y=spot.y + spot.height - 150
    )
    yield
    with bpy.context.temp_override(window=window(), area=viewport(), region=spot):
        bpy.ops.wm.call_panel("INVOKE_DEFAULT", name=f"KINORA_PT_{panel}", keep_open=True)
    yield from pause(4)


def wait_for(session: Any, *stages: str) -> Iterator[None]:
    end = time.monotonic() + PATIENCE_SECONDS
    while session.job.stage.name not in stages:
        if time.monotonic() > end or session.error is not None:
            raise TimeoutError(f"The job is {session.job.stage.name}: {session.error}")
        yield


def look_at_scene() -> None:
    """Material colours, in the middle of the motion, the whole character seen from the front."""
    space = viewport().spaces[0]
    space.shading.type = "MATERIAL"
    space.region_3d.view_rotation = Euler((math.radians(80), 0, math.radians(25))).to_quaternion()
    bpy.context.scene.frame_set(SHOWN_FRAME)
    with bpy.context.temp_override(window=window(), area=viewport(), region=region("WINDOW")):
        bpy.ops.view3d.view_selected()


def characters() -> list[str]:
    return [each.name for each in bpy.data.objects if "kinora_job_id" in each]


def steps() -> Iterator[None]:
    bpy.ops.extensions.package_install_files(
        filepath=ARCHIVE, repo="user_default", enable_on_install=True
    )
    session = importlib.import_module(f"{ADDON}.blender_addon.heartbeat").SESSION
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    bpy.ops.ed.undo_push(message="Start")
    yield from open_tab()
    yield from pause(4)
    say("SHOT", "panel")
    yield from pause(8)
    settings = bpy.context.scene.kinora
    settings.shape_prompt, settings.appearance_prompt = SHAPE, APPEARANCE
    settings.motion_prompt = MOTION
    # As Blender itself does after each field that a user edits.
    bpy.ops.ed.undo_push(message="Write Prompts")
    call("generate")
    while session.job.fraction < SHOWN_FRACTION and session.job.stage.name != "PLACED":
        yield from wait_for(session, "RUNNING", "PLACED")
        yield
    say("SHOT", "progress")
    yield from wait_for(session, "PLACED")
    yield from pause(4)
    say("FACT", f"characters: {characters()}")
    look_at_scene()
    yield from pause(SHADER_STEPS)
    say("SHOT", "character")
    yield from pause(8)
    viewport().spaces[0].overlay.show_bones = False
    yield from pause(8)
    say("SHOT", "character_alone")
    yield from pause(8)
    viewport().spaces[0].overlay.show_bones = True
    yield from press("Z", ctrl=True)
    yield from pause(6)
    say("FACT", f"characters after Ctrl+Z: {characters()}")
    say("SHOT", "undone")
    yield from pause(8)
    yield from press("Z", ctrl=True, shift=True)
    yield from pause(6)
    say("FACT", f"characters after redo: {characters()}")
    say("SHOT", "redone")
    yield from pause(8)
    for panel in ("history", "connection"):
        yield from open_popover(panel)
        say("SHOT", panel)
        yield from pause(8)
        yield from press("ESC")
    # Undo has put another scene in the place of the one that `settings` belonged to.
    bpy.context.scene.kinora.seed = -1
    call("generate")
    yield from press("ESC")
    yield from pause(4)
    say("SHOT", "refused")
    yield from pause(8)
    bpy.context.scene.kinora.seed = 0
    bpy.context.preferences.view.ui_scale = 2.0
    yield from pause(8)
    say("SHOT", "twice_as_large")
    yield from pause(8)


def advance(script: Iterator[None]) -> float | None:
    try:
        next(script)
    except StopIteration:
        say("DONE", "well")
    except (LookupError, TimeoutError, RuntimeError) as error:
        say("DONE", f"badly: {error}")
    else:
        return STEP_SECONDS
    bpy.ops.wm.quit_blender()
    return None


SCRIPT = steps()
bpy.app.timers.register(lambda: advance(SCRIPT), first_interval=2.0, persistent=True)
