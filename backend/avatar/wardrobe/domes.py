# SPDX-License-Identifier: Apache-2.0
"""Domes over the scalp: what is seen between locks, and the whole of cropped and woolly hair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .locks import Shell
from .noise import layered, step
from .scalp import SCALP, SKULL_CENTER, Region
from .sphere import Points, direction, turned

_POLE = direction(172.0, 58.0)


@dataclass(frozen=True)
class Dome:
    """A dome that stands `height` metres off the skin in its middle, over `spokes` by `rings`
    vertices; `edge` says how steep its border is: 1 a cone's, 10 a wall's."""

    height: float
    edge: float = 4.0
    shrink: float = 3.0
    """Degrees by which its border stays inside the hairline."""
    rough: float = 0.0
    """Metres of lumps."""
    shape: Callable[[Points], Points] | None = None
    """A factor of the height by direction (N, 3)."""
    frizz: float = 0.0
    """How much of its texture is frizz rather than strands."""
    grain: float = 0.0075
    """Metres of a tuft of frizz."""
    region: Region = SCALP
    spokes: int = 40
    rings: int = 9


def raised(skull: Shell, dome: Dome, seed: int) -> Points:
    """(spokes, rings, 3) metres from the whorl to the hairline."""
    start = np.cross(_POLE, [1.0, 0, 0])
    start /= np.linalg.norm(start)
    turns = np.linspace(0, 2 * np.pi, dome.spokes + 1)[:-1]
    side = turned(np.tile(start, (dome.spokes, 1)), np.tile(_POLE, (dome.spokes, 1)), turns)
    angles = np.deg2rad(np.arange(0, 150, 1.0))[None, :, None]
    spokes = np.cos(angles) * _POLE + np.sin(angles) * side[:, None]
    inside = dome.region.inside((SKULL_CENTER + spokes.reshape(-1, 3) * 0.1).astype(np.float32))
    grown = np.cumprod(inside.reshape(spokes.shape[:2]) > dome.shrink, axis=1)
    length = grown.sum(1) * np.deg2rad(1.0)
    # Rings gather at the border where it is steep.
    share = 0.02 + 0.98 * np.linspace(0, 1, dome.rings) ** (1 if dome.edge < 6 else 0.72)
    angle = (length[:, None] * share)[..., None]
    rings = np.cos(angle) * _POLE + np.sin(angle) * side[:, None]
    height = dome.height * (1 - share**dome.edge) * np.ones(rings.shape[:2])
    if dome.shape is not None:
        height *= dome.shape(rings.reshape(-1, 3)).reshape(height.shape)
    else:
        height *= np.clip((rings[..., 2] + 0.25) / 0.9, 0.15, 1)
    if dome.rough:
        places = (rings.reshape(-1, 3) * 0.15).astype(np.float32)
        lumps = layered(places, 0.035, seed, 3).reshape(height.shape)
        height += dome.rough * lumps * step(1, 0.85, share)
    return skull.settle(SKULL_CENTER + rings * 0.1, SKULL_CENTER, 0.0008 + height)
