# SPDX-License-Identifier: Apache-2.0
"""Short hair: locks all over the scalp, combed along a field and cut where the hairline ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import scalp
from .locks import Locks, Shell, tapered
from .noise import step
from .scalp import SCALP, SKULL_CENTER, Region
from .sphere import Field, Points, direction, flow, spiral, unit

WHORL = direction(172.0, 58.0)
_STEPS = 6


@dataclass(frozen=True)
class Cut:
    """Lengths, lifts and widths in metres, each (on top, on the sides and the back)."""

    comb: Field
    length: tuple[float, float]
    lift: tuple[float, float]
    width: tuple[float, float] = (0.0078, 0.0066)
    fringe: tuple[float, float] = (5.0, 12.0)
    """Degrees by which hair may hang over the forehead, least and most."""
    hang: tuple[float, float] = (0.5, 5.0)
    """The same at the sides and the nape."""
    stray: float = 14.0
    """Degrees by which locks leave the comb's way."""
    rise: float = 0.0
    """How far the front stands up, metres: a quiff."""
    part: float | None = None
    """Where a parting is, left positive, 1 the ear: hair begins on both its sides."""
    count: int = 510
    """Roots on the whole sphere, of which the scalp is somewhat less than a half."""
    region: Region = SCALP


def from_whorl(here: Points) -> Points:
    """Away from the whorl, in front a little to the left."""
    front = step(0.1, 0.6, -here[:, 1:2]) * step(0.1, 0.5, here[:, 2:])
    away = unit(here - (here @ WHORL)[:, None] * WHORL)
    return np.asarray(away + front * np.array([0.55, 0, 0]))


def parted(x: float) -> Field:
    """Away from a line `x` (left is positive, 1 the ear) from the forehead to the crown."""

    def comb(here: Points) -> Points:
        side = np.tanh((here[:, :1] - x) * 14)
        top = step(0.1, 0.75, here[:, 2:]) * step(0.75, 0.2, here[:, 1:2])
        sideways = np.concatenate([side, 0.30 + 0 * side, -0.25 + 0 * side], axis=1)
        return np.asarray(top * sideways + (1 - top) * _down(here))

    return comb


def backwards(here: Points) -> Points:
    """From the forehead back and down, as combed with water."""
    top = step(-0.35, 0.35, here[:, 2:] - 0.6 * here[:, 1:2])
    back = np.array([0.0, 1.0, 0.12]) + here * [0.25, 0, 0]
    return np.asarray(top * back + (1 - top) * _down(here))


def _down(here: Points) -> Points:
    return np.array([0.0, 0.35, -1.0]) + 0 * here


def comb(skull: Shell, cut: Cut, rng: np.random.Generator) -> Locks:
    """Locks of a cut, each ending where it may hang over the hairline."""
    roots = spiral(cut.count, rng)
    if cut.part is not None:
        roots = np.concatenate([roots, _along_part(cut.part)])
    roots = roots[cut.region.inside(_on_sphere(roots)) > 1]
    count = len(roots)
    around, above = scalp.directions(_on_sphere(roots))
    top = step(18, 52, above)
    front = step(60, 25, around) * top
    length = _mixed(cut.length, top) * rng.uniform(0.8, 1.2, count)
    sweep = np.deg2rad(rng.normal(0, cut.stray, count))
    ways = flow(roots, cut.comb, length / 0.1, sweep, 3 * _STEPS)
    margin = np.where(around < 55, rng.uniform(*cut.fringe, count), rng.uniform(*cut.hang, count))
    depth = cut.region.inside(_on_sphere(ways.reshape(-1, 3))).reshape(ways.shape[:2])
    reach = np.cumprod(depth > -margin[:, None], axis=1).sum(1) / ways.shape[1]
    kept = reach > 0.42
    ways, reach, top, front = ways[kept], reach[kept], top[kept], front[kept]
    t = np.linspace(0, 1, _STEPS)
    path = _shortened(ways, reach)
    low = step(-60, 25, above[kept])
    lift = _mixed(cut.lift, top) * (0.45 + 0.55 * low) * rng.uniform(0.75, 1.25, len(path))
    lift *= 0.4 + 0.6 * reach
    height = 0.0025 + lift[:, None] * np.sin(np.pi * (0.1 + 0.66 * t))
    height += cut.rise * (front * reach**2)[:, None] * np.sin(np.pi * (0.1 + 0.84 * t)) ** 1.5
    paths = skull.settle(SKULL_CENTER + path * 0.1, SKULL_CENTER, height)
    half = _mixed(cut.width, top) * rng.uniform(0.7, 1.25, len(path))
    layer = np.clip(0.4 + 0.5 * top + rng.uniform(-0.25, 0.25, len(path)), 0, 1)
    return Locks(
        paths,
        skull.normals_at(paths),
        tapered(half, _STEPS),
        layer,
        np.full(len(path), _STEPS - 1),
        bulge=0.0011,
    )


def _along_part(x: float) -> Points:
    """(L, 3) directions close to both sides of a parting."""
    angle = np.deg2rad(np.linspace(38, 105, 14))
    lines = [
        np.stack([x + side + 0 * angle, -np.cos(angle), np.sin(angle)], axis=1)
        for side in (-0.035, 0.03)
    ]
    return unit(np.concatenate(lines))


def _shortened(ways: Points, reach: Points) -> Points:
    """(L, _STEPS, 3) the first `reach` (L,) of each way."""
    at = np.linspace(0, 1, _STEPS) * reach[:, None] * (ways.shape[1] - 1)
    low = np.minimum(at.astype(int), ways.shape[1] - 2)
    share = (at - low)[..., None]
    first = np.take_along_axis(ways, low[..., None], axis=1)
    second = np.take_along_axis(ways, low[..., None] + 1, axis=1)
    return unit(first + share * (second - first))


def _on_sphere(roots: Points) -> Points:
    return np.asarray(SKULL_CENTER + roots * 0.1)


def _mixed(of: tuple[float, float], top: NDArray[np.floating]) -> Points:
    return np.asarray(of[1] + (of[0] - of[1]) * top)
