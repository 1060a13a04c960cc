# SPDX-License-Identifier: Apache-2.0
"""Collars with a real fold, stand-up collars and lapels, built on a garment's neckline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import pi

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..surface import Floats, Surface, join
from .laid import Ground, Sheet, ground, hold
from .site import Site

NECK = np.array([0.0, -0.025, 0.0])
"""Middle of the canonical neck's base."""
UP = np.array([0.0, -0.3, 0.954])
"""The way that the neck goes up."""
COLUMNS = 49
HIDDEN = 0.05
"""Metres from an edge at which nothing is painted for it."""
UNDER = 0.003
"""Metres above the cloth where an edge turns under."""
END = 1.006
"""Share of the collar's reach at which its ends turn: a fold without width has no normal."""
CLOTH = 0.0028
"""Metres that a folded sheet is thick."""


@dataclass(frozen=True)
class Collar:
    """A collar that rises by `stand` and folds over by `fall` metres at the back, `points` in
    front; it ends `reach` radians from the back (pi is closed), its ends `spread` radians apart
    from that at the points. A `fall` of 0 is a stand-up collar."""

    stand: float = 0.03
    fall: float = 0.042
    points: float = 0.068
    reach: float = 3.05
    spread: float = 0.3
    lean: float = 0.0
    """Metres that the top of the stand is farther out than its base."""
    is_clear: bool = False
    """Whether what falls hangs beside the neck, as that of a polo neck, and lies nowhere."""
    away: float = 0.0
    """Metres that the whole is farther out than the neckline."""
    zone: str = "cloth"


@dataclass(frozen=True)
class Lapels:
    """Fronts folded out from the height `low` to `high`, `width` metres wide at most; their upper
    outer corners lie `rise` metres over their inner ones."""

    low: float
    high: float
    width: float = 0.075
    rise: float = 0.0
    zone: str = "cloth"


def neckline(base: Ground) -> tuple[Floats, Floats, Floats]:
    """Angles from the back, 0 to pi, and how far out and high the neckline is there."""
    edge = base.places[base.is_border]
    away = edge - NECK
    reach = np.hypot(away[:, 0], away[:, 1])
    angle = np.abs(np.arctan2(away[:, 0], away[:, 1]))
    near = (edge[:, 2] > 1.3) & (reach < 0.17)
    bins = np.linspace(0, pi, 25)
    found = []
    for low, high in pairwise(bins):
        inside = np.flatnonzero(near & (angle >= low - 0.05) & (angle <= high + 0.05))
        if len(inside):
            # An open front runs down from the neckline: only its upper end belongs to that.
            inside = inside[edge[inside, 2] > edge[inside, 2].max() - 0.012]
            found.append(((low + high) / 2, reach[inside].mean(), edge[inside, 2].mean()))
    if len(found) < 3:
        raise ValueError("A collar needs a neckline, but no border of the first piece is near.")
    angles, out, up = np.array(found).T
    at = np.linspace(0, pi, 40)
    out, up = (gaussian_filter1d(np.interp(at, angles, v), 1.6, mode="nearest") for v in (out, up))
    return at, out, up


def collar(site: Site, values: Collar) -> Surface:
    """A strip from the inside of the neckline up, over the fold and down, and back beneath."""
    base = ground(site)
    is_closed = values.reach >= pi
    columns = np.linspace(-1, 1, COLUMNS)
    # Ends come twice: their second line is that which turns under.
    columns = columns[:-1] if is_closed else np.concatenate([[-END], columns, [END]])
    rows = _profile(values)
    points = np.empty((len(rows), len(columns), 3))
    lies, edge = np.empty(points.shape[:2]), np.full(points.shape[:2], HIDDEN)
    line = neckline(base)
    front = np.abs(columns) ** 3
    length = values.fall + (values.points - values.fall) * front
    for number, row in enumerate(rows):
        angle = columns * (min(values.reach, pi) - row.fallen * values.spread * (not is_closed))
        foot = around(line, angle, values.away)
        out = np.stack([np.sin(angle), np.cos(angle), np.zeros_like(angle)], 1)
        points[number] = foot + row.out * out + (row.up * (1 - 0.3 * front))[:, None] * UP
        # What falls goes down the slope that the shoulders have: out as much as down.
        way = 0.25 * out - 0.97 * UP if values.is_clear else 0.62 * out - [0, 0, 0.78]
        points[number] += (row.fallen * length)[:, None] * way
        lies[number] = 0.0 if values.is_clear else np.clip(1.6 * row.fallen, 0, 1)
        if row.gap != UNDER:
            left = length * (1 - row.fallen) if values.fall else values.stand - row.up
            ends = HIDDEN if is_closed else np.maximum(1 - np.abs(columns), 0) * 0.3
            edge[number] = 1.6 * np.minimum(left, ends)
    if values.fall and not values.is_clear:
        points = _lying(base, points, rows, is_closed)
    return hold(site, base, Sheet(points, lies, edge, is_closed, values.zone))


@dataclass(frozen=True)
class _Row:
    """Metres out from and up over the neckline, share of the fall, metres above the cloth."""

    out: float
    up: float
    fallen: float = 0.0
    gap: float = 0.0


def _profile(values: Collar) -> list[_Row]:
    stand, lean = values.stand, values.lean
    inner = [_Row(-0.001, -0.008), _Row(-0.001, 0.0), _Row(0.5 * lean, 0.5 * stand)]
    if not values.fall:
        outer = [_Row(lean, stand - 0.002), _Row(lean + CLOTH / 2, stand)]
        outer += [_Row(lean + CLOTH, stand - 0.002), _Row(0.5 * lean + CLOTH, 0.5 * stand)]
        return [*inner, *outer, _Row(CLOTH, 0.0), _Row(CLOTH, -0.006)]
    top = [_Row(lean, stand - 0.004), _Row(lean + 0.002, stand), _Row(lean + 0.005, stand + 0.001)]
    falls = [
        _Row(lean + 0.008, stand - 0.001 * k, share, 0.011 - 0.004 * share)
        for k, share in enumerate((0.1, 0.28, 0.46, 0.64, 0.82, 0.97, 1.0))
    ]
    under = [replace(falls[-1], gap=UNDER), replace(falls[-3], gap=UNDER)]
    return [*inner, *top, *falls, *under]


def around(line: tuple[Floats, Floats, Floats], angle: Floats, away: float) -> Floats:
    """(N, 3) the neckline at angles from the back."""
    at, reach, height = line
    out = np.interp(np.abs(angle), at, reach) + away
    up = np.interp(np.abs(angle), at, height)
    return np.stack([np.sin(angle) * out, np.cos(angle) * out + NECK[1], up], 1)


def _lying(base: Ground, points: Floats, rows: list[_Row], is_closed: bool) -> Floats:
    """With the rows that fall draped on the cloth, the more the lower."""
    points = points.copy()
    for number, row in enumerate(rows):
        if row.fallen:
            count = points.shape[1]
            gap, pull = np.full(count, row.gap), np.full(count, 0.9 * row.fallen)
            if not is_closed:
                gap[[0, -1]], pull[[0, -1]] = UNDER, 1.0
            points[number] = base.drape(points[number], gap, pull)
    return points


def lapels(site: Site, values: Lapels) -> Surface:
    """Two strips that fold out along the front's opening and lie on the chest."""
    base = ground(site)
    left = _lapel(base, values)
    right = left.points * [-1, 1, 1]
    mirrored = replace(
        left, points=right[:, ::-1], lies=left.lies[:, ::-1], edge=left.edge[:, ::-1]
    )
    return join([hold(site, base, left), hold(site, base, mirrored)], first_leads=True)


def _lapel(base: Ground, values: Lapels) -> Sheet:
    """Rows from the opening outwards, columns from the upper end down: the left one."""
    edge = base.places[base.is_border & (base.places[:, 1] < 0) & (base.places[:, 0] > -0.002)]
    height = np.linspace(values.high, values.low, 22)
    opening = [_nearest_opening(edge, z) for z in height]
    share = (height - values.low) / (values.high - values.low)
    width = values.width * share**0.85
    front = base.places[:, 1] < 0.02
    levels = [(0.0, -0.004), (0.0, 0.0015), (0.012, 0.006), (0.3, 0.0065), (0.65, 0.0055),
              (0.97, 0.0055), (1.0, 0.005), (1.0, 0.002), (0.6, 0.002)]  # fmt: skip
    x, z = base.places[front][:, 0], base.places[front][:, 2]
    points = np.empty((len(levels), len(height), 3))
    for number, (out, gap) in enumerate(levels):
        wanted = np.stack([opening + width * out, height + values.rise * out * share**3], 1)
        away, near = np.hypot(wanted[:, :1] - x, wanted[:, 1:] - z), None
        near = np.argsort(away, 1)[:, :4]
        weight = 1 / (np.take_along_axis(away, near, 1) + 0.003)
        depth = (weight * base.places[front][near, 1]).sum(1) / weight.sum(1)
        flat = np.stack([wanted[:, 0], depth, wanted[:, 1]], 1)
        normals = base.height(flat)[1]
        lifted = base.drape(flat, np.full(len(flat), gap), np.ones(len(flat)))
        # Only its height is draped: along the cloth the outline stays as drawn.
        points[number] = flat + ((lifted - flat) * normals).sum(1)[:, None] * normals
    points = gaussian_filter1d(points, 0.8, axis=1, mode="nearest")
    inwards = [1 - out if gap > UNDER else 1.0 for out, gap in levels]
    edge = np.minimum(np.outer(inwards, width), values.high - height) * 1.6
    return Sheet(points, np.ones(points.shape[:2]), edge, zone=values.zone)


def _nearest_opening(edge: Floats, height: float) -> float:
    """x of the opening's edge at a height."""
    near = edge[np.argsort(np.abs(edge[:, 2] - height) + 0.3 * np.abs(edge[:, 0]))[:3]]
    return float(near[:, 0].mean())
