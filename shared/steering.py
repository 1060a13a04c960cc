# SPDX-License-Identifier: Apache-2.0
"""What an animator sets down of a motion: a path, places in time, poses, pins, several prompts.

Metres and seconds from the motion's start; Z up; the character begins over the origin and faces
-Y unless a path or waypoint says otherwise. Written as JSON (docs/steering.md), `{}` steers nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from .convert import MISFITS, make_converter
from .errors import BadOptionError
from .skeleton import INDEX

PINNABLE = ("left_wrist", "right_wrist", "left_foot", "right_foot", "head")
MOST_SECONDS = 20.0


@dataclass(frozen=True)
class Path:
    """The way over the ground: at least two points (x, y), gone along from first to last.

    A `loose` one is kept near, an `exact` one within a few centimetres. `is_closed` ends at its
    beginning.
    """

    points: tuple[tuple[float, float], ...]
    follows: Literal["exact", "loose"] = "exact"
    is_closed: bool = False


@dataclass(frozen=True)
class Waypoint:
    """Where the pelvis is over the ground at a time, and where it faces: degrees from -Y towards
    the character's left, None for whichever way it goes."""

    time: float
    place: tuple[float, float]
    facing: float | None = None


@dataclass(frozen=True)
class KeyedPose:
    """A pose of the whole body, or of the joints that it names, as in `Motion.local_rotations`.

    At a `time` it is met there; without one it may come at any time, as AvatarCLIP's poses do.
    `height` is the pelvis above the floor in metres, None for as the motion has it.
    """

    rotations: Mapping[str, tuple[float, float, float, float]]
    time: float | None = None
    height: float | None = None


@dataclass(frozen=True)
class Pin:
    """A joint held at a place from `start` to `end`; two or more places are passed in that time."""

    joint: Literal["left_wrist", "right_wrist", "left_foot", "right_foot", "head"]
    start: float
    end: float
    places: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class TimedPrompt:
    """What is done from `start` on, until the next one begins."""

    start: float
    text: str


@dataclass(frozen=True)
class Steering:
    path: Path | None = None
    waypoints: tuple[Waypoint, ...] = ()
    poses: tuple[KeyedPose, ...] = ()
    pins: tuple[Pin, ...] = ()
    prompts: tuple[TimedPrompt, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        return self == Steering()


def to_json(steering: Steering) -> str:
    return json.dumps(asdict(steering), indent=1)


def from_json(text: str | bytes) -> Steering:
    """Read and check; raises `BadOptionError` that says in a sentence what is wrong."""
    try:
        read: Steering = make_converter().structure(json.loads(text), Steering)
    except (*MISFITS, UnicodeDecodeError) as error:
        raise BadOptionError(
            f"The steering file cannot be read: {error}.", "docs/steering.md tells its form.",
            "steering",
        ) from error
    check(read)
    return read


def check(steering: Steering) -> None:
    """Raises `BadOptionError` where times, places or rotations make no sense."""
    raise NotImplementedError(steering, math, INDEX)
