# SPDX-License-Identifier: Apache-2.0
"""Stripes, dots, stars and more that run around trunk, sleeves and legs, across all UV seams."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .noise import Floats, noise, rgb
from .piece import Texels
from .tubes import Cut, Flat, spread


def printed(texels: Texels, cut: Cut, pattern: str, inks: tuple[Floats, Floats]) -> Floats:
    """(N, 3) the colours of a pattern in a first and a second ink (3,), sRGB."""
    first, second = inks
    if pattern == "plain":
        return np.tile(first, (len(texels), 1))
    if pattern == "camouflage":
        return _camouflage(texels, first, second)
    if pattern == "leopard":
        return _leopard(texels, spread(texels, cut), first, second)
    share = share_of_second(texels, cut, pattern)[:, None]
    color = first + share * (second - first)
    if pattern == "flowers":
        x, y, _ = spread(texels, cut).motif(FLOWERS)
        middle = np.clip((0.0055 - np.hypot(x, y)) / _soft(texels) + 0.5, 0, 1)[:, None]
        color = color + middle * (POLLEN - color)
    return np.asarray(color, dtype=np.float32)


def share_of_second(texels: Texels, cut: Cut, pattern: str) -> Floats:
    """(N,) how much of the second colour is printed at each texel: 0 to 1."""
    if pattern not in MOTIFS:
        return np.zeros(len(texels), dtype=np.float32)
    flat = spread(texels, cut)
    return np.asarray(MOTIFS[pattern](flat, _soft(texels)), dtype=np.float32)


def _soft(texels: Texels) -> Floats:
    """(N,) metres over which an edge is blurred: a texel."""
    return np.maximum(texels.width, np.float32(0.0006))


def _stripes(flat: Flat, soft: Floats) -> Floats:
    return _band(flat.along, 0.05, 0.023, soft)


def _checks(flat: Flat, soft: Floats) -> Floats:
    columns = np.maximum(2, np.round(flat.girth.mean() / 0.065))
    period = flat.girth / columns
    upright = _band(flat.turns * flat.girth, period, period * 0.5, soft)
    return 0.5 * (upright + _band(flat.along, 0.065, 0.0325, soft))


def _dots(flat: Flat, soft: Floats) -> Floats:
    x, y, _ = flat.motif(0.056)
    return np.clip((0.0155 - np.hypot(x, y)) / soft + 0.5, 0, 1)


def _stars(flat: Flat, soft: Floats) -> Floats:
    x, y, number = flat.motif(0.07)
    return star(x, y, 0.021, soft, turn=0.35 * np.sin(number))


def _hearts(flat: Flat, soft: Floats) -> Floats:
    x, y, _ = flat.motif(0.062)
    return heart(x, y, 0.017, soft)


def _flowers(flat: Flat, soft: Floats) -> Floats:
    x, y, number = flat.motif(FLOWERS)
    angle = np.arctan2(y, x) + number
    reach = 0.0135 + 0.0055 * np.cos(5 * angle)
    return np.clip((reach - np.hypot(x, y)) / soft + 0.5, 0, 1)


def _zigzag(flat: Flat, soft: Floats) -> Floats:
    teeth = np.maximum(4, np.round(flat.girth.mean() / 0.06))
    wave = np.abs(np.mod(flat.turns * teeth, 1) - 0.5) * 0.05
    return _band(flat.along + wave, 0.05, 0.02, soft * 1.3)


MOTIFS: dict[str, Callable[[Flat, Floats], Floats]] = {
    "stripes": _stripes,
    "checks": _checks,
    "dots": _dots,
    "stars": _stars,
    "hearts": _hearts,
    "flowers": _flowers,
    "zigzag": _zigzag,
}
PATTERNS = ("plain", *MOTIFS, "camouflage", "leopard")


def star(
    x: Floats, y: Floats, size: float, soft: Floats, turn: NDArray[np.floating] | float = 0.0
) -> Floats:
    """(N,) 1 inside a five-pointed star with its points at `size` metres."""
    fifth = 2 * np.pi / 5
    away = np.hypot(x, y)
    angle = np.mod(np.arctan2(x, y) + turn + fifth / 2, fifth) - fifth / 2
    # One edge of a point, from its tip to the notch beside it.
    across, up = np.abs(away * np.sin(angle)), away * np.cos(angle)
    notch = 0.45 * size
    edge = np.array([notch * np.sin(fifth / 2), notch * np.cos(fifth / 2) - size])
    normal = np.array([-edge[1], edge[0]]) / np.hypot(*edge)
    inside = -(across * normal[0] + (up - size) * normal[1])
    return np.asarray(np.clip(inside / soft + 0.5, 0, 1), dtype=np.float32)


def heart(x: Floats, y: Floats, size: float, soft: Floats) -> Floats:
    """(N,) 1 inside a heart about `size` metres to each side: (x2 + y2 - 1)3 < x2 y3."""
    u, v = 1.15 * x / size, 1.15 * y / size + 0.15
    value = (u * u + v * v - 1) ** 3 - u * u * v**3
    slope = np.maximum(6 * np.hypot(u, v) * (u * u + v * v - 1) ** 2, 0.7) * 1.15 / size
    return np.asarray(np.clip(-value / slope / soft + 0.5, 0, 1), dtype=np.float32)


FLOWERS = 0.066
"""Metres from flower to flower."""
POLLEN = np.array([0.93, 0.75, 0.25], dtype=np.float32)
_BLOTCH = 0.085


def _camouflage(texels: Texels, first: Floats, second: Floats) -> Floats:
    """Blotches in four tones: the first ink, a darker and a lighter one, and the second."""
    color: NDArray[np.floating] = np.tile(first, (len(texels), 1))
    inks = (0.55 * first, 0.35 * second + 0.65 * (0.5 * first), 0.75 * first + 0.25)
    for seed, ink, rarity in zip((71, 72, 73), inks, (0.02, 0.10, 0.20), strict=True):
        flow = texels.positions * np.array([1, 1, 1.6], dtype=np.float32)
        value = noise(flow, _BLOTCH, seed) + 0.5 * noise(flow, _BLOTCH / 2.6, seed + 10)
        share = np.clip((value - rarity) / (_soft(texels) / _BLOTCH * 3) + 0.5, 0, 1)[:, None]
        color = color + share * (ink - color)
    return np.asarray(color, dtype=np.float32)


def _leopard(texels: Texels, flat: Flat, first: Floats, second: Floats) -> Floats:
    """Rosettes: broken dark rings round darker middles, no two alike."""
    x, y, number = flat.motif(0.042)
    x, y = x + 0.006 * np.sin(number * 7.1), y + 0.006 * np.sin(number * 3.7)
    angle = np.arctan2(y, x) + number
    away = np.hypot(x, y) * (1 + 0.25 * np.sin(2 * angle) + 0.12 * np.sin(3 * angle + number))
    soft, size = _soft(texels), 0.0115 + 0.003 * np.sin(number * 5.3)
    middle = np.clip((size - away) / soft + 0.5, 0, 1)[:, None]
    gaps = np.clip(np.sin(3 * angle + 2 * np.sin(number)) * 3 + 2.2, 0, 1)
    ring = (np.clip((0.0032 - np.abs(away - size)) / soft + 0.5, 0, 1) * gaps)[:, None]
    dark = second if float(second.mean()) < float(first.mean()) else rgb(0.12, 0.08, 0.05)
    color = first - 0.28 * middle * first
    return np.asarray(color + ring * (dark - color), dtype=np.float32)


def _band(value: Floats, period: float | Floats, width: float | Floats, soft: Floats) -> Floats:
    """1 inside bands `width` wide every `period`, with edges `soft` metres wide."""
    distance = np.abs(np.mod(value, period) - np.asarray(period) / 2)
    return np.asarray(np.clip((np.asarray(width) / 2 - distance) / soft + 0.5, 0, 1), np.float32)
