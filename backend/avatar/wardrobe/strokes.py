# SPDX-License-Identifier: Apache-2.0
"""What details are drawn with: texels, lines and areas on them, and the stroke that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .design import Detail, Plane
from .noise import Floats
from .part import ZONES
from .piece import Texels
from .tubes import Cut, Flat, spread


@dataclass(frozen=True)
class Stroke:
    """What a detail does to N texels (N,): how much of its color they get, a factor of their light,
    relief in metres, and how much of them is metal."""

    share: Floats
    shade: Floats
    height: Floats
    metal: Floats


@dataclass(frozen=True)
class Canvas:
    """Texels, the tubes that they lie on, and one detail to draw there."""

    texels: Texels
    cut: Cut
    detail: Detail

    @property
    def soft(self) -> Floats:
        """(N,) metres over which an edge is blurred: a texel."""
        return np.maximum(self.texels.width, np.float32(0.0006))

    def place(self) -> tuple[Floats, Floats]:
        """(N,) metres right of and above the middle `at`, seen from before or behind."""
        x, _, z = self.texels.positions.T
        return x - np.float32(self.detail.at[0]), z - np.float32(self.detail.at[1])

    def off(self) -> Floats:
        """(N,) metres from the detail's line, on both its sides."""
        if self.detail.line is None:
            raise ValueError(f'A detail "{self.detail.kind}" needs the line on which it runs.')
        return plane_value(self.detail.line, self.texels)

    def flat(self) -> Flat:
        return spread(self.texels, self.cut)

    def band(self, away: NDArray[np.floating], width: float) -> Floats:
        """(N,) 1 within half the width, with soft edges."""
        return clipped((width / 2 - np.abs(away)) / self.soft + 0.5)


Values = NDArray[np.floating]
Parts = dict[str, Values]
Painter = Callable[[Canvas], Parts]


def within(texels: Texels, detail: Detail) -> Floats:
    """(N,) 1 where the detail may be seen, by its side of the body and its cuts."""
    seen = np.ones(len(texels), dtype=np.float32)
    facing = texels.normals[:, 1]
    if detail.side != "both":
        seen *= facing < 0 if detail.side == "front" else facing > 0
    if detail.zone:
        seen *= texels.zones == ZONES.index(detail.zone)
    soft = np.maximum(texels.width, 0.0006)
    for cut in detail.where:
        value = np.max([plane_value(plane, texels) for plane in cut.planes], axis=0)
        seen *= np.clip(value / soft + 0.5, 0, 1)
    return seen


def plane_value(plane: Plane, texels: Texels) -> Floats:
    """The plane's value at texels: of the places x, y, z, ax and of the part's own fields."""
    x, y, z = texels.positions.T
    known = {"x": x, "y": y, "z": z, "ax": np.abs(x), **texels.fields}
    total = np.full(len(texels), plane.constant, dtype=np.float32)
    for name, factor in plane.terms:
        total += np.float32(factor) * known[name]
    return total


def clipped(values: Values) -> Floats:
    """(N,) single precision, held between 0 and 1."""
    return np.asarray(np.clip(values, 0, 1), dtype=np.float32)


def groove(canvas: Canvas, away: Values) -> Parts:
    """A seam: a fine valley, darkened, between two low ridges."""
    soft = canvas.soft
    line = np.exp(-((away / (0.0009 + 0.7 * soft)) ** 2))
    ridge = np.exp(-(((np.abs(away) - 0.004) / 0.003) ** 2))
    return {
        "shade": 1 - 0.3 * line * clipped(0.003 / soft),
        "height": 0.0005 * ridge - 0.0007 * line,
    }
