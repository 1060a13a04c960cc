# SPDX-License-Identifier: Apache-2.0
"""Sets a procedural drawing onto the canvas: its extent, its size, its mirror image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..drawing import CANVAS
from ..motion.actions import Side
from ..motion.anatomy import Anatomy
from .parts import Creature, Floats, Parts

_STATIONS = np.linspace(-1, 1, 7, dtype=np.float32)
_ROOT = np.sqrt(1 - _STATIONS**2)
_BASIS = np.stack([*(_ROOT * _STATIONS**k for k in range(4)), *(_STATIONS**k for k in range(4))])


def extent(points: Floats, parts: Parts) -> Floats:
    """(2, 2): the left upper and the right lower corner of all parts that are not clipped."""
    first, second = points[parts.bones[:, 0]], points[parts.bones[:, 1]]
    along = second - first
    length = np.linalg.norm(along, axis=1, keepdims=True)
    is_upright = (parts.bones[:, 0] == parts.bones[:, 1])[:, None]
    x = np.where(is_upright, [[1.0, 0.0]], along / np.maximum(length, 1e-3))
    y = np.stack([-x[:, 1], x[:, 0]], 1)
    scale = np.where(is_upright, 1.0, length)
    start = first + scale * parts.axes[:, 0:1] * x + parts.axes[:, 1:2] * y
    end = first + scale * parts.axes[:, 2:3] * x + parts.axes[:, 3:4] * y
    half = (end - start) / 2
    normal = np.stack([-half[:, 1], half[:, 0]], 1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-3)
    middle = (start + end)[:, None] / 2 + half[:, None] * _STATIONS[None, :, None]
    width, center = parts.forms[:, :8] @ _BASIS, parts.forms[:, 8:16] @ _BASIS
    sides = np.stack([center + width, center - width], 2)[..., None] * normal[:, None, None]
    places = middle[:, :, None] + sides
    grown = parts.forms[:, None, None, 16:17]
    seen = ~parts.is_clipped & (parts.colors[:, 3] > 0)
    low, high = (places - grown)[seen], (places + grown)[seen]
    return np.stack([low.reshape(-1, 2).min(0), high.reshape(-1, 2).max(0)]).astype(np.float32)


def fitted(creature: Creature, share: float, place: tuple[float, float] = (0.5, 0.5)) -> Creature:
    """Scaled so that its larger side is `share` of the canvas; `place` 0..1 where room is left."""
    low, high = extent(creature.points, creature.parts)
    factor = share * CANVAS / float((high - low).max())
    room = CANVAS - (high - low) * factor
    origin = room * np.array(place, np.float32) - low * factor
    points = (creature.points * factor + origin).astype(np.float32)
    return replace(creature, points=points, parts=_scaled(creature.parts, factor))


def mirrored(creature: Creature) -> Creature:
    """Its mirror image; what is left becomes right, and points stay in the order of their names."""
    parts = creature.parts
    axes, forms, shades = parts.axes.copy(), parts.forms.copy(), parts.shades.copy()
    is_upright = (parts.bones[:, 0] == parts.bones[:, 1])[:, None]
    axes *= np.where(is_upright, [-1, 1, -1, 1], [1, -1, 1, -1]).astype(np.float32)
    forms[:, 8:16] *= -1
    shades[:, 1] *= -1
    partner = np.array([_partner(creature.names, point) for point in range(len(creature.names))])
    points = creature.points * np.array([-1, 1], np.float32) + np.array([CANVAS, 0], np.float32)
    anatomy = creature.anatomy
    limbs = tuple(
        replace(
            limb,
            points=tuple(int(partner[point]) for point in limb.points),
            side=_OTHER[limb.side],
        )
        for limb in anatomy.limbs
    )
    return replace(
        creature,
        points=points[partner],
        edges=partner[creature.edges],
        anatomy=Anatomy(
            anatomy.kind,
            int(partner[anatomy.root]),
            limbs,
            (-anatomy.forward[0], anatomy.forward[1]),
        ),
        parts=replace(parts, bones=partner[parts.bones], axes=axes, forms=forms, shades=shades),
    )


def _partner(names: tuple[str, ...], point: int) -> int:
    """The point of the other side's name, if there is one; else itself."""
    side, _, rest = names[point].partition("_")
    other = f"{_OTHER.get(side, '')}_{rest}"
    return names.index(other) if rest and other in names else point


_OTHER: dict[str, Side] = {"left": "right", "right": "left", "": ""}


def _scaled(parts: Parts, factor: float) -> Parts:
    axes, shades = parts.axes.copy(), parts.shades.copy()
    axes[:, 1::2] *= factor
    axes[parts.bones[:, 0] == parts.bones[:, 1], 0::2] *= factor
    shades[:, 1] /= factor
    return replace(parts, axes=axes, forms=parts.forms * np.float32(factor), shades=shades)
