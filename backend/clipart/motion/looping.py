# SPDX-License-Identifier: Apache-2.0
"""A stretch of a motion that closes: its end looks like its beginning and moves alike."""

from __future__ import annotations

import numpy as np

from .stage import Floats

SHORTEST, LONGEST = 0.7, 1.9
"""How long a stretch may be, in lengths of the loop: it is played that much slower or faster."""
HURRY, IDLE = 0.35, 1.6
"""What playing at another speed, and leaving out of what moves, count beside a poor seam."""
POOR = 0.16
"""Metres that joints may be apart at a seam; else the stretch goes forth and back."""


def looped(joints: Floats, fps: float, frames: int, seconds: float, is_cyclic: bool) -> Floats:
    """(frames, J, 3) of a motion (T, J, 3), in place; the frame after the last is the first."""
    whole = len(joints)
    wanted = seconds * fps
    if is_cyclic and wanted / LONGEST <= whole <= wanted * LONGEST:
        return _sampled(np.concatenate([joints, joints[:1]]), frames)
    reel = np.concatenate([joints, joints]) if is_cyclic else joints
    start, length, seam = _stretch(reel, wanted, whole)
    if seam > POOR:
        return _forth_and_back(joints, frames)
    piece = reel[start : start + length + 1]
    ramp = np.linspace(0, 1, length + 1)[:, None, None]
    return _sampled(piece - ramp * (piece[-1] - piece[0]), frames)


def _stretch(reel: Floats, wanted: float, whole: int) -> tuple[int, int, float]:
    """Where the best stretch begins, its length, and how far its ends are apart."""
    last = len(reel) - 1
    speed = np.gradient(reel, axis=0)
    moving = np.concatenate([[0.0], np.cumsum(np.linalg.norm(speed, axis=-1).mean(1))])
    best = (0, last, np.inf, np.inf)
    shortest, longest = int(SHORTEST * wanted), int(LONGEST * wanted)
    for length in range(max(min(shortest, last), 2), min(longest, last) + 1, 2):
        starts = np.arange(0, min(whole, last - length + 1), 2)
        apart = np.linalg.norm(reel[starts + length] - reel[starts], axis=-1).mean(1)
        jolt = np.linalg.norm(speed[starts + length] - speed[starts], axis=-1).mean(1)
        seam = apart + 3 * jolt
        shown = (moving[starts + length] - moving[starts]) / max(moving[whole], 1e-6)
        hurry = HURRY * abs(np.log(length / wanted))
        cost = seam / POOR + hurry - IDLE * np.minimum(shown * whole / length, 1.5)
        cheapest = int(np.argmin(cost))
        if cost[cheapest] < best[3]:
            best = (int(starts[cheapest]), length, float(apart[cheapest]), float(cost[cheapest]))
    return best[0], best[1], best[2]


def _forth_and_back(joints: Floats, frames: int) -> Floats:
    """Eased at both ends: what falls down gets up the same way."""
    there = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frames) / frames)
    return _at(joints, there * (len(joints) - 1))


def _sampled(closed: Floats, frames: int) -> Floats:
    return _at(closed, np.arange(frames) / frames * (len(closed) - 1))


def _at(joints: Floats, times: Floats) -> Floats:
    first = np.minimum(times.astype(int), len(joints) - 2)
    share = (times - first)[:, None, None]
    between: Floats = joints[first] * (1 - share) + joints[first + 1] * share
    return between
