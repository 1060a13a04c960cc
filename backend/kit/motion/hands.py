# SPDX-License-Identifier: Apache-2.0
"""Hands that do not look dead: a gesture for each action, a grip on what is held, a little life."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ....shared.results import MOST_CURL
from ....shared.rotations import Floats
from .spans import Span

FILE = Path(__file__).with_name("hands.toml")
SIDES = ("left", "right")
EASE, GRIP = "ease", "grip"
TURNING = 0.12
"""Seconds within which, mostly, a hand changes from one gesture to the next."""
LIFE = 0.035
"""How far fingers wander by themselves."""


@cache
def read_hands(path: Path = FILE) -> tuple[Mapping[str, Floats], Mapping[str, Mapping[str, str]]]:
    """Gestures (5,) by name, and the gesture of left and right hand by action."""
    with path.open("rb") as file:
        written = tomllib.load(file)
    gestures = {name: np.array(curls) for name, curls in written["gestures"].items()}
    both = {
        action: dict.fromkeys(SIDES, how) if isinstance(how, str) else how
        for action, how in written["actions"].items()
    }
    return gestures, both


def fingers_for(
    spans: Sequence[Span],
    frames: int,
    fps: float,
    held: Collection[str],
    seed: int,
    is_cyclic: bool = False,
) -> Floats:
    """(T, 2, 5) curls as in `Motion.fingers`; hands that are in `held` grip throughout.

    A cyclic motion's last frame leads into its first: the life is of whole periods.
    """
    gestures, actions = read_hands()
    curls = np.tile(gestures[EASE], (frames, 2, 1))
    for span in spans:
        for side, name in enumerate(SIDES):
            how = next((actions[a] for a in (span.name, span.action) if a in actions), {})
            curls[span.start : span.end, side] = gestures[how.get(name, EASE)]
    mode = "wrap" if is_cyclic else "nearest"
    curls = gaussian_filter1d(curls, TURNING * fps, axis=0, mode=mode)
    random = np.random.default_rng([seed, 5])
    turn = 2 * np.pi * np.arange(frames) / frames
    for side, name in enumerate(SIDES):
        for finger in range(5):
            rounds = max(1, round(frames / fps / random.uniform(2.4, 5.0)))
            wave = np.sin(rounds * turn + random.uniform(0, 2 * np.pi))
            curls[:, side, finger] += LIFE * wave
        if name in held:
            curls[:, side] = gestures[GRIP]
    return np.asarray(np.clip(curls, -0.5, MOST_CURL), np.float32)
