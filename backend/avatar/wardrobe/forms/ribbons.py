# SPDX-License-Identifier: Apache-2.0
"""Ends that hang from a belt or a sash, with the knot that they come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..surface import Floats, Surface, join
from . import solids
from .cords import ground
from .holds import surface as sewn
from .pouches import place_on
from .site import Site, near_mix

LEVELS = 9


@dataclass(frozen=True)
class Ribbons:
    """Ribbons from `height` on the first piece of cloth, at `angles`, degrees from the front to the
    left: `length`, `width`, `thick` metres, hanging `off` metres beyond the cloth; `widen` is the
    share by which their ends are wider, `knot` the radius of a ball over their upper ends."""

    height: float
    angles: tuple[float, ...]
    length: float
    width: float = 0.06
    thick: float = 0.006
    off: float = 0.012
    widen: float = 0.0
    slant: float = 0.0
    """Degrees by which the ribbons spread from one another."""
    knot: float = 0.0


def ribbons(site: Site, values: Ribbons) -> Surface:
    """Ribbons follow the hips and the lap below them as a skirt does."""
    under = ground(site)
    made = []
    for number, degrees in enumerate(values.angles):
        place, aside = place_on(under, np.radians(degrees), values.height, False)
        lean = np.radians(values.slant) * (number - (len(values.angles) - 1) / 2)
        made.append(_draped(site, _ribbon(values, place, aside, lean)))
    if values.knot:
        middle = float(np.radians(np.mean(values.angles)))
        place, aside = place_on(under, middle, values.height, False)
        made.append(_draped(site, _knot(values, place, aside)))
    return join(made)


def _out(aside: Floats) -> Floats:
    return np.array([aside[1], -aside[0], 0.0])


def _ribbon(values: Ribbons, place: Floats, aside: Floats, lean: float) -> solids.Solid:
    down = np.linspace(-0.01, values.length, LEVELS)
    share = down / values.length
    half = values.width / 2 * (1 + values.widen * share)
    half[0] *= 0.7
    off = values.off * (1 + 0.5 * np.sin(np.pi * np.clip(share, 0, 1)))
    centre = place + off[:, None] * _out(aside) - down[:, None] * [0, 0, 1]
    centre = centre + np.tan(lean) * down[:, None] * aside
    thick = values.thick / 2
    section = np.array([(-1, 1), (0, 1.5), (1, 1), (1, -1), (0, -0.5), (-1, -1)], float)
    rings = (
        centre[:, None]
        + (half[:, None] * section[:, 0])[..., None] * aside
        + (thick * section[:, 1])[None, :, None] * _out(aside)
    )
    return solids.rings(rings[::-1][:, ::-1], ["cloth"] * (LEVELS - 1))


def _knot(values: Ribbons, place: Floats, aside: Floats) -> solids.Solid:
    turn = np.linspace(-0.46, 0.46, 7) * np.pi
    around = np.arange(12) * 2 * np.pi / 12
    circle = np.stack([np.cos(around), np.sin(around)], 1)
    wide = values.knot * np.cos(turn)
    centre = place + 0.5 * values.off * _out(aside)
    rings = (
        centre
        + (1.15 * values.knot * np.sin(turn))[:, None, None] * np.array([0.0, 0.0, 1.0])
        + (wide[:, None] * circle[:, 0])[..., None] * aside
        - (0.75 * wide[:, None] * circle[:, 1])[..., None] * _out(aside)
    )
    return solids.rings(rings, ["cloth"] * 6)


def _draped(site: Site, solid: solids.Solid) -> Surface:
    lap = np.unique(site.model.groups["helper-skirt"].corners)
    mix = near_mix(site.model, solid.places, lap, site.model.canonical.vertices[lap])
    return sewn(solid, mix, solid.places - mix @ site.model.canonical.vertices)
