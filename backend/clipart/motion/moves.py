# SPDX-License-Identifier: Apache-2.0
"""What actions ask of a body, as curves that add up; the waves and pulses that they are made of."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from .stage import Floats, Stage


@dataclass(frozen=True, eq=False)
class Moves:
    """Curves over the loop. Turns are in radians, clockwise on the canvas; lengths as the points'.

    Feet stand on the ground where `is_standing`, whatever the body does, and are moved by `feet`.
    """

    turn: Floats
    """(T, K) of the bone to each point, on top of what it hangs on."""
    carry: Floats
    """(T, 2) of all, feet and ground contact too: flight."""
    shift: Floats
    """(T, 2) of the body over its feet: crouching, swaying."""
    pitch: Floats
    """(T,) of the body over its feet, about the middle of its back."""
    tilt: Floats
    """(T,) of all, about where it stands."""
    spin: Floats
    """(T,) of all, about its middle; whole rounds are loops."""
    stretch: Floats
    """(T,) log of how much taller all is than at rest; its area stays."""
    feet: Floats
    """(T, legs, 2) of each foot from its rest place."""
    is_standing: bool = True

    def __add__(self, other: Moves) -> Moves:
        names = [one.name for one in fields(self)][:-1]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return replace(self, **sums, is_standing=self.is_standing and other.is_standing)


def still(stage: Stage) -> Moves:
    frames = stage.frames
    legs = len(stage.legs)
    flat = np.zeros(frames)
    pair = np.zeros((frames, 2))
    turn = np.zeros((frames, len(stage.points)))
    return Moves(turn, pair, pair, flat, flat, flat, flat, np.zeros((frames, legs, 2)))


def wave(stage: Stage, cycles: int, lag: float = 0.0) -> Floats:
    """(T,) a sine of so many cycles, `lag` cycles late."""
    sine: Floats = np.sin(2 * np.pi * (cycles * stage.phase - lag))
    return sine


def beat(stage: Stage, cycles: int, lag: float = 0.0) -> Floats:
    """(T,) how far each cycle has gone, 0 to 1."""
    return np.mod(cycles * stage.phase - lag, 1.0)


def eased(share: Floats) -> Floats:
    """0 to 1 with no speed at either end."""
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def keyed(progress: Floats, *keys: tuple[float, float]) -> Floats:
    """Eased from value to value; keys are (progress, value), rising from 0, and go round."""
    times = np.array([key[0] for key in keys] + [keys[0][0] + 1])
    values = np.array([key[1] for key in keys] + [keys[0][1]])
    past = np.clip(np.searchsorted(times, progress, side="right") - 1, 0, len(keys) - 1)
    share = (progress - times[past]) / (times[past + 1] - times[past])
    value: Floats = values[past] + (values[past + 1] - values[past]) * eased(share)
    return value


def flight(progress: Floats, start: float, end: float) -> Floats:
    """A throw's height, 1 at its top, 0 outside of start to end."""
    share = np.clip((progress - start) / (end - start), 0, 1)
    return 4 * share * (1 - share)


def skewed(progress: Floats, first: float) -> Floats:
    """The progress of a cycle whose first half takes the share `first` of its time."""
    late = 0.5 + 0.5 * (progress - first) / (1 - first)
    skew: Floats = np.where(progress < first, 0.5 * progress / first, late)
    return skew


def across(x: Floats | float, y: Floats | float, frames: int) -> Floats:
    """(T, 2) from curves or numbers."""
    return np.stack([np.broadcast_to(np.asarray(one, float), frames) for one in (x, y)], axis=-1)
