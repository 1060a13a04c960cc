# SPDX-License-Identifier: Apache-2.0
"""Refines the body that the words made by the likeness of its pictures to the sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...kit.encoders.encoder import Encoder
from ..shape import ShapeReading, with_levels
from ..words.lexicon import listing
from .codebook import AXES, Codebook
from .room import SAID, room_of
from .scores import wish
from .search import Judge, climbed, ranked

GAIN = 0.02
"""Cosine by which a body must answer better than that of the words, to be taken."""
HEARD = 0.15
"""The least cosine of a body that is taken: below, the embedded encoder hears a word no better than
an ordinary one, half of which reach 0.14."""
LEAST = 0.3
"""The least cosine of a body that only likeness speaks for: of sixty ordinary words one in a
hundred reaches 0.28 with the embedded encoder; its own words for fat bodies reach 0.6."""
SLACK = {"height": 0.005, "weight": 0.3, "muscle": 0.02}
"""How far metres, body mass index and the muscle phenotype may fall back: what fitting misses."""
_NOTABLE = 0.3

_MORE_LESS = {
    "height": ("taller", "shorter"),
    "weight": ("heavier", "thinner"),
    "muscle": ("more muscular", "less muscular"),
}


@dataclass(frozen=True)
class Likened:
    """The body that was taken and how it answers the sentence, `before` likeness and `after`."""

    reading: ShapeReading
    before: float
    after: float
    notes: tuple[str, ...]


def likened(
    reading: ShapeReading,
    prompt: str,
    encoder: Encoder,
    codebook: Codebook,
    device: str,
    report: Callable[[float], None] = lambda share: None,
) -> Likened:
    """The body of the words, or one near it that answers `prompt` better.

    An axis that a word speaks of only goes further in that word's direction; one that is given in
    numbers stays. Where words were not understood, what is unsaid is ranked over the codebook.
    """
    asked = wish(encoder, prompt, neutral_phrase(reading))
    neutral = codebook.neutral(reading.is_female)
    judge = Judge(encoder, device, reading, neutral.to(device), asked.direction.to(device))
    room = room_of(reading)
    before = judge.measure(room.start)
    if not room.free.any():
        return Likened(reading, before, before, asked.notes)
    start = room.start
    if room.is_open:
        start = ranked(codebook, reading, room, asked.direction)
        if judge.measure(start) < LEAST / 2:  # no climb reaches so far
            return Likened(reading, before, before, asked.notes)
    levels, after = climbed(judge, start, room, report)
    if not after >= max(before + GAIN, LEAST if room.is_open else HEARD):
        return Likened(reading, before, before, asked.notes)
    changed = {axis: float(levels[row]) for row, axis in enumerate(AXES) if room.free[row]}
    made = with_levels(reading, changed)
    if not keeps_word(reading, made):
        return Likened(reading, before, before, asked.notes)
    return Likened(made, before, after, (*asked.notes, *_told(reading, levels - room.start)))


def neutral_phrase(reading: ShapeReading) -> str:
    """Someone of the same sex of whom nothing is said: the adult that the neutral body is."""
    return "a woman" if reading.is_female else "a man"


def keeps_word(reading: ShapeReading, made: ShapeReading) -> bool:
    """Whether each measure that a word moved, as the bodies themselves measure, has moved at least
    as far."""
    for axis, slack in SLACK.items():
        level = reading.person.levels.get(axis, 0.0)
        change = _measured(made)[axis] - _measured(reading)[axis]
        if abs(level) >= SAID and change * level < -slack * abs(level):
            return False
    return True


def _measured(reading: ShapeReading) -> dict[str, float]:
    return {
        "height": reading.height_m,
        "weight": reading.mass_kg / reading.height_m**2,
        "muscle": reading.parameters.phenotypes["muscle"],
    }


def _told(reading: ShapeReading, moved: NDArray[np.float64]) -> list[str]:
    """A note on what likeness made of words that were not understood."""
    said = [
        _MORE_LESS[axis][int(moved[row] < 0)]
        for row, axis in enumerate(AXES)
        if abs(moved[row]) > _NOTABLE
    ]
    if not said or not reading.unknown:
        return []
    words = listing([f'"{word}"' for word in reading.unknown[:4]])
    return [f"By the likeness of pictures to {words} I made the body {listing(said)}; unsure."]
