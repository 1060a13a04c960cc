# SPDX-License-Identifier: Apache-2.0
"""A walk inside of a motion is made longer or shorter by whole strides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .....shared import rotations
from .....shared.rotations import Floats
from .. import clips
from ..clips import FPS
from .warp import Course, Take, course

SHORTEST, LONGEST = 16, 75
"""Frames of a stride: half a second to two and a half."""
WORST = 0.35
"""Radians (root mean square over joints) that two moments of a stride may differ."""
SEAM = 5
"""Frames on each side of a seam over which it is smoothed."""
MOST_ROUNDS = 60
LUNGE = 1.08
"""Times as long as it was that a stride may become."""


def lengthened(take: Take, metres: float) -> Take:
    """The take with strides repeated or left out, so that it goes about `metres` far: rather more,
    since strides that are made shorter look better than lunges.

    One whose strides are not alike, or that goes nowhere, is returned as it was.
    """
    seen = course(take)
    stride = _stride(take, seen)
    if stride is None:
        return take
    start, end = stride
    span = float(seen.gone[end] - seen.gone[start])
    rounds = int(np.ceil((metres / LUNGE - float(seen.gone[-1])) / max(span, 1e-6)))
    for _ in range(min(max(rounds, 0), MOST_ROUNDS)):
        take = _spliced(take, end, start)
    for _ in range(MOST_ROUNDS):
        seen = course(take)
        # Not less than a stride: half of one would swap the legs.
        spare = float(seen.gone[-1]) - metres / LUNGE
        found = _stride(take, seen, spare, round(0.8 * (end - start)))
        if found is None:
            break
        take = _spliced(take, *found)
    return take


def _stride(
    take: Take, seen: Course, most: float = np.inf, shortest: int = SHORTEST
) -> tuple[int, int] | None:
    """Two frames in the middle of the travelling part, a stride of at least so many frames and at
    `most` so many metres apart, most alike."""
    speed = np.gradient(seen.gone) if len(take) > 2 else np.zeros(len(take))
    moving = speed > 0.6 * np.quantile(speed, 0.9)
    frames = np.flatnonzero(moving & (speed > 0))
    if len(frames) < SHORTEST + 2:
        return None
    look = _looks(take)
    best, found = WORST, None
    for start in map(int, frames):
        ends = np.arange(start + shortest, min(start + LONGEST, len(take) - 2))
        ends = ends[moving[ends]] if len(ends) else ends
        whole = [
            end
            for end in ends
            if moving[start:end].all() and seen.gone[end] - seen.gone[start] <= most
        ]
        if not whole:
            continue
        apart = np.sqrt(np.square(look[whole] - look[start]).mean(-1))
        same = (take.contacts[whole] == take.contacts[start]).all((1, 2))
        apart = apart + np.where(same, 0.0, WORST / 3)
        nearest = int(np.argmin(apart))
        if apart[nearest] < best:
            best, found = float(apart[nearest]), (start, int(whole[nearest]))
    return found


def _looks(take: Take) -> Floats:
    """(T, 21 * 6) how the body is posed and how that changes, its heading left out."""
    vectors = 2 * take.rotations[:, 1:, 1:] * np.sign(take.rotations[:, 1:, :1] + 1e-9)
    change = np.gradient(vectors, axis=0) * FPS / 8
    looks: Floats = np.concatenate([vectors, change], -1).reshape(len(take), -1)
    return looks


def _spliced(take: Take, leave: int, enter: int) -> Take:
    """The take up to frame `leave`, going on as from frame `enter`; the seam is smoothed."""
    yaw = clips.yaw_of(take.rotations[[leave, enter], 0])
    turn = clips.about_z(yaw[0] - yaw[1])
    turns = take.rotations[enter:].copy()
    turns[:, 0] = rotations.multiply(np.broadcast_to(turn, turns[:, 0].shape), turns[:, 0])
    flat = np.array([1.0, 1.0, 0.0])
    way = rotations.rotate(turn, (take.root[enter:] - take.root[enter]) * flat)
    way += take.root[leave] * flat + take.root[enter:] * [0.0, 0.0, 1.0]
    gap = rotations.multiply(rotations.conjugate(turns[0]), take.rotations[leave])
    fall = _fall(len(turns))
    turns = _eased(turns, gap, fall)
    way[:, 2] += (take.root[leave, 2] - way[0, 2]) * fall
    return replace(
        take,
        rotations=rotations.continuous(np.concatenate([take.rotations[:leave], turns])),
        root=np.concatenate([take.root[:leave], way]),
        contacts=np.concatenate([take.contacts[:leave], take.contacts[enter:]]),
        frames=np.concatenate([take.frames[:leave], take.frames[enter:]]),
    )


def _fall(count: int) -> Floats:
    share = np.clip(np.arange(count) / (2 * SEAM), 0, 1)
    ease: Floats = 1 - share**3 * (10 - 15 * share + 6 * share**2)
    return ease


def _eased(turns: Floats, gap: Floats, fall: Floats) -> Floats:
    """(T, 22, 4) carrying the turn `gap` (22, 4) at first, none where `fall` is 0."""
    none = np.zeros_like(gap)
    none[:, 0] = 1.0
    shares = rotations.slerp(none[None], gap[None], fall[:, None])
    eased: Floats = rotations.normalise(rotations.multiply(turns, shares))
    return eased
