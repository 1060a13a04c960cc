# SPDX-License-Identifier: Apache-2.0
"""Where hair grows on the canonical head, in directions from the middle of the skull."""

from __future__ import annotations

import numpy as np

from .noise import Floats

SKULL_CENTER = np.array([0.0, -0.047, 1.612])
"""Metres on the canonical body: directions of the scalp are seen from here."""

# (degrees from the front, degrees above the horizon) down to which hair grows: the forehead, the
# temple's recess, the sideburn, round the ear, the nape.
_HAIRLINE = np.array(
    [
        (0, 30), (25, 31), (42, 32), (52, 27), (60, 12), (66, -4), (69, -20), (72, -22),
        (76, -5), (82, -2), (98, -3), (104, -9), (110, -18), (122, -35), (140, -44), (180, -47),
    ],
    dtype=np.float64,
)  # fmt: skip


def directions(places: Floats) -> tuple[Floats, Floats]:
    """Degrees around (0 front, 180 back, both sides alike) and above the horizon of (N, 3)."""
    x, y, z = (np.asarray(places, dtype=np.float64) - SKULL_CENTER).T
    around = np.rad2deg(np.arctan2(np.abs(x), -y))
    above = np.rad2deg(np.arctan2(z, np.hypot(x, y)))
    return around.astype(np.float32), above.astype(np.float32)


def hairline(around: Floats) -> Floats:
    """Degrees above the horizon at which hair begins."""
    return np.interp(around, _HAIRLINE[:, 0], _HAIRLINE[:, 1]).astype(np.float32)


def inside(places: Floats) -> Floats:
    """(N,) degrees by which places lie inside the hairline; negative on bare skin."""
    around, above = directions(places)
    is_head = np.asarray(places)[:, 2] > SKULL_CENTER[2] - 0.12
    return np.where(is_head, above - hairline(around), -90).astype(np.float32)
