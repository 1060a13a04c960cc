# SPDX-License-Identifier: Apache-2.0
"""Finds the skeleton of a drawing: a person's where one is shown, else by its medial axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ....shared.errors import BadOptionError
from ..drawing import PERSON, PERSON_EDGES, Drawing, Layer, Skeleton
from ..painting import paint
from .medial import medial_skeleton
from .parts import find_parts
from .people import Person, find_person
from .silhouette import Mask, cover, silhouette

PIXELS = 512
SEEN_PIXELS = 256
SURE, PERHAPS = 0.5, 0.2
"""Likeness to a person, from 0 to 1."""
DIM = 0.3
"""Confidence below which a person's keypoint may well be wrong."""
UNSURE = "This hardly looks like a person: look at the keypoints before you animate it."
NO_PERSON = (
    "No person was recognized in the drawing, so it moves by the limbs that it has. "
    "Give keypoints if there is one."
)
MOST_SHAPES = 200
"""Only as many shapes are looked at by themselves, the largest."""
PIECE = 0.0008
"""Share of the canvas from which a piece of a shape is looked at by itself."""


@dataclass(frozen=True)
class Found:
    """A skeleton, the layers if they are given with it, and what there is to tell."""

    skeleton: Skeleton
    layers: tuple[Layer, ...] | None = None
    notes: tuple[str, ...] = ()


def find_skeleton(drawing: Drawing, wants_person: bool | None) -> Found:
    """`wants_person` says what the caption speaks of: a person or not; None where it does not.
    Raises BadOptionError where next to nothing is seen."""
    if wants_person is not False:
        person = find_person(paint(drawing, SEEN_PIXELS))
        clear = float(person.confidence.mean())
        if person.likeness >= SURE and (wants_person or clear >= SURE):
            return _person(person)
        if wants_person and person.likeness >= PERHAPS:
            return _person(person, UNSURE)
    notes = (NO_PERSON,) if wants_person else ()
    return Found(_of_parts(drawing), notes=notes)


def _person(person: Person, *notes: str) -> Found:
    hidden = [
        name.replace("_", " ") for name in PERSON if person.confidence[PERSON.index(name)] < DIM
    ]
    if hidden and not notes:
        notes = (f"Hard to see were {', '.join(hidden)}: look at these keypoints.",)
    skeleton = Skeleton(person.points, np.array(PERSON_EDGES, np.int64), PERSON, is_person=True)
    return Found(skeleton, notes=notes)


def _of_parts(drawing: Drawing) -> Skeleton:
    """The skeleton of the silhouette. Limbs that are shapes of their own and that the silhouette
    does not show are taken out of it and hung on what is left."""
    named = _named_pieces(drawing)
    pieces = [piece for piece, _ in named]
    if not any(piece.any() for piece in pieces):
        raise BadOptionError(
            "Nothing in the drawing is dense enough to be animated.",
            "Give its shapes paint, and put them on the page.",
            "drawing",
        )
    whole = medial_skeleton(silhouette(pieces))
    tips = whole.points[np.bincount(whole.edges.ravel()) == 1]
    parts = find_parts([piece[::2, ::2] for piece in pieces], [name for _, name in named], tips)
    if not parts:
        return whole
    limbs = {piece for part in parts for piece in part.pieces}
    cut = np.zeros_like(pieces[0])
    for part in parts:
        cut |= np.any([pieces[n] for n in part.pieces], 0) & part.is_cut
    core = silhouette(piece & ~cut for index, piece in enumerate(pieces) if index not in limbs)
    return medial_skeleton(core, [part.track for part in parts])


def _named_pieces(drawing: Drawing) -> list[tuple[Mask, str]]:
    """What shapes cover, piece by piece in order of paint, with their names; the smallest shapes of
    very many together, below the others."""
    shapes = drawing.shapes
    sizes = [np.ptp(np.concatenate(shape.contours), axis=0).prod() for shape in shapes]
    small = set(np.argsort(sizes)[:-MOST_SHAPES].tolist())
    named = [
        (piece, shape.name)
        for number, shape in enumerate(shapes)
        if number not in small
        for piece in _pieces(cover(shape, PIXELS))
    ]
    if not small:
        return named
    together = np.zeros((PIXELS, PIXELS), bool)
    for number in small:
        together |= cover(shapes[number], PIXELS)
    return [(together, ""), *named]


def _pieces(mask: Mask) -> list[Mask]:
    """The connected parts of what a shape covers, all small ones together."""
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    if count == 1:
        return [mask]
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    large = [n + 1 for n in range(count) if sizes[n] >= PIECE * mask.size]
    pieces = [labels == n for n in large]
    rest = mask & ~np.isin(labels, large)
    return [*pieces, rest] if rest.any() else pieces
