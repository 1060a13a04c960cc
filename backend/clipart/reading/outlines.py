# SPDX-License-Identifier: Apache-2.0
"""Strokes become the outlines of what a pen draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pathops

from .areas import FINENESS, is_tangled
from .curves import Chain, filled, from_skia, mapped, to_skia
from .values import Matrix, matrix, scale_of

MAX_DASHES = 5_000

_CAPS = {"round": pathops.LineCap.ROUND_CAP, "square": pathops.LineCap.SQUARE_CAP}
_JOINS = {"round": pathops.LineJoin.ROUND_JOIN, "bevel": pathops.LineJoin.BEVEL_JOIN}


@dataclass(frozen=True)
class Pen:
    """How a line is drawn, in its own units."""

    width: float
    cap: str = "butt"
    join: str = "miter"
    miter_limit: float = 4.0
    dashes: tuple[float, ...] = ()
    dash_offset: float = 0.0


def stroked(chains: Sequence[Chain], pen: Pen, to_canvas: Matrix) -> tuple[Chain, ...]:
    """The outline on the canvas of what the pen draws along chains given in the pen's units."""
    scale = scale_of(to_canvas) * FINENESS
    if not 1e-9 < scale < 1e9 or pen.width <= 0:
        return ()
    path = to_skia(mapped(chains, matrix(scale, 0, 0, scale, 0, 0)))
    cap = _CAPS.get(pen.cap, pathops.LineCap.BUTT_CAP)
    join = _JOINS.get(pen.join, pathops.LineJoin.MITER_JOIN)
    dashes = [dash * scale for dash in _dashes(chains, pen)]
    offset = pen.dash_offset * scale
    path.stroke(pen.width * scale, cap, join, max(pen.miter_limit, 1.0), dashes or None, offset)
    back = to_canvas @ matrix(1 / scale, 0, 0, 1 / scale, 0, 0)
    return mapped(filled(from_skia(_simplified(path))), back)


def _dashes(chains: Sequence[Chain], pen: Pen) -> list[float]:
    """The dashes, an even number of them; none where they would be too many or have no length."""
    dashes = [max(dash, 0.0) for dash in pen.dashes]
    period = sum(dashes)
    if period <= 0:
        return []
    way = sum(float(np.abs(np.diff(chain.points, axis=0)).sum()) for chain in chains)
    if way / period * len(dashes) > MAX_DASHES:
        return []
    return dashes * (1 + len(dashes) % 2)


def _simplified(path: pathops.Path) -> pathops.Path:
    """The path without overlaps where skia manages; as it is where it cannot or would take long."""
    if is_tangled(path):
        return path
    simple = pathops.Path(path)
    try:
        simple.simplify()
    except pathops.PathOpsError:
        return path
    return simple
