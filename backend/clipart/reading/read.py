# SPDX-License-Identifier: Apache-2.0
"""A drawing's file to a `Drawing`: read, mapped to the canvas, kept to a size that moves well."""

from __future__ import annotations

from pathlib import PurePath

import numpy as np

from ....shared.results import Media
from ..drawing import CANVAS, Drawing, Shape
from .areas import Piece, clipped, common, rectangle, region
from .curves import Box, bounds
from .document import Node, read_document, refuse
from .simplify import simplified
from .state import Reading, State, index_ids
from .styles import apply_styles
from .tracing import is_picture, trace
from .values import length, matrix, view_box
from .walk import PICTURE_NOTE, walk

_EMPTY = "The drawing is empty: nothing in it is painted."
_ONLY_PICTURE = "The drawing holds nothing but a picture of pixels: give that picture itself."


def read_drawing(file: Media) -> Drawing:
    """The drawing in an SVG or in a PNG with a transparent background.

    Nothing is fetched and nothing is run. What cannot be kept becomes a note. Raises
    BadOptionError, naming the option `drawing`, for what is no drawing or not a harmless one.
    """
    data = bytes(file.data)
    name = PurePath(file.name).stem
    if not data.strip():
        raise refuse("The drawing's file is empty.")
    if is_picture(data):
        return _read_svg(name, trace(data), "The picture was traced: its areas became shapes.")
    return _read_svg(name, data)


def _read_svg(name: str, data: bytes, note: str = "") -> Drawing:
    root = read_document(data)
    reading = Reading(index_ids(root))
    reading.note(note)
    if not apply_styles(root):
        reading.note("Some of the drawing's style rules are not understood.")
    size, root = _page(root, reading)
    scale = CANVAS / max(size)
    left, top = (CANVAS - size[0] * scale) / 2, (CANVAS - size[1] * scale) / 2
    to_canvas = matrix(scale, 0, 0, scale, left, top)
    pieces = walk(root, State({}, to_canvas, size, scale), reading)
    box = (left, top, CANVAS - left, CANVAS - top)
    pieces = _without_background(pieces, box, reading)
    pieces, note = simplified(pieces, reading.points)
    reading.note(note)
    pieces = clipped(pieces, rectangle(box, np.eye(3)))
    if not pieces:
        raise refuse(_ONLY_PICTURE if PICTURE_NOTE in reading.notes else _EMPTY)
    shapes = tuple(
        Shape(
            piece.name or f"shape {i + 1}",
            piece.paint,
            piece.is_even_odd,
            tuple(chain.points for chain in piece.chains),
            piece.path,
        )
        for i, piece in enumerate(pieces)
    )
    return Drawing(name, shapes, box, tuple(reading.notes))


def _without_background(pieces: list[Piece], box: Box, reading: Reading) -> list[Piece]:
    """The pieces without those at the bottom that fill the page: they would move as one with it."""
    page = (box[2] - box[0]) * (box[3] - box[1])
    for i, piece in enumerate(pieces):
        if len(piece.chains) > 1 or _shared(piece.box(), box) < 0.99 * page:
            break
        area = region(piece.chains, piece.is_even_odd)
        if common(area, rectangle(box, np.eye(3))).area() < 0.98 * page or i + 1 == len(pieces):
            break
    else:
        i = 0
    if i:
        reading.note("The drawing's background is left out: what stands before it moves.")
    return pieces[i:]


def _shared(one: Box, two: Box) -> float:
    """The area that two boxes share."""
    wide = min(one[2], two[2]) - max(one[0], two[0])
    return max(wide, 0.0) * max(min(one[3], two[3]) - max(one[1], two[1]), 0.0)


def page_size(root: Node) -> tuple[float, float] | None:
    """Width and height of the page in pixels; none where nothing says so."""
    get = root.attributes.get
    box = view_box(get("viewBox"))
    given = [get(key, "") for key in ("width", "height")]
    width, height = (0.0 if text.endswith("%") else length(text, 0.0) for text in given)
    if box is None:
        return (width, height) if width > 0 and height > 0 else None
    if width > 0 and height > 0:
        return width, height
    if width > 0:
        return width, width * box[3] / box[2]
    return (height * box[2] / box[3], height) if height > 0 else (box[2], box[3])


def _page(root: Node, reading: Reading) -> tuple[tuple[float, float], Node]:
    """The page's size and the root that fills it; where no size is given, that of what is drawn."""
    size, drawn = page_size(root), dict(root.attributes)
    if size is None:
        left, top, right, bottom = _content_box(root, reading)
        size = (right - left, bottom - top)
        drawn["viewBox"] = f"{left} {top} {size[0]} {size[1]}"
    drawn |= {"x": "0", "y": "0", "width": str(size[0]), "height": str(size[1])}
    drawn["overflow"] = "visible"
    return size, Node(root.tag, drawn, root.children)


def _content_box(root: Node, reading: Reading) -> Box:
    free = Node(root.tag, {**root.attributes, "overflow": "visible"}, root.children)
    pieces = walk(free, State({}, np.eye(3), (100.0, 100.0), 1.0), Reading(reading.ids))
    box = bounds([chain for piece in pieces for chain in piece.chains])
    if box is None or box[2] <= box[0] or box[3] <= box[1]:
        raise refuse(_EMPTY)
    return box
