# SPDX-License-Identifier: Apache-2.0
"""A plain plot of curves over seconds, on a logarithmic axis; Pillow is all that it needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

SIZE = (900, 520)
FRAME = (80, 50, 700, 450)
"""Left, top, right and bottom of the axes."""
COLORS = ("#777777", "#1f6fb2", "#c8452d", "#e0a030", "#4a9a4a")
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_DOT = 4
_SOONEST = 0.01  # seconds


@dataclass(frozen=True)
class Curve:
    """Points (seconds, value); of what takes no time, a level that is drawn across."""

    name: str
    points: list[tuple[float, float]]
    is_level: bool = False


@dataclass(frozen=True)
class _Axes:
    """The logarithms of seconds, and the values, at the ends of both axes."""

    across: tuple[float, float]
    up: tuple[float, float]

    def place(self, seconds: float, value: float) -> tuple[float, float]:
        left, top, right, bottom = FRAME
        x = (math.log(max(seconds, _SOONEST)) - self.across[0]) / (self.across[1] - self.across[0])
        y = (value - self.up[0]) / (self.up[1] - self.up[0])
        return left + x * (right - left), bottom - y * (bottom - top)


def plotted(curves: Sequence[Curve], title: str) -> Image.Image:
    """All curves in one frame, named at the right."""
    picture = Image.new("RGB", SIZE, "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(15)
    axes = _axes(curves)
    _frame(pen, axes, title)
    for curve, color in zip(curves, COLORS, strict=False):
        spots = [axes.place(*point) for point in curve.points]
        if curve.is_level:
            pen.line((FRAME[0], spots[0][1], FRAME[2], spots[0][1]), color, 3)
            continue
        pen.line(spots, color, 3)
        for x, y in spots:
            pen.ellipse((x - _DOT, y - _DOT, x + _DOT, y + _DOT), color)
    level = -math.inf
    for curve, color in sorted(
        zip(curves, COLORS, strict=False), key=lambda one: -one[0].points[-1][1]
    ):
        level = max(axes.place(*curve.points[-1])[1], level + 18)
        pen.text((FRAME[2] + 12, level), curve.name, color, font, anchor="lm")
    return picture


def _axes(curves: Sequence[Curve]) -> _Axes:
    values = [value for curve in curves for _, value in curve.points]
    many = [seconds for curve in curves for seconds, _ in curve.points if not curve.is_level]
    across = (math.log(min(many, default=1) * 0.8), math.log(max(many, default=10) * 1.2))
    room = 0.1 * (max(values) - min(values)) or 0.1
    return _Axes(across, (min(values) - room, max(values) + room))


def _frame(pen: ImageDraw.ImageDraw, axes: _Axes, title: str) -> None:
    left, top, right, bottom = FRAME
    font = ImageFont.load_default(15)
    for number in range(6):
        value = axes.up[0] + (axes.up[1] - axes.up[0]) * number / 5
        y = axes.place(1.0, value)[1]
        pen.line((left, y, right, y), "#e6e6e6")
        pen.text((left - 8, y), f"{value:.2f}", "black", font, anchor="rm")
    for seconds in _TICKS:
        if axes.across[0] <= math.log(seconds) <= axes.across[1]:
            x = axes.place(seconds, axes.up[0])[0]
            pen.line((x, top, x, bottom), "#e6e6e6")
            pen.text((x, bottom + 8), f"{seconds:g}", "black", font, anchor="mt")
    pen.rectangle(FRAME, outline="black")
    middle = (left + right) / 2
    pen.text((middle, top - 12), title, "black", font, anchor="mb")
    pen.text((middle, bottom + 34), "seconds", "black", font, anchor="mt")
