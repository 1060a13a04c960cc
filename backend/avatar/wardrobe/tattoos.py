# SPDX-License-Identifier: Apache-2.0
"""Tattoos: designs drawn as distances on a patch of skin, from frames on the canonical body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .landmarks import from_line
from .makeup import Canvas
from .noise import Floats, layered, noise, rgb, step

if TYPE_CHECKING:
    from ..words.faces import Mark

INK = (0.075, 0.10, 0.125)
"""Old black ink under skin: a bluish grey."""

# Joints of the canonical body's left arm and leg, metres.
SHOULDER, ELBOW, WRIST = (
    np.array([0.178, -0.020, 1.351]),
    np.array([0.354, -0.025, 1.154]),
    np.array([0.477, -0.186, 1.029]),
)
HIP, KNEE, ANKLE = (
    np.array([0.109, -0.004, 0.891]),
    np.array([0.145, -0.037, 0.504]),
    np.array([0.186, -0.010, 0.076]),
)


@dataclass(frozen=True)
class _Patch:
    """A flat stamp held to the skin: its middle, the directions it faces and stands up in, and the
    half size of a design on it."""

    middle: NDArray[np.float64]
    facing: tuple[float, float, float]
    up: NDArray[np.float64]
    size: float


def _between(
    start: NDArray[np.float64], end: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    return np.asarray(start + share * (end - start))


_UP = np.array([0.0, 0.0, 1.0])
_DOWN_ARM, _DOWN_FOREARM = ELBOW - SHOULDER, WRIST - ELBOW

# On the body's left side; `facing` is where the patch's skin looks.
_PATCHES = {
    "upper arm": _Patch(_between(SHOULDER, ELBOW, 0.47), (0.74, -0.25, 0.62), -_DOWN_ARM, 0.032),
    "forearm": _Patch(_between(ELBOW, WRIST, 0.42), (0.75, -0.1, 0.65), -_DOWN_FOREARM, 0.027),
    "hand": _Patch(np.array([0.503, -0.236, 1.0]), (0.7, 0.2, 0.7), -_DOWN_FOREARM, 0.018),
    "chest": _Patch(np.array([0.075, -0.13, 1.27]), (0.15, -1, 0.2), _UP, 0.04),
    "back": _Patch(np.array([0.075, 0.1, 1.29]), (0, 1, 0.1), _UP, 0.055),
    "belly": _Patch(np.array([0.075, -0.12, 1.0]), (0.1, -1, 0), _UP, 0.04),
    "neck": _Patch(np.array([0.05, -0.03, 1.45]), (1, -0.35, 0), _UP, 0.018),
    "thigh": _Patch(_between(HIP, KNEE, 0.5), (0.75, -0.65, 0), HIP - KNEE, 0.05),
    "calf": _Patch(_between(KNEE, ANKLE, 0.4), (0.9, 0.2, 0), KNEE - ANKLE, 0.035),
    "cheek": _Patch(np.array([0.042, -0.12, 1.551]), (0.5, -0.85, 0), _UP, 0.012),
    "forehead": _Patch(np.array([0.0, -0.145, 1.638]), (0, -1, 0.2), _UP, 0.014),
}  # fmt: skip
_DECALS = ("anchor", "heart", "star", "rose", "skull", "dragon")
_PLACE_OF = {"": "forearm", "face": "cheek", "eye": "cheek", "brow": "forehead", "chin": "cheek"}


def apply(canvas: Canvas, marks: tuple[Mark, ...]) -> None:
    """Ink the tattoos that lie in this part of the skin."""
    for mark in marks:
        if mark.kind != "tattoo":
            continue
        share = _share(canvas, mark)
        # Ink lies below the skin: some of its color stays, and it has soft edges.
        ink = rgb(*INK) if mark.color is None else 0.75 * rgb(*mark.color) + 0.25 * rgb(*INK)
        canvas.tint(0.82 * share, np.asarray(ink * (0.55 + 0.45 * canvas.paleness), np.float32))


def _share(canvas: Canvas, mark: Mark) -> Floats:
    side, part = _sided(mark.place)
    if mark.design == "sleeve":
        return _sleeve(canvas, side)
    if mark.design == "face" or (mark.design == "band" and part == "face"):
        return _face(canvas)
    if mark.design == "band" and part in ("", "upper arm", "forearm"):
        return _band(canvas, side or 1.0, part == "forearm")
    design = mark.design if mark.design in _DESIGNS else _DECALS[canvas.seed % len(_DECALS)]
    return _decal(canvas, design, _PLACE_OF.get(part, part), side or 1.0)


def _sided(place: str) -> tuple[float, str]:
    """1 for the left, -1 for the right, 0 where neither was said; and the place itself."""
    for name, sign in (("left", 1.0), ("right", -1.0)):
        if place.startswith(name):
            return sign, place.removeprefix(name).strip()
    return 0.0, place


def _decal(canvas: Canvas, design: str, place: str, sign: float) -> Floats:
    patch = _PATCHES.get(place, _PATCHES["forearm"])
    mirror = np.array([sign, 1.0, 1.0])
    middle, facing = patch.middle * mirror, np.array(patch.facing) * mirror
    facing = facing / np.linalg.norm(facing)
    up = patch.up * mirror
    up = up - facing * (up @ facing)
    up /= np.linalg.norm(up)
    right = np.cross(up, facing)
    away = canvas.places - middle.astype(np.float32)
    reach = np.flatnonzero(
        (np.abs(away).max(1) < 1.6 * patch.size + 0.02)
        & (np.abs(away @ facing) < 0.05)
        & (canvas.normals @ facing > 0.12)
    )
    share = np.zeros(len(away), dtype=np.float32)
    spot = np.stack([away[reach] @ right, away[reach] @ up], axis=1) / patch.size
    blur = canvas.width[reach] / patch.size
    distance = _DESIGNS[design](spot.astype(np.float32))
    share[reach] = np.clip(0.5 - distance / np.maximum(blur, 0.03), 0, 1)
    return share


def _along(places: Floats, sign: float) -> tuple[Floats, Floats]:
    """(N,) how far down an arm, 0 at the shoulder, 1 at the elbow, 2 at the wrist, and the angle
    around it; far places get 9."""
    mirror = np.array([sign, 1.0, 1.0])
    line = np.array([SHOULDER, ELBOW, WRIST]) * mirror
    away, along = from_line(places, line.astype(np.float32))
    t = np.where((away < 0.085) & (places[:, 0] * sign > 0.15), 2 * along, 9.0)
    middle = np.stack([np.interp(t, (0, 1, 2), line[:, axis]) for axis in range(3)], axis=1)
    across = places - middle
    angle = np.arctan2(across[:, 1], across[:, 2] + 0.6 * sign * across[:, 0])
    return t.astype(np.float32), angle.astype(np.float32)


def _sleeve(canvas: Canvas, side: float) -> Floats:
    """Both arms, or one, from the shoulder to the wrist: flowing bands between solid cuffs."""
    share = np.zeros(len(canvas.places), dtype=np.float32)
    for sign in (1.0, -1.0) if side == 0 else (side,):
        t, _ = _along(canvas.places, sign)
        near = np.flatnonzero(t < 1.93)
        p = canvas.places[near]
        bend = layered(p, 0.06, canvas.seed + 41, 2)
        waves = np.sin((t[near] * 9 + 2.6 * bend) * np.pi)
        fine = np.sin(18 * noise(p, 0.035, canvas.seed + 42))
        ink = np.maximum(step(0.25, 0.45, waves) * step(-0.75, -0.45, fine), step(0.86, 0.96, fine))
        # Three shades: outlines darker than what they hold.
        tone = 0.62 + 0.38 * step(0.2, 0.5, noise(p, 0.018, canvas.seed + 43))
        cuff = np.maximum(step(1.86, 1.875, t[near]), step(0.09, 0.075, t[near]))
        share[near] = np.maximum(ink * tone * step(0.02, 0.05, t[near]), cuff * (t[near] > 0.04))
    return share


def _band(canvas: Canvas, sign: float, is_low: bool) -> Floats:
    """A ring of blades between two lines."""
    t, angle = _along(canvas.places, sign)
    up = (t - (1.35 if is_low else 0.52)) / 0.13
    blade = np.abs((angle * (9 / (2 * np.pi)) + 0.25 * up) % 1 - 0.5) * 2
    ink = step(0.06, -0.02, np.abs(up) - 0.78 * blade)
    lines = step(0.10, 0.05, np.abs(np.abs(up) - 1.0))
    return np.asarray(np.maximum(ink, lines) * (t < 5), dtype=np.float32)


# Strokes of a tattooed face, left half, as points (x, z), all tapering.
_FACE_LINES = (
    ((0.012, 1.626), (0.026, 1.634), (0.046, 1.628), (0.057, 1.612)),
    ((0.017, 1.565), (0.032, 1.570), (0.048, 1.562), (0.055, 1.546), (0.048, 1.533), (0.04, 1.54)),
    ((0.024, 1.549), (0.036, 1.553), (0.042, 1.545)),
    ((0.036, 1.517), (0.030, 1.503), (0.016, 1.494)),
    ((0.058, 1.585), (0.062, 1.567), (0.057, 1.525), (0.041, 1.505)),
)  # fmt: skip


def _face(canvas: Canvas) -> Floats:
    p = canvas.places
    flat = np.stack([np.abs(p[:, 0]), p[:, 2]], axis=1)
    share = np.zeros(len(p), dtype=np.float32)
    for line in _FACE_LINES:
        away, along = from_line(flat, np.array(line, np.float32))
        wide = 0.0028 * np.sin(np.pi * (0.1 + 0.85 * along))
        share = np.maximum(share, step(1.15, 0.75, away / np.maximum(wide, 1e-5)))
    return np.asarray(share * (p[:, 1] < -0.07), dtype=np.float32)


def _disk(p: Floats, x: float, y: float, radius: float) -> Floats:
    return np.asarray(np.hypot(p[:, 0] - x, p[:, 1] - y) - radius, dtype=np.float32)


def _line(p: Floats, points: tuple[tuple[float, float], ...], half: float) -> Floats:
    return np.asarray(from_line(p, np.array(points, np.float32))[0] - half, dtype=np.float32)


def _outlined(distance: Floats, filled: Floats | None = None, half: float = 0.07) -> Floats:
    """The contour of a shape, and what of its inside is filled."""
    contour = np.abs(distance) - half
    inked = contour if filled is None else np.minimum(contour, filled)
    return np.asarray(inked, dtype=np.float32)


def _heart(p: Floats) -> Floats:
    x, y = np.abs(p[:, 0]), p[:, 1] + 0.75
    lobe = np.hypot(x - 0.45, y - 1.05) - 0.52
    flank = (x - 0.0) * 0.72 - y * 0.70 - 0.02
    below = np.where((y < 0.98 + 0.4 * x) & (x < 0.95), flank, lobe)
    return np.asarray(np.minimum(lobe, np.maximum(below, y - 1.1)), dtype=np.float32)


def _anchor(p: Floats) -> Floats:
    ring = _outlined(_disk(p, 0, 0.86, 0.17), None, 0.07)
    shank = _line(p, ((0, 0.68), (0, -0.85)), 0.09)
    stock = _line(p, ((-0.42, 0.45), (0.42, 0.45)), 0.08)
    turn = np.arctan2(p[:, 0], -(p[:, 1] + 0.05))
    arms = np.where(np.abs(turn) < 1.25, np.abs(np.hypot(p[:, 0], p[:, 1] + 0.05) - 0.8) - 0.1, 9)
    x = np.abs(p[:, 0])
    flukes = np.abs(x - 0.76) * 0.9 + np.abs(p[:, 1] + 0.28) * 0.7 - 0.2
    return np.asarray(np.minimum.reduce([ring, shank, stock, arms, flukes]), dtype=np.float32)


def _star(p: Floats) -> Floats:
    turn = np.arctan2(p[:, 0], p[:, 1])
    part = np.abs((turn / (2 * np.pi / 5)) % 1 - 0.5) * 2
    # `part` is 1 on a ray and 0 between two.
    radius = np.hypot(p[:, 0], p[:, 1])
    return np.asarray(radius - (0.38 + 0.57 * part**1.4), dtype=np.float32)


def _cross(p: Floats) -> Floats:
    upright = np.maximum(np.abs(p[:, 0]) - 0.13, np.abs(p[:, 1]) - 0.95)
    beam = np.maximum(np.abs(p[:, 0]) - 0.58, np.abs(p[:, 1] - 0.36) - 0.13)
    return np.asarray(np.minimum(upright, beam), dtype=np.float32)


def _skull(p: Floats) -> Floats:
    mirrored = np.stack([np.abs(p[:, 0]), p[:, 1]], axis=1)
    head = np.hypot(p[:, 0] / 0.72, (p[:, 1] - 0.22) / 0.68) * 0.7 - 0.7
    jaw = np.maximum(np.abs(p[:, 0]) - 0.38, np.abs(p[:, 1] + 0.6) - 0.3)
    outline = np.abs(np.minimum(head, jaw)) - 0.055
    eye = np.hypot((mirrored[:, 0] - 0.3) / 1.1, mirrored[:, 1] - 0.12) - 0.19
    nose = np.abs(p[:, 0]) * 1.3 + np.abs(p[:, 1] + 0.22) * 0.8 - 0.13
    teeth = np.maximum(
        np.abs((mirrored[:, 0] + 0.1) % 0.2 - 0.1) - 0.025, np.abs(p[:, 1] + 0.65) - 0.2
    )
    teeth = np.maximum(teeth, mirrored[:, 0] - 0.36)
    return np.asarray(np.minimum.reduce([outline, eye, nose, teeth]), dtype=np.float32)


def _rose(p: Floats) -> Floats:
    flower = np.stack([p[:, 0], p[:, 1] - 0.3], axis=1)
    radius = np.hypot(flower[:, 0], flower[:, 1])
    turn = np.arctan2(flower[:, 1], flower[:, 0])
    spiral = (radius * 5.2 + turn / (2 * np.pi) + 0.16 * np.cos(3 * turn)) % 1
    petals = np.maximum(np.abs(spiral - 0.5) * 0.26 - 0.045, radius - 0.6 - 0.04 * np.cos(5 * turn))
    edge = np.abs(radius - 0.6 - 0.04 * np.cos(5 * turn)) - 0.045
    stem = _line(p, ((0.0, -0.32), (0.06, -0.65), (-0.05, -0.98)), 0.05)
    leaf = np.hypot((p[:, 0] - 0.28) / 0.26, (p[:, 1] + 0.58 - 0.4 * (p[:, 0] - 0.28)) / 0.12) - 1
    other = np.hypot((p[:, 0] + 0.3) / 0.26, (p[:, 1] + 0.76 + 0.4 * (p[:, 0] + 0.3)) / 0.12) - 1
    parts = [petals, edge, stem, 0.12 * leaf, 0.12 * other]
    return np.asarray(np.minimum.reduce(parts), dtype=np.float32)


def _dragon(p: Floats) -> Floats:
    """A snake-bodied dragon in an S, thick in the middle, with spines and a forked tongue."""
    t = np.linspace(0, 1, 26)
    path = np.stack([0.52 * np.sin(t * 2.1 * np.pi) * (1 - 0.25 * t), 0.8 - 1.6 * t], axis=1)
    away, along = from_line(p, path.astype(np.float32))
    half = 0.15 * np.sin(np.pi * np.clip(0.12 + 0.9 * along, 0, 0.99)) ** 0.8
    saw = 0.09 * np.abs((along * 22) % 1 - 0.5) * 2
    body = np.maximum(away - half - saw * (along > 0.08), -(away - half * 0.55))
    head = np.hypot((p[:, 0] - 0.02) / 1.4, p[:, 1] - 0.84) - 0.15
    tongue = _line(p, ((-0.1, 0.9), (-0.32, 0.98)), 0.03)
    horns = _line(p, ((0.1, 0.92), (0.34, 1.06)), 0.04)
    return np.asarray(np.minimum.reduce([body, head, tongue, horns]), dtype=np.float32)


_DESIGNS: dict[str, Callable[[Floats], Floats]] = {
    "heart": _heart,
    "anchor": _anchor,
    "star": _star,
    "cross": _cross,
    "skull": _skull,
    "rose": _rose,
    "dragon": _dragon,
    "band": _dragon,
}
"""Signed distances, in units of the patch's half size, of places (N, 2) on it."""
