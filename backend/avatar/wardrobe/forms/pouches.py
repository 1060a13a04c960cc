# SPDX-License-Identifier: Apache-2.0
"""What is sewn onto a waist or a leg: pouches with flaps, belt loops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..surface import Floats, Surface, join
from .cords import Ground, ground, sheet
from .site import Site


@dataclass(frozen=True)
class Pouches:
    """Pouches with flaps at `angles`, degrees from the front to the left, about `height`: their
    width, height and depth in metres. On a `limb` they go round the leg that is on their side."""

    angles: tuple[float, ...]
    height: float
    size: tuple[float, float, float]
    limb: bool = False


@dataclass(frozen=True)
class Loops:
    """Narrow upright loops for a belt, from `low` to `high`, at `angles` as for pouches."""

    low: float
    high: float
    angles: tuple[float, ...]
    width: float = 0.011


def pouches(site: Site, values: Pouches) -> Surface:
    under = ground(site)
    width, height, depth = values.size
    across = np.array([-0.5, -0.47, -0.42, -0.2, 0.0, 0.2, 0.42, 0.47, 0.5])
    up = np.array([-0.5, -0.48, -0.43, -0.15, 0.12, 0.14, 0.3, 0.45, 0.49, 0.5])
    side = np.interp(np.abs(across), [0.42, 0.47, 0.5], [1, 0.8, -0.1])
    # The flap lies over the upper third.
    front = np.array([-0.1, 0.7, 1.0, 1.06, 1.0, 1.3, 1.3, 1.15, 0.7, -0.1])
    body = depth * np.minimum(front[:, None], 2 * side[None]) * side[None]
    made = []
    for degrees in values.angles:
        middle, aside = place_on(under, np.radians(degrees), values.height, values.limb)
        grid = middle + (across * width)[None, :, None] * aside
        grid = grid + (up * height)[:, None, None] * np.array([0.0, 0.0, 1.0])
        made.append(sheet(under, grid, body, "cloth"))
    return join(made, first_leads=True)


def loops(site: Site, values: Loops) -> Surface:
    under = ground(site)
    across = np.linspace(-0.5, 0.5, 4) * values.width
    levels = np.linspace(values.low, values.high, 6)
    depth = np.outer([-0.001, 0.003, 0.0045, 0.0045, 0.003, -0.001], [0.5, 1, 1, 0.5])
    made = []
    for degrees in values.angles:
        middle, aside = place_on(under, np.radians(degrees), (values.low + values.high) / 2, False)
        grid = middle + across[None, :, None] * aside
        rise = (levels - levels.mean())[:, None, None] * np.array([0.0, 0.0, 1.0])
        made.append(sheet(under, grid + rise, depth, "cloth"))
    return join(made, first_leads=True)


def place_on(under: Ground, angle: float, height: float, limb: bool) -> tuple[Floats, Floats]:
    """The place on the cloth at an angle and a height, and which way is aside there."""
    out = np.array([np.sin(angle), -np.cos(angle), 0.0])
    level = np.abs(under.places[:, 2] - height) < 0.02
    if limb:
        level &= under.places[:, 0] * out[0] > 0
    ring = under.places[level]
    centre = (ring.max(0) + ring.min(0)) / 2
    best = np.argmax((ring - centre) @ out - 4 * np.abs(np.cross(ring - centre, out)[:, 2]))
    place = ring[best] * [1, 1, 0] + [0, 0, height]
    return place, np.array([np.cos(angle), np.sin(angle), 0.0])
