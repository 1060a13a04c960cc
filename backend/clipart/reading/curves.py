# SPDX-License-Identifier: Apache-2.0
"""Chains of cubics: from path data and basic shapes, through affine maps, to skia and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pathops
from fontTools.pens.basePen import BasePen
from fontTools.svgLib.path import parse_path
from numpy.typing import NDArray

from ..drawing import Points
from .document import Node
from .values import Matrix, length, numbers

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True)
class Chain:
    """Cubics one after the other: (3 n + 1, 2) points, n >= 0; a closed one ends on its start."""

    points: Points
    is_closed: bool


class ChainPen(BasePen):  # type: ignore[misc]
    """Collects what fontTools draws (path data, glyphs) as chains of cubics."""

    def __init__(self, glyphs: Any = None) -> None:
        super().__init__(glyphs)
        self._points: list[tuple[float, float]] = []
        self._ends: list[tuple[int, bool]] = []

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._end(False)
        self._points.append(point)

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        x, y = self._points[-1]
        across, down = (point[0] - x) / 3, (point[1] - y) / 3
        self._points.append((x + across, y + down))
        self._points.append((point[0] - across, point[1] - down))
        self._points.append(point)

    def _curveToOne(  # noqa: N802
        self, one: tuple[float, float], two: tuple[float, float], end: tuple[float, float]
    ) -> None:
        self._points += (one, two, end)

    def _closePath(self) -> None:  # noqa: N802
        start = self._points[self._ends[-1][0] if self._ends else 0]
        if self._points[-1] != start:
            self._lineTo(start)
        self._end(True)

    def _endPath(self) -> None:  # noqa: N802
        self._end(False)

    def _end(self, is_closed: bool) -> None:
        if len(self._points) > (self._ends[-1][0] if self._ends else 0):
            self._ends.append((len(self._points), is_closed))

    def last(self) -> tuple[float, float]:
        """Where the pen stands."""
        return self._points[-1]

    def chains(self) -> tuple[Chain, ...]:
        """What was drawn; what is open so far ends here."""
        self._end(False)
        points = np.array(self._points, np.float64).reshape(-1, 2)
        np.clip(np.nan_to_num(points), -1e7, 1e7, out=points)
        starts = [0, *(end for end, _ in self._ends)]
        return tuple(
            Chain(points[start:end], closed)
            for start, (end, closed) in zip(starts, self._ends, strict=False)
        )


def path_chains(data: str) -> tuple[tuple[Chain, ...], bool]:
    """The chains of a `d` attribute up to what cannot be read, and whether all could be."""
    pen = ChainPen()
    data = data.replace("\n", " ").replace("\r", " ").replace("\f", " ").strip()
    try:
        parse_path(data, pen)
    except (ValueError, AssertionError, OverflowError, ZeroDivisionError):
        return pen.chains(), False
    return pen.chains(), True


def shape_chains(node: Node, width: float, height: float) -> tuple[tuple[Chain, ...], bool] | None:
    """The chains of a path or basic shape in a viewport of this size; none for other elements."""
    if node.tag == "path":
        return path_chains(node.attributes.get("d", ""))
    data = _BASIC[node.tag](node, width, height) if node.tag in _BASIC else None
    return None if data is None else path_chains(data)


def _rect(node: Node, width: float, height: float) -> str:
    get = node.attributes.get
    x, y = length(get("x"), width), length(get("y"), height)
    w, h = length(get("width"), width), length(get("height"), height)
    if w <= 0 or h <= 0:
        return ""
    rx, ry = length(get("rx"), width, -1), length(get("ry"), height, -1)
    rx, ry = (rx if rx >= 0 else max(ry, 0)), (ry if ry >= 0 else max(rx, 0))
    rx, ry = min(rx, w / 2), min(ry, h / 2)
    if not rx or not ry:
        return f"M{x} {y}h{w}v{h}h{-w}z"
    corner = f"a{rx} {ry} 0 0 1 "
    return (
        f"M{x + rx} {y}h{w - 2 * rx}{corner}{rx} {ry}v{h - 2 * ry}{corner}{-rx} {ry}"
        f"h{2 * rx - w}{corner}{-rx} {-ry}v{2 * ry - h}{corner}{rx} {-ry}z"
    )


def _ellipse(node: Node, width: float, height: float) -> str:
    get = node.attributes.get
    x, y = length(get("cx"), width), length(get("cy"), height)
    if node.tag == "circle":
        rx = ry = length(get("r"), float(np.hypot(width, height) / np.sqrt(2)))
    else:
        rx, ry = length(get("rx"), width, -1), length(get("ry"), height, -1)
        rx, ry = (rx if rx >= 0 else ry), (ry if ry >= 0 else rx)
    if rx <= 0 or ry <= 0:
        return ""
    return f"M{x + rx} {y}a{rx} {ry} 0 0 1 {-2 * rx} 0a{rx} {ry} 0 0 1 {2 * rx} 0z"


def _line(node: Node, width: float, height: float) -> str:
    get = node.attributes.get
    x1, x2 = length(get("x1"), width), length(get("x2"), width)
    y1, y2 = length(get("y1"), height), length(get("y2"), height)
    return f"M{x1} {y1}L{x2} {y2}"


def _polyline(node: Node, width: float, height: float) -> str:
    values = numbers(node.attributes.get("points", ""))
    values = values[: len(values) // 2 * 2]
    if not values:
        return ""
    return "M" + " ".join(map(str, values)) + ("z" if node.tag == "polygon" else "")


_BASIC = {
    "rect": _rect,
    "circle": _ellipse,
    "ellipse": _ellipse,
    "line": _line,
    "polyline": _polyline,
    "polygon": _polyline,
}


def mapped(chains: Iterable[Chain], matrix: Matrix) -> tuple[Chain, ...]:
    """The chains through an affine map."""
    linear, shift = matrix[:2, :2].T, matrix[:2, 2]
    return tuple(Chain(chain.points @ linear + shift, chain.is_closed) for chain in chains)


def filled(chains: Iterable[Chain]) -> tuple[Chain, ...]:
    """The chains as a fill sees them: each closed, those without extent left out."""
    closed = []
    for chain in chains:
        points = chain.points
        if len(points) < 4:
            continue
        if not np.array_equal(points[0], points[-1]):
            ways = np.linspace(0, 1, 4)[1:, None]
            points = np.concatenate([points, points[-1] + ways * (points[0] - points[-1])])
            points[-1] = points[0]
        closed.append(Chain(points, True))
    return tuple(closed)


def bounds(chains: Iterable[Chain]) -> Box | None:
    """The exact box round the curves; none where there is no point."""
    low, high = [], []
    for chain in chains:
        points = chain.points
        low.append(points.min(0))
        high.append(points.max(0))
        if len(points) >= 4:
            exact = _extremes(points)
            low[-1], high[-1] = exact
    if not low:
        return None
    (left, top), (right, bottom) = np.min(low, axis=0), np.max(high, axis=0)
    return float(left), float(top), float(right), float(bottom)


def _extremes(points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    ends = points[::3]
    p0, p1, p2, p3 = points[:-1:3], points[1::3], points[2::3], points[3::3]
    a, b, c = p3 - p0 + 3 * (p1 - p2), 2 * (p0 - 2 * p1 + p2), p1 - p0
    low, high = ends.min(0), ends.max(0)
    outside = (points < low).any() or (points > high).any()
    if not outside:
        return low, high
    with np.errstate(all="ignore"):
        root = np.sqrt(np.maximum(b * b - 4 * a * c, 0))
        ways = [(-b + root) / (2 * a), (-b - root) / (2 * a), -c / b]
    for t in ways:
        t = np.clip(np.nan_to_num(t), 0, 1)
        s = 1 - t
        at = s**3 * p0 + 3 * s * s * t * p1 + 3 * s * t * t * p2 + t**3 * p3
        low, high = np.minimum(low, at.min(0)), np.maximum(high, at.max(0))
    return low, high


def to_skia(chains: Iterable[Chain], is_even_odd: bool = False) -> pathops.Path:
    """A skia path of the chains; straight cubics become lines, which skia cuts more surely."""
    fill = pathops.FillType.EVEN_ODD if is_even_odd else pathops.FillType.WINDING
    path = pathops.Path(fillType=fill)
    for chain in chains:
        points = chain.points
        path.moveTo(*points[0])
        for curve, straight in zip(_curves(points), _straight(points), strict=True):
            if straight:
                path.lineTo(curve[4], curve[5])
            else:
                path.cubicTo(*curve)
        if chain.is_closed:
            path.close()
    return path


def _curves(points: Points) -> list[list[float]]:
    tail: list[list[float]] = points[1:].reshape(-1, 6).tolist()
    return tail


def _straight(points: Points) -> NDArray[np.bool_]:
    p0, p1, p2, p3 = points[:-1:3], points[1::3], points[2::3], points[3::3]
    chord = p3 - p0
    off = np.abs(p1 - p0 - chord / 3).max(1) + np.abs(p2 - p3 + chord / 3).max(1)
    straight: NDArray[np.bool_] = off <= 1e-6 * (1 + np.abs(points).max())
    return straight


def from_skia(path: pathops.Path) -> tuple[Chain, ...]:
    """The chains of a skia path, its conics and quadratics as cubics."""
    pen = ChainPen()
    for verb, points in path:
        _DRAW[verb](pen, points)
    return tuple(chain for chain in pen.chains() if len(chain.points) >= 4)


def _quadratic(pen: ChainPen, points: Sequence[tuple[float, float]]) -> None:
    pen.qCurveTo(*points)


def _conic(pen: ChainPen, points: Sequence[Any]) -> None:
    """A conic of weight w as the one cubic that shares its ends, its tangents and its middle."""
    (x0, y0), (x1, y1), (x2, y2) = pen.last(), points[0], points[1]
    share = 4 / 3 * points[2] / (1 + points[2])
    one = (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
    two = (x2 + share * (x1 - x2), y2 + share * (y1 - y2))
    pen.curveTo(one, two, (x2, y2))


def _close(pen: ChainPen, points: Sequence[tuple[float, float]]) -> None:
    pen.closePath()


_DRAW = {
    pathops.PathVerb.MOVE: lambda pen, points: pen.moveTo(*points),
    pathops.PathVerb.LINE: lambda pen, points: pen.lineTo(*points),
    pathops.PathVerb.QUAD: _quadratic,
    pathops.PathVerb.CONIC: _conic,
    pathops.PathVerb.CUBIC: lambda pen, points: pen.curveTo(*points),
    pathops.PathVerb.CLOSE: _close,
}
