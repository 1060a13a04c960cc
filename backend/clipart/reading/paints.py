# SPDX-License-Identifier: Apache-2.0
"""Paint servers: what `fill` and `stroke` name becomes a color or a gradient on the canvas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..drawing import Paint
from .curves import Box
from .document import Node
from .values import BLACK, Color, Matrix, color, fraction, length, matrix, scale_of, transform

_URL = re.compile(r"\s*url\(\s*[\"']?#([^\"')]*)[\"']?\s*\)\s*(.*)$", re.DOTALL)
_IDENTITY = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
_MAX_STOPS = 256
_SPREADS: dict[str, Literal["pad", "reflect", "repeat"]] = {
    "reflect": "reflect",
    "repeat": "repeat",
}


@dataclass(frozen=True)
class Place:
    """Where something is painted: its user units' map to the canvas, its box and its viewport."""

    to_canvas: Matrix
    box: Box | None
    viewport: tuple[float, float]


def reference(value: str | None) -> tuple[str, str] | None:
    """The id that `url(#id) rest` names, and the rest."""
    match = _URL.match(value) if value else None
    return (match[1], match[2].strip()) if match else None


def solid(rgba: Color) -> Paint:
    """One color everywhere."""
    return Paint("solid", np.array([rgba], np.float32), np.zeros(1, np.float32), _IDENTITY)


def paint_of(
    value: str, opacity: float, style: Mapping[str, str], ids: Mapping[str, Node], place: Place
) -> tuple[Paint | None, str]:
    """What a `fill` or `stroke` paints, none where nothing; and a note, "" where all is kept."""
    current = color(style.get("color", ""), BLACK) or BLACK
    named = reference(value)
    note = ""
    if named is not None:
        server = ids.get(named[0])
        if server is not None and server.tag in ("linearGradient", "radialGradient"):
            return _gradient(server, opacity, current, ids, place)
        value = named[1] or "none"
        if server is not None and server.tag == "pattern":
            value = named[1] or _typical_color(server)
            note = "Patterns are replaced by one color of theirs."
    if value.strip() in ("none", ""):
        return None, note
    rgba = color(value, current)
    if rgba is None:
        return solid(
            (*BLACK[:3], opacity)
        ), f'The color "{value[:40]}" is not known: black instead.'
    if rgba[3] * opacity <= 0:
        return None, note
    return solid((*rgba[:3], rgba[3] * opacity)), note


def _typical_color(pattern: Node) -> str:
    """The first color that something in the pattern is filled with."""
    stack = pattern.elements()
    while stack:
        node = stack.pop(0)
        fill = node.attributes.get("fill", "")
        if fill and fill != "none" and not fill.startswith("url"):
            return fill
        stack += node.elements()
    return "#808080"


def _chain(server: Node, ids: Mapping[str, Node]) -> list[Node]:
    """The gradient and those that it refers to, nearest first."""
    chain = [server]
    while len(chain) < 32:
        link = chain[-1].attributes.get("href", "").strip()
        following = ids.get(link[1:]) if link.startswith("#") else None
        if following is None or any(following is seen for seen in chain):
            break
        chain.append(following)
    return chain


def _gradient(
    server: Node, opacity: float, current: Color, ids: Mapping[str, Node], place: Place
) -> tuple[Paint | None, str]:
    chain = _chain(server, ids)
    attributes: dict[str, str] = {}
    for node in reversed(chain):
        attributes.update(node.attributes)
    stops, colors = _stops(chain, opacity, current)
    if not len(stops):
        return None, ""
    last = solid((*colors[-1].tolist(),))
    in_box = attributes.get("gradientUnits", "") != "userSpaceOnUse"
    outer = place.to_canvas
    if in_box:
        if place.box is None:
            return None, ""
        left, top, right, bottom = place.box
        if right - left <= 0 or bottom - top <= 0:
            return last, ""
        outer = outer @ matrix(right - left, 0, 0, bottom - top, left, top)
    own, note = _own_frame(server.tag, attributes, (1.0, 1.0) if in_box else place.viewport)
    frame = (outer @ transform(attributes.get("gradientTransform")) @ own)[:2].astype(np.float32)
    if len(stops) == 1 or scale_of(own) < 1e-6 or not np.isfinite(frame).all():
        return last, ""
    kind: Literal["linear", "radial"] = "linear" if server.tag == "linearGradient" else "radial"
    spread = _SPREADS.get(attributes.get("spreadMethod", ""), "pad")
    return Paint(kind, colors, stops, frame, spread), note


def _own_frame(
    tag: str, attributes: Mapping[str, str], viewport: tuple[float, float]
) -> tuple[Matrix, str]:
    """The gradient's unit space in its own units, and a note."""
    get, (width, height) = attributes.get, viewport
    if tag == "linearGradient":
        x1, y1 = length(get("x1"), width), length(get("y1"), height)
        x2, y2 = length(get("x2"), width, width), length(get("y2"), height)
        return matrix(x2 - x1, y2 - y1, y1 - y2, x2 - x1, x1, y1), ""
    diagonal = float(np.hypot(width, height) / np.sqrt(2))
    x, y = length(get("cx"), width, width / 2), length(get("cy"), height, height / 2)
    radius = max(length(get("r"), diagonal, diagonal / 2), 0.0)
    fx, fy = length(get("fx"), width, x), length(get("fy"), height, y)
    off = np.hypot(fx - x, fy - y) > 0.05 * radius
    note = "A radial gradient's focus is moved to its center." if off else ""
    return matrix(radius, 0, 0, radius, x, y), note


def _stops(
    chain: list[Node], opacity: float, current: Color
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    nodes: list[Node] = []
    for gradient in chain:
        nodes = [child for child in gradient.elements() if child.tag == "stop"]
        if nodes:
            break
    stops: list[float] = []
    colors: list[Color] = []
    for node in nodes[:_MAX_STOPS]:
        get = node.attributes.get
        own = color(get("color", ""), current) or current
        rgba = color(get("stop-color", "black"), own) or BLACK
        alpha = rgba[3] * fraction(get("stop-opacity")) * opacity
        stops.append(max(fraction(get("offset"), 0.0), stops[-1] if stops else 0.0))
        colors.append((*rgba[:3], alpha))
    return np.array(stops, np.float32), np.array(colors, np.float32).reshape(-1, 4)
