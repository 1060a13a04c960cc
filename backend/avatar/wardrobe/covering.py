# SPDX-License-Identifier: Apache-2.0
"""Where a garment's planes and cuts put its edges, and what lies far enough inside to be hidden."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse

from .design import Cut, Garment, Piece, Plane
from .surface import Floats

Fields = dict[str, Floats]

HELD_MARGIN = 0.025
"""Metres below the upper edge of a skirt, which stays where it is, that suffice to hide."""
RIDES_UP = 0.35
"""Share of its length by which the hem of what hangs may rise."""


def plane_value(plane: Plane, base: Fields, mix: sparse.csr_matrix | None = None) -> Floats:
    """The plane's value at base vertices, or at mixes of them."""
    total = sum((factor * base[name] for name, factor in plane.terms), np.zeros(1))
    values: Floats = total + plane.constant
    return values if mix is None else np.asarray(mix @ values)


def value(edge: Cut, base: Fields, mix: sparse.csr_matrix | None = None) -> Floats:
    """(V,) at least zero where cloth stays."""
    return np.asarray(np.max([plane_value(plane, base, mix) for plane in edge.planes], axis=0))


def covers(base: Fields, garment: Garment, margins: float) -> Floats:
    """(19158,) metres inside the garment's edges, or so many margins further inside, measured on
    the canonical body."""
    reach = np.full(len(base["z"]), -1.0)
    deepest = reach
    for piece in garment.pieces:
        inside = [value(edge, base) for edge in piece.cuts]
        deepest = np.maximum(deepest, np.min(inside, axis=0))
        least = [margins * margin for margin in _margins(base, piece)]
        hidden = np.min([own - less for own, less in zip(inside, least, strict=True)], axis=0)
        if piece.source == "helper-skirt":
            hidden = np.where(base["arm"] > 0.05, -1.0, hidden)
        reach = np.maximum(reach, hidden)
    if garment.hides:
        hidden = np.min([value(edge, base) for edge in garment.hides], axis=0)
        reach = np.maximum(reach, hidden)
    if len({piece.source for piece in garment.pieces}) > 1:
        # A bodice and a skirt overlap where they meet: that seam is no edge.
        on_trunk = base["arm"] < 0.05
        seam = on_trunk & (np.abs(base["z"] - 0.967) < 0.06) & (deepest > -0.02)
        reach = np.where(seam, np.maximum(reach, 0.1), reach)
    return reach


def _margins(base: Fields, piece: Piece) -> list[float]:
    """Metres inside each cut from which what is beneath is hidden: what hangs is held at its upper
    end, and its hem rises in a stride or a seat, the farther the longer it is."""
    if piece.hangs is None:
        return [piece.hide_margin] * len(piece.cuts)
    inside = np.min([value(edge, base) for edge in piece.cuts], axis=0)
    length = float(plane_value(piece.hangs, base)[inside > 0].max(initial=0))
    margins = []
    for edge in piece.cuts:
        slopes = [dict(plane.terms).get("z", 0.0) for plane in edge.planes]
        is_level = all(len(plane.terms) == 1 for plane in edge.planes)
        margin = piece.hide_margin
        if is_level and max(slopes) < 0:
            margin = min(margin, HELD_MARGIN)
        elif is_level and min(slopes) > 0:
            margin += RIDES_UP * length
        margins.append(margin)
    return margins
