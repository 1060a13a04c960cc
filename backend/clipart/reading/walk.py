# SPDX-License-Identifier: Apache-2.0
"""The tree of an SVG to painted areas on the canvas, in the order of paint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from . import lettering
from .areas import Piece, Region, area_of, clipped, common, faded, lit_area, rectangle
from .brush import painted
from .curves import Box, bounds, mapped, shape_chains
from .document import Node, refuse
from .paints import reference
from .state import Reading, State
from .values import fitted, fraction, length, matrix, scale_of, view_box

MAX_REPEATS = 50_000
MAX_DEPTH = 120

PICTURE_NOTE = "Pictures inside the drawing are left out."
_NOTES = {
    "image": PICTURE_NOTE,
    "foreignObject": "Embedded web content is left out.",
    "animate": "The drawing's own animation is left out.",
    "animateTransform": "The drawing's own animation is left out.",
    "animateMotion": "The drawing's own animation is left out.",
    "textPath": "Text along a path is left out.",
}
_HOLDERS = ("svg", "g", "a", "switch", "symbol")


def walk(node: Node, state: State, reading: Reading) -> list[Piece]:
    """The pieces that a node and all below it paint."""
    reading.nodes += 1
    reading.repeats += state.is_repeated
    if reading.repeats > MAX_REPEATS or state.depth > MAX_DEPTH:
        raise refuse("The drawing repeats its parts in one another, too often or without end.")
    reading.note(_NOTES.get(node.tag, ""))
    if node.attributes.get("display") == "none":
        return []
    inner = replace(state.below(node), path=(*state.path, reading.nodes))
    if scale_of(inner.to_canvas) < 1e-9:
        return []
    pieces = _content(node, inner, reading)
    return _finished(node, pieces, inner, reading) if pieces else []


def _content(node: Node, state: State, reading: Reading) -> list[Piece]:
    if node.tag in _HOLDERS:
        return _held(node, state, reading)
    if node.tag == "use":
        return _used(node, state, reading)
    if node.tag == "text":
        runs = lettering.runs(node, state.style, state.viewport)
        for sentence in runs.notes:
            reading.note(sentence)
        return [
            piece
            for style, chains in runs.chains
            for piece in painted(chains, replace(state, style={**state.style, **style}), reading)
        ]
    return _shape(node, state, reading)


def _shape(node: Node, state: State, reading: Reading) -> list[Piece]:
    """What a path or a basic shape paints; nothing for elements that are neither."""
    shape = shape_chains(node, *state.viewport)
    if shape is None:
        return []
    chains, is_whole = shape
    for child in node.elements():
        reading.note(_NOTES.get(child.tag, ""))
    if not is_whole:
        reading.note("A path of the drawing is broken: it is drawn as far as it can be read.")
    if any(node.attributes.get(f"marker-{at}", "none") != "none" for at in ("start", "end")):
        reading.note("Arrow heads and other markers are left out.")
    return painted(chains, state, reading)


def _held(node: Node, state: State, reading: Reading) -> list[Piece]:
    """What a group, or an inner svg with a viewport of its own, holds."""
    inner, clip = state, None
    if node.tag in ("svg", "symbol"):
        inner, clip = _viewport(node, state)
    children = node.elements()
    if node.tag == "switch":
        usable = [c for c in children if not c.attributes.get("requiredExtensions")]
        children = [c for c in usable if c.tag != "foreignObject"][:1]
    pieces: list[Piece] = []
    for child in children:
        if child.tag != "symbol":
            pieces += walk(child, inner, reading)
    if clip is not None and node.attributes.get("overflow") not in ("visible", "auto"):
        pieces = clipped(pieces, rectangle(clip, state.to_canvas))
    return pieces


def _viewport(node: Node, state: State) -> tuple[State, Box | None]:
    """The state within an svg or symbol, and the box in its outer units that it is cut to."""
    get, (width, height) = node.attributes.get, state.viewport
    x, y = length(get("x"), width), length(get("y"), height)
    wide = length(get("width"), width, width)
    high = length(get("height"), height, height)
    box = view_box(get("viewBox"))
    if wide <= 0 or high <= 0:
        return state, (0, 0, 0, 0)
    shift = matrix(1, 0, 0, 1, x, y)
    if box is None:
        inner = replace(state, to_canvas=state.to_canvas @ shift, viewport=(wide, high))
    else:
        fit = fitted(box, wide, high, get("preserveAspectRatio", ""))
        inner = replace(state, to_canvas=state.to_canvas @ shift @ fit, viewport=box[2:])
    return inner, (x, y, x + wide, y + high)


def _used(node: Node, state: State, reading: Reading) -> list[Piece]:
    get = node.attributes.get
    target = reading.ids.get(get("href", "").strip()[1:])
    if target is None:
        reading.note("The drawing uses a part of itself that is not there.")
        return []
    x, y = length(get("x"), state.viewport[0]), length(get("y"), state.viewport[1])
    name = get("label") or get("id") or target.attributes.get("id", state.name)
    inner = replace(
        state, to_canvas=state.to_canvas @ matrix(1, 0, 0, 1, x, y), name=name, is_repeated=True
    )
    attributes = {k: v for k, v in target.attributes.items() if k not in ("id", "label")}
    if target.tag in ("svg", "symbol"):
        attributes |= {k: get(k, "") for k in ("width", "height") if get(k)}
    return walk(Node(target.tag, attributes, target.children), inner, reading)


def _finished(node: Node, pieces: list[Piece], state: State, reading: Reading) -> list[Piece]:
    """The pieces of a node with its filter, clip path, mask and opacity."""
    get = node.attributes.get
    if get("filter", "none") != "none":
        reading.note("Filters such as blurs and shadows are left out.")
    clip = reference(get("clip-path"))
    if clip is not None and clip[0] in reading.ids:
        pieces = clipped(pieces, _clip_area(reading.ids[clip[0]], pieces, state, reading))
    mask = reference(get("mask"))
    if mask is not None and mask[0] in reading.ids:
        pieces = clipped(pieces, _mask_area(reading.ids[mask[0]], pieces, state, reading))
    return pieces if state.is_clip else faded(pieces, fraction(get("opacity")))


def _clip_area(node: Node, pieces: Sequence[Piece], state: State, reading: Reading) -> Region:
    """What the clip path `node` leaves of pieces whose user units are those of `state`."""
    units = _units(node.attributes.get("clipPathUnits"), pieces, state)
    inner = replace(units, style={}, is_clip=True, is_repeated=True).below(node)
    area = area_of([piece for child in node.elements() for piece in walk(child, inner, reading)])
    further = reference(node.attributes.get("clip-path"))
    if further is not None and further[0] in reading.ids:
        deeper = replace(state, depth=state.depth + 1)
        if deeper.depth > MAX_DEPTH:
            raise refuse("The drawing's clip paths clip themselves.")
        area = common(area, _clip_area(reading.ids[further[0]], pieces, deeper, reading))
    return area


def _mask_area(node: Node, pieces: Sequence[Piece], state: State, reading: Reading) -> Region:
    """Where the mask `node` shows the pieces by more than half."""
    units = _units(node.attributes.get("maskContentUnits"), pieces, state)
    inner = replace(units, style={}, is_clip=False, is_repeated=True).below(node)
    shown = [piece for child in node.elements() for piece in walk(child, inner, reading)]
    area, is_exact = lit_area(shown, node.attributes.get("mask-type") == "alpha")
    if not is_exact:
        reading.note("A mask that shows things by halves is used as a plain cutout.")
    return area


def _units(units: str | None, pieces: Sequence[Piece], state: State) -> State:
    """The state in which the box of the pieces is one unit, where that is asked for."""
    if units != "objectBoundingBox":
        return state
    chains = [chain for piece in pieces if not piece.is_line for chain in piece.chains]
    box = bounds(mapped(chains, np.asarray(np.linalg.inv(state.to_canvas), np.float64)))
    if box is None:
        return state
    left, top, right, bottom = box
    unit = matrix(right - left, 0, 0, bottom - top, left, top)
    return replace(state, to_canvas=state.to_canvas @ unit, viewport=(1.0, 1.0))
