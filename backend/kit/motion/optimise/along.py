# SPDX-License-Identifier: Apache-2.0
"""A motion that travels goes along a route: as far as it leads, at the times that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .....shared import rotations
from .....shared.rotations import Floats
from .....shared.steering import MOST_SECONDS, Waypoint
from .. import feet
from ..clips import FPS
from .lengthen import lengthened
from .routes import Route
from .task import Task
from .timing import STRIDE, TEMPO, Stop, Timetable, frame_at, plan_times, usual_speed
from .warp import Course, Take, bent, course, retimed, sliced, unrolled

FASTEST = 1.5
"""Times its own speed that a gait goes along a path that is too long for its time."""
ARRIVED = 0.97
"""The share of a way after which the rest is no more than sway."""
MARGIN = 30
"""Frames before and after a way that its steps are reckoned with: a second."""


def along(
    take: Take, route: Route, waypoints: Sequence[Waypoint], task: Task, notes: list[str]
) -> Take:
    """The take on its route, in time for the waypoints."""
    ring = _ring(take, route) if _is_round(task) and not waypoints else None
    if ring is not None:
        return ring
    stops = _stops(route, waypoints)
    seconds = MOST_SECONDS if task.seconds is None or not waypoints else task.seconds
    if take.is_cyclic:
        long, seen = _rounds(take, route.length)
        first, last = len(take), len(long) - len(take)
        gone = seen.gone[first:last]
        end = route.length
        if len(stops) == 1:
            stops += _last_stop(route, usual_speed(gone), task.seconds, notes)
            end = stops[-1].along
        times = _until(plan_times(gone, stops, seconds), end)
        notes += _pace_notes(times, stops)
        # Feet are settled with the steps before and after: each stands where it would go on.
        wide = _widened(times, MARGIN, first)
        return sliced(settled(_laid(long, seen, route, wide), task), MARGIN)
    if len(stops) == 1:
        stops += _arrival(take, route, task)
    take = lengthened(take, route.length)
    seen = course(take)
    share = float(np.clip(route.length / max(seen.gone[-1], 1e-6), *STRIDE))
    times = plan_times(seen.gone * share, stops, seconds, (1.0, 1.0))
    notes += _pace_notes(times, stops)
    return _laid(take, seen, route, times)


def _laid(take: Take, seen: Course, route: Route, times: Timetable) -> Take:
    frames = np.arange(len(take))
    way = np.stack([np.interp(times.at, frames, column) for column in seen.way.T], -1)
    headings = np.interp(times.at, frames, seen.headings)
    return bent(retimed(take, times.at), Course(way, headings, times.along), route, times.along)


def _widened(times: Timetable, margin: int, offset: int) -> Timetable:
    """So many frames more at both ends, at the pace that each end has."""
    more = np.arange(1, margin + 1)

    def wide(values: Floats) -> Floats:
        before = values[0] - more[::-1] * (values[1] - values[0])
        return np.concatenate([before, values, values[-1] + more * (values[-1] - values[-2])])

    return Timetable(wide(times.at) + offset, wide(times.along), times.tempo)


def settled(take: Take, task: Task) -> Take:
    """The take as `retarget` will settle it: feet that stand stay, nothing sinks in."""
    count = len(take)
    long = unrolled(take, 3 * count) if take.is_cyclic else take
    put = feet.stand if take.is_level else feet.settle
    turns, root = put(long.rotations, long.root, task.body.offsets, task.body.soles, long.contacts)
    if take.is_cyclic:
        turns, root = turns[count : 2 * count], root[count : 2 * count] - take.travel
    return replace(take, rotations=rotations.continuous(turns), root=root, is_level=True)


def _is_round(task: Task) -> bool:
    path = task.steering.path
    return task.start.is_cyclic and path is not None and path.is_closed and task.seconds is None


def _ring(take: Take, route: Route) -> Take | None:
    """A cyclic take that goes a closed path round and round and ends as it began, if one fits."""
    length, best = way_of(take), None
    for laps in range(1, 5):
        rounds = max(1, round(laps * route.length / length))
        share = laps * route.length / (rounds * length)
        fits = STRIDE[0] < share < STRIDE[1] and rounds * len(take) <= MOST_SECONDS * FPS
        if fits and (best is None or abs(np.log(share)) < 0.5 * abs(np.log(best[2]))):
            best = laps, rounds, share
    if best is None:
        return None
    laps, rounds, share = best
    count = rounds * len(take)
    long = unrolled(take, count + 2 * len(take))
    seen = course(long)
    inside = slice(len(take), len(take) + count)
    gone = (seen.gone[inside] - seen.gone[len(take)]) * share
    middle = retimed(long, np.arange(inside.start, inside.stop, dtype=np.float64))
    lap = route.length
    turns = route.headings[-1] - route.headings[0]
    # The heading grows on lap by lap; the place does not.
    whole = np.floor(gone / lap + 1e-9)
    laid = bent(
        middle,
        Course(seen.way[inside], seen.headings[inside] - whole * turns, gone),
        route,
        gone - whole * lap,
    )
    return replace(laid, is_cyclic=True, travel=np.zeros(3))


def _rounds(take: Take, metres: float) -> tuple[Take, Course]:
    """Enough rounds of a cyclic take for a way of so many metres, however short its strides, one
    more before and after them; from the second one on it is `gone` more than nothing."""
    needed = metres / STRIDE[0] / max(way_of(take), 1e-6)
    most = int(3 * MOST_SECONDS * FPS)
    count = int(min(np.ceil(needed * len(take)) + 2, most))
    long = unrolled(take, count + 2 * len(take))
    seen = course(long)
    return long, replace(seen, gone=seen.gone - seen.gone[len(take)])


def _stops(route: Route, waypoints: Sequence[Waypoint]) -> list[Stop]:
    stops = [Stop(0.0, 0.0)]
    for waypoint in waypoints:
        along = route.nearest(np.array(waypoint.place), stops[-1].along)
        if waypoint.time <= 0.5 / FPS:
            stops = [Stop(0.0, along)]
        elif waypoint.time > stops[-1].time + 0.5 / FPS:
            stops.append(Stop(waypoint.time, along))
    return stops


def _last_stop(route: Route, speed: float, seconds: float | None, notes: list[str]) -> list[Stop]:
    """Where a path without times ends: at its end, at a pace that the length asked for allows."""
    asked = MOST_SECONDS if seconds is None else seconds
    natural = route.length / max(speed, 1e-6)
    if seconds is None and natural <= MOST_SECONDS:
        return [Stop(natural, route.length)]
    pace = natural / asked
    if pace > FASTEST:
        gone = speed * FASTEST * asked
        long = f"The path is {route.length:.1f} m long"
        notes.append(f"{long}; in {asked:g} s this gait goes {gone:.1f} m of it.")
        return [Stop(asked, gone)]
    slowest = TEMPO[0] * STRIDE[0]
    if pace < slowest:
        notes.append(f"The path ends after {natural / slowest:.1f} s, so the motion does too.")
    return [Stop(min(asked, natural / slowest), route.length)]


def _arrival(take: Take, route: Route, task: Task) -> list[Stop]:
    """Where times were asked for, the path's end is come to when the walk ended without it, so that
    what follows begins in time."""
    if task.seconds is None and len(task.steering.prompts) < 2:
        return []
    gone = course(take).gone
    return [Stop(frame_at(gone, ARRIVED * gone[-1]) / FPS, ARRIVED * route.length)]


def _until(times: Timetable, end: float) -> Timetable:
    """Only until so many metres are gone."""
    count = int(np.searchsorted(times.along, end + 0.02))
    count = max(count, 2)
    return Timetable(times.at[:count], times.along[:count], times.tempo)


def _pace_notes(times: Timetable, stops: Sequence[Stop]) -> list[str]:
    """What of the waypoints' times this gait cannot do well, the worst of it."""
    notes = []
    for word, beyond in (("fast", times.tempo > TEMPO[1]), ("slow", times.tempo < TEMPO[0])):
        which = np.flatnonzero(beyond)
        if len(which):
            first, last = stops[which[0]], stops[which[0] + 1]
            pace = (last.along - first.along) / max(last.time - first.time, 1e-6)
            notes.append(
                f"{pace:.1f} m/s from {first.time:.3g} to {last.time:.3g} s is too {word} for this "
                "gait; it is done, but the steps look it."
            )
    return notes


def way_of(take: Take) -> float:
    """Metres that the take goes, once or in a round."""
    if take.is_cyclic:
        return float(np.linalg.norm(take.travel[:2]))
    seen = course(take)
    return float(seen.gone[-1])
