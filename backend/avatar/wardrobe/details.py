# SPDX-License-Identifier: Apache-2.0
"""What is painted on a garment beyond its pattern: panels, lines, and more, by `design.Detail`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .design import Detail, Plane
from .noise import Floats, step
from .piece import Texels


@dataclass(frozen=True)
class Stroke:
    """What a detail puts on N texels: how much of its colour (N,), and relief (N,) in metres."""

    share: Floats
    height: Floats


def stroke(texels: Texels, detail: Detail) -> Stroke:
    """Raises `KeyError` for a kind that `PAINTERS` does not have."""
    drawn = PAINTERS[detail.kind](texels, detail)
    inside = within(texels, detail)
    return Stroke(drawn.share * inside, drawn.height * inside)


def within(texels: Texels, detail: Detail) -> Floats:
    """(N,) 1 where the detail may be seen, by its side of the body and its cuts."""
    seen = np.ones(len(texels), dtype=np.float32)
    facing = texels.normals[:, 1]
    if detail.side != "both":
        seen *= facing < 0 if detail.side == "front" else facing > 0
    soft = np.maximum(texels.width, 0.0006)
    for cut in detail.where:
        value = np.max([plane_value(plane, texels) for plane in cut.planes], axis=0)
        seen *= np.clip(value / soft + 0.5, 0, 1)
    return seen


def plane_value(plane: Plane, texels: Texels) -> Floats:
    """The plane's value at texels: of places x, y, z, ax and of the part's own fields."""
    x, y, z = texels.positions.T
    known = {"x": x, "y": y, "z": z, "ax": np.abs(x), **texels.fields}
    total = np.full(len(texels), plane.constant, dtype=np.float32)
    for name, factor in plane.terms:
        total += np.float32(factor) * known[name]
    return total


def _panel(texels: Texels, _detail: Detail) -> Stroke:
    """All that `where` leaves."""
    full = np.ones(len(texels), dtype=np.float32)
    return Stroke(full, np.zeros_like(full))


def _line(texels: Texels, detail: Detail) -> Stroke:
    """A band `width` metres wide along the zero of `line`."""
    if detail.line is None:
        raise ValueError('A detail "line" needs the plane on which it runs.')
    away = np.abs(plane_value(detail.line, texels))
    soft = np.maximum(texels.width, 0.0006)
    share = np.clip((detail.width / 2 - away) / soft + 0.5, 0, 1).astype(np.float32)
    return Stroke(share, 0.0005 * step(detail.width, 0.0, away))


PAINTERS: dict[str, Callable[[Texels, Detail], Stroke]] = {"panel": _panel, "line": _line}
