# SPDX-License-Identifier: Apache-2.0
"""Areas: strokes become outlines, areas are cut by areas, groups fade as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pathops

from ..drawing import Paint
from .curves import Box, Chain, bounds, filled, from_skia, mapped, to_skia
from .values import Matrix, matrix

FINENESS = 16.0
"""Skia outlines and cuts to about a quarter of its unit: it gets canvas units times this."""
MAX_DASHES = 5_000
MAX_SIMPLIFIED = 20_000
MAX_KNOCKED = 200

_CAPS = {"round": pathops.LineCap.ROUND_CAP, "square": pathops.LineCap.SQUARE_CAP}
_JOINS = {"round": pathops.LineJoin.ROUND_JOIN, "bevel": pathops.LineJoin.BEVEL_JOIN}
_FINER = matrix(FINENESS, 0, 0, FINENESS, 0, 0)
_COARSER = matrix(1 / FINENESS, 0, 0, 1 / FINENESS, 0, 0)


@dataclass(frozen=True)
class Piece:
    """A painted area on the canvas: closed chains and what fills them; whether a stroke made it."""

    name: str
    chains: tuple[Chain, ...]
    is_even_odd: bool
    paint: Paint
    is_line: bool = False

    def box(self) -> Box:
        box = bounds(self.chains)
        assert box is not None
        return box


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
    scale = float(np.sqrt(abs(np.linalg.det(to_canvas[:2, :2])))) * FINENESS
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
    """The path without overlaps where skia manages; as it is where it does not or takes long."""
    if len(path) > MAX_SIMPLIFIED:
        return path
    simple = pathops.Path(path)
    try:
        simple.simplify()
    except pathops.PathOpsError:
        return path
    return simple


@dataclass(frozen=True)
class Region:
    """An area to cut others by, as skia holds it, in finer units; `box` on the canvas."""

    path: pathops.Path
    box: Box

    def area(self) -> float:
        """In square canvas units."""
        return abs(float(self.path.area)) / FINENESS**2


NOWHERE = Region(pathops.Path(), (0.0, 0.0, 0.0, 0.0))


def region(chains: Sequence[Chain], is_even_odd: bool) -> Region:
    """The area that closed chains fill."""
    box = bounds(chains)
    if box is None:
        return NOWHERE
    return Region(to_skia(mapped(chains, _FINER), is_even_odd), box)


def rectangle(box: Box, to_canvas: Matrix) -> Region:
    """The area of a box, given in units that `to_canvas` maps."""
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    ways = np.linspace(0, 1, 4)[1:, None]
    points = [np.array(corners[:1])]
    for one, two in pairwise(corners):
        points.append(np.array(one) + ways * (np.array(two) - np.array(one)))
    chain = mapped([Chain(np.concatenate(points), True)], to_canvas)
    return region(chain, False)


def area_of(pieces: Sequence[Piece]) -> Region:
    """All that the pieces cover."""
    area = NOWHERE
    for piece in pieces:
        area = united(area, region(piece.chains, piece.is_even_odd))
    return area


def lit_area(pieces: Sequence[Piece], by_alpha: bool) -> tuple[Region, bool]:
    """Where a mask's pieces are more light than dark, and whether they are wholly one or other."""
    area, is_exact = NOWHERE, True
    for piece in pieces:
        color = piece.paint.colors.mean(0)
        light = 1.0 if by_alpha else float(color[:3] @ (0.2126, 0.7152, 0.0722))
        if not by_alpha and color[3] > 0.97 and light < 0.5:
            area = without(area, region(piece.chains, piece.is_even_odd))
            is_exact &= light < 0.03
        elif light * color[3] >= 0.5:
            area = united(area, region(piece.chains, piece.is_even_odd))
            is_exact &= light * color[3] > 0.97
        else:
            is_exact = False
    return area, is_exact


def united(one: Region, two: Region) -> Region:
    """Both areas."""
    return _combined(one, two, pathops.PathOp.UNION)


def common(one: Region, two: Region) -> Region:
    """What both areas share."""
    return _combined(one, two, pathops.PathOp.INTERSECTION)


def without(one: Region, two: Region) -> Region:
    """The first area where the second is not."""
    return _combined(one, two, pathops.PathOp.DIFFERENCE)


def _combined(one: Region, two: Region, op: pathops.PathOp) -> Region:
    """The two areas combined; the first alone where skia cannot."""
    try:
        path = pathops.op(one.path, two.path, op)
    except pathops.PathOpsError:
        return one
    left, top, right, bottom = path.bounds
    box = (left / FINENESS, top / FINENESS, right / FINENESS, bottom / FINENESS)
    return Region(path, box)


def clipped(pieces: Sequence[Piece], clip: Region) -> list[Piece]:
    """What of the pieces lies within the area."""
    kept = []
    for piece in pieces:
        box = piece.box()
        if not _meet(box, clip.box):
            continue
        if _is_rectangle(clip) and _lies_in(box, clip.box):
            kept.append(piece)
            continue
        kept += _cut(piece, common(region(piece.chains, piece.is_even_odd), clip))
    return kept


def _cut(piece: Piece, area: Region) -> list[Piece]:
    chains = mapped(filled(from_skia(area.path)), _COARSER)
    is_even_odd = area.path.fillType == pathops.FillType.EVEN_ODD
    return [replace(piece, chains=chains, is_even_odd=is_even_odd)] if chains else []


def _meet(one: Box, two: Box) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def _lies_in(inner: Box, outer: Box) -> bool:
    slack = 1e-3
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def _is_rectangle(area: Region) -> bool:
    """Whether the area is an upright rectangle."""
    left, top, right, bottom = area.path.bounds
    corners = {(left, top), (right, top), (right, bottom), (left, bottom)}
    points = [point for _, verb_points in area.path for point in verb_points]
    return (
        len(points) <= 5
        and all(point in corners for point in points)
        and area.path.area == ((right - left) * (bottom - top))
    )


def faded(pieces: Sequence[Piece], opacity: float) -> list[Piece]:
    """The pieces as transparent as a group of that opacity: what they hide stays hidden."""
    if opacity >= 1:
        return list(pieces)
    if opacity <= 0:
        return []
    shown = _uncovered(pieces) if 1 < len(pieces) <= MAX_KNOCKED else list(pieces)
    return [replace(piece, paint=thinner(piece.paint, opacity)) for piece in shown]


def thinner(paint: Paint, opacity: float) -> Paint:
    """The paint with its alpha times `opacity`."""
    return replace(paint, colors=paint.colors * np.array([1, 1, 1, opacity], np.float32))


def _uncovered(pieces: Sequence[Piece]) -> list[Piece]:
    """Each piece where no opaque one lies over it."""
    cover: Region | None = None
    shown: list[Piece] = []
    for piece in reversed(pieces):
        area = region(piece.chains, piece.is_even_odd)
        if cover is not None and _meet(area.box, cover.box):
            shown += _cut(piece, without(area, cover))
        else:
            shown.append(piece)
        if piece.paint.colors[:, 3].min() > 0.999:
            cover = area if cover is None else united(cover, area)
    return shown[::-1]
