# SPDX-License-Identifier: Apache-2.0
"""What lies over a procedural person's torso: belts, ties, buttons, aprons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .clothes import Dress, halves_of
from .parts import Fill, capsule, leaf, oval, plain, plate, spike
from .poses import NECK, PELVIS, Build, Pose
from .sketch import Sketch
from .style import BLACK, WHITE, near

_BONE = (PELVIS, NECK)
_FROM_BEHIND = ("belt", "scarf")


@dataclass(frozen=True)
class _Torso:
    """Half its width at hips, waist and shoulders, its length, and where its middle is seen."""

    hip: float
    waist: float
    shoulder: float
    length: float
    shift: float


def over_torso(pen: Sketch, build: Build, pose: Pose, dress: Dress) -> None:
    """Most of it is seen from the front only."""
    is_front = np.cos(pose.yaw) > 0.2
    if dress.extra and (is_front or dress.extra in _FROM_BEHIND):
        hip, waist, shoulder = halves_of(build, pose)
        shift = waist * 0.7 * float(np.sin(pose.yaw))
        torso = _Torso(hip, waist, shoulder, build.torso, shift)
        _TRIMS[dress.extra](pen, torso, dress, plain(pen.tint()))


def _belt(pen: Sketch, torso: _Torso, dress: Dress, fill: Fill) -> None:
    pen.paint(plate(_BONE, (0.06, 0), (0.14, 0), (torso.hip,) * 3, fill, 1.0))


def _scarf(pen: Sketch, torso: _Torso, dress: Dress, fill: Fill) -> None:
    pen.paint(oval(_BONE, (0.93, 0), (1.06, 0), max(torso.shoulder * 0.5, 5), fill))


def _open(pen: Sketch, torso: _Torso, dress: Dress, fill: Fill) -> None:
    halves = (torso.waist * 0.3, torso.waist * 0.25, torso.waist * 0.5)
    pen.detail(plate(_BONE, (0.02, torso.shift), (0.98, torso.shift), halves, fill))


def _tie(pen: Sketch, torso: _Torso, dress: Dress, fill: Fill) -> None:
    half = max(torso.waist * 0.2, 3)
    pen.paint(leaf(_BONE, (0.35, torso.shift), (0.95, torso.shift), half, fill, -0.5))


def _buttons(pen: Sketch, torso: _Torso, dress: Dress, fill: Fill) -> None:
    color = plain(BLACK if pen.chance(0.5) else WHITE)
    for height in (0.25, 0.5, 0.75):
        _dot(pen, torso, height, 2.4, color)


def _badge(pen: Sketch, torso: _Torso, dress: Dress, fill: Fill) -> None:
    _dot(pen, torso, pen.between(0.5, 0.75), torso.waist * 0.45, fill)


def _dot(pen: Sketch, torso: _Torso, height: float, radius: float, fill: Fill) -> None:
    low, high = height - radius / torso.length, height + radius / torso.length
    pen.detail(oval(_BONE, (low, torso.shift), (high, torso.shift), radius, fill))


def _bib(pen: Sketch, torso: _Torso, dress: Dress, fill: Fill) -> None:
    cloth = plain(dress.bottom if dress.extra == "overall" else near(WHITE, pen.rng, 0.1))
    half, top = torso.waist * 0.62, (pen.between(0.55, 0.75), torso.shift)
    pen.paint(plate(_BONE, (0, torso.shift), top, (torso.hip * 0.85, half, half), cloth, 1))
    for side in (-1, 1):
        low, high = ((0.6, torso.shift + side * half * 0.8), (0.98, side * torso.shoulder * 0.55))
        pen.detail(capsule(_BONE, (2.2, 2.2), cloth, low, high))


def _collar(pen: Sketch, torso: _Torso, dress: Dress, fill: Fill) -> None:
    for side in (-1, 1):
        pen.paint(spike(_BONE, (1.0, torso.shift * 0.5), (0.82, torso.shift + side * 8), 5, fill))


_TRIMS: dict[str, Callable[[Sketch, _Torso, Dress, Fill], None]] = {
    "belt": _belt, "scarf": _scarf, "open": _open, "tie": _tie, "buttons": _buttons,
    "badge": _badge, "overall": _bib, "apron": _bib, "collar": _collar,
}  # fmt: skip
