# SPDX-License-Identifier: Apache-2.0
"""The hair styles: guide lines of locks on the canonical head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import scalp
from .locks import Locks, Points, Shell
from .scalp import SKULL_CENTER

Guides = tuple[Locks, NDArray[np.int64]]
"""Locks, and the step (L,) up to which each lies on the skull."""


@dataclass(frozen=True)
class Style:
    """How a style is laid, and how many texels a metre of it gets relative to cloth."""

    lay: Callable[[Shell, int], Guides]
    density: float
    cap: float
    """Metres by which the closed dome under the locks stands off the scalp."""

    def __call__(self, skull: Shell, seed: int) -> Guides:
        return self.lay(skull, seed)


def _direction(around: Points, above: Points) -> Points:
    """(..., 3) unit; degrees from the front towards the left side, and above the horizon."""
    a, e = np.deg2rad(around), np.deg2rad(above)
    return np.stack([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)], axis=-1)


def _arc(start: Points, end: Points, steps: int) -> Points:
    """(L, S, 3) unit directions along great circles."""
    angle = np.arccos(np.clip((start * end).sum(-1), -1, 1))[:, None, None]
    t = np.linspace(0, 1, steps)[None, :, None]
    sine = np.maximum(np.sin(angle), 1e-6)
    path = np.sin((1 - t) * angle) * start[:, None] + np.sin(t * angle) * end[:, None]
    return np.asarray(path / sine)


def _turned(vectors: Points, axes: Points, radians: Points) -> Points:
    """Vectors (..., 3) turned around unit axes (..., 3) (Rodrigues' formula)."""
    c, s = np.cos(radians)[..., None], np.sin(radians)[..., None]
    along = (vectors * axes).sum(-1, keepdims=True)
    return np.asarray(vectors * c + np.cross(axes, vectors) * s + axes * along * (1 - c))


# Short: rows of locks around the whorl at the back of the crown, each row lying over the roots of
# the next like shingles; in front they hang over the hairline, elsewhere they end at it.
CAP_SPOKES, CAP_RINGS = 40, 9
_WHORL = _direction(np.array(172.0), np.array(58.0))
_ROWS = (-10, 4, 14, 24, 34, 44, 54, 64, 74, 84, 94, 104, 114, 124)


def _short(skull: Shell, seed: int) -> Guides:
    rng = np.random.default_rng(seed)
    steps = 7
    roots, lengths, lifts = [], [], []
    start = np.cross(_WHORL, [1.0, 0, 0])
    start /= np.linalg.norm(start)
    for row, degrees in enumerate(_ROWS):
        number = max(7, round(34 * np.sin(np.deg2rad(degrees))))
        turns = (np.arange(number) + 0.5 * (row % 2) + rng.uniform(-0.25, 0.25, number)) / number
        angle = np.deg2rad(degrees + rng.uniform(-2.5, 2.5, number))
        side = _turned(np.tile(start, (number, 1)), np.tile(_WHORL, (number, 1)), turns * 2 * np.pi)
        roots.append(np.cos(angle)[:, None] * _WHORL + np.sin(angle)[:, None] * side)
        lengths.append(rng.uniform(36, 54, number))
        lifts.append(rng.uniform(0.8, 1.2, number) * (0.35 if row < 2 else 1.0))
    root, length, lift = (np.concatenate(x) for x in (roots, lengths, lifts))
    inside = scalp.inside((SKULL_CENTER + root * 0.1).astype(np.float32))
    kept = inside > 1.5
    root, length, lift, inside = root[kept], length[kept], lift[kept], inside[kept]
    return _combed(skull, root, (length, lift, steps), rng)


def _combed(
    skull: Shell, root: Points, shape: tuple[Points, Points, int], rng: np.random.Generator
) -> Guides:
    """Comb locks away from the whorl, those in front a little to one side."""
    length, lift, steps = shape
    away = root - (root @ _WHORL)[:, None] * _WHORL
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    axis = np.cross(_WHORL, away)
    is_front = np.clip((-root[:, 1] - 0.1) / 0.5, 0, 1) * np.clip((root[:, 2] - 0.2) / 0.4, 0, 1)
    sweep = np.deg2rad(rng.uniform(-16, 16, len(root)) + 32 * is_front)
    axis = _turned(axis, root, sweep)
    t = np.linspace(0, 1, steps)
    path = _turned(
        np.repeat(root[:, None], steps, 1),
        np.repeat(axis[:, None], steps, 1),
        np.deg2rad(length)[:, None] * t,
    )
    beyond = scalp.inside((SKULL_CENTER + path.reshape(-1, 3) * 0.1).astype(np.float32))
    around, _ = scalp.directions((SKULL_CENTER + root * 0.1).astype(np.float32))
    hang = np.where(around < 50, rng.uniform(7, 15, len(root)), rng.uniform(0.5, 6.0, len(root)))
    ends = beyond.reshape(len(root), steps) > -hang[:, None]
    reach = np.cumprod(ends, axis=1).sum(1) / steps
    # A lock that would reach too far begins higher up instead: cut hair ends in one line.
    kept = reach > 0.2
    root, axis, length, reach, lift = root[kept], axis[kept], length[kept], reach[kept], lift[kept]
    path = _turned(
        np.repeat(root[:, None], steps, 1),
        np.repeat(axis[:, None], steps, 1),
        np.deg2rad(length)[:, None] * (t - (1 - reach[:, None])),
    )
    full = np.clip((path[..., 2] + 0.25) / 0.9, 0.12, 1)
    height = (0.0035 + 0.0098 * full * np.sin(np.pi * (0.12 + 0.68 * t))) * lift[:, None]
    paths = skull.settle(SKULL_CENTER + path * 0.1, SKULL_CENTER, height)
    profile = np.interp(t, [0, 0.25, 0.6, 0.85, 1], [0.6, 1, 0.92, 0.6, 0.05])
    widths = (0.0098 * rng.uniform(0.8, 1.2, len(root)))[:, None] * profile
    layer = np.clip(0.45 + 0.55 * full[:, 0] + rng.uniform(-0.15, 0.15, len(root)), 0, 1)
    locks = Locks(paths, widths, layer, bulge=0.0019)
    return locks, np.full(len(root), steps - 1)


# Long: three layers from parting, crown and nape, which lie on the skull down to the ears and then
# fall: in front of the shoulders those that frame the face, behind them all others.
_FALL_ABOVE = -14.0
_SKULL_STEPS, _FALL_STEPS = 10, 7


@dataclass(frozen=True)
class _Fall:
    """One layer: where its locks begin and fall (L,), how high they lie, how far down they go."""

    roots: Points
    fall: Points
    height: float
    tip: Points
    width: float
    layer: float


def _long(skull: Shell, seed: int) -> Guides:
    rng = np.random.default_rng(seed)
    parts: list[Guides] = []
    for sign in (1.0, -1.0):
        parts += [_fallen(skull, fall, sign, rng) for fall in _layers(rng, sign)]
    locks = parts[0][0]
    for other, _ in parts[1:]:
        locks = locks.join(other)
    return locks, np.concatenate([held for _, held in parts])


def _layers(rng: np.random.Generator, sign: float) -> list[_Fall]:
    """The layers of one side, innermost first."""
    nape = np.linspace(112, 177, 7)
    middle = np.linspace(71, 176, 11)
    share = np.linspace(0, 1, 15)
    part = np.deg2rad(35 + 88 * share)
    parting = np.stack([0.10 - 0.012 * sign + 0 * part, -np.cos(part), np.sin(part)], axis=1)
    parting /= np.linalg.norm(parting, axis=1, keepdims=True)
    top = 66 + 112 * share**0.85
    length = 1.285 + 0.06 * ((top > 72) & (top < 96)) + 0.03 * (top < 72)
    return [
        _Fall(
            _direction(nape * sign, 0 * nape - 8), nape, 0.004, _jitter(rng, 1.30, 7), 0.021, 0.1
        ),
        _Fall(
            _direction(middle * sign, 0 * middle + 32),
            middle,
            0.009,
            _jitter(rng, 1.29, 11) + 0.06 * (middle < 96),
            0.021,
            0.4,
        ),
        _Fall(parting, top, 0.015, length + rng.uniform(-0.02, 0.02, 15), 0.0175, 1.0),
    ]


def _jitter(rng: np.random.Generator, middle: float, number: int) -> Points:
    return middle + rng.uniform(-0.018, 0.018, number)


def _fallen(skull: Shell, fall: _Fall, sign: float, rng: np.random.Generator) -> Guides:
    count = len(fall.fall)
    around = fall.fall + rng.uniform(-1.5, 1.5, count)
    path = _arc(fall.roots, _direction(around * sign, 0 * around + _FALL_ABOVE), _SKULL_STEPS)
    t = np.linspace(0, 1, _SKULL_STEPS)
    rise = fall.height * (0.3 + 0.7 * np.sin(np.pi * np.clip(t * 0.75 + 0.02, 0, 1)))
    on_skull = SKULL_CENTER + path * 0.1
    # Every other lock lies a little higher, so that neighbours overlap instead of mixing.
    tier = (np.arange(count) % 2)[:, None] * 0.0024
    height = rise * rng.uniform(0.95, 1.05, (count, 1)) + tier * np.minimum(4 * t, 1)
    on_skull = skull.settle(on_skull, SKULL_CENTER, height)
    last = on_skull[:, -1]
    # Behind the ears hair gathers towards the nape; in front of them it stays in front.
    behind = np.where(around > 88, 126 + (around - 88) * 54 / 92, around - 6 * (around > 74))
    low = _direction(behind * sign, 0 * behind) * (np.array([0.088, 0.086, 0]) + tier)
    target = np.stack([low[:, 0], SKULL_CENTER[1] + 0.03 + low[:, 1], fall.tip], axis=1)
    s = np.linspace(0, 1, _FALL_STEPS + 1)[1:, None]
    drift = 1 - (1 - s) ** 2
    falling = np.concatenate(
        [
            last[:, None, :2] + (target - last)[:, None, :2] * drift,
            last[:, None, 2:] + (target - last)[:, None, 2:] * s,
        ],
        axis=2,
    )
    falling = skull.push(falling, 0.006 + fall.height * 0.7 + tier)
    paths = np.concatenate([on_skull, falling], axis=1)
    for _ in range(3):
        paths[:, 1:-1] = (paths[:, :-2] + 2 * paths[:, 1:-1] + paths[:, 2:]) / 4
    along = np.linspace(0, 1, paths.shape[1])
    profile = np.interp(along, [0, 0.2, 0.5, 0.8, 1], [0.45, 0.9, 1, 0.8, 0.08])
    widths = fall.width * profile * rng.uniform(0.88, 1.12, (count, 1))
    layer = np.clip(fall.layer + rng.uniform(-0.08, 0.08, count), 0, 1)
    return Locks(paths, widths, layer, bulge=0.004), np.full(count, _SKULL_STEPS - 1)


def cap(skull: Shell, height: float) -> Points:
    """(CAP_SPOKES, CAP_RINGS, 3) a thin dome over the scalp, whorl to hairline, under the locks."""
    start = np.cross(_WHORL, [1.0, 0, 0])
    start /= np.linalg.norm(start)
    turns = np.linspace(0, 2 * np.pi, CAP_SPOKES + 1)[:-1]
    side = _turned(np.tile(start, (CAP_SPOKES, 1)), np.tile(_WHORL, (CAP_SPOKES, 1)), turns)
    angles = np.deg2rad(np.arange(0, 150, 1.5))[None, :, None]
    spokes = np.cos(angles) * _WHORL + np.sin(angles) * side[:, None]
    inside = scalp.inside((SKULL_CENTER + spokes.reshape(-1, 3) * 0.1).astype(np.float32))
    length = np.cumprod(inside.reshape(spokes.shape[:2]) > 0.5, axis=1).sum(1) * np.deg2rad(1.5)
    share = np.linspace(0.02, 1, CAP_RINGS)
    angle = (length[:, None] * share)[..., None]
    rings = np.cos(angle) * _WHORL + np.sin(angle) * side[:, None]
    rise = 0.0008 + height * (1 - share**4)
    low = np.clip((rings[..., 2] + 0.25) / 0.9, 0.15, 1)
    return skull.settle(SKULL_CENTER + rings * 0.1, SKULL_CENTER, rise * low)


STYLES: dict[str, Style] = {
    "short": Style(_short, 3.0, 0.0088),
    "long": Style(_long, 1.2, 0.007),
}
