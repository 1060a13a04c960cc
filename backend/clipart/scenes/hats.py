# SPDX-License-Identifier: Apache-2.0
"""Hats of procedural people, and the ears of mascots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .parts import Fill, capsule, clipped, dome, oval, plain, plate, spike
from .poses import Pose
from .sketch import Sketch
from .skull import BONE, Head, ahead
from .style import WHITE, near


@dataclass(frozen=True)
class _Fit:
    """`line`: where it begins on the head; `wide`, half; `tall` in lengths of the bone."""

    head: Head
    line: float
    wide: float
    tall: float
    ahead: float
    fill: Fill
    band: Fill


def put_on(pen: Sketch, pose: Pose, who: Head) -> None:
    """The head's hat, if it has one."""
    if not who.hat:
        return
    fit = _Fit(
        who,
        line=who.center + who.half * pen.between(0.3, 0.6),
        wide=who.width * pen.between(0.98, 1.12),
        tall=who.half * pen.between(0.5, 1.4),
        ahead=ahead(who, pose) if np.cos(pose.yaw) > -0.4 else 0.0,
        fill=plain(who.hat_color),
        band=plain(pen.tint()),
    )
    _HATS[who.hat](pen, fit)


def _cap(pen: Sketch, fit: _Fit) -> None:
    _dome(pen, fit, 0.0)
    if fit.ahead:
        reach = fit.ahead * 1.1 if abs(fit.ahead) > 0.4 * fit.wide else 0.0
        left, right = ((fit.line, reach - fit.wide * 0.7), (fit.line, reach + fit.wide * 0.7))
        pen.paint(capsule(BONE, (2.5, 2.5), fit.fill, left, right))


def _helmet(pen: Sketch, fit: _Fit) -> None:
    _dome(pen, fit, 0.15)


def _beanie(pen: Sketch, fit: _Fit) -> None:
    _dome(pen, fit, 0.0)
    low, high = fit.head.high + fit.head.half * 0.1, fit.head.high + fit.head.half * 0.5
    pen.paint(oval(BONE, (low, 0), (high, 0), fit.head.width * 0.22, fit.band))


def _dome(pen: Sketch, fit: _Fit, low: float) -> None:
    top = (fit.head.high + fit.head.half * 0.25, 0.0)
    pen.paint(dome(BONE, (fit.line - low, 0), top, fit.wide, fit.fill))


def _brimmed(pen: Sketch, fit: _Fit) -> None:
    crown = fit.wide * pen.between(0.6, 0.8)
    halves = (crown, crown * 0.95, crown * pen.between(0.8, 1.15))
    pen.paint(plate(BONE, (fit.line, 0), (fit.line + fit.tall, 0), halves, fit.fill, 1))
    ribbon = (fit.line + 0.1 * fit.tall, 0.0)
    pen.paint(plate(BONE, (fit.line, 0), ribbon, (crown,) * 3, fit.band))
    _rim(pen, fit, fit.wide * pen.between(1.2, 1.8), fit.fill)


def _wizard(pen: Sketch, fit: _Fit) -> None:
    tip = (fit.head.high + fit.tall * 1.5, pen.between(-10, 10))
    pen.paint(spike(BONE, (fit.line, 0), tip, fit.wide, fit.fill, pen.between(-6, 6)))
    _rim(pen, fit, fit.wide * 1.1, fit.band)


def _rim(pen: Sketch, fit: _Fit, half: float, fill: Fill) -> None:
    bow = pen.between(-4, 6)
    pen.paint(capsule(BONE, (2.2, 2.2), fill, (fit.line, -half), (fit.line, half), bow))


def _crown(pen: Sketch, fit: _Fit) -> None:
    foot = fit.line + 0.3 * fit.head.half
    for y in (-0.65 * fit.wide, 0.0, 0.65 * fit.wide):
        tip = (fit.line + fit.tall, y * 1.2)
        pen.paint(spike(BONE, (foot, y), tip, fit.wide * 0.35, fit.fill))
    low, high = fit.line + 0.1 * fit.head.half, fit.line + 0.5 * fit.head.half
    pen.paint(plate(BONE, (low, 0), (high, 0), (fit.wide * 0.95,) * 3, fit.fill))


def _chef(pen: Sketch, fit: _Fit) -> None:
    white = plain(near(WHITE, pen.rng, 0.05))
    low, high = fit.line + 0.3 * fit.tall, fit.head.high + fit.tall
    pen.paint(oval(BONE, (low, 0), (high, 0), fit.wide * 1.15, white))
    top = (fit.line + 0.5 * fit.tall, 0.0)
    pen.paint(plate(BONE, (fit.line, 0), top, (fit.wide * 0.9,) * 3, white))


def _ears(pen: Sketch, fit: _Fit) -> None:
    """A mascot's: a person's body, an animal's ears."""
    reach, half = pen.between(0.3, 1.2), fit.head.width * pen.between(0.25, 0.42)
    form = oval if pen.chance(0.5) else spike
    for side in (-1, 1):
        y = side * fit.head.width * 0.65
        start = (fit.head.center + fit.head.half * 0.6, y * 0.9)
        end = (fit.head.center + fit.head.half * (1 + reach), y * 1.25)
        pen.paint(form(BONE, start, end, half, plain(fit.head.skin)))


def _headband(pen: Sketch, fit: _Fit) -> None:
    low, high = (fit.line - 0.06, 0.0), (fit.line + 0.06, 0.0)
    pen.detail(clipped(plate(BONE, low, high, (fit.wide * 1.1,) * 3, fit.fill)))


_HATS: dict[str, Callable[[Sketch, _Fit], None]] = {
    "cap": _cap, "top hat": _brimmed, "beanie": _beanie, "wizard": _wizard, "straw": _brimmed,
    "crown": _crown, "helmet": _helmet, "chef": _chef, "ears": _ears, "band": _headband,
}  # fmt: skip
HATS = tuple(_HATS)
