# SPDX-License-Identifier: Apache-2.0
"""A motion of poses alone, as AvatarCLIP makes one: for actions that nobody taught."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import PchipInterpolator

from ....shared import rotations
from ....shared.rotations import Floats
from . import clips, key_poses
from .clips import FPS
from .model import Manner
from .performance import Performance, calmed
from .posture import Body

REACH_S, STAY_S = 0.7, 0.35
"""Seconds from one pose to the next, and in it."""
MOST = 3
"""Poses that are gone through, there and back."""


def perform_poses(
    poses: Sequence[Floats], body: Body, seconds: float | None, seed: int
) -> Performance:
    """From standing through `poses` (22, 4), best first, and back to standing; again where there
    is time. The body is let down to the floor by its thickness and goes where its feet take it."""
    still = key_poses.perform_keys(key_poses.read_key_motions()["idle"], body, Manner(), seed)
    chosen = [still.rotations[0], *_in_order(still.rotations[0], poses[:MOST])]
    there = [*range(1, len(chosen)), *range(len(chosen) - 2, 0, -1)]
    pace = np.random.default_rng(seed).uniform(0.92, 1.08)
    once = (REACH_S + STAY_S) * pace * len(there)
    rounds = max(1, round(((seconds or once) - REACH_S) / once))
    order = [0, *there * rounds, 0]
    turns = _through(np.stack([chosen[number] for number in order]), pace)
    start: Floats = np.zeros((len(turns), 3))
    rest = np.ones((len(turns), 1))
    root = key_poses.let_down(turns, start, body, rest, is_cyclic=False, rolls=True)
    standing = clips.standing_height(body.offsets, body.soles.ankle_height)
    contacts = np.zeros((len(turns), 2, 2), dtype=bool)
    return Performance(turns, (root - [0.0, 0.0, standing]) / body.leg, contacts)


def _in_order(start: Floats, poses: Sequence[Floats]) -> list[Floats]:
    """The poses, each time the one that is nearest to the last."""
    left, done = [np.asarray(pose, np.float64) for pose in poses], [start]
    while left:
        apart = [float((1 - np.abs((pose * done[-1]).sum(-1))).sum()) for pose in left]
        done.append(left.pop(int(np.argmin(apart))))
    return done[1:]


def _through(poses: Floats, pace: float) -> Floats:
    """(T, 22, 4) from pose to pose (K, 22, 4), at rest in each for a while."""
    reach, stay = (max(2, round(seconds * pace * FPS)) for seconds in (REACH_S, STAY_S))
    frames = np.arange((len(poses) - 1) * (reach + stay) + 1)
    marks = np.arange(len(poses)) * (reach + stay)
    ends = np.stack([marks, marks + stay], axis=1).ravel()
    place = PchipInterpolator(ends, np.repeat(np.arange(len(poses)), 2))(frames)
    before = np.clip(place.astype(int), 0, len(poses) - 2)
    share = np.broadcast_to((place - before)[:, None], (len(frames), poses.shape[1]))
    turns = rotations.slerp(poses[before], poses[before + 1], share)
    return calmed(rotations.continuous(turns))
