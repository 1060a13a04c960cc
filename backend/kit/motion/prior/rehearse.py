# SPDX-License-Identifier: Apache-2.0
"""Kinora's own performances, for the motion prior to know every action that it can be asked for.

python -m kinora.backend.kit.motion.prior.rehearse PERFORMANCES.npz
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from .....shared import posing
from ...body import load_body_model
from .. import feet, key_poses, manners, model
from ..manners import MOODS, Mood
from ..model import Manner
from ..performance import Performance, join
from ..posture import Body
from .takes import whole, write_performances

TIMES = {"learnt": 4, "keyed": 3, "limb": 1}
"""How often each action is performed."""
JOINED = 90
LONGEST = 180
"""Frames kept of a performance."""
FLIPPED = np.radians(60)
"""A turn in a frame that no joint makes."""
PART = 75
"""Frames on either side of where two are joined."""


def rehearse(seed: int = 0) -> list[tuple[str, Performance]]:
    """All actions in many manners and moods on the average body, and pairs of them joined."""
    random = np.random.default_rng(seed)
    body = _average_body()
    learnt = model.load_model()
    found: list[tuple[str, Performance]] = []
    plain: list[Performance] = []
    for action, times in _asked(learnt.actions):
        is_learnt = action in learnt.actions
        for number in range(times):
            mood = _mood(random, number, is_learnt)
            manner = Manner(
                tempo=float(random.uniform(-1.2, 1.2)) + mood.tempo,
                amount=float(random.uniform(0.8, 1.2)) * mood.amount,
            )
            own = int(random.integers(1 << 30))
            performed = _perform(action, body, manner, own)
            performed = manners.apply_mood(performed, mood, own)
            if not _is_smooth(performed):
                continue
            plain.append(performed)
            found.append((action, _cut(whole(performed), 0, LONGEST)))
    for first, second in random.integers(0, len(plain), (JOINED, 2)):
        before, after = whole(plain[first]), whole(plain[second])
        both = join(_cut(before, len(before.root) - PART, PART), _cut(after, 0, PART))
        found.append(("in a row", both))
    return found


def _asked(learnt: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Each action and how often it is performed. What a limb does (`limbs.toml` names it by side
    and place) needs no other side: windows are mirrored."""
    for action in learnt:
        yield action, TIMES["learnt"]
    for action in key_poses.read_key_motions():
        if not action.startswith("right "):
            yield action, TIMES["limb" if " " in action else "keyed"]


def _average_body() -> Body:
    rig = load_body_model().canonical.rig
    return Body(posing.rest_offsets(rig).astype(np.float64), feet.measure_soles(rig))


def _mood(random: np.random.Generator, number: int, is_learnt: bool) -> Mood:
    """Every other time none; key poses stand as they are written."""
    if number % 2 == 0:
        return Mood()
    mood = MOODS[str(random.choice(sorted(MOODS)))]
    return mood if is_learnt else replace(mood, sink=0.0, spread=0.0, knees=0.0, straight_arms=0.0)


def _perform(action: str, body: Body, manner: Manner, seed: int) -> Performance:
    learnt = model.load_model()
    if action in learnt.actions:
        return model.perform_learnt(learnt, action, manner, seed)
    return key_poses.perform_keys(key_poses.read_key_motions()[action], body, manner, seed)


def _is_smooth(performance: Performance) -> bool:
    """Whether no joint flips over from one frame to the next."""
    turns = performance.rotations
    alike = np.abs((turns[1:] * turns[:-1]).sum(-1)).clip(0, 1)
    return bool(2 * np.arccos(alike).max() < FLIPPED)


def _cut(performance: Performance, first: int, count: int) -> Performance:
    here = slice(max(0, first), max(0, first) + count)
    return Performance(
        performance.rotations[here], performance.root[here], performance.contacts[here]
    )


if __name__ == "__main__":
    write_performances(rehearse(), Path(sys.argv[1]))
