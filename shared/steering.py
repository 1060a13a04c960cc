# SPDX-License-Identifier: Apache-2.0
"""What an animator sets down of a motion: a path, places in time, poses, pins, several prompts.

Metres and seconds from the motion's start; Z up; the character begins over the origin and faces
-Y unless a path or waypoint says otherwise. As JSON (docs/steering.md) `{}` steers nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Literal, get_args

from .errors import BadOptionError
from .handwritten import MisfitError, read_json
from .skeleton import INDEX

MOST_SECONDS = 20.0
MOST_BYTES = 4 << 20
MOST_METRES = 100.0
"""No place is further from the motion's beginning."""
MOST = {"path.points": 1000, "waypoints": 100, "poses": 200, "pins": 100, "prompts": 20}
MOST_PLACES = 1000
MOST_CHARACTERS = 2000
SHORTEST_PATH = 0.1
Pinnable = Literal["left_wrist", "right_wrist", "left_foot", "right_foot", "head"]
PINNABLE: tuple[Pinnable, ...] = get_args(Pinnable)


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

    joint: Pinnable
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
    """`from_json` brings waypoints, poses, pins and prompts in the order of their times."""

    path: Path | None = None
    waypoints: tuple[Waypoint, ...] = ()
    poses: tuple[KeyedPose, ...] = ()
    pins: tuple[Pin, ...] = ()
    prompts: tuple[TimedPrompt, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == Steering()

    @property
    def end(self) -> float:
        """The last time that is spoken of, in seconds; 0 where none is."""
        keyed = (pose.time for pose in self.poses if pose.time is not None)
        waypoints = (waypoint.time for waypoint in self.waypoints)
        pins = (pin.end for pin in self.pins)
        prompts = (prompt.start for prompt in self.prompts)
        return max((0.0, *keyed, *waypoints, *pins, *prompts))


def to_json(steering: Steering) -> str:
    return json.dumps(asdict(steering), indent=1)


def from_json(text: str | bytes) -> Steering:
    """Read, check and put in order; raises `BadOptionError` that says in a sentence what is
    wrong."""
    if len(text) > MOST_BYTES:
        raise _wrong(f"is larger than {MOST_BYTES >> 20} MiB")
    try:
        read = read_json(text, Steering)
    except MisfitError as error:
        raise _wrong(f"cannot be read: {error}") from error
    check(read)
    return replace(
        read,
        waypoints=tuple(sorted(read.waypoints, key=lambda each: each.time)),
        poses=tuple(sorted(read.poses, key=lambda each: each.time or 0.0)),
        pins=tuple(sorted(read.pins, key=lambda each: each.start)),
        prompts=tuple(sorted(read.prompts, key=lambda each: each.start)),
    )


def check(steering: Steering) -> None:
    """Raises `BadOptionError` where counts, times, places or rotations make no sense."""
    for name in ("waypoints", "poses", "pins", "prompts"):
        _check_count(name, len(getattr(steering, name)), MOST[name])
    if steering.path is not None:
        _check_path(steering.path)
    for number, waypoint in enumerate(steering.waypoints):
        _check_waypoint(f"waypoints[{number}]", waypoint)
    for number, pose in enumerate(steering.poses):
        _check_pose(f"poses[{number}]", pose)
    for number, pin in enumerate(steering.pins):
        _check_pin(f"pins[{number}]", pin)
    for number, prompt in enumerate(steering.prompts):
        _check_prompt(f"prompts[{number}]", prompt)
    _check_apart(steering)


def _check_path(path: Path) -> None:
    _check_count("path.points", len(path.points), MOST["path.points"])
    for number, point in enumerate(path.points):
        _check_place(f"path.points[{number}]", point)
    length = sum(math.dist(first, second) for first, second in pairwise(path.points))
    if length < SHORTEST_PATH:
        raise _wrong(
            f"has a path of {100 * length:.0f} cm, which is shorter than {100 * SHORTEST_PATH:.0f}"
        )


def _check_waypoint(where: str, waypoint: Waypoint) -> None:
    _check_time(f"{where}.time", waypoint.time)
    _check_place(f"{where}.place", waypoint.place)
    if waypoint.facing is not None and not abs(waypoint.facing) <= 3600:
        raise _wrong(f'has at "{where}.facing" more than ten turns')


def _check_prompt(where: str, prompt: TimedPrompt) -> None:
    _check_time(f"{where}.start", prompt.start)
    if not 0 < len(prompt.text.strip()) <= MOST_CHARACTERS:
        raise _wrong(f'has at "{where}.text" nothing, or over {MOST_CHARACTERS:,} characters')


def _check_pose(where: str, pose: KeyedPose) -> None:
    if pose.time is not None:
        _check_time(f"{where}.time", pose.time)
    if pose.height is not None and not 0 <= pose.height <= 10:
        raise _wrong(f'takes 0 to 10 metres at "{where}.height", not {pose.height:g}')
    if not pose.rotations:
        raise _wrong(f'names no joint at "{where}.rotations"')
    for joint, turn in pose.rotations.items():
        if joint not in INDEX:
            raise _wrong(
                f'has at "{where}.rotations" no joint "{joint[:40]}": it knows {", ".join(INDEX)}'
            )
        if not abs(math.hypot(*turn) - 1) < 0.01:
            raise _wrong(f'has at "{where}.rotations.{joint}" no quaternion of length 1')


def _check_pin(where: str, pin: Pin) -> None:
    _check_time(f"{where}.start", pin.start)
    _check_time(f"{where}.end", pin.end)
    if pin.end <= pin.start:
        raise _wrong(f'ends "{where}" at {pin.end:g} s, which is not after its start')
    if not 1 <= len(pin.places) <= MOST_PLACES:
        raise _wrong(f'has {len(pin.places)} places at "{where}.places" and takes 1 to 1000')
    for number, place in enumerate(pin.places):
        _check_place(f"{where}.places[{number}]", place)


def _check_apart(steering: Steering) -> None:
    """What cannot be met because two things are asked for at one time."""
    poses = (pose.time for pose in steering.poses if pose.time is not None)
    _check_distinct("waypoints", (waypoint.time for waypoint in steering.waypoints))
    _check_distinct("poses", poses)
    _check_distinct("prompts", (prompt.start for prompt in steering.prompts))
    pins = sorted(steering.pins, key=lambda pin: (pin.joint, pin.start))
    for first, second in pairwise(pins):
        if first.joint == second.joint and second.start < first.end:
            joint = first.joint.replace("_", " ")
            raise _wrong(f"pins the {joint} to two places at {second.start:g} s")


def _check_distinct(name: str, times: Iterable[float]) -> None:
    for first, second in pairwise(sorted(times)):
        if second - first < 1e-6:
            raise _wrong(f"has two {name} at {first:g} s")


def _check_count(name: str, count: int, most: int) -> None:
    least = 2 if name == "path.points" else 0
    if not least <= count <= most:
        raise _wrong(f'has {count:,} "{name}" and takes {least} to {most:,}')


def _check_time(where: str, seconds: float) -> None:
    if not 0 <= seconds <= MOST_SECONDS:
        raise _wrong(f'takes 0 to {MOST_SECONDS:g} seconds at "{where}", not {seconds:g}')


def _check_place(where: str, place: tuple[float, ...]) -> None:
    if not all(abs(number) <= MOST_METRES for number in place):
        raise _wrong(f'has at "{where}" a place over {MOST_METRES:g} metres away')


def _wrong(what: str) -> BadOptionError:
    return BadOptionError(
        f"The steering file {what}.", "docs/steering.md tells its form.", "steering"
    )
