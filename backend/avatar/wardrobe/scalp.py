# SPDX-License-Identifier: Apache-2.0
"""Where hair grows on the canonical head, in directions from the middle of the skull."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .noise import Floats

SKULL_CENTER = np.array([0.0, -0.047, 1.612])
"""Metres on the canonical body: directions of the scalp are seen from here."""

Line = tuple[tuple[float, float], ...]
"""(degrees from the front, degrees above the horizon), the former rising."""

# The forehead, the temple's recess, the sideburn, round the ear, the nape.
HAIRLINE: Line = (
    (0, 30), (25, 31), (42, 32), (52, 27), (60, 12), (66, -4), (69, -20), (72, -22),
    (76, -5), (82, -2), (98, -3), (104, -9), (110, -18), (122, -35), (140, -44), (180, -47),
)  # fmt: skip


@dataclass(frozen=True)
class Region:
    """Where hair grows: above `low` and below `high`, and not within `crown` degrees of the top of
    the head."""

    low: Line = HAIRLINE
    high: Line = ((0, 180), (180, 180))
    crown: float = 0.0

    def inside(self, places: NDArray[np.floating]) -> Floats:
        """(N,) degrees by which canonical places (N, 3) lie inside; negative on bare skin."""
        around, above = directions(places)
        depth = above - np.interp(around, *np.transpose(self.low))
        depth = np.minimum(depth, np.interp(around, *np.transpose(self.high)) - above)
        if self.crown:
            tilt = np.deg2rad(_CROWN_ABOVE)
            a, e = np.deg2rad(around), np.deg2rad(above)
            cosine = -np.cos(a) * np.cos(e) * np.cos(tilt) + np.sin(e) * np.sin(tilt)
            from_top = np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))
            depth = np.minimum(depth, from_top - self.crown)
        is_head = np.asarray(places)[:, 2] > SKULL_CENTER[2] - 0.12
        return np.where(is_head, depth, -90).astype(np.float32)


_CROWN_ABOVE = 68.0
"""Degrees above the horizon, at the back, of the middle of a bald crown."""

SCALP = Region()
TONSURE = Region(crown=44)
HORSESHOE = Region(
    high=((0, -90), (55, -90), (68, -4), (76, 6), (90, 12), (120, 18), (150, 16), (180, 12))
)
CREST = Region(
    low=((0, 34), (9, 38), (16, 60), (30, 78), (90, 84), (150, 70), (168, -20), (180, -40))
)


def directions(places: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Degrees around (0 front, 180 back, both sides alike) and above the horizon of (N, 3)."""
    x, y, z = (np.asarray(places, dtype=np.float64) - SKULL_CENTER).T
    around = np.rad2deg(np.arctan2(np.abs(x), -y))
    above = np.rad2deg(np.arctan2(z, np.hypot(x, y)))
    return around.astype(np.float32), above.astype(np.float32)


def inside(places: NDArray[np.floating]) -> Floats:
    """(N,) degrees by which places lie inside the hairline; negative on bare skin."""
    return SCALP.inside(places)
