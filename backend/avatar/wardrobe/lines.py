# SPDX-License-Identifier: Apache-2.0
"""The lines of old faces, and what they do to the color and relief of skin."""

from __future__ import annotations

import numpy as np

from .landmarks import EYE, beside, near, stroke
from .noise import Floats, bump, noise, rgb, step

# Lines of the left half of a face, as points (x, z), the half width in metres and the strength.
_LINES = (
    (((0.0172, 1.5600), (0.0245, 1.5480), (0.0300, 1.5330), (0.0310, 1.5215)), 0.0034, 0.95),
    (((0.0265, 1.5190), (0.0285, 1.5080), (0.0280, 1.4990)), 0.0026, 0.55),
    (((0.0160, 1.5790), (0.0270, 1.5735), (0.0390, 1.5765)), 0.0026, 0.55),
    (((0.0042, 1.6130), (0.0050, 1.6050), (0.0044, 1.5985)), 0.0016, 0.45),
)


def wrinkles(p: Floats, seed: int) -> Floats:
    """(N,) depth, 0 to 1, of the lines of an old face: across the forehead, between the brows, at
    the eyes' corners and under them, from the nose past the mouth, and from its corners down."""
    bend = noise(p, 0.03, seed + 80)
    forehead = near(p, np.array([0.0, -0.145, 1.634]), (0.045, 0.05, 0.014))
    # A wave for each line; the lines break off and begin anew.
    height = p[:, 2] + 0.06 * np.abs(p[:, 0]) + 0.0016 * bend
    waves = bump(0.0, 0.0022, (height + 0.0039) % 0.0078 - 0.0039)
    broken = step(-0.5, 0.3, noise(p, (0.024, 1.0, 0.0078), seed + 81))
    feet = near(p, beside(EYE, 0.0235, 0.01, 0.0), (0.010, 0.02, 0.012))
    turn = np.arctan2(p[:, 2] - EYE[2], np.abs(p[:, 0]) - 0.041)
    rays = np.sin(turn * 11 + bend)
    depth = 0.62 * forehead * waves * broken + 0.6 * feet * step(0.1, 1, rays)
    in_front = step(-0.09, -0.105, p[:, 1])
    wander = np.stack([np.abs(p[:, 0]) + 0.0006 * bend, p[:, 2] + 0.0006 * bend], axis=1)
    for line, width, strength in _LINES:
        depth += strength * in_front * stroke(wander, np.array(line, np.float32), width)
    return np.asarray(np.clip(depth, 0, 1), dtype=np.float32)


def shade(color: Floats, depth: Floats, paleness: float) -> Floats:
    """Darken the lines: dark skin needs more of it, since its lines show less blood."""
    strength = rgb(0.17, 0.25, 0.25) + (1 - paleness) * rgb(0.34, 0.30, 0.28)
    return np.asarray(color * (1 - depth[:, None] * strength), dtype=np.float32)
