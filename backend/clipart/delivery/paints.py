# SPDX-License-Identifier: Apache-2.0
"""Colors and gradients of shapes as SVG, still and moving with their shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ....shared.results import Paint, VectorShape

Frames = NDArray[np.float64]


def fill(paint: Paint, name: str) -> str:
    """The attributes that fill a shape with a paint; a gradient is called `name`."""
    if paint.kind != "solid":
        return f'fill="url(#{name})"'
    red, green, blue, alpha = paint.colors[0].tolist()
    shown = "" if alpha >= 0.999 else f' fill-opacity="{alpha:.3g}"'
    return f'fill="{_color((red, green, blue))}"{shown}'


def gradient(shape: VectorShape, name: str, frames: Iterable[int], seconds: float) -> str:
    """The gradient's definition, with what animates it where there are several frames."""
    paint = shape.paint
    moves = shape.paint_frames if len(shape.paint_frames) else paint.frame[None]
    chosen = [moves[t if len(moves) > 1 else 0].astype(float) for t in frames]
    rows = _linear(chosen) if paint.kind == "linear" else _radial(chosen)
    still = " ".join(f'{key}="{values[0]}"' for key, values in rows.items())
    turn = "" if paint.kind == "linear" else f' gradientTransform="{_matrix(chosen[0])}"'
    moving = "".join(
        f'<animate attributeName="{key}" dur="{seconds:.4g}s" repeatCount="indefinite" '
        f'values="{";".join((*values, values[0]))}"/>'
        for key, values in rows.items()
        if len(set(values)) > 1
    )
    kind = f"{paint.kind}Gradient"
    return (
        f'<{kind} id="{name}" gradientUnits="userSpaceOnUse" spreadMethod="{paint.spread}" '
        f"{still}{turn}>{_stops(paint)}{moving}</{kind}>"
    )


def _linear(frames: Sequence[Frames]) -> dict[str, list[str]]:
    """Ends of the line along which colors change, across which they do not (a skewed frame has
    its line turned so that both are at right angles, as SVG has it)."""
    ends: dict[str, list[str]] = {"x1": [], "y1": [], "x2": [], "y2": []}
    for frame in frames:
        across = frame[:, 1]
        along = np.array([across[1], -across[0]])
        reach = frame[:, 0] @ along / max(float(along @ along), 1e-12)
        start, end = frame[:, 2], frame[:, 2] + along * reach
        for key, value in zip(ends, (*start, *end), strict=True):
            ends[key].append(f"{value:.2f}")
    return ends


def _radial(frames: Sequence[Frames]) -> dict[str, list[str]]:
    """Center and radius within the first frame's own space, which `gradientTransform` places."""
    first = frames[0]
    inverse = np.linalg.pinv(first[:, :2])
    size = max(abs(float(np.linalg.det(first[:, :2]))), 1e-12)
    rows: dict[str, list[str]] = {"cx": [], "cy": [], "r": []}
    for frame in frames:
        center = inverse @ (frame[:, 2] - first[:, 2])
        radius = np.sqrt(abs(float(np.linalg.det(frame[:, :2]))) / size)
        for key, value in zip(rows, (*center, radius), strict=True):
            rows[key].append(f"{value:.4f}")
    return rows


def _matrix(frame: Frames) -> str:
    a, c, e, b, d, f = frame.ravel().tolist()
    return f"matrix({a:.5g} {b:.5g} {c:.5g} {d:.5g} {e:.5g} {f:.5g})"


def _stops(paint: Paint) -> str:
    return "".join(
        f'<stop offset="{place:.4g}" stop-color="{_color(color[:3])}"'
        + ("/>" if color[3] >= 0.999 else f' stop-opacity="{color[3]:.3g}"/>')
        for place, color in zip(paint.stops.tolist(), paint.colors.tolist(), strict=True)
    )


def _color(rgb: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * value):02x}" for value in rgb)
