# SPDX-License-Identifier: Apache-2.0
"""Actions at the same time: the legs of one, the arms, trunk and head of others laid over it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....shared import rotations
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX
from . import key_poses, model, timeline
from .clips import FPS
from .key_poses import KeyMotion
from .performance import Performance
from .posture import CHANNELS, SIDES

ARM = ("collar", "shoulder", "elbow", "wrist")
TRUNK = ("spine1", "spine2", "spine3", "neck", "head")
WHOLE = frozenset(("legs", *SIDES))
FREE_ARMED = ("walk", "run", "kick_ball", "balance")
"""Learnt actions whose arms only swing along."""
FADE = 0.3
"""Seconds in which an arm comes over to what is laid over it."""
LIES = 40.0
"""Degrees by which the pelvis of a body on the floor leans."""
# From which on a channel says that a part of the body is needed.
LEAST = {"sink": 0.16, "pelvis": 15.0, "foot": 0.1, "heel": 26.0, "free": 0.1, "hand": 0.16}


def limbs_of(action: str) -> frozenset[str]:
    """Of "legs", "left" and "right" (arm) those that an action cannot do without."""
    motions = key_poses.read_key_motions()
    if action in motions:
        return _limbs(motions[action])
    return frozenset(("legs",)) if action in FREE_ARMED else WHOLE


def is_gait(action: str) -> bool:
    return action in model.load_model().cycles or (
        action in (motions := key_poses.read_key_motions())
        and motions[action].is_cyclic
        and bool(np.any(motions[action].travel))
    )


def ends_low(action: str) -> bool:
    """Whether an action ends sitting, kneeling or lying, and stays so."""
    motion = key_poses.read_key_motions().get(action)
    return (
        motion is not None
        and not motion.is_cyclic
        and (motion.on_body or float(motion.keys["sink"][-1, 0]) > LEAST["sink"])
        and float(motion.keys["sink"][-1, 0]) > LEAST["sink"]
    )


def begins_low(action: str) -> bool:
    motion = key_poses.read_key_motions().get(action)
    if motion is None:
        return False
    lies = motion.on_body and abs(float(motion.keys["pelvis"][0, 0])) > LIES
    return lies or float(motion.keys["sink"][0, 0]) > LEAST["sink"]


def lies(action: str) -> bool:
    """Whether an action ends lying on the floor."""
    motion = key_poses.read_key_motions().get(action)
    return motion is not None and abs(float(motion.keys["pelvis"][-1, 0])) > LIES


def is_low(action: str) -> bool:
    """Whether an action is done low throughout, as crawling is."""
    motion = key_poses.read_key_motions().get(action)
    return motion is not None and motion.is_cyclic and begins_low(action)


def _limbs(motion: KeyMotion) -> frozenset[str]:
    def moves(channel: str) -> bool:
        least = LEAST[channel.removeprefix("left_").removeprefix("right_")]
        rest = np.array(CHANNELS[channel])
        return float(np.abs(motion.keys[channel] - rest).max()) > least

    used = {side for side in SIDES if moves(f"{side}_hand")}
    legs = [f"{side}_{part}" for side in SIDES for part in ("foot", "heel", "free")]
    if motion.on_body or any(moves(channel) for channel in ("sink", "pelvis", *legs)):
        used.add("legs")
    return frozenset(used)


def lay_over(base: Performance, over: Performance, arms: frozenset[str]) -> Performance:
    """`base` with the named arms of `over`, whose trunk and head move as well.

    `over` is made as long as `base`: repeated, or played slower and then held.
    """
    over = _as_long(over, len(base.root))
    turns = base.rotations.copy()
    weight: Floats = np.ones(len(turns))
    if not over.is_cyclic or not base.is_cyclic:
        t = np.arange(len(turns)) / (FADE * FPS)
        weight = _smooth(np.minimum(t, t[::-1])) if base.is_cyclic else _smooth(t)
    for side in SIDES:
        for part in ARM if side in arms else ():
            joint = INDEX[f"{side}_{part}"]
            turns[:, joint] = rotations.slerp(turns[:, joint], over.rotations[:, joint], weight)
    for part in TRUNK:
        # What it does besides standing is added to what the trunk does already.
        joint = INDEX[part]
        turns[:, joint] = rotations.multiply(turns[:, joint], over.rotations[:, joint])
    return replace(base, rotations=rotations.continuous(rotations.normalise(turns)))


def _smooth(t: Floats) -> Floats:
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def _as_long(over: Performance, count: int) -> Performance:
    if not over.is_cyclic:
        return timeline.stretched(over, count)
    length = len(over.root)
    times = max(1, round(count / length))
    rounds = timeline.unrolled(over, 0, times * length)
    # Whole rounds, so that a loop below stays one.
    return timeline.stretched(replace(rounds, is_cyclic=True, travel=over.travel), count)
