# SPDX-License-Identifier: Apache-2.0
"""Areas: pieces of the drawing, cut by clip paths and by the page; groups that fade as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pathops
import shapely

from ..drawing import Paint
from .curves import Box, Chain, bounds, filled, from_skia, mapped, to_skia
from .lines import cubics, cut_to_box, flat
from .values import Matrix, matrix

FINENESS = 16.0
"""Skia outlines and cuts to about a quarter of its unit: it gets canvas units times this."""
MAX_KNOCKED = 200
MAX_CURVES = 5_000
MAX_MEETINGS = 30_000

_FINER = matrix(FINENESS, 0, 0, FINENESS, 0, 0)
_COARSER = matrix(1 / FINENESS, 0, 0, 1 / FINENESS, 0, 0)


@dataclass(frozen=True)
class Piece:
    """A painted area on the canvas: closed chains and what fills them; whether a stroke made it;
    the numbers of the nodes that hold it, from the outermost."""

    name: str
    chains: tuple[Chain, ...]
    is_even_odd: bool
    paint: Paint
    is_line: bool = False
    path: tuple[int, ...] = ()

    def box(self) -> Box:
        box = bounds(self.chains)
        assert box is not None
        return box


def is_tangled(path: pathops.Path) -> bool:
    """Whether so many curves of the path cross that skia would cut it for minutes."""
    if len(path) < 400:
        return False
    if len(path) > MAX_CURVES:
        return True
    corners = []
    last = (0.0, 0.0)
    for _, points in path:
        places = [last, *(point for point in points if isinstance(point, tuple))]
        last = places[-1]
        x, y = zip(*places, strict=True)
        corners.append((min(x), min(y), max(x), max(y)))
    boxes = shapely.box(*np.array(corners).T)
    meetings = shapely.STRtree(boxes).query(boxes)
    return len(meetings[0]) - 3 * len(boxes) > MAX_MEETINGS


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
    return region(mapped([Chain(cubics(np.array(corners)), True)], to_canvas), False)


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
    if not len(one.path) and op == pathops.PathOp.UNION:
        return two
    combined = _by_skia(one, two, op)
    return one if combined is None else combined


def _by_skia(one: Region, two: Region, op: pathops.PathOp) -> Region | None:
    """The two areas combined; none where skia cannot or would take long."""
    if is_tangled(one.path) or is_tangled(two.path):
        return None
    try:
        path = pathops.op(one.path, two.path, op)
    except pathops.PathOpsError:
        return None
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
        area = region(piece.chains, piece.is_even_odd)
        within = _by_skia(area, clip, pathops.PathOp.INTERSECTION)
        kept += _boxed(piece, clip.box) if within is None else _cut(piece, within)
    return kept


def _boxed(piece: Piece, box: Box) -> list[Piece]:
    """What of a piece lies in a box."""
    lines = [cut_to_box(flat(chain.points), box) for chain in piece.chains]
    chains = tuple(Chain(cubics(line), True) for line in lines if len(line) > 3)
    return [replace(piece, chains=chains)] if chains else []


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
