# SPDX-License-Identifier: Apache-2.0
"""How far likeness may go from the body that the words made: words lead, likeness refines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..shape import ShapeReading
from .codebook import AXES, LEVELS

FURTHER = 0.9
"""Levels by which a body may exceed what a word says of it."""
SAID = 0.3
"""The least level that counts as said."""


@dataclass(frozen=True)
class Room:
    """`start` (3,), `low` and `high` levels of AXES; equal where an axis is pinned. `is_open` where
    words were not understood, so that all of which nothing is said may change."""

    start: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    is_open: bool

    @property
    def free(self) -> NDArray[np.bool_]:
        return self.high > self.low


def room_of(reading: ShapeReading) -> Room:
    """A number pins its axis. A word lets its axis go a little further in its own direction. What
    is unsaid is pinned too, unless there were words that nobody knew. Sex and age stay: the
    embedded encoder takes bare muscular bodies for children's."""
    said = reading.person.levels
    measured = {"height": reading.measures.height_m, "weight": reading.measures.mass_kg}
    is_open = bool(reading.unknown)
    rows = []
    for axis, levels in zip(AXES, LEVELS, strict=True):
        level = float(said.get(axis, 0.0))
        low = high = level
        if measured.get(axis) is not None:
            pass
        elif abs(level) >= SAID:
            far = level + np.copysign(FURTHER, level)
            low, high = min(level, far), max(level, far)
        elif is_open and axis not in said:
            low, high = levels[0], levels[-1]
        rows.append((level, low, high))
    start, least, most = np.array(rows).T
    return Room(start, least, most, is_open)
