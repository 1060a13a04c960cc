# SPDX-License-Identifier: Apache-2.0
"""When a motion is where on its route: strides and tempo share what waypoints ask of speed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator

from .....shared.rotations import Floats
from ..clips import FPS

STRIDE = (0.75, 1.3)
"""How much shorter and longer strides become."""
TEMPO = (0.55, 1.7)
"""Playing slower or faster than this no longer looks like this gait."""


@dataclass(frozen=True)
class Stop:
    """`along` metres of the route are gone at `time` seconds."""

    time: float
    along: float


@dataclass(frozen=True)
class Timetable:
    """The frames `at` (N,) of the motion that are played, and the metres `along` (N,) gone then.

    `tempo` (K,) is how much faster than it was each way between two stops is played.
    """

    at: Floats
    along: Floats
    tempo: Floats


def plan_times(
    gone: Floats, stops: list[Stop], seconds: float | None, strides: tuple[float, float] = STRIDE
) -> Timetable:
    """From the metres that a motion has `gone` (T,) at each frame and where it should be when.

    Stops are in order, the first one at time 0. After the last one the motion goes on at its own
    pace until its end, or until `seconds`. Strides grow and shrink within `strides`.
    """
    speed = usual_speed(gone)
    natural, frames = [0.0], [0.0]
    tempos = []
    for first, last in pairwise(stops):
        span, time = last.along - first.along, last.time - first.time
        ratio = span / max(time, 1 / FPS) / max(speed, 1e-6)
        stride = float(np.clip(np.sqrt(ratio), *strides)) if ratio > 0 else 1.0
        natural.append(natural[-1] + span / stride)
        frames.append(max(frame_at(gone, natural[-1]), frames[-1] + 1e-3))
        tempos.append((frames[-1] - frames[-2]) / max(time * FPS, 1.0))
    rest = max(len(gone) - 1 - frames[-1], 0.0)
    ends = stops[-1].time + rest / FPS
    if seconds is not None:
        ends = min(ends, max(seconds - 1 / FPS, stops[-1].time))
    times = np.arange(int(np.floor(ends * FPS + 1e-6)) + 1) / FPS
    marks = [stop.time for stop in stops]
    if rest > 0:
        marks.append(stops[-1].time + rest / FPS)
        frames.append(float(len(gone) - 1))
        natural.append(float(np.interp(frames[-1], np.arange(len(gone)), gone)))
    at = _rising(marks, frames, times)
    passed = np.interp(at, np.arange(len(gone)), gone)
    alongs = [stop.along for stop in stops]
    if rest > 0:
        alongs.append(alongs[-1] + max(natural[-1] - natural[-2], 0.0))
    return Timetable(at, _rising(natural, alongs, passed), np.array(tempos))


def usual_speed(gone: Floats) -> float:
    """Metres a second of a motion where it travels; 0 where it does not."""
    steps = np.diff(gone)
    moving = steps > 1e-4
    return float(steps[moving].mean() * FPS) if moving.any() else 0.0


def frame_at(gone: Floats, metres: float) -> float:
    """The first frame, with its fraction, at which so many metres are gone."""
    after = int(np.searchsorted(gone, metres - 1e-9))
    if after <= 0:
        return 0.0
    if after >= len(gone):
        return float(len(gone) - 1)
    low, high = gone[after - 1], gone[after]
    return float(after - 1 + (metres - low) / max(high - low, 1e-9))


def _rising(x: list[float], y: list[float], at: Floats) -> Floats:
    """A smooth rising curve through points, straight on at its ends."""
    xs, ys = [x[0]], [y[0]]
    for a, b in zip(x[1:], y[1:], strict=True):
        if a > xs[-1] + 1e-6:
            xs.append(a)
            ys.append(max(b, ys[-1]))
    if len(xs) == 1:
        return ys[0] + (at - xs[0])
    if len(xs) == 2:
        slope = (ys[1] - ys[0]) / (xs[1] - xs[0])
        return ys[0] + slope * (at - xs[0])
    curve = PchipInterpolator(xs, ys)
    inside = np.clip(at, xs[0], xs[-1])
    return np.asarray(curve(inside) + (at - inside) * curve(xs[-1], 1))
