# SPDX-License-Identifier: Apache-2.0
"""Garments as parts: they follow their mix of the body, and patterns lie where they are cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...kit.body import BodyModel
from ..outfit import GarmentChoice
from ..wardrobe import cloth
from ..wardrobe.fit import Pattern
from ..wardrobe.garments import GARMENTS
from ..wardrobe.piece import Piece, Texels, triangles
from ..wardrobe.tailor import tailor
from ..wardrobe.tubes import cut_of, spread
from .joining import Cloth, Color, Joined
from .parts import SEED, Floats, Part
from .shapes import ShapeBasis

_WHITE = (1.0, 1.0, 1.0)
# Shades of both colors in which cloth is painted to find out what share each color has.
_PAIRS = ((0.45, 0.45), (0.75, 0.45), (0.45, 0.75), (0.15, 0.3))
_SINGLES = ((0.45, 1.0), (0.8, 1.0), (0.15, 1.0))


def garment_part(model: BodyModel, basis: ShapeBasis, name: str) -> Part:
    """A garment of `GARMENTS`, spread out for patterns."""
    pattern = tailor(model, GARMENTS[name])

    def piece(first: Color, second: Color) -> Piece:
        return cloth.piece(pattern.part, GarmentChoice(name, first, "plain", second), SEED)

    worn = piece(_WHITE, _WHITE)
    joined = Joined.of([Cloth(worn, *_follow(model, basis, pattern), _strongest(pattern))])
    asked = joined.shares(lambda a, b: [piece(a, b).paint], _PAIRS)
    bare = joined.shares(lambda a, b: [piece(a, b).paint], _SINGLES)
    printed, girth = _printed(worn, pattern)
    part = joined.part(name, np.stack([bare, asked]), len(basis.mean))
    return replace(part, printed=printed, girth=girth, hides=pattern.hides > 0)


def _follow(
    model: BodyModel, basis: ShapeBasis, pattern: Pattern
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """What the cloth does: it follows its mix, and stands off it in proportion to stature."""
    off = pattern.part.canonical - pattern.mix @ model.canonical.vertices
    mean = pattern.mix @ basis.mean + basis.stature[-1] * off
    count = len(basis.components)
    flat = basis.components.transpose(1, 0, 2).reshape(basis.mean.shape[0], -1)
    mixed = (pattern.mix @ flat).reshape(-1, count, 3).transpose(1, 0, 2)
    return mean, mixed + basis.stature[:-1, None, None] * off


def _strongest(pattern: Pattern) -> NDArray[np.integer]:
    """(V,) the base vertex that weighs most in each mix."""
    mix = pattern.mix.tocsr()
    order = np.lexsort((-mix.data, np.repeat(np.arange(mix.shape[0]), np.diff(mix.indptr))))
    return np.asarray(mix.indices[order[mix.indptr[:-1]]])


def _printed(worn: Piece, pattern: Pattern) -> tuple[Floats, float]:
    """Where on the cloth, spread out, the corners of triangles lie, and the mean girth."""
    cut = cut_of(pattern.part)
    face, corners = triangles(worn.faces)
    vertices = worn.faces[face[:, None], corners]
    middle = worn.canonical[vertices].mean(1)
    # All corners of a triangle lie on the tube on which its middle lies.
    fields = {name: values[vertices].mean(1) for name, values in worn.fields.items()}
    flats = []
    for corner in range(3):
        places = middle + 0.999 * (worn.canonical[vertices[:, corner]] - middle)
        own = {
            name: np.where((values[vertices[:, corner]] > 0) == (fields[name] > 0),
                           values[vertices[:, corner]], 1e-4 * np.sign(fields[name]))
            for name, values in worn.fields.items() if name in ("arm", "leg")
        }  # fmt: skip
        places[:, 0] = np.where(places[:, 0] * middle[:, 0] > 0, places[:, 0], 1e-5 * middle[:, 0])
        texels = _texels(places, fields={**fields, **own})
        flat = spread(texels, cut)
        flats.append(np.stack([flat.along, flat.turns, flat.girth], axis=1))
    found = np.stack(flats, axis=1)
    around = found[:, :, 1]
    around -= np.round(around - around[:, :1])
    return found.astype(np.float32), float(found[..., 2].mean())


def _texels(places: NDArray[np.floating], fields: dict[str, Floats]) -> Texels:
    count = len(places)
    up = np.tile(np.array([0, 0, 1], np.float32), (count, 1))
    return Texels(
        places.astype(np.float32), up, np.zeros((count, 2), np.float32),
        np.zeros(count, np.int8), np.full(count, 0.004, np.float32), fields,
    )  # fmt: skip
