# SPDX-License-Identifier: Apache-2.0
"""Brows as arcs of slanted strokes on the canonical face."""

from __future__ import annotations

import numpy as np

from .noise import Floats, noise, step

# Along the brow (0 inner end, 1 outer): metres from the middle of the face, metres up, half height.
# Two millimetres lower at the inner end would look angry.
_ACROSS = np.array([0.0115, 0.052])
_ARC = np.array([(0, 1.6135), (0.3, 1.6158), (0.62, 1.6178), (0.82, 1.6165), (1, 1.6115)])
_HALF = np.array([(0, 0.0026), (0.15, 0.0038), (0.55, 0.0034), (0.85, 0.0022), (1, 0.0008)])
_LENGTH, _WIDTH = 0.008, 0.00085
"""Metres of one stroke."""


def coverage(places: Floats, width: Floats, seed: int) -> Floats:
    """(N,) how much of each texel at places (N, 3) is brow hair, 0 to 1."""
    side, z = np.abs(places[:, 0]), places[:, 2]
    share = np.zeros(len(places), dtype=np.float32)
    near = np.flatnonzero((z > 1.598) & (z < 1.630) & (places[:, 1] < -0.09) & (side < 0.062))
    if not len(near):
        return share
    along = (side[near] - _ACROSS[0]) / (_ACROSS[1] - _ACROSS[0])
    middle = np.interp(along, _ARC[:, 0], _ARC[:, 1])
    half = np.interp(along, _HALF[:, 0], _HALF[:, 1])
    up = (z[near] - middle) / np.maximum(half, 1e-5)
    ends = step(-0.06, 0.12, along) * step(1.04, 0.96, along)
    # Strokes lean outwards more and more: up at the nose, along the arc at the temple.
    lean = np.deg2rad(65 - 60 * np.clip(along, 0, 1))
    x, h = side[near] - _ACROSS[0], z[near] - middle
    stroke = np.stack(
        [
            (x * np.sin(lean) - h * np.cos(lean)) / _WIDTH,
            (x * np.cos(lean) + h * np.sin(lean)) / _LENGTH,
            np.sign(places[near, 0]) * 7.3,
        ],
        axis=1,
    ).astype(np.float32)
    strands = noise(stroke, 1.0, seed + 50)
    # Where texels are coarser than strokes, strokes melt into an even, lighter tint.
    sharp = np.clip(2 * _WIDTH / width[near] - 0.6, 0, 1)
    edge = 1 - np.abs(up) + 0.4 * strands * (0.4 + 0.6 * sharp)
    body = 0.8 + 0.2 * strands * sharp
    share[near] = np.clip(edge / 0.75, 0, 1) * body * ends * 0.9
    return share
