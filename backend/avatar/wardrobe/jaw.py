# SPDX-License-Identifier: Apache-2.0
"""Where beards grow on the canonical face, and how the skin under them is painted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .noise import Floats, layered, noise, step
from .scalp import SKULL_CENTER, Line, directions

# Upper and lower borders: (degrees from the front, metres above the floor).
_CHEEKS: Line = (
    (0, 1.5095), (8, 1.5100), (12, 1.5160), (15.5, 1.5345), (24, 1.5320), (38, 1.5340),
    (50, 1.5430), (60, 1.5600), (67, 1.5860), (73, 1.6000), (74, 1.4), (180, 1.4),
)  # fmt: skip
_NECK: Line = ((0, 1.466), (30, 1.470), (46, 1.482), (60, 1.506), (68, 1.530), (74, 1.545))
_CHIN: Line = ((0, 1.5095), (8, 1.5100), (12, 1.5180), (16, 1.5340), (19, 1.5330), (20, 1.4))
_DEGREE = 0.0016
"""Metres that a degree spans on the cheek."""


@dataclass(frozen=True)
class Area:
    """A part of the face: the jaw between two lines, the upper lip, the middle below the mouth."""

    high: Line | None = None
    low: Line = _NECK
    aside: float = -90.0
    """Degrees from the front at which the jaw's part begins."""
    lip: bool = False
    soul: bool = False

    def depth(self, places: Floats) -> Floats:
        """(N,) metres by which canonical places (N, 3) lie inside; negative on bare skin."""
        x, y, z = np.asarray(places, dtype=np.float64).T
        around, _ = directions(places)
        depth = np.full(len(places), -1.0)
        if self.high is not None:
            below = np.interp(around, *np.transpose(self.high)) - z
            depth = np.minimum(below, z - np.interp(around, *np.transpose(self.low)))
            depth = np.minimum(depth, (around - self.aside) * _DEGREE)
        if self.lip:
            # From the middle under the nose down past the corners of the mouth.
            wide = np.clip(np.abs(x) / 0.026, 0, 1.3)
            top, base = 1.5460 - 0.007 * wide**2, 1.5325 - 0.016 * np.clip(wide - 0.7, 0, 1)
            lip = np.minimum(np.minimum(top - z, z - base), 0.0335 - np.abs(x))
            depth = np.maximum(depth, lip)
        if self.soul:
            depth = np.maximum(depth, np.minimum(0.0065 - np.abs(x), 1.5125 - z))
            depth = np.where(z < 1.466, -1.0, depth)
        in_front = (y < SKULL_CENTER[1] + 0.005) & (z > 1.455)
        return np.where(in_front, depth, -1.0).astype(np.float32)


LIP = Area(lip=True)
GOATEE = Area(_CHIN, lip=True, soul=True)
CHIN = Area(((0, 1.5095), (8, 1.5060), (14, 1.5000), (18, 1.4900), (19, 1.4)), soul=True)
CHOPS = Area(_CHEEKS, aside=24.0)
WHISKERS = Area(_CHEEKS, aside=20.0, lip=True)
FULL = Area(_CHEEKS, lip=True, soul=True)


def shadow(area: Area, places: Floats, seed: int) -> Floats:
    """(N,) 0 to 1: how densely whiskers stand, thinner and ragged towards the border."""
    depth = area.depth(places) + 0.0030 * layered(places, 0.007, seed + 90, 2)
    return step(-0.0025, 0.0055, depth)


def stubble(area: Area, places: Floats, width: Floats, seed: int) -> Floats:
    """(N,) how much of the skin short whiskers hide, dot by dot where texels are fine enough."""
    dots = noise(places, 0.0011, seed + 91)
    fine = np.clip(0.0016 / np.maximum(width, 1e-5) - 0.8, 0, 1)
    return np.asarray(shadow(area, places, seed) * (0.42 + 0.3 * fine * dots), dtype=np.float32)
