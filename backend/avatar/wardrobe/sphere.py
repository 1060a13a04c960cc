# SPDX-License-Identifier: Apache-2.0
"""Directions seen from the middle of the skull, and the lines of hair from one to another."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Field = Callable[[Points], Points]
"""Where hair is combed: from unit directions (N, 3) to vectors (N, 3), of any length."""


def direction(around: Points | float, above: Points | float) -> Points:
    """(..., 3) unit; degrees from the front towards the left side, and above the horizon."""
    a, e = np.broadcast_arrays(np.deg2rad(around), np.deg2rad(above))
    return np.stack([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)], axis=-1)


def unit(vectors: Points) -> Points:
    """Vectors (..., 3) of length one."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9))


def arc(start: Points, end: Points, steps: int) -> Points:
    """(L, S, 3) unit directions along great circles from `start` to `end`, both (L, 3) unit."""
    angle = np.arccos(np.clip((start * end).sum(-1), -1, 1))[:, None, None]
    t = np.linspace(0, 1, steps)[None, :, None]
    sine = np.maximum(np.sin(angle), 1e-6)
    path = np.sin((1 - t) * angle) * start[:, None] + np.sin(t * angle) * end[:, None]
    return unit(path / sine)


def turned(vectors: Points, axes: Points, radians: Points | float) -> Points:
    """Vectors (..., 3) turned around unit axes (..., 3) (Rodrigues' formula)."""
    angle = np.asarray(radians)[..., None]
    c, s = np.cos(angle), np.sin(angle)
    along = (vectors * axes).sum(-1, keepdims=True)
    return np.asarray(vectors * c + np.cross(axes, vectors) * s + axes * along * (1 - c))


def flow(roots: Points, field: Field, radians: Points, sweep: Points, steps: int) -> Points:
    """(L, S, 3) unit directions from the roots (L, 3) along a field, `radians` (L,) far; each line
    strays from the field by its own `sweep` (L,) radians."""
    path = [roots]
    for _ in range(steps - 1):
        here = path[-1]
        way = field(here)
        way = unit(way - (way * here).sum(1, keepdims=True) * here)
        way = turned(way, here, sweep)
        path.append(unit(here + way * (radians / (steps - 1))[:, None]))
    return np.stack(path, axis=1)


def spiral(count: int, rng: np.random.Generator, stray: float = 0.35) -> Points:
    """(N, 3) unit directions spread evenly, `stray` of their spacing away from a golden spiral."""
    number = np.arange(count) + 0.5
    height = 1 - 2 * number / count
    turn = np.pi * (1 + 5**0.5) * number
    flat = np.sqrt(1 - height**2)
    even = np.stack([np.cos(turn) * flat, np.sin(turn) * flat, height], axis=1)
    return unit(even + rng.normal(0, stray * 2 / np.sqrt(count), (count, 3)))
