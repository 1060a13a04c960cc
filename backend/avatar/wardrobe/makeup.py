# SPDX-License-Identifier: Apache-2.0
"""Marks on the skin: make-up, face paint, freckles, moles, scars, dirt, and polish on nails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from . import lashes
from .landmarks import EYE, MOUTH, NOSE, beside, from_line, near
from .noise import Floats, bump, layered, noise, rgb, step

if TYPE_CHECKING:
    from ..words.faces import Mark


@dataclass
class Canvas:
    """The N texels of a part of the skin while it is painted; arrays are changed in place."""

    places: Floats
    normals: Floats
    width: Floats
    color: Floats
    roughness: Floats
    height: Floats
    masks: dict[str, Floats]
    paleness: float
    """0 the darkest skin, 1 the palest."""
    seed: int

    def tint(self, share: Floats, color: Floats) -> None:
        """Lay a color over (N,) shares of the texels."""
        self.color += (color - self.color) * np.clip(share, 0, 1)[:, None]

    def shade(self, share: Floats, factor: Floats) -> None:
        """Multiply the color by up to a factor (3,)."""
        self.color *= 1 + np.clip(share, 0, 1)[:, None] * (factor - 1)


def apply(canvas: Canvas, marks: tuple[Mark, ...]) -> None:
    """Paint the marks, what covers the whole face before what lies on it."""
    for mark in sorted(marks, key=lambda mark: mark.kind not in _GROUNDS):
        if mark.kind in _PAINTERS:
            _PAINTERS[mark.kind](canvas, mark)


def lid_edges(places: Floats) -> tuple[Floats, Floats]:
    """(N,) metres from the edges of the upper and of the lower lids; far away where far."""
    away = []
    for edge in lashes.margins():
        distance = cKDTree(edge).query(places, distance_upper_bound=0.02)[0]
        away.append(np.minimum(distance, 0.02).astype(np.float32))
    return away[0], away[1]


def _color(mark: Mark, plain: tuple[float, float, float]) -> Floats:
    return rgb(*(mark.color or plain))


def _lipstick(canvas: Canvas, mark: Mark, plain: tuple[float, float, float]) -> None:
    p = canvas.places
    share = step(0.15, 0.6, canvas.masks["lips"])
    lower = step(1.5245, 1.519, p[:, 2])
    line = bump(0.0, 0.0018, p[:, 2] - np.float32(MOUTH[2])) * (np.abs(p[:, 0]) < 0.03)
    color = _color(mark, plain) * (0.92 + 0.14 * lower - 0.35 * line)[:, None]
    canvas.tint(0.86 * share, color)
    canvas.roughness += share * (0.34 - canvas.roughness)


def _eyeshadow(canvas: Canvas, mark: Mark, plain: tuple[float, float, float]) -> None:
    p = canvas.places
    above = near(p, beside(EYE, 0.002, -0.012, 0.0085), (0.0185, 0.03, 0.0075))
    lid = canvas.masks["eyelids"] * step(1.588, 1.592, p[:, 2])
    canvas.tint(np.maximum(0.72 * above, 0.7 * lid), _color(mark, plain))


def _eyeliner(canvas: Canvas, mark: Mark, plain: tuple[float, float, float]) -> None:
    upper, lower = lid_edges(canvas.places)
    side = np.stack([np.abs(canvas.places[:, 0]), canvas.places[:, 2]], axis=1)
    wing = np.array([(0.0425, 1.5915), (0.0462, 1.5932), (0.0495, 1.5968)], np.float32)
    away, along = from_line(side, wing)
    tip = step(1.0, 0.5, away / (0.0021 - 0.0014 * along)) * (canvas.places[:, 1] < -0.09)
    share = np.maximum(step(0.0028, 0.0014, upper), 0.6 * step(0.0018, 0.0008, lower))
    canvas.tint(0.92 * np.maximum(share, tip), _color(mark, plain))


def _blush(canvas: Canvas, mark: Mark, plain: tuple[float, float, float]) -> None:
    cheek = near(canvas.places, beside(EYE, 0.022, 0, -0.033), (0.02, 0.05, 0.013))
    canvas.tint(0.42 * cheek, _color(mark, plain))


def _rosy(canvas: Canvas, _mark: Mark) -> None:
    p = canvas.places
    cheek = near(p, beside(EYE, 0.016, 0, -0.037), (0.02, 0.05, 0.017))
    nose = near(p, NOSE, (0.016, 0.03, 0.014))
    canvas.shade(cheek + 0.5 * nose, rgb(1.04, 0.66, 0.64))


def _makeup(canvas: Canvas, mark: Mark) -> None:
    _blush(canvas, mark, (0.80, 0.33, 0.40))
    _eyeshadow(canvas, mark, (0.42, 0.27, 0.30))
    _eyeliner(canvas, mark, (0.04, 0.03, 0.04))
    _lipstick(canvas, mark, (0.68, 0.12, 0.20))


def _goth(canvas: Canvas, mark: Mark) -> None:
    canvas.tint(0.45 * _front(canvas), rgb(0.93, 0.90, 0.90))
    _eyeshadow(canvas, mark, (0.09, 0.06, 0.08))
    under = near(canvas.places, beside(EYE, 0, -0.012, -0.0075), (0.018, 0.03, 0.0045))
    canvas.tint(0.6 * under, _color(mark, (0.09, 0.06, 0.08)))
    _eyeliner(canvas, mark, (0.02, 0.02, 0.02))
    _lipstick(canvas, mark, (0.08, 0.03, 0.05))


def _front(canvas: Canvas) -> Floats:
    """(N,) the face from ear to ear, from the hairline to below the chin."""
    p = canvas.places
    edge = 0.004 * noise(p, 0.012, canvas.seed + 31)
    ahead = step(-0.05, -0.078, p[:, 1] + edge)
    return np.asarray(ahead * step(1.478, 1.488, p[:, 2] + edge) * _not_inside(canvas), np.float32)


def _not_inside(canvas: Canvas) -> Floats:
    return np.asarray(1 - canvas.masks["inside-mouth"], dtype=np.float32)


def _clown(canvas: Canvas, _mark: Mark) -> None:
    p = canvas.places
    side, up = np.abs(p[:, 0]), p[:, 2]
    ahead = step(-0.09, -0.1, p[:, 1]) * _not_inside(canvas)
    canvas.tint(0.93 * _front(canvas), rgb(0.95, 0.94, 0.92))
    red, blue = rgb(0.78, 0.07, 0.08), rgb(0.10, 0.28, 0.72)
    # A smile past the mouth's corners: an ellipse bent upwards.
    bent = up - MOUTH[2] + 0.001 - 7.0 * side**2
    mouth = step(1.06, 0.96, np.hypot(side / 0.041, bent / 0.0155).astype(np.float32))
    canvas.tint(0.93 * mouth * ahead, red)
    diamond = np.abs(side - EYE[0]) / 0.0125 + np.abs(up - EYE[2]) / 0.030
    canvas.tint(0.9 * step(1.05, 0.95, diamond.astype(np.float32)) * ahead, blue)
    cheek = np.hypot(side - 0.047, up - 1.556).astype(np.float32)
    canvas.tint(0.8 * step(0.0135, 0.0115, cheek) * ahead, red)
    _nose_ball(canvas, red)


def _nose_ball(canvas: Canvas, color: Floats) -> None:
    share = near(canvas.places, beside(NOSE, 0, 0.004, 0), (0.019, 0.022, 0.0165))
    share = step(0.30, 0.42, share)
    canvas.tint(0.95 * share, color)
    canvas.roughness += share * (0.25 - canvas.roughness)


def _white_face(canvas: Canvas, mark: Mark) -> None:
    canvas.tint(0.92 * _front(canvas), rgb(0.96, 0.95, 0.93))
    canvas.tint(
        0.35 * near(canvas.places, beside(EYE, 0.008, 0, 0.006), (0.02, 0.04, 0.012)),
        rgb(0.85, 0.30, 0.35),
    )
    _eyeliner(canvas, mark, (0.05, 0.03, 0.03))
    _lipstick(canvas, mark, (0.75, 0.05, 0.10))


def _war_paint(canvas: Canvas, mark: Mark) -> None:
    """Two bars on each cheek and one across the nose, smeared by fingers."""
    p = canvas.places
    side = np.abs(p[:, 0])
    smear = 0.0016 * layered(p, 0.008, canvas.seed + 33, 2) + 0.12 * (side - 0.03)
    up = (p[:, 2] + smear).astype(np.float32)
    ends = step(0.014, 0.018, side) * step(0.064, 0.056, side)
    bars = np.maximum(bump(1.5645, 0.0052, up), bump(1.5505, 0.0052, up))
    share = step(0.45, 0.62, bars) * ends
    ridge = step(0.45, 0.62, bump(1.5725, 0.0056, up)) * step(0.018, 0.015, side)
    worn = 0.86 + 0.14 * noise(p, (0.0015, 0.01, 0.0007), canvas.seed + 34)
    share = np.maximum(share, ridge) * step(-0.085, -0.095, p[:, 1]) * worn
    canvas.tint(0.9 * share, _color(mark, (0.7, 0.15, 0.12)))


def _freckles(canvas: Canvas, _mark: Mark) -> None:
    p = canvas.places
    where = near(p, beside(EYE, 0.004, 0, -0.027), (0.028, 0.05, 0.017))
    where = np.maximum(where, near(p, beside(NOSE, 0, 0, 0.012), (0.014, 0.03, 0.018)))
    where = np.maximum(where, 0.35 * near(p, np.array([0.0, -0.145, 1.63]), (0.05, 0.05, 0.02)))
    # Two lattices turned against each other, else the spots were little squares.
    turned = (p @ _TURN).astype(np.float32)
    spots = 0.6 * noise(p, 0.0022, canvas.seed + 35) + 0.6 * noise(turned, 0.0026, canvas.seed + 36)
    share = step(0.72 - 0.42 * where, 1.02 - 0.42 * where, spots) * step(0.05, 0.3, where)
    canvas.shade(0.9 * share, rgb(0.74, 0.56, 0.45))


_TURN = np.linalg.qr(np.array([[1.0, 0.7, 0.2], [-0.6, 1.0, 0.8], [0.3, -0.9, 1.0]]))[0]
_SPOTS = {
    "": (0.0325, 1.541), "cheek": (0.0355, 1.551), "forehead": (0.022, 1.636),
    "lip": (0.0205, 1.534), "chin": (0.013, 1.502), "nose": (0.010, 1.556), "eye": (0.042, 1.577),
}  # fmt: skip


def _mole(canvas: Canvas, mark: Mark) -> None:
    p = canvas.places
    sign, part = _side(mark, 1.0)
    x, z = _SPOTS.get(part, _SPOTS[""])
    away = np.hypot(p[:, 0] - sign * x, p[:, 2] - z).astype(np.float32)
    share = step(0.0021, 0.0013, away) * (p[:, 1] < -0.09)
    canvas.tint(0.85 * share, rgb(0.17, 0.09, 0.06))
    canvas.height += 0.0003 * share


# Lines of scars on the face as points (x, z) of its left half.
_SCARS = {
    "cheek": ((0.0275, 1.566), (0.034, 1.556), (0.0395, 1.5405), (0.047, 1.529)),
    "eye": ((0.0245, 1.632), (0.0275, 1.612), (0.031, 1.590), (0.034, 1.567), (0.037, 1.556)),
    "forehead": ((0.004, 1.645), (0.016, 1.637), (0.029, 1.634)),
    "lip": ((0.009, 1.5415), (0.0125, 1.527), (0.0155, 1.510)),
    "chin": ((0.004, 1.508), (0.010, 1.499), (0.012, 1.490)),
    "nose": ((-0.02, 1.577), (0.0, 1.572), (0.022, 1.564)),
}
_SCAR_OF = {"": "eye", "face": "cheek", "brow": "eye", "neck": "chin"}


def _scar(canvas: Canvas, mark: Mark) -> None:
    p = canvas.places
    sign, part = _side(mark, 1.0)
    line = np.array(_SCARS.get(_SCAR_OF.get(part, part), _SCARS["cheek"]), np.float32)
    flat = np.stack([sign * p[:, 0] + 0.0009 * noise(p, 0.006, canvas.seed + 37), p[:, 2]], axis=1)
    away, along = from_line(flat, line)
    wide = 0.0013 + 0.0011 * np.sin(np.pi * along)
    # Wounds do not cross the eyeball's lids as deeply as bone.
    share = step(1.15, 0.55, away / wide) * (p[:, 1] < -0.09)
    rim = step(2.6, 1.0, away / wide) * (p[:, 1] < -0.09)
    canvas.shade(0.6 * rim, rgb(0.92, 0.76, 0.74))
    pale = canvas.color * rgb(1.12, 0.98, 0.97) + rgb(0.08, 0.045, 0.045)
    canvas.tint(0.85 * share, np.asarray(pale, np.float32))
    canvas.roughness -= 0.12 * share
    canvas.height += 0.0005 * rim - 0.0009 * share


def _dirt(canvas: Canvas, mark: Mark) -> None:
    p = canvas.places
    patches = layered(p, 0.03, canvas.seed + 38, 3, smallest=canvas.width)
    share = step(0.02, 0.75, patches) * _not_inside(canvas)
    low = 0.75 + 0.25 * step(1.60, 1.54, p[:, 2])
    canvas.tint(0.62 * share * low, _color(mark, (0.17, 0.14, 0.11)))
    canvas.roughness += 0.2 * share


def polish(canvas: Canvas, marks: tuple[Mark, ...]) -> None:
    """Paint finger- and toenails; `canvas` holds hands or feet."""
    for mark in marks:
        if mark.kind == "nail polish":
            share = step(0.25, 0.6, canvas.masks["nails"])
            canvas.tint(0.94 * share, _color(mark, (0.70, 0.07, 0.18)))
            canvas.roughness += share * (0.2 - canvas.roughness)


def _side(mark: Mark, usual: float) -> tuple[float, str]:
    """1 for the body's left side, -1 for its right, and the place without its side."""
    side, _, part = mark.place.rpartition(" ")
    if part in ("arm",) or not side:
        return usual, mark.place
    return {"left": 1.0, "right": -1.0}.get(side, usual), part


_GROUNDS = ("clown face", "white face", "goth makeup", "dirt")
_PAINTERS: dict[str, Callable[[Canvas, Mark], None]] = {
    "lipstick": lambda canvas, mark: _lipstick(canvas, mark, (0.66, 0.09, 0.19)),
    "eyeshadow": lambda canvas, mark: _eyeshadow(canvas, mark, (0.29, 0.23, 0.31)),
    "eyeliner": lambda canvas, mark: _eyeliner(canvas, mark, (0.05, 0.04, 0.05)),
    "blush": lambda canvas, mark: _blush(canvas, mark, (0.82, 0.34, 0.42)),
    "rosy cheeks": _rosy,
    "makeup": _makeup,
    "goth makeup": _goth,
    "clown face": _clown,
    "white face": _white_face,
    "nose": lambda canvas, mark: _nose_ball(canvas, _color(mark, (0.76, 0.16, 0.13))),
    "war paint": _war_paint,
    "freckles": _freckles,
    "mole": _mole,
    "scar": _scar,
    "dirt": _dirt,
}
