# SPDX-License-Identifier: Apache-2.0
"""The closed form of everything that steers: route, times, facings and keyed poses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import PchipInterpolator

from .....shared import rotations
from .....shared.rotations import Floats
from .....shared.skeleton import INDEX
from .....shared.steering import MOST_SECONDS, Steering, Waypoint
from .. import clips
from ..clips import FPS
from ..performance import Performance
from .along import along, way_of
from .between import Key, keyed, scattered
from .routes import Route, drawn, through
from .splines import REACH
from .task import Task
from .warp import Take, turned, unrolled

LEAST_WAY = 0.4
"""Metres under which a motion goes nowhere."""
BUMP = 0.45
"""Seconds to each side in which a body comes to a waypoint that its way misses a little."""
TURN = 0.8
"""Seconds to each side in which it turns to face as a waypoint says."""
FAR_OFF = 0.3
"""Metres that a waypoint may lie beside a drawn path before it is worth a note."""


@dataclass(frozen=True)
class Led:
    """A take and what it was led by: solved for in the optimisation, kept by it."""

    take: Take
    route: Route | None = None
    slack: float = 0.0
    marks: tuple[tuple[int, Waypoint], ...] = ()
    keys: tuple[Key, ...] = ()
    notes: tuple[str, ...] = ()


def take_of(start: Performance, task: Task) -> Take:
    leg = clips.leg_length(task.body.offsets)
    metres = clips.to_metres(start.root, task.body.offsets, task.body.soles.ankle_height)
    travel = np.array(start.travel) * leg
    frames = np.arange(len(metres))
    return Take(
        start.rotations, metres, start.contacts, start.is_cyclic, travel, frames, start.is_level
    )


def performance_of(take: Take, task: Task) -> Performance:
    """The reverse of `take_of`."""
    leg = clips.leg_length(task.body.offsets)
    standing = clips.standing_height(task.body.offsets, task.body.soles.ankle_height)
    root = (take.root - [0.0, 0.0, standing]) / leg
    travel = tuple(float(metres) for metres in take.travel / leg)
    return Performance(
        take.rotations,
        root,
        take.contacts,
        take.is_cyclic,
        (travel[0], travel[1], travel[2]),
        take.is_level,
    )


def lead(task: Task) -> Led:
    """The start, taken along its route in time, facing as asked, and showing the keyed poses."""
    steering = task.steering
    notes: list[str] = []
    take = take_of(task.start, task)
    route, slack = _route(steering, notes)
    waypoints = sorted(steering.waypoints, key=lambda waypoint: waypoint.time)
    if route is not None and way_of(take) < LEAST_WAY:
        notes.append("The motion goes nowhere, so it does not follow the path.")
        route = None
    if route is not None:
        take = along(take, route, waypoints, task, notes)
    elif waypoints:
        take = _set_down(take, waypoints, notes)
    else:
        first = steering.path.points[0] if steering.path is not None else (0.0, 0.0)
        take = _shifted(take, np.array(first) - take.root[0, :2])
    take = _long_enough(take, steering)
    marks = _marks(take, waypoints)
    if route is not None:
        take = _through(take, marks)
    take, keys = _posed(take, task, notes)
    return Led(take, route, slack, tuple(marks), keys, tuple(notes))


def _route(steering: Steering, notes: list[str]) -> tuple[Route | None, float]:
    if steering.path is not None:
        route = drawn(steering.path)
        if route is None:
            notes.append("The path's points lie at one place: there is no way to go along.")
        return route, 0.02 if steering.path.follows == "exact" else 0.2
    waypoints = sorted(steering.waypoints, key=lambda waypoint: waypoint.time)
    places, facings = [w.place for w in waypoints], [w.facing for w in waypoints]
    if not waypoints:
        return None, 0.0
    if waypoints[0].time > 0.5 / FPS:
        places, facings = [(0.0, 0.0), *places], [0.0, *facings]
    leaving = [None if facing is None else float(np.radians(facing)) for facing in facings]
    return through(np.array(places, dtype=np.float64), leaving), 0.05


def _set_down(take: Take, waypoints: Sequence[Waypoint], notes: list[str]) -> Take:
    """A motion that stays where it is, at its first waypoint."""
    first = waypoints[0]
    if any(np.hypot(*np.subtract(other.place, first.place)) > 0.3 for other in waypoints[1:]):
        notes.append("The motion goes nowhere; it stays at the first waypoint.")
    frame = min(round(first.time * FPS), len(take) - 1)
    turn = 0.0
    if first.facing is not None:
        turn = float(np.radians(first.facing) - clips.yaw_of(take.rotations[frame, 0]))
    spun = turned_rigidly(take, turn)
    return _shifted(spun, np.array(first.place) - spun.root[frame, :2])


def _shifted(take: Take, ground: Floats) -> Take:
    return replace(take, root=take.root + np.append(ground, 0.0))


def turned_rigidly(take: Take, turn: float) -> Take:
    by = clips.about_z(np.asarray(turn))
    turns = take.rotations.copy()
    turns[:, 0] = rotations.multiply(np.broadcast_to(by, turns[:, 0].shape), turns[:, 0])
    return replace(
        take,
        rotations=turns,
        root=rotations.rotate(by, take.root),
        travel=rotations.rotate(by, take.travel),
    )


def _long_enough(take: Take, steering: Steering) -> Take:
    """A cyclic take goes round until all that has a time has come."""
    times = [pose.time + REACH for pose in steering.poses if pose.time is not None]
    times += [pin.end + 0.3 for pin in steering.pins]
    needed = int(np.ceil(max(times, default=0.0) * FPS))
    if not take.is_cyclic or needed <= len(take):
        return take
    return unrolled(take, min(needed, int(MOST_SECONDS * FPS)))


def _marks(take: Take, waypoints: Sequence[Waypoint]) -> list[tuple[int, Waypoint]]:
    frames = [(round(waypoint.time * FPS), waypoint) for waypoint in waypoints]
    return [(frame, waypoint) for frame, waypoint in frames if frame < len(take) + 2]


def _through(take: Take, marks: Sequence[tuple[int, Waypoint]]) -> Take:
    """What sway and rounding leave of each waypoint's place and facing is made up around it."""
    marks = [(min(frame, len(take) - 1), waypoint) for frame, waypoint in marks]
    if not marks:
        return take
    frames = [frame for frame, _ in marks]
    gaps = np.array([np.array(w.place) - take.root[f, :2] for f, w in marks])
    root = take.root.copy()
    root[:, :2] += _bumps(len(take), frames, gaps, BUMP)
    take = replace(take, root=root)
    yaw = np.unwrap(clips.yaw_of(take.rotations[:, 0]))
    faced = [(frame, w.facing) for frame, w in marks if w.facing is not None]
    if not faced:
        return take
    turns = [
        (np.radians(facing) - yaw[frame] + np.pi) % (2 * np.pi) - np.pi for frame, facing in faced
    ]
    return turned(
        take, _bumps(len(take), [f for f, _ in faced], np.array(turns)[:, None], TURN)[:, 0]
    )


def _bumps(count: int, frames: Sequence[int], values: Floats, seconds: float) -> Floats:
    """(T, C) that has each of `values` (K, C) at its frame and is zero further away.

    What the first or last asks before or after its frame stays as it is.
    """
    reach = seconds * FPS
    at: list[float] = []
    found: list[Floats] = []
    none = np.zeros(values.shape[1])
    for frame, value in zip(frames, values, strict=True):
        if at and frame <= at[-1]:
            continue
        if not at or frame - at[-1] > 2 * reach:
            if at:
                at.append(at[-1] + reach)
                found.append(none)
            if frame - reach > (at[-1] if at else 0):
                at.append(frame - reach)
                found.append(none)
        at.append(float(frame))
        found.append(value)
    if len(at) == 1:
        return np.repeat(np.array(found), count, 0)
    curve = PchipInterpolator(np.array(at), np.array(found))
    return np.asarray(curve(np.clip(np.arange(count), at[0], at[-1])))


def _posed(take: Take, task: Task, notes: list[str]) -> tuple[Take, tuple[Key, ...]]:
    """The take bent to all poses, and the keys of those that have a time."""
    timed = [
        (pose, round(pose.time * FPS)) for pose in task.steering.poses if pose.time is not None
    ]
    if any(frame > len(take) + 2 for _, frame in timed):
        seconds = len(take) / FPS
        notes.append(f"The motion lasts {seconds:.1f} s; poses keyed later than that are left out.")
    last = len(take) - 1
    keys = [Key.of(pose, min(frame, last)) for pose, frame in timed if frame <= len(take) + 2]
    loose = scattered(take, poses_anywhere(task), [key.frame for key in keys])
    if not keys and not loose:
        return take, ()
    body = task.body
    if not take.is_cyclic:
        return keyed(take, [*keys, *loose], body), tuple(keys)
    count = len(take)
    rounds = [
        replace(key, frame=key.frame + lap * count) for lap in range(3) for key in [*keys, *loose]
    ]
    long = keyed(unrolled(take, 3 * count), rounds, body)
    middle = slice(count, 2 * count)
    bent_ring = replace(
        take,
        rotations=long.rotations[middle],
        root=long.root[middle] - take.travel,
        contacts=long.contacts[middle],
    )
    return bent_ring, tuple(keys)


def poses_anywhere(task: Task) -> list[tuple[Floats, float]]:
    """Poses (22, 4) with weights that come at no certain time; unnamed joints have no length."""
    found = list(task.anywhere)
    for pose in task.steering.poses:
        if pose.time is None:
            turns = np.zeros((22, 4))
            for joint, turn in pose.rotations.items():
                turns[INDEX[joint]] = turn
            found.append((turns, 1.0))
    return found
