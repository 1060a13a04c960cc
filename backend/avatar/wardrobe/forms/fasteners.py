# SPDX-License-Identifier: Apache-2.0
"""Buckles and buttons, which ride on a garment's first piece of cloth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..part import ZONES
from ..surface import Floats, Surface, join, plain
from .site import Site


@dataclass(frozen=True)
class Buckle:
    """A square frame with a prong on a belt's front, at a height in metres."""

    height: float


@dataclass(frozen=True)
class Buttons:
    """Domed discs at places x, z in front."""

    at: tuple[tuple[float, float], ...]


def buckle(site: Site, values: Buckle) -> Surface:
    """A square frame with a prong that rides on the belt's front."""
    belt = site.cloth[0]
    rider = front_vertex(belt, site.canonical(belt), 0.0, values.height)
    bars = [
        ((-0.027, -0.0255), (0.027, -0.0195)),
        ((-0.027, 0.0195), (0.027, 0.0255)),
        ((-0.027, -0.0195), (-0.0205, 0.0195)),
        ((0.0205, -0.0195), (0.027, 0.0195)),
        ((-0.0205, -0.0022), (0.025, 0.0022)),
    ]
    boxes = [_bar(belt, rider, low, high, number) for number, (low, high) in enumerate(bars)]
    return join(boxes, first_leads=True)


def buttons(site: Site, values: Buttons) -> Surface:
    """Domed discs on the cloth."""
    cloth = site.cloth[0]
    canonical = site.canonical(cloth)
    return join([_button(cloth, canonical, x, z) for x, z in values.at], first_leads=True)


def _button(cloth: Surface, canonical: Floats, x: float, z: float) -> Surface:
    rider = front_vertex(cloth, canonical, x, z)
    around = np.arange(10) * 2 * np.pi / 10
    circle = np.stack([np.cos(around), np.sin(around)], 1)
    flat = np.concatenate([circle * 0.0105, circle * 0.0105, circle * 0.0085, [[0.0, 0.0]]])
    depth = np.repeat([0.0, 0.003, 0.0045, 0.0035], [10, 10, 10, 1])
    here, after = np.arange(10), (np.arange(10) + 1) % 10
    walls = [np.stack([k + here, k + after, k + 10 + after, k + 10 + here], 1) for k in (0, 10)]
    cap = np.stack([20 + here, 20 + after, np.full(10, 30), np.full(10, -1)], 1)
    faces = np.concatenate([*walls, cap]).astype(np.int32)
    # Seen from the front, with the rim spread out around it.
    spread = flat * np.repeat([1.5, 1.15, 1.0, 1.0], [10, 10, 10, 1])[:, None]
    total = len(flat)
    uvs = spread[np.where(faces >= 0, faces, 30)]
    return replace(
        plain(cloth.mix[np.full(total, rider)], faces, uvs, ZONES.index("trim")),
        distance=cloth.distance[rider] + depth,
        shift=np.column_stack([flat[:, 0], np.zeros(total), flat[:, 1]]),
        follows=np.full(total, rider, np.int32),
    )


def front_vertex(cloth: Surface, canonical: Floats, x: float, z: float) -> int:
    """The vertex of the cloth itself that is nearest to x, z in front."""
    own = cloth.follows == np.arange(cloth.count)
    away = np.hypot(canonical[:, 0] - x, canonical[:, 2] - z)
    return int(np.argmin(np.where(own & (canonical[:, 1] < 0), away, np.inf)))


def _bar(
    belt: Surface, rider: int, low: tuple[float, float], high: tuple[float, float], number: int
) -> Surface:
    """A box across the belt from `low` to `high` (x, z), metres from its rider."""
    inset = 0.0014
    level = [(0.0, 0.001), (0.0, 0.0045), (inset, 0.006)]
    corners, depth = [], []
    for shrink, out in level:
        a, b = np.array(low) + shrink, np.array(high) - shrink
        corners += [(a[0], a[1]), (b[0], a[1]), (b[0], b[1]), (a[0], b[1])]
        depth += [out + (0.0015 if number == 4 else 0)] * 4
    faces = [[8, 9, 10, 11]]
    for start in (0, 4):
        faces += [
            [start + i, start + (i + 1) % 4, start + 4 + (i + 1) % 4, start + 4 + i]
            for i in range(4)
        ]
    total = len(corners)
    surface = plain(belt.mix[np.full(total, rider)], np.array(faces, np.int32), np.zeros((9, 4, 2)))
    flat = np.array(corners)
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * 0.006
    uvs = np.stack([square + np.array([0.008 * face, 0.008 * number]) for face in range(9)])
    uvs[0] = flat[8:12] - flat[8] + [0.08, 0.008 * number]
    return replace(
        surface,
        uvs=uvs,
        zones=np.full(9, ZONES.index("metal"), np.int8),
        distance=belt.distance[rider] + np.array(depth),
        shift=np.column_stack([flat[:, 0], np.zeros(total), flat[:, 1]]),
        follows=np.full(total, rider, np.int32),
    )
