# SPDX-License-Identifier: Apache-2.0
"""Capes, cloaks and mantles: a sheet laid round the neck and over the shoulders, falling behind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .. import sew
from ..surface import Floats, Ints, Surface, plain, smoother
from .site import Site, near_mix

COLUMNS, ROWS = 37, 30
DIRECTIONS = 72
"""Of the half planes in which the sheet's way over the shoulders is found."""
LOWEST = 0.88
"""Metres; what hangs lower goes by the trunk above it, not by the legs."""


@dataclass(frozen=True)
class Cape:
    """A sheet that is held round the neck and hangs from the shoulders to height `hem`.

    Its edges are `throat` degrees from the front at the neck, and `open` degrees where it hangs
    free. It stands `out` metres off the body, spreads by `flare` per metre of fall, and has `folds`
    all round that are `depth` metres deep a metre down. `collar` metres of it stand up.
    """

    hem: float
    throat: float = 14.0
    open: float = 112.0
    out: float = 0.024
    flare: float = 0.16
    folds: int = 15
    depth: float = 0.045
    collar: float = 0.0
    thickness: float = 0.004


def cape(site: Site, values: Cape) -> Surface:
    """The sheet with hemmed edges."""
    ways = _ways(site, values)
    share = np.linspace(0, 1, ROWS)
    across = np.linspace(-1, 1, COLUMNS)
    # The edges run from the throat over the shoulders, and are behind the arms from there on.
    passed = np.clip(share / 0.26, 0, 1)
    passed = passed * passed * (3 - 2 * passed)
    half = np.deg2rad(180 - values.throat) * (1 - passed) + np.deg2rad(180 - values.open) * passed
    away = half[:, None] * across
    turn = (np.pi + away) / (2 * np.pi) * DIRECTIONS
    first = np.floor(turn).astype(int)
    blend = (turn - first)[..., None]
    row = np.arange(ROWS)[:, None]
    line = (1 - blend) * ways[first % DIRECTIONS, row] + blend * ways[(first + 1) % DIRECTIONS, row]
    fallen = np.maximum(1.32 - line[..., 1], 0)
    waves = np.cos(values.folds * away + 0.8 * np.sin(2 * away + 0.7))
    reach = line[..., 0] + values.depth * fallen * waves
    angle = np.pi + away
    places = np.stack([np.sin(angle) * reach, -np.cos(angle) * reach, line[..., 1]], -1)
    if values.collar:
        places = np.concatenate([_collar(places[0], values.collar), places])
    surface = _sheet(site, places)
    return sew.hem(surface, places.reshape(-1, 3), values.thickness)


def _ways(site: Site, values: Cape) -> Floats:
    """(DIRECTIONS, ROWS, 2) metres from the middle and up: round the body's outside, evenly."""
    skin = np.unique(site.model.groups["helper-tights"].corners)
    kept = (site.base["sleeve"][skin] < 0.09) & (site.base["z"][skin] > 0.72)
    x, y, z = site.model.canonical.vertices[skin[kept]].T
    own, radius = np.arctan2(x, -y), np.hypot(x, y)
    found = np.empty((DIRECTIONS, ROWS, 2))
    for number in range(DIRECTIONS):
        angle = number * 2 * np.pi / DIRECTIONS
        near = np.abs((own - angle + np.pi) % (2 * np.pi) - np.pi) < 0.26
        neck = np.array([0.066, 1.428 - 0.593 * np.cos(angle) * 0.066])
        body = np.stack([radius[near], z[near]], 1)
        body = body[(body[:, 1] < neck[1]) & (body[:, 0] > neck[0])] + values.out
        widest = body[:, 0].max()
        end = [widest + values.flare * (1.3 - values.hem), values.hem]
        line = _over(np.concatenate([neck[None], body, [end]]))
        length = np.append(0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1)))
        at = np.linspace(0, length[-1], ROWS)
        found[number] = np.stack([np.interp(at, length, line[:, axis]) for axis in (0, 1)], 1)
    for _ in range(6):
        found = 0.5 * found + 0.25 * (np.roll(found, 1, 0) + np.roll(found, -1, 0))
    return found


def _over(points: Floats) -> Floats:
    """The points (N, 2) that a cloth laid over all of them from the first to the last touches."""
    line: list[Floats] = []
    for point in points[np.argsort(points[:, 0], kind="stable")]:
        while len(line) > 1:
            before, last = line[-2], line[-1]
            one, two = last - before, point - before
            if one[0] * two[1] - one[1] * two[0] < 0:
                break
            line.pop()
        line.append(point)
    return np.array(line)


def _collar(ring: Floats, tall: float) -> Floats:
    """Rows above the neck's, from the top down: upright, leaning outwards, low at the throat."""
    outward = ring * [1, 1, 0]
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    low = 0.45 + 0.55 * np.sin(np.linspace(0, np.pi, len(ring)))[:, None]
    shares = np.linspace(1, 0.2, 5)[:, None, None]
    return ring + shares * tall * low * (0.45 * shares * outward + [0.0, 0.0, 1.0])


def _sheet(site: Site, places: Floats) -> Surface:
    """The grid (R, C, 3) as cloth that goes with the trunk under it."""
    rows, columns = places.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    corners = [number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]]
    faces = np.stack(corners, -1).reshape(-1, 4).astype(np.int32)
    steps = np.linalg.norm(np.diff(places, axis=0), axis=-1).mean(1)
    down = np.append(0, np.cumsum(steps))
    wide = float(np.linalg.norm(np.diff(places, axis=1), axis=-1).sum(1).max())
    flat = np.stack(np.meshgrid(np.linspace(0, wide, columns), -down), -1).reshape(-1, 2)
    points = places.reshape(-1, 3)
    mix = near_mix(site.model, np.maximum(points, [-9, -9, LOWEST]), *_trunk(site))
    ease = smoother(faces, len(points), 0.5)
    for _ in range(10):
        mix = ease @ mix
    surface = plain(mix, faces, flat[faces])
    return replace(surface, shift=points - surface.mix @ site.model.canonical.vertices)


def _trunk(site: Site) -> tuple[Ints, Floats]:
    skin = np.unique(site.model.groups["helper-tights"].corners)
    kept = skin[(site.base["sleeve"][skin] < 0.09) & (site.base["z"][skin] > LOWEST - 0.1)]
    return kept.astype(np.int32), site.model.canonical.vertices[kept]
