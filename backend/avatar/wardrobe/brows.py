# SPDX-License-Identifier: Apache-2.0
"""Brows as arcs of single hairs on the canonical face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .noise import Floats, bump, step

if TYPE_CHECKING:
    from ..outfit import Looks

# Along the brow (0 inner end, 1 outer): metres from the middle of the face, metres up, half height.
# Two millimetres lower at the inner end would look angry.
_ACROSS = np.array([0.0115, 0.052])
_ARC = np.array([(0, 1.6135), (0.3, 1.6158), (0.62, 1.6178), (0.82, 1.6165), (1, 1.6115)])
_HALF = np.array([(0, 0.0027), (0.15, 0.0038), (0.55, 0.0034), (0.85, 0.0021), (1, 0.0007)])

_SPACING = 0.00125
"""Metres between the hairs of one layer; three layers cross a little."""
_LAYERS = 3
_HAIR = 0.00042
"""Half a hair's width in metres, at least; coarse texels draw wider hairs."""

# What a style makes of the brow: its height, how ragged its edge, how dense its hair.
_STYLES = {
    "thin": (0.5, 0.25, 0.9),
    "thick": (1.35, 0.4, 1.1),
    "bushy": (1.65, 1.0, 1.0),
}
_OF_WOMEN, _OF_MEN, _OF_CHILDREN = (0.74, 0.3, 0.92), (1.12, 0.5, 1.0), (0.72, 0.4, 0.7)
_OF_OLD_MEN = (1.2, 0.9, 0.8)


def form(looks: Looks) -> tuple[float, float, float]:
    """Height, raggedness and density: what the words say, else what sex and age give."""
    if looks.brow_style:
        return _STYLES[looks.brow_style]
    if looks.age_years < 13:
        return _OF_CHILDREN
    if looks.is_female:
        return _OF_WOMEN
    return _OF_OLD_MEN if looks.age_years > 62 else _OF_MEN


def coverage(
    places: Floats, width: Floats, seed: int, form: tuple[float, float, float] = _OF_MEN
) -> Floats:
    """(N,) how much of each texel at places (N, 3), `width` metres wide, is brow hair, 0 to 1."""
    side, z = np.abs(places[:, 0]), places[:, 2]
    share = np.zeros(len(places), dtype=np.float32)
    near = np.flatnonzero((z > 1.598) & (z < 1.630) & (places[:, 1] < -0.09) & (side < 0.062))
    if not len(near):
        return share
    tall, ragged, dense = form
    along = (side[near] - _ACROSS[0]) / (_ACROSS[1] - _ACROSS[0])
    middle = np.interp(along, _ARC[:, 0], _ARC[:, 1])
    half = np.maximum(np.interp(along, _HALF[:, 0], _HALF[:, 1]) * tall, 1e-5)
    x, h = side[near] - _ACROSS[0], z[near] - middle
    # Hairs lean outwards more and more: up at the nose, along the arc at the temple.
    lean = np.deg2rad(70 - 62 * np.clip(along, 0, 1))
    ends = step(-0.07, 0.10, along) * step(1.05, 0.95, along)
    sharp = np.clip(2.2 - width[near] / _HAIR, 0, 1)
    thick = np.maximum(_HAIR, 0.55 * width[near])
    total = np.zeros(len(near), dtype=np.float32)
    for layer in range(_LAYERS):
        angle = lean + np.deg2rad((-9.0, 0.0, 9.0)[layer])
        across = (x * np.sin(angle) - h * np.cos(angle)) / _SPACING + 0.37 * layer
        number = np.floor(across).astype(np.int64) + 4096 * layer
        shift, reach = _random(number, seed), _random(number, seed + 1)
        away = np.abs(across - np.floor(across) - 0.3 - 0.4 * shift) * _SPACING
        edge = 1 - np.abs(h) / half + ragged * (reach - 0.6)
        hair = np.clip(1.3 - away / thick, 0, 1) * (0.7 + 0.3 * shift) * step(0, 0.4, edge)
        total = np.maximum(total, hair * sharp)
    # Beneath the hairs, and where texels are coarser than hairs, an even tint.
    under = bump(0.0, 1.05, h / half) * (0.85 - 0.35 * sharp)
    share[near] = np.clip(np.maximum(total, under * 0.9) * dense * ends, 0, 0.92)
    return share


def _random(number: np.ndarray[tuple[int, ...], np.dtype[np.int64]], seed: int) -> Floats:
    """A fixed number from 0 to 1 for each whole number."""
    mixed = np.sin((number + 17 * (seed % 1000)) * 12.9898) * 43758.5453
    return np.asarray(mixed - np.floor(mixed), dtype=np.float32)
