# SPDX-License-Identifier: Apache-2.0
"""A stretch of a motion that closes: its end looks like its beginning and moves alike."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .stage import Floats

SHORTEST, LONGEST = 0.7, 1.9
"""How long a stretch may be, in lengths of the loop: it is played that much slower or faster."""
HURRY, LIVELY, IN_THE_MIDST, TURNING = 0.35, 1.6, 1.6, 0.3
"""What counts beside a poor seam: another speed; for it, that much moves and that the action has
begun all along; and against going forth and back, for which any motion will do."""
POOR = 0.16
"""Metres that joints may be apart at a seam; less in small motions."""


def looped(joints: Floats, fps: float, frames: int, seconds: float, is_cyclic: bool) -> Floats:
    """(frames, J, 3) of a motion (T, J, 3), in place; the frame after the last is the first."""
    whole = len(joints)
    wanted = seconds * fps
    if is_cyclic and wanted / LONGEST <= whole <= wanted * LONGEST:
        return _sampled(np.concatenate([joints, joints[:1]]), frames)
    reel = np.concatenate([joints, joints]) if is_cyclic else joints
    start, length, cost = _stretch(reel, wanted, whole)
    if cost > TURNING - LIVELY:
        return _forth_and_back(joints, frames)
    piece = reel[start : start + length + 1]
    ramp = np.linspace(0, 1, length + 1)[:, None, None]
    return _sampled(piece - ramp * (piece[-1] - piece[0]), frames)


def _stretch(reel: Floats, wanted: float, whole: int) -> tuple[int, int, float]:
    """Where the best stretch begins, its length, and its cost."""
    last = len(reel) - 1
    speed = np.gradient(reel, axis=0)
    lively = np.linalg.norm(speed, axis=-1).mean(1)
    lively = lively / max(float(lively.mean()), 1e-9)
    away = np.linalg.norm(reel - reel[0], axis=-1).mean(1)
    poor = max(min(POOR, float(away.max())), 1e-6)
    away = away / max(float(away.max()), 1e-6)
    best = (0, last, np.inf)
    shortest, longest = int(SHORTEST * wanted), int(LONGEST * wanted)
    for length in range(max(min(shortest, last), 2), min(longest, last) + 1, 2):
        starts = np.arange(0, min(whole, last - length + 1), 2)
        apart = np.linalg.norm(reel[starts + length] - reel[starts], axis=-1).mean(1)
        jolt = np.linalg.norm(speed[starts + length] - speed[starts], axis=-1).mean(1)
        pace = np.median(sliding_window_view(lively, length)[starts], axis=1)
        begun = sliding_window_view(away, length + 1)[starts].min(1)
        cost = (apart / poor) ** 2 + 3 * jolt / poor + HURRY * abs(np.log(length / wanted))
        begun = begun * np.clip((pace - 0.3) / 0.3, 0, 1)
        cost = cost - LIVELY * np.minimum(pace, 1.2) - IN_THE_MIDST * begun
        cheapest = int(np.argmin(cost))
        if cost[cheapest] < best[2]:
            best = (int(starts[cheapest]), length, float(cost[cheapest]))
    return best


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
