# SPDX-License-Identifier: GPL-3.0-or-later
"""What is set down in the scene, read as `Steering` in the frame of the character to be moved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared import steering
from ...shared.errors import BadOptionError
from ...shared.messages import Value
from ...shared.results import Media
from ...shared.steering import MOST_SECONDS, KeyedPose, Path, Pin, Steering, TimedPrompt, Waypoint
from . import curves

Floats = NDArray[np.floating[Any]]
MARKER = "kinora:"
MOST_PLACES = 60
"""Of a target that moves, over the time that something is held to it."""
SAME = 0.001
"""Metres within which a place counts as the same."""


@dataclass(frozen=True)
class Stage:
    """The scene as the character sees it: `from_world` (4, 4), and the clock of its frames."""

    context: Any
    from_world: Floats

    def seconds(self, frame: float, what: str) -> float:
        """Raises `BadOptionError` for a frame that no motion reaches."""
        scene = self.context.scene
        seconds = (frame - scene.frame_start) / (scene.render.fps / scene.render.fps_base)
        if seconds < 0:
            raise _wrong(
                f"{what} is at frame {frame}, before the scene's first, {scene.frame_start}.",
                "Motions begin at the scene's first frame.",
            )
        if seconds > MOST_SECONDS:
            raise _wrong(
                f"{what} is at frame {frame}, {seconds:.1f} s after the scene's first.",
                f"Motions last up to {MOST_SECONDS:g} s.",
            )
        return float(round(seconds, 6))

    def place(self, thing: Any) -> Floats:
        """(3,) where an object is now."""
        world = np.append(np.array(thing.matrix_world.translation), 1.0)
        return np.asarray((self.from_world @ world)[:3])


def asked(context: Any, matrix: Any, prompt: str) -> dict[str, Value]:
    """The option of a job that says what the scene sets down; nothing where that is not wanted.

    `matrix` is the world's of the character, `prompt` what it does before the first timed prompt.
    Raises `BadOptionError`.
    """
    if not context.scene.kinora_steering.is_on:
        return {}
    if context.scene.kinora.steering:
        raise _wrong(
            "The motion is steered both from the scene and by a file.",
            "Empty the field Steering, or switch off Steer from Scene.",
        )
    read = read_scene(context, matrix, prompt)
    if read.is_empty:
        raise _wrong(
            "Steer from Scene is on, but nothing is set down.",
            "Choose a path or add something below, or switch it off.",
        )
    return {"steering": Media.of("scene.json", steering.to_json(read).encode())}


def read_scene(context: Any, matrix: Any, prompt: str = "") -> Steering:
    """Everything that the scene sets down. Raises `BadOptionError` that names what is wrong."""
    settings = context.scene.kinora_steering
    if not matrix.determinant():
        raise _wrong("The character is scaled to nothing.", "Apply or undo its scale.")
    stage = Stage(context, np.linalg.inv(np.array(matrix)))
    read = Steering(
        _path(stage, settings),
        tuple(_waypoint(stage, each, n) for n, each in enumerate(settings.waypoints, 1)),
        tuple(_pose(stage, each) for each in settings.poses),
        tuple(_pin(stage, each) for each in settings.pins),
        _prompts(stage, settings, prompt),
    )
    steering.check(read)
    return read


def _path(stage: Stage, settings: Any) -> Path | None:
    if settings.path is None:
        return None
    way = curves.way_of(settings.path, stage.context.evaluated_depsgraph_get())
    seen = way @ stage.from_world[:3, :3].T + stage.from_world[:3, 3]
    points = tuple((round(float(x), 5), round(float(y), 5)) for x, y, _ in seen)
    return Path(points, settings.follows, curves.is_closed(settings.path))


def _waypoint(stage: Stage, waypoint: Any, number: int) -> Waypoint:
    if waypoint.place is None:
        raise _wrong(f"Waypoint {number} has no object.", "Choose one, or remove the waypoint.")
    what = f'The waypoint "{waypoint.place.name}"'
    x, y, _ = stage.place(waypoint.place)
    facing = None
    if waypoint.faces:
        turn = np.array(waypoint.place.matrix_world)[:3, :3]
        ahead = stage.from_world[:3, :3] @ turn @ np.array([0.0, -1.0, 0.0])
        facing = float(np.degrees(np.arctan2(ahead[0], -ahead[1])))
    return Waypoint(stage.seconds(waypoint.frame, what), (float(x), float(y)), facing)


def _pose(stage: Stage, pose: Any) -> KeyedPose:
    turns = {name: tuple(turn) for name, turn in json.loads(pose.turns).items()}
    return KeyedPose(turns, stage.seconds(pose.frame, "A pose"), pose.height)


def _pin(stage: Stage, pin: Any) -> Pin:
    name = pin.bl_rna.properties["joint"].enum_items[pin.joint].name
    if pin.target is None:
        raise _wrong(f"The pin of the {name} has no target.", "Choose an object, or remove it.")
    what = f'The pin of the {name} to "{pin.target.name}"'
    start, end = stage.seconds(pin.start, what), stage.seconds(pin.end, what)
    if end <= start:
        raise _wrong(f"{what} ends at frame {pin.end}, not after its start.", "Choose a later one.")
    places = list(_passed(stage, pin)) if _may_move(pin.target) else [stage.place(pin.target)]
    if max(np.linalg.norm(place - places[0]) for place in places) < SAME:
        places = places[:1]
    return Pin(pin.joint, start, end, tuple((float(x), float(y), float(z)) for x, y, z in places))


def _may_move(thing: Any) -> bool:
    while thing is not None:
        if thing.animation_data is not None or len(thing.constraints) or thing.rigid_body:
            return True
        thing = thing.parent
    return False


def _passed(stage: Stage, pin: Any) -> Iterator[Floats]:
    """Where a target is, over the time of a pin; the scene is at its frame again afterwards."""
    scene = stage.context.scene
    now, part = scene.frame_current, scene.frame_subframe
    try:
        for frame in np.linspace(pin.start, pin.end, min(MOST_PLACES, pin.end - pin.start + 1)):
            scene.frame_set(int(frame), subframe=float(frame % 1))
            yield stage.place(pin.target)
    finally:
        scene.frame_set(now, subframe=part)


def _prompts(stage: Stage, settings: Any, prompt: str) -> tuple[TimedPrompt, ...]:
    """Those of the list and of the markers; `prompt` first where none begins with the motion."""
    listed = [(each.frame, each.text.strip()) for each in settings.prompts]
    if settings.has_markers:
        marked = ((m.frame, m.name.strip()) for m in stage.context.scene.timeline_markers)
        listed += [
            (frame, name[len(MARKER) :].strip())
            for frame, name in marked
            if name.lower().startswith(MARKER)
        ]
    for frame, text in listed:
        if not text:
            raise _wrong(
                f"The prompt at frame {frame} is empty.", "Say what is done, or remove it."
            )
    timed = [TimedPrompt(stage.seconds(frame, f'"{text}"'), text) for frame, text in listed]
    timed.sort(key=lambda each: each.start)
    if timed and timed[0].start > 0 and prompt.strip():
        timed.insert(0, TimedPrompt(0.0, prompt.strip()))
    return tuple(timed)


def _wrong(message: str, hint: str) -> BadOptionError:
    return BadOptionError(message, hint, "steering")
