# SPDX-License-Identifier: Apache-2.0
"""Forms that garments' files draw themselves: tubes along a path and plates over an outline."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..surface import Floats, Surface, join
from . import solids
from .fasteners import front_vertex
from .holds import hung, surface
from .site import Site
from .solids import Solid

Place = tuple[float, float, float]


@dataclass(frozen=True)
class Tube:
    """A section carried along a smooth path: a staff, a horn, a strap, a ball.

    `radius`, and half the thickness `thick` where it is no share `flat` of it, are spread evenly
    over the path. `wide` is where the width points; `square` 1 makes a box of the section, `bend`
    hollows it. `mirror` adds the other side's.
    """

    on: str
    path: tuple[Place, ...]
    radius: tuple[float, ...]
    thick: tuple[float, ...] = ()
    flat: float = 1.0
    wide: Place = (1.0, 0.0, 0.0)
    square: float = 0.0
    bend: float = 0.0
    sides: int = 12
    steps: int = 6
    closed: bool = False
    at: Place = (0.0, 0.0, 0.0)
    turn: Place = (0.0, 0.0, 0.0)
    mirror: bool = False
    zone: str = "cloth"


@dataclass(frozen=True)
class Plate:
    """A flat thing over an outline of points x, z seen from the front, `thick` metres, its rim
    rounded by `bevel`; `dome` metres of belly in front, `bend` how far it is dished back, per
    square metre along x and z. `steps` from point to point, one leaves corners."""

    on: str
    outline: tuple[tuple[float, float], ...]
    thick: float = 0.006
    bevel: float = 0.0015
    dome: float = 0.0
    bend: tuple[float, float] = (0.0, 0.0)
    steps: int = 1
    split: int = 2
    """Straight sides are divided by so many."""
    at: Place = (0.0, 0.0, 0.0)
    turn: Place = (0.0, 0.0, 0.0)
    mirror: bool = False
    zone: str = "cloth"


@dataclass(frozen=True)
class Ball:
    """An ellipsoid of these radii."""

    on: str
    radii: Place
    at: Place
    turn: Place = (0.0, 0.0, 0.0)
    mirror: bool = False
    zone: str = "cloth"
    sides: int = 14


@dataclass(frozen=True)
class Badge:
    """A plate that rides on the front of the garment's own cloth, its middle at x, z; its outline
    is drawn around that."""

    at: tuple[float, float]
    outline: tuple[tuple[float, float], ...]
    thick: float = 0.005
    bevel: float = 0.0015
    dome: float = 0.0
    steps: int = 1
    split: int = 2
    zone: str = "metal"


def badge(site: Site, values: Badge) -> Surface:
    cloth = site.cloth[0]
    rider = front_vertex(cloth, site.canonical(cloth), *values.at)
    made = _plate(values)
    count = len(made.places)
    return replace(
        surface(made, cloth.mix[np.full(count, rider)], made.places),
        distance=np.full(count, cloth.distance[rider]),
        follows=np.full(count, rider, np.int32),
    )


def tube(site: Site, values: Tube) -> Surface:
    line, stations = solids.spline(np.array(values.path), values.steps, closed=values.closed)
    count = len(values.path) + values.closed
    radius = values.radius + values.radius[:1] * values.closed
    width = solids.along_path(radius, stations, count)
    thick = values.flat * width
    if values.thick:
        thick = solids.along_path(values.thick, stations, count)
    section = solids.Section(width, thick, values.square, values.bend, values.sides)
    wide = np.array(values.wide)
    made = solids.sweep(line, wide, section, values.zone, closed=values.closed)
    return placed(site, made, values)


def plate(site: Site, values: Plate) -> Surface:
    made = _plate(values)
    places = made.places.copy()
    places[:, 1] += places[:, [0, 2]] ** 2 @ np.array(values.bend)
    return placed(site, replace(made, places=places), values)


def _plate(values: Plate | Badge) -> Solid:
    """The plate in its own place, its middle plane at y = 0."""
    corners = np.array(values.outline)
    middle = corners.mean(0)
    if values.steps > 1:
        outline = solids.spline(corners - middle, values.steps, closed=True)[0]
    else:
        outline = _split(corners - middle, values.split)
    made = solids.grown(outline, _profile(outline, values), values.zone)
    return replace(made, places=made.places + np.array([middle[0], 0, middle[1]]))


def ball(site: Site, values: Ball) -> Surface:
    turn = np.linspace(-0.5, 0.5, values.sides // 2 + 1) * np.pi
    line = np.column_stack([0 * turn, 0 * turn, np.sin(turn) * values.radii[2]])
    section = solids.Section(
        np.cos(turn) * values.radii[0], np.cos(turn) * values.radii[1], sides=values.sides
    )
    made = solids.sweep(line, np.array([1.0, 0, 0]), section, values.zone, closed=False)
    return placed(site, made, values)


def placed(site: Site, made: Solid, values: Tube | Plate | Ball) -> Surface:
    """The solid where its values say, and the other side's too if it has one."""
    made = solids.moved(made, values.at, values.turn)
    both = [made, solids.mirrored(made)] if values.mirror else [made]
    return join([hung(site, one, values.on) for one in both])


def _split(corners: Floats, parts: int) -> Floats:
    shares = np.arange(parts) / parts
    after = np.roll(corners, -1, 0)
    points = corners[:, None] + shares[None, :, None] * (after - corners)[:, None]
    return points.reshape(-1, 2)


def _profile(outline: Floats, values: Plate | Badge) -> list[tuple[float, float]]:
    size = float(np.linalg.norm(outline, axis=1).mean())
    half, inner = values.thick / 2, 1 - min(values.bevel / size, 0.5)
    bevel = min(values.bevel, half * 0.9)
    rows = [(0.33, -half), (0.7, -half), (inner, -half), (1.0, bevel - half), (1.0, half - bevel)]
    front = [(inner, half)] + [(s, half + values.dome * (1 - s * s)) for s in (0.7, 0.45, 0.2)]
    return rows + front
