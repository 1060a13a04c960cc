# SPDX-License-Identifier: Apache-2.0
"""Hair that stands or coils: spikes, crests, curls, ropes and rows of tight plaits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import scalp
from .falling import Fall, fall
from .locks import Locks, Shell, tapered
from .noise import step
from .scalp import SCALP, SKULL_CENTER, Region
from .sphere import Points, arc, direction, spiral, unit


def _grown(region: Region, count: int, rng: np.random.Generator, depth: float = 1.0) -> Points:
    """(L, 3) directions of roots that lie inside the region."""
    roots = spiral(count, rng)
    return np.asarray(roots[region.inside(SKULL_CENTER + roots * 0.1) > depth])


def spikes(skull: Shell, length: float, rng: np.random.Generator) -> Locks:
    """Pointed tufts that stand up on top and lie to the sides below."""
    roots = _grown(SCALP, 330, rng, 2.0)
    around, above = scalp.directions(SKULL_CENTER + roots * 0.1)
    top = step(-15, 45, above)
    up = (
        np.array([0.0, -0.10, 0.55]) * top[:, None]
        + np.array([0, 0.25, -0.15]) * (1 - top)[:, None]
    )
    lean = unit(roots + up + rng.normal(0, 0.16, roots.shape))
    reach = length * (0.30 + 0.70 * top) * rng.uniform(0.7, 1.2, len(roots))
    reach = reach * np.where((around < 40) & (above < 45), 0.8, 1)
    return _standing(skull, roots, lean, reach, 0.0105 - 0.003 * (1 - top))


def brush(skull: Shell, length: float, rng: np.random.Generator) -> Locks:
    """Short bristles on top of the head, level as a brush."""
    roots = _grown(SCALP, 760, rng, 2.5)
    _, above = scalp.directions(SKULL_CENTER + roots * 0.1)
    roots, above = roots[above > 33], above[above > 33]
    lean = unit(roots + np.array([0.0, -0.1, 0.5]) + rng.normal(0, 0.2, roots.shape))
    reach = length * step(20, 50, above) * rng.uniform(0.8, 1.15, len(roots))
    return _standing(skull, roots, lean, reach, np.full(len(roots), 0.0062), steps=4)


def _standing(
    skull: Shell,
    roots: Points,
    lean: Points,
    reach: Points,
    half: NDArray[np.floating],
    steps: int = 6,
) -> Locks:
    """Four-sided spikes from roots (L, 3) towards `lean` (L, 3), bent a little on their way."""
    t = np.linspace(0, 1, steps)[None, :, None]
    start = skull.settle(SKULL_CENTER + roots * 0.1, SKULL_CENTER, -0.001)
    out = skull.normals_at(start)
    way = unit(out * 0.8 + lean)
    paths = start[:, None] + reach[:, None, None] * (
        t * way[:, None] + 0.35 * t**2 * (lean - way)[:, None]
    )
    facing = np.cross(np.cross(way, [1.0, 0.2, 0.1]), way)
    taper = ((0, 0.3, 0.65, 0.88, 1), (0.9, 1, 0.66, 0.28, 0.01))
    return Locks(
        paths,
        np.repeat(unit(facing)[:, None], steps, axis=1),
        tapered(half, steps, taper),
        np.full(len(roots), 0.9),
        np.full(len(roots), steps - 1),
        sides=4,
        flatness=0.62,
    )


def crest(skull: Shell, length: float, rng: np.random.Generator) -> list[Locks]:
    """A mohawk: a fan of tall locks along the middle of the head."""
    share = np.linspace(0, 1, 26)
    groups = []
    for offset in (-0.075, 0.0, 0.075):
        angle = np.deg2rad(40 + 172 * share) + rng.uniform(-0.03, 0.03, len(share))
        line = np.stack([offset + 0 * angle, -np.cos(angle), np.sin(angle)], axis=1)
        roots = unit(line)
        lean = unit(roots * [0, 1, 1] + [0, 0.30, 0.12] + rng.normal(0, 0.07, roots.shape))
        lean = lean * [0.6, 1, 1]
        tall = np.interp(share, (0, 0.15, 0.5, 0.85, 1), (0.6, 0.95, 1.0, 0.6, 0.35))
        reach = length * tall * rng.uniform(0.82, 1.08, len(share)) * (1 if offset == 0 else 0.9)
        groups.append(_standing(skull, roots, lean, reach, np.full(len(share), 0.0115)))
    return groups


def curls(skull: Shell, height: float, length: float, rng: np.random.Generator) -> Locks:
    """Coils all over the head, from a shell `height` metres off the skin, `length` metres long."""
    roots = _grown(SCALP, 350, rng, 0.5)
    _, above = scalp.directions(SKULL_CENTER + roots * 0.1)
    count, steps = len(roots), 9
    top = step(-30, 50, above)
    at = height * (0.35 + 0.65 * top)
    start = skull.settle(SKULL_CENTER + roots * 0.1, SKULL_CENTER, at * 0.75)
    out = skull.normals_at(start)
    way = unit(out + np.array([0, 0, -0.55]) + rng.normal(0, 0.45, (count, 3)))
    drop = np.array([0.0, 0.0, -0.5])
    t = np.linspace(0, 1, steps)[None, :, None]
    reach = length * rng.uniform(0.7, 1.2, count)[:, None, None]
    axis = start[:, None] + reach * (t * way[:, None] + 0.5 * t**2 * drop)
    # Each coil winds around its own axis, and the ribbon turns with it.
    first = unit(np.cross(way, [0.31, 0.2, 0.92]))
    second = np.cross(way, first)
    turn = 2 * np.pi * (1.9 * t[..., 0] + rng.uniform(0, 1, (count, 1)))
    spoke = np.cos(turn)[..., None] * first[:, None] + np.sin(turn)[..., None] * second[:, None]
    paths = axis + spoke * 0.0062 * np.minimum(1, 4 * t)
    paths = skull.push(paths, 0.003)
    half = rng.uniform(0.0070, 0.0105, count)
    layer = np.clip(0.5 + 0.4 * top + rng.uniform(-0.3, 0.2, count), 0, 1)
    taper = ((0, 0.3, 0.75, 1), (0.8, 1, 0.8, 0.05))
    held = np.full(count, steps - 1)
    return Locks(paths, spoke, tapered(half, steps, taper), layer, held, bulge=0.0014)


def ropes(skull: Shell, tips: tuple[float, float, float], rng: np.random.Generator) -> list[Locks]:
    """Dreadlocks: round ropes from all over the head."""
    style = Fall(tips, part=0.05, volume=0.004, steps=7, crowd=0.88, width=0.0072, ragged=0.03)
    made = []
    for locks in fall(skull, style, rng):
        steps = locks.paths.shape[1]
        knots = 1 + 0.16 * np.sin(np.arange(steps) * 2.1 + rng.uniform(0, 6, (len(locks), 1)))
        knots[:, -1] *= 0.25
        stray = rng.normal(0, 0.0035, locks.paths.shape) * step(1.6, 1.5, locks.paths[..., 2:])
        width = rng.uniform(0.0075, 0.0100, len(locks))[:, None] * knots
        made.append(
            Locks(
                skull.push(locks.paths + stray, 0.007),
                locks.outward,
                width,
                locks.layer,
                locks.held,
                sides=5,
                lift=locks.lift,
            )
        )
    return made


def rows(skull: Shell, rng: np.random.Generator) -> list[Locks]:
    """Cornrows: ridges from the forehead to the nape, that end in short plaits."""
    offsets = np.linspace(-0.92, 0.92, 13)
    start = direction(offsets * 62, np.interp(np.abs(offsets), (0, 0.6, 1), (33, 34, 14)))
    middle = unit(np.stack([offsets * 0.80, 0.1 + 0 * offsets, 1.05 - np.abs(offsets) * 0.85], 1))
    end = direction(180 - offsets * 52, -40.0 + 6 * np.abs(offsets))
    path = np.concatenate([arc(start, middle, 14)[:, :-1], arc(middle, end, 16)], axis=1)
    steps = path.shape[1]
    knots = 1 + 0.22 * np.sin(np.arange(steps) * np.pi * 0.8)[None, :]
    paths = skull.settle(SKULL_CENTER + path * 0.1, SKULL_CENTER, 0.0028)
    loose = paths[:, -1:] + np.array([0, 0.004, -0.012]) * np.arange(1, 7)[None, :, None]
    paths = np.concatenate([paths, skull.push(loose, 0.006)], axis=1)
    width = 0.0066 * np.concatenate(
        [knots * np.ones((13, 1)), np.tile([1, 0.9, 1, 0.8, 0.8, 0.1], (13, 1))], axis=1
    )
    width = width * rng.uniform(0.94, 1.06, (13, 1))
    held = np.full(13, steps - 1)
    return [Locks(paths, skull.normals_at(paths), width, np.full(13, 0.85), held, sides=5)]
