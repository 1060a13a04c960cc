# SPDX-License-Identifier: Apache-2.0
"""Chains with a style to painted areas: the fill, and the stroke as an outline."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .areas import Piece
from .curves import Chain, bounds, filled, mapped
from .outlines import Pen, stroked
from .paints import Place, paint_of
from .simplify import eased
from .state import Reading, State
from .values import fraction, length, lengths, matrix, scale_of


def painted(chains: tuple[Chain, ...], state: State, reading: Reading) -> list[Piece]:
    """The fill and the stroke of chains in user units."""
    style = state.style
    if style.get("visibility") in ("hidden", "collapse"):
        return []
    reading.points += sum(len(chain.points) for chain in chains)
    chains = eased(chains, scale_of(state.to_canvas))
    place = Place(state.to_canvas, bounds(chains), state.viewport)
    if state.is_clip:
        style = {"fill": "black", "fill-rule": style.get("clip-rule", "nonzero")}
    layers = [_fill(chains, style, state, place, reading)]
    if style.get("stroke", "none") != "none":
        layers.append(_stroke(chains, style, state, place, reading))
    if style.get("paint-order", "").strip().startswith("stroke"):
        layers.reverse()
    return [piece for piece in layers if piece is not None]


def _fill(
    chains: tuple[Chain, ...],
    style: Mapping[str, str],
    state: State,
    place: Place,
    reading: Reading,
) -> Piece | None:
    area = filled(chains)
    if not area:
        return None
    opacity = fraction(style.get("fill-opacity"))
    paint, note = paint_of(style.get("fill", "black"), opacity, style, reading.ids, place)
    reading.note(note)
    if paint is None:
        return None
    is_even_odd = style.get("fill-rule") == "evenodd"
    return Piece(state.name, mapped(area, state.to_canvas), is_even_odd, paint, path=state.path)


def _stroke(
    chains: tuple[Chain, ...],
    style: Mapping[str, str],
    state: State,
    place: Place,
    reading: Reading,
) -> Piece | None:
    get, (width, height) = style.get, state.viewport
    paint, note = paint_of(
        get("stroke", "none"), fraction(get("stroke-opacity")), style, reading.ids, place
    )
    reading.note(note)
    if paint is None:
        return None
    whole = float(np.hypot(width, height) / np.sqrt(2))
    em = length(get("font-size"), 16.0, 16.0)
    pen = Pen(
        length(get("stroke-width"), whole, 1.0, em),
        get("stroke-linecap", "butt"),
        get("stroke-linejoin", "miter"),
        length(get("stroke-miterlimit"), 1.0, 4.0),
        tuple(lengths(get("stroke-dasharray", "").replace("none", ""), whole, em)),
        length(get("stroke-dashoffset"), whole),
    )
    to_canvas = state.to_canvas
    if get("vector-effect") == "non-scaling-stroke":
        pixels = matrix(state.pixel, 0, 0, state.pixel, 0, 0)
        chains, to_canvas = mapped(chains, np.linalg.inv(pixels) @ to_canvas), pixels
    outline = stroked(chains, pen, to_canvas)
    if not outline:
        return None
    return Piece(state.name, outline, False, paint, is_line=True, path=state.path)
