# SPDX-License-Identifier: Apache-2.0
"""Finds the skeleton of a drawing: a person's where one is shown, else by its medial axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..drawing import CANVAS, PERSON, PERSON_EDGES, Drawing, Layer, Points, Skeleton
from .medial import medial_skeleton
from .parts import find_parts
from .silhouette import Mask, cover, silhouette

PIXELS = 512
PIECE = 0.0008
"""Share of the canvas from which a piece of a shape is looked at by itself."""


@dataclass(frozen=True)
class Found:
    """A skeleton, the layers if they are given with it, and what there is to tell."""

    skeleton: Skeleton
    layers: tuple[Layer, ...] | None = None
    notes: tuple[str, ...] = ()


def find_skeleton(drawing: Drawing, wants_person: bool | None) -> Found:
    """`wants_person` says what the caption speaks of: a person or not; None where it does not."""
    covers = [cover(shape, PIXELS) for shape in drawing.shapes]
    if wants_person:
        return Found(_template(silhouette(covers)))
    return Found(_of_parts(covers))


def _of_parts(covers: list[Mask]) -> Skeleton:
    """The skeleton of the silhouette. Limbs that are shapes of their own and that the silhouette
    does not show are taken out of it and hung on what is left."""
    pieces = [piece for mask in covers for piece in _pieces(mask)]
    whole = medial_skeleton(silhouette(pieces))
    tips = whole.points[np.bincount(whole.edges.ravel()) == 1]
    parts = find_parts([piece[::2, ::2] for piece in pieces], tips)
    if not parts:
        return whole
    limbs = {piece for part in parts for piece in part.pieces}
    core = silhouette(piece for index, piece in enumerate(pieces) if index not in limbs)
    return medial_skeleton(core, [part.track for part in parts])


def _pieces(mask: Mask) -> list[Mask]:
    """The connected parts of what a shape covers, all small ones together."""
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    large = [n + 1 for n in range(count) if sizes[n] >= PIECE * mask.size]
    pieces = [labels == n for n in large]
    rest = mask & ~np.isin(labels, large)
    return [*pieces, rest] if rest.any() else pieces


def _template(mask: np.ndarray) -> Skeleton:
    """A standing person's joints in the silhouette's box."""
    rows, columns = (places * CANVAS / len(mask) for places in np.nonzero(mask))
    left, right = columns.min(), columns.max()
    top, bottom = rows.min(), rows.max()
    shares: Points = np.array([
        (0.5, 0.12), (0.62, 0.26), (0.38, 0.26), (0.75, 0.38), (0.25, 0.38), (0.85, 0.5),
        (0.15, 0.5), (0.57, 0.53), (0.43, 0.53), (0.59, 0.74), (0.41, 0.74), (0.6, 0.94),
        (0.4, 0.94),
    ])  # fmt: skip
    points = np.array([left, top]) + shares * np.array([right - left, bottom - top])
    return Skeleton(points, np.array(PERSON_EDGES), PERSON, is_person=True)
