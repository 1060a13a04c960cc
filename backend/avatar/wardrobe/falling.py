# SPDX-License-Identifier: Apache-2.0
"""Hair that hangs: locks from a parting that lie on the skull and fall from the ears' height."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .locks import Locks, Shell, smoothed, tapered
from .noise import step
from .scalp import SKULL_CENTER
from .sphere import Points, arc, direction, unit

_ON_SKULL = 7
_LEAVES = -16.0
"""Degrees above the horizon at which hair leaves the skull."""
_TAPER = ((0, 0.12, 0.4, 0.7, 0.88, 1), (0.45, 0.9, 1, 0.86, 0.5, 0.03))


@dataclass(frozen=True)
class Fall:
    """Lengths in metres of the canonical body, where its chin is at 1.49 and its shoulders at 1.42.

    `tips` are the heights at which hair ends: beside the face, at the ears, at the back.
    """

    tips: tuple[float, float, float]
    part: float = 0.0
    """Where the parting is, left positive, 1 the ear."""
    inwards: float = 0.0
    """How far tips turn in to the neck."""
    volume: float = 0.0
    """How much farther it stands off than flat hair."""
    wave: float = 0.0
    """How far it waves to the sides."""
    pitch: float = 0.075
    """The length of a wave."""
    steps: int = 9
    """Points of each lock below the skull."""
    crowd: float = 1.0
    """How many locks, for the usual number."""
    width: float = 0.018
    ragged: float = 0.018
    """By how much tips differ."""
    twist: float = 0.0
    """Turns a metre of each lock around itself: ringlets."""


@dataclass(frozen=True)
class _Sheet:
    """One layer of one side: roots (L, 3) unit, `around` (L,) degrees at which they leave the
    skull, and how high and wide they lie."""

    roots: Points
    around: Points
    height: float
    width: float
    layer: float


def fall(skull: Shell, style: Fall, rng: np.random.Generator) -> list[Locks]:
    """Locks of both sides, innermost first."""
    groups = []
    for sign in (1.0, -1.0):
        for sheet in _sheets(style, sign):
            groups.append(_fallen(skull, style, sheet, rng, sign))
    return groups


def _sheets(style: Fall, sign: float) -> list[_Sheet]:
    """Nape, middle and top of the side on the left (1) or the right (-1), drawn on the left."""
    crowd, lift = style.crowd, style.volume
    nape = np.linspace(116, 178, round(7 * crowd))
    middle = np.linspace(80, 177, round(11 * crowd))
    share = np.linspace(0, 1, round(19 * crowd))
    # The parting runs from the forehead to the whorl, where it ends in the middle.
    from_front = np.deg2rad(36 + 86 * share)
    x = style.part * sign * np.clip(1.25 - share, 0, 1) * 0.8 + 0.02
    line = np.stack([x, -np.cos(from_front), np.sin(from_front)], axis=1)
    top = 64 + 115 * share**0.9
    return [
        _Sheet(direction(nape, -6.0), nape, 0.004, style.width * 1.15, 0.05),
        _Sheet(direction(middle, 30.0), middle, 0.008 + 0.4 * lift, style.width * 1.15, 0.4),
        _Sheet(unit(line), top, 0.0135 + lift, style.width, 1.0),
    ]


def _fallen(
    skull: Shell, style: Fall, sheet: _Sheet, rng: np.random.Generator, sign: float
) -> Locks:
    count = len(sheet.around)
    around = sheet.around + rng.uniform(-1.5, 1.5, count)
    tier = (np.arange(count) % 2)[:, None] * 0.0022
    height = sheet.height * rng.uniform(0.93, 1.07, (count, 1)) + tier
    flip = np.array([sign, 1, 1])
    over = arc(sheet.roots, direction(around, _LEAVES), _ON_SKULL) * flip
    t = np.linspace(0, 1, _ON_SKULL)
    rise = 0.0015 + height * (0.3 + 0.7 * np.sin(np.pi * np.clip(t * 0.72 + 0.02, 0, 0.5)))
    on_skull = skull.settle(SKULL_CENTER + over * 0.1, SKULL_CENTER, rise)
    ends = np.interp(around, (66, 92, 118), style.tips) + rng.normal(0, style.ragged, count)
    falling = _dropped(on_skull[:, -1], style, around, np.minimum(ends, 1.545), flip)
    falling = skull.push(falling, 0.005 + 0.75 * np.minimum(height, 0.02))
    paths = smoothed(np.concatenate([on_skull, falling], axis=1), 3)
    outward = skull.normals_at(paths)
    free = np.linspace(-_ON_SKULL, style.steps, paths.shape[1])[None, :, None]
    away = unit(paths - [0, SKULL_CENTER[1] + 0.02, 0] * np.array(1.0)) * [1, 1, 0]
    outward = unit(outward + 0.9 * away * (free > 0))
    if style.wave:
        paths = _waved(paths, outward, style, around, rng)
    if style.twist:
        outward = _twisted(paths, outward, style.twist, rng)
    steps = paths.shape[1]
    half = sheet.width * rng.uniform(0.8, 1.15, count)
    return Locks(
        paths,
        outward,
        tapered(half, steps, _TAPER),
        np.clip(sheet.layer + rng.uniform(-0.12, 0.12, count), 0, 1),
        np.full(count, _ON_SKULL - 1),
        bulge=0.0025 if not style.twist else 0.0,
        lift=0.0024,
    )


def _dropped(last: Points, style: Fall, around: Points, ends: Points, flip: Points) -> Points:
    """(L, S, 3) from where hair leaves the skull down to its end, gathering behind the ears."""
    s = np.linspace(0, 1, style.steps + 1)[None, 1:, None]
    behind = np.where(around > 84, 112 + (around - 84) * 68 / 96, around)
    spread = 1 + 4 * style.volume
    low = direction(behind, 0.0) * flip * [0.080 * spread, 0.088 * spread, 0]
    target = np.array([0, SKULL_CENTER[1] + 0.026, 0]) + low
    start = last[:, None, :]
    drop = np.clip((start[..., 2:] - ends[:, None, None]) / 0.22, 0, 1)
    drift = drop * (1 - (1 - s) ** 2)
    flat = start[..., :2] + (target[:, None, :2] - start[..., :2]) * drift
    if style.inwards:
        bow = np.sin(np.pi * s) * 0.35 - s**2.2
        flat = flat + bow * style.inwards * unit(start[..., :2] - [0, SKULL_CENTER[1]])
    height = start[..., 2:] + (ends[:, None, None] - start[..., 2:]) * s
    return np.concatenate([flat, height], axis=2)


def _waved(
    paths: Points, outward: Points, style: Fall, around: Points, rng: np.random.Generator
) -> Points:
    """Waves that begin at the temples, alike in neighbours and growing to the tips."""
    side = unit(np.cross(np.gradient(paths, axis=1), outward))
    down = (1.63 - paths[..., 2]) / style.pitch
    phase = 2 * np.pi * (down + rng.uniform(-0.11, 0.11, (len(paths), 1)) + around[:, None] / 90)
    grown = style.wave * step(1.64, 1.52, paths[..., 2])
    sway = np.sin(phase) * grown
    swell = (0.5 + 0.5 * np.cos(phase)) * grown * 0.7
    return np.asarray(paths + side * sway[..., None] + outward * swell[..., None])


def _twisted(paths: Points, outward: Points, turns: float, rng: np.random.Generator) -> Points:
    """Directions that wind around each lock below the skull."""
    length = np.linalg.norm(np.diff(paths, axis=1), axis=2).cumsum(1)
    length = np.concatenate([np.zeros((len(paths), 1)), length], axis=1)
    angle = 2 * np.pi * turns * np.maximum(length - 0.06, 0) + rng.uniform(-1, 1, (len(paths), 1))
    side = unit(np.cross(np.gradient(paths, axis=1), outward))
    return np.asarray(outward * np.cos(angle)[..., None] + side * np.sin(angle)[..., None])


def fringe(
    skull: Shell, ends: Sequence[float], rng: np.random.Generator, sweep: float = 0.0
) -> Locks:
    """A full fringe: two layers from the top of the forehead to `ends`, degrees above the horizon
    in its middle and at the temples; `sweep` degrees lead it to one side."""
    around = np.concatenate([np.linspace(-54, 54, 15), np.linspace(-50, 50, 12)])
    upper = np.arange(len(around)) >= 15
    around = around + rng.uniform(-1.5, 1.5, len(around))
    start = direction(around * 0.62, np.where(upper, 66.0, 52.0))
    low = np.interp(np.abs(around), (0, 54), ends) + rng.normal(0, 1.6, len(around))
    end = direction(around + sweep * np.cos(np.deg2rad(around)), low)
    steps = 8
    t = np.linspace(0, 1, steps)
    height = np.where(upper, 0.0150, 0.0105)[:, None] * np.sin(np.pi * (0.12 + 0.48 * t))
    height = height + 0.0018 * (np.arange(len(around)) % 2)[:, None]
    paths = skull.settle(SKULL_CENTER + arc(start, end, steps) * 0.1, SKULL_CENTER, height)
    half = rng.uniform(0.0085, 0.0125, len(around))
    layer = np.clip(np.where(upper, 0.95, 0.6) + rng.uniform(-0.1, 0.05, len(around)), 0, 1)
    held = np.full(len(around), steps - 1)
    taper = ((0, 0.2, 0.6, 0.85, 1), (0.7, 1, 0.95, 0.7, 0.15))
    return Locks(paths, skull.normals_at(paths), tapered(half, steps, taper), layer, held, 0.0018)
