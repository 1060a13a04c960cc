# SPDX-License-Identifier: Apache-2.0
"""Closed shapes as rings of points: swept along a path, grown from an outline, turned, mirrored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator

from ..part import ZONES
from ..surface import Floats, Ints

THINNEST = 0.0004
"""Metres below which no radius falls, so that no face is empty."""


@dataclass(frozen=True)
class Solid:
    """Places (V, 3), faces (F, 4) with -1 in triangles, UVs (F, 4, 2) in metres, charts (F,) and
    zones (F,) of a shape that is not on a body yet."""

    places: Floats
    faces: Ints
    uvs: Floats
    charts: Ints
    zones: NDArray[np.int8]


def rings(levels: Floats, zones: Sequence[str], *, closed: bool = False) -> Solid:
    """A skin over rings (L, S, 3), from the first to the last, counter-clockwise seen against that
    direction. Poles close both ends unless the last ring is joined to the first (`closed`);
    `zones` has one for each of the L - 1, or L, strips between rings."""
    count, around = levels.shape[:2]
    here = np.arange(around)
    after = (here + 1) % around
    strips = count if closed else count - 1
    lower = (np.arange(strips) * around)[:, None]
    upper = ((np.arange(strips) + 1) % count * around)[:, None]
    quads = np.stack([lower + here, lower + after, upper + after, upper + here], -1).reshape(-1, 4)
    places, faces = levels.reshape(-1, 3), [quads]
    names = np.repeat([ZONES.index(zone) for zone in zones], around)
    uvs = [_grid_uvs(levels, strips)]
    if not closed:
        places = np.concatenate([places, levels[[0, -1]].mean(1)])
        last = (count - 1) * around
        none = np.full(around, -1)
        bottom = np.full(around, len(places) - 2)
        faces += [
            np.stack([after, here, bottom, none], 1),
            np.stack([last + here, last + after, bottom + 1, none], 1),
        ]
        names = np.concatenate([names, names[:around], names[-around:]])
        uvs += _cap_uvs(levels, uvs[0])
    joined = np.concatenate(faces).astype(np.int32)
    return Solid(
        places,
        joined,
        np.concatenate(uvs),
        np.zeros(len(joined), np.int32),
        names.astype(np.int8),
    )


def _grid_uvs(levels: Floats, strips: int) -> Floats:
    """Metres around and along: (strips * S, 4, 2)."""
    around = levels.shape[1]
    wrapped = np.concatenate([levels, levels[:1]])
    steps = np.linalg.norm(np.diff(wrapped, axis=0), axis=2).mean(1)
    across = np.concatenate([[0], np.cumsum(np.maximum(steps[:strips], 1e-4))])
    girths = np.linalg.norm(levels - np.roll(levels, 1, 1), axis=2).sum(1)
    along = np.arange(around + 1) / around * girths.max()
    u0, v0 = np.meshgrid(along[:-1], across[:-1])
    u1, v1 = np.meshgrid(along[1:], across[1:])
    corners = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
    return np.stack([np.stack([u, v], -1) for u, v in corners], 2).reshape(-1, 4, 2)


def _cap_uvs(levels: Floats, grid: Floats) -> list[Floats]:
    """Triangles below the first and above the last strip."""
    around = levels.shape[1]
    caps = []
    for ring, strip, (a, b), sign in (
        (levels[0], grid[:around], (1, 0), -1),
        (levels[-1], grid[-around:], (3, 2), 1),
    ):
        reach = max(float(np.linalg.norm(ring - ring.mean(0), axis=1).mean()), 1e-4)
        cap = np.zeros((around, 4, 2))
        cap[:, 0], cap[:, 1] = strip[:, a], strip[:, b]
        cap[:, 2] = (strip[:, a] + strip[:, b]) / 2 + [0, sign * reach]
        cap[:, 3] = cap[:, 2]
        caps.append(cap)
    return caps


def spline(points: Floats, steps: int, *, closed: bool = False) -> tuple[Floats, Floats]:
    """A smooth line through points (N, 3) with `steps` stations from each to the next, and where
    on it (S,) each station is, in points; one step leaves the line straight between them."""
    knots = np.arange(len(points) + closed, dtype=float)
    whole = np.concatenate([points, points[:1]]) if closed else points
    stations = np.linspace(0, knots[-1], int(knots[-1]) * steps + 1)
    if closed:
        stations = stations[:-1]
    if steps == 1 or len(points) < 3:
        line = np.stack([np.interp(stations, knots, axis) for axis in whole.T], 1)
    else:
        kind = "periodic" if closed else "natural"
        line = CubicSpline(knots, whole, bc_type=kind)(stations)
    return np.asarray(line), stations


def along_path(values: Sequence[float], stations: Floats, count: int) -> Floats:
    """Values given evenly over a path of `count` points, at stations on it; never overshooting."""
    if len(values) == 1:
        return np.full(len(stations), float(values[0]))
    knots = np.linspace(0, count - 1, len(values))
    return np.asarray(PchipInterpolator(knots, values)(stations))


@dataclass(frozen=True)
class Section:
    """Of a sweep at each of S stations: half widths and half thicknesses (S,); `square` 0 is an
    ellipse, 1 a box; `bend` metres by which its sides stand back from its middle."""

    width: Floats
    thick: Floats
    square: float = 0.0
    bend: float = 0.0
    sides: int = 12


def sweep(line: Floats, wide: Floats, section: Section, zone: str, *, closed: bool) -> Solid:
    """A section carried along a line (S, 3), its width towards `wide` (3,) or (S, 3)."""
    ahead = np.roll(line, -1, 0) - np.roll(line, 1, 0)
    if not closed:
        ahead[0], ahead[-1] = line[1] - line[0], line[-1] - line[-2]
    ahead = unit(ahead)
    wide = np.broadcast_to(np.asarray(wide, float), line.shape)
    side = unit(wide - (wide * ahead).sum(1, keepdims=True) * ahead)
    up = np.cross(ahead, side)
    angle = np.arange(section.sides) * 2 * np.pi / section.sides
    power = 1 - 0.82 * section.square
    across = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
    above = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
    a = np.maximum(section.width, THINNEST)[:, None, None]
    b = np.maximum(section.thick, THINNEST)[:, None, None]
    lift = b * above[None, :, None] - section.bend * (across**2)[None, :, None] * a
    levels = line[:, None] + a * across[None, :, None] * side[:, None] + lift * up[:, None]
    return rings(levels, [zone] * (len(line) - (not closed)), closed=closed)


def grown(outline: Floats, profile: Sequence[tuple[float, float]], zone: str) -> Solid:
    """A plate over an outline (N, 2) in x and z, seen from the front (-y): for each row of the
    profile, from the back over the rim to the front, a share of the outline and metres forward."""
    after = np.roll(outline, -1, 0)
    if (outline[:, 0] * after[:, 1] - after[:, 0] * outline[:, 1]).sum() < 0:
        outline = outline[::-1]
    share, out = np.array(profile).T[:, :, None]
    x, z = outline.T
    levels = np.stack([share * x, -out + 0 * x, share * z], -1)
    solid = rings(levels, [zone] * (len(profile) - 1))
    half = int(np.argmax([share for share, _ in profile]))
    return _flat_charts(solid, levels, half)


def _flat_charts(solid: Solid, levels: Floats, half: int) -> Solid:
    """The plate's back and front as two charts, unrolled from their middles."""
    count, around = levels.shape[:2]
    flat = levels[..., [0, 2]]
    size = np.linalg.norm(flat, axis=2).mean(1)
    steps = np.hypot(np.diff(size), np.diff(levels[:, 0, 1]))
    outline = flat[half] / size[half]
    spread = np.empty((2, count, around, 2))
    behind = size[0] + np.concatenate([[0], np.cumsum(steps)])
    before = size[-1] + np.concatenate([[0], np.cumsum(steps[::-1])])[::-1]
    spread[0] = behind[:, None, None] * outline
    spread[1] = before[:, None, None] * outline
    strip = np.repeat(np.arange(count - 1), around)
    side = np.concatenate([strip >= half, np.repeat([0, 1], around)]).astype(np.int32)
    flat_places = np.concatenate([spread.reshape(2, -1, 2), np.zeros((2, 2, 2))], axis=1)
    corner = np.where(solid.faces >= 0, solid.faces, solid.faces[:, 2:3])
    uvs = flat_places[side[:, None], corner]
    uvs[side == 0, :, 0] *= -1
    return replace(solid, uvs=uvs, charts=side)


def moved(solid: Solid, at: Sequence[float] | Floats, turn: Sequence[float]) -> Solid:
    """Turned by degrees about x, then y, then z, then carried to `at`."""
    places = solid.places
    for axis, degrees in enumerate(turn):
        if degrees:
            places = places @ _turn(axis, np.deg2rad(degrees)).T
    return replace(solid, places=places + np.asarray(at, float))


def _turn(axis: int, angle: float) -> Floats:
    matrix = np.eye(3)
    a, b = (axis + 1) % 3, (axis + 2) % 3
    matrix[[a, b], [a, b]] = np.cos(angle)
    matrix[a, b], matrix[b, a] = -np.sin(angle), np.sin(angle)
    return matrix


def mirrored(solid: Solid) -> Solid:
    """The other side's."""
    return flipped(replace(solid, places=solid.places * [-1, 1, 1]))


def flipped(solid: Solid) -> Solid:
    """The same faces seen from the other side."""
    order = np.where(solid.faces[:, 3:] >= 0, [[3, 2, 1, 0]], [[2, 1, 0, 3]])
    faces = np.take_along_axis(solid.faces, order, 1)
    uvs = np.take_along_axis(solid.uvs, order[..., None], 1) * [-1, 1]
    return replace(solid, faces=faces, uvs=uvs)


def unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12))


def crowned(solid: Solid, pole: Floats) -> Solid:
    """Open at its first ring, with its last pole at the given place."""
    lowest = len(solid.places) - 2
    keep = ~((solid.faces[:, 3] < 0) & (solid.faces[:, 2] == lowest))
    faces = np.where(solid.faces > lowest, solid.faces - 1, solid.faces)[keep]
    return Solid(
        np.concatenate([solid.places[:lowest], pole[None]]),
        faces.astype(np.int32),
        solid.uvs[keep],
        solid.charts[keep],
        solid.zones[keep],
    )
