# SPDX-License-Identifier: Apache-2.0
"""What procedural people hold; a hand's frame stands upright."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .parts import Bone, Fill, capsule, disc, oval, plain, plate
from .sketch import Sketch
from .style import BLACK


@dataclass(frozen=True)
class _Grip:
    hand: Bone
    lean: float
    size: float
    fill: Fill
    other: Fill


def prop(pen: Sketch, hand: int) -> None:
    """Any of them, in random colors and sizes."""
    grip = _Grip(
        (hand, hand), pen.between(-8, 8), pen.between(0.7, 1.4),
        plain(pen.tint()), plain(pen.tint()),
    )  # fmt: skip
    _PROPS[int(pen.rng.integers(len(_PROPS)))](pen, grip)


def _stick(pen: Sketch, grip: _Grip) -> float:
    """Its upper end's height over the hand."""
    low, high = pen.between(0, 50) * grip.size, pen.between(25, 80) * grip.size
    foot, top = (-grip.lean * low / 60, low), (grip.lean, -high)
    pen.paint(capsule(grip.hand, (1.8, 1.8), grip.fill, foot, top))
    return high


def _broom(pen: Sketch, grip: _Grip) -> None:
    high = _stick(pen, grip)
    end = (grip.lean * 1.3, -high - 18)
    pen.paint(plate(grip.hand, (grip.lean, -high), end, (3, 8, 12), grip.other, 1))


def _flag(pen: Sketch, grip: _Grip) -> None:
    high = _stick(pen, grip)
    start, end = (grip.lean, -high + 12), (grip.lean + 36 * grip.size, -high + 14)
    pen.paint(plate(grip.hand, start, end, (12, 10, 12), grip.other, 1))


def _flower(pen: Sketch, grip: _Grip) -> None:
    high = _stick(pen, grip)
    turns = np.arange(5) * 2 * np.pi / 5
    petals = [(grip.lean + 6 * np.cos(turn), -high + 6 * np.sin(turn)) for turn in turns]
    pen.paint(*(disc(grip.hand[0], place, 5.0, grip.other) for place in petals))
    pen.paint(disc(grip.hand[0], (grip.lean, -high), 4, plain(pen.tint())))


def _sword(pen: Sketch, grip: _Grip) -> None:
    _stick(pen, grip)
    pen.paint(capsule(grip.hand, (1.8, 1.8), grip.other, (-7, -4), (7, -4)))


def _ball(pen: Sketch, grip: _Grip) -> None:
    place = (pen.between(-6, 6), pen.between(-14, 14))
    pen.paint(disc(grip.hand[0], place, 13 * grip.size, grip.fill))


def _balloon(pen: Sketch, grip: _Grip) -> None:
    height = pen.between(40, 80)
    knot, top = (grip.lean, -height), (grip.lean * 1.3, -height - 42 * grip.size)
    pen.paint(capsule(grip.hand, (0.7, 0.7), plain(BLACK), (0, 0), knot))
    pen.paint(oval(grip.hand, knot, top, 17 * grip.size, grip.fill, 0.15))


def _umbrella(pen: Sketch, grip: _Grip) -> None:
    height = pen.between(40, 75)
    pen.paint(capsule(grip.hand, (1.3, 1.3), grip.other, (0, 10), (grip.lean, -height)))
    start, end = (grip.lean, -height + 14), (grip.lean, -height - 10)
    pen.paint(plate(grip.hand, start, end, (42 * grip.size, 30 * grip.size, 4), grip.fill, 2))


def _cup(pen: Sketch, grip: _Grip) -> None:
    pen.paint(plate(grip.hand, (0, 8), (0, -9), (5, 6, 7), grip.fill, 1.5))


def _bag(pen: Sketch, grip: _Grip) -> None:
    halves = (12 * grip.size, 14 * grip.size, 15 * grip.size)
    pen.paint(capsule(grip.hand, (1.2, 1.2), grip.other, (-8, 14), (8, 14), -14))
    pen.paint(plate(grip.hand, (0, 12), (0, 36 * grip.size), halves, grip.fill, 2))


def _book(pen: Sketch, grip: _Grip) -> None:
    pen.paint(plate(grip.hand, (-11, -2), (11, -2), (8, 8, 8), grip.fill, 1))


_PROPS: tuple[Callable[[Sketch, _Grip], object], ...] = (
    _stick, _broom, _flag, _flower, _sword, _ball, _balloon, _umbrella, _cup, _bag, _book,
)  # fmt: skip
