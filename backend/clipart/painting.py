# SPDX-License-Identifier: Apache-2.0
"""Shapes to SVG text, and to pixels by resvg."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from .drawing import CANVAS, Drawing, Paint, Points, Shape

Box = tuple[float, float, float, float]


def paint(
    drawing: Drawing, pixels: int, shapes: Sequence[Shape] | None = None
) -> NDArray[np.uint8]:
    """The drawing, or other shapes on its canvas, as (pixels, pixels, 4) with straight alpha.

    The picture shows the whole square of the canvas, whatever the page's shape.
    """
    shown = drawing.shapes if shapes is None else shapes
    return painted(svg_of(shown, (0.0, 0.0, CANVAS, CANVAS), (pixels, pixels)))


def paint_page(drawing: Drawing, width: int, height: int) -> NDArray[np.uint8]:
    """The drawing's page as (height, width, 4) with straight alpha."""
    return painted(svg_of(drawing.shapes, drawing.box, (width, height)))


def painted(svg: str) -> NDArray[np.uint8]:
    """The pixels (H, W, 4), straight alpha, of an SVG that Kinora itself has written."""
    encoded = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(encoded))) as picture:
        return np.array(picture.convert("RGBA"))


def svg_of(shapes: Iterable[Shape], box: Box, size: tuple[int, int]) -> str:
    """An SVG of `size` pixels that shows a box of the canvas, nothing but paths and gradients."""
    left, top, right, bottom = box
    view = f"{left:g} {top:g} {right - left:g} {bottom - top:g}"
    servers: list[str] = []
    paths = "\n".join(_path(shape, servers) for shape in shapes)
    defs = f"<defs>{''.join(servers)}</defs>\n" if servers else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
        f'viewBox="{view}" preserveAspectRatio="none">\n{defs}{paths}\n</svg>\n'
    )


def _path(shape: Shape, servers: list[str]) -> str:
    data = "".join(path_data(contour) for contour in shape.contours)
    rule = ' fill-rule="evenodd"' if shape.is_even_odd else ""
    return f'<path d="{data}"{rule}{fill_of(shape.paint, servers)}/>'


def path_data(contour: Points) -> str:
    """One closed contour, (3 n + 1, 2), as path data to a thousandth of a canvas unit."""
    numbers = " ".join(["%.3f"] * 6)
    template = "M%.3f %.3f" + f"C{numbers}" * ((len(contour) - 1) // 3) + "Z"
    return template % tuple(contour.ravel().tolist())


def fill_of(paint: Paint, servers: list[str]) -> str:
    """The attributes that fill a path; a gradient is added to the servers."""
    if paint.kind == "solid":
        return f' fill="{_hex(paint.colors[0])}"{_opacity(paint.colors[0], "fill")}'
    name = f"paint{len(servers)}"
    stops = "".join(
        f'<stop offset="{stop:.5g}" stop-color="{_hex(color)}"{_opacity(color, "stop")}/>'
        for stop, color in zip(paint.stops.tolist(), paint.colors, strict=True)
    )
    frame = " ".join(f"{value:.7g}" for value in paint.frame.T.ravel().tolist())
    units = 'x1="0" y1="0" x2="1" y2="0"' if paint.kind == "linear" else 'cx="0" cy="0" r="1"'
    servers.append(
        f'<{paint.kind}Gradient id="{name}" gradientUnits="userSpaceOnUse" {units} '
        f'gradientTransform="matrix({frame})" spreadMethod="{paint.spread}">'
        f"{stops}</{paint.kind}Gradient>"
    )
    return f' fill="url(#{name})"'


def _hex(color: NDArray[np.float32]) -> str:
    red, green, blue = (int(channel) for channel in np.round(color[:3] * 255))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _opacity(color: NDArray[np.float32], what: str) -> str:
    return "" if color[3] >= 1 else f' {what}-opacity="{color[3]:.4g}"'
