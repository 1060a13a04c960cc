# SPDX-License-Identifier: Apache-2.0
"""Hair and beards as parts: they turn and grow with the head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...kit.body import BodyModel
from ..wardrobe import beards, hair, hairstyles, strands
from ..wardrobe.garments import GARMENTS
from ..wardrobe.layers import held_by_hats
from .joining import Cloth, Color, Joined, Painter
from .parts import BEARDS, HAIR, HATS, SEED, Part
from .shapes import ShapeBasis

_BROWN = (0.3, 0.2, 0.15)
# Shades of hair in which it is painted to find out what share its color has.
_HAIRS = ((0.06, 0.0), (0.3, 0.0), (0.65, 0.0))


def grown_part(model: BodyModel, basis: ShapeBasis, name: str) -> Part:
    """Hair or a beard by its name of `NAMES`."""
    kind, _, style = name.partition(":")
    if kind == "hair":
        made = hair.locks_of(model, style, _BROWN, SEED)
    else:
        made = [beards.locks_of(model, style, _BROWN, SEED)]
    cloths = _turning(model, basis, made)
    joined = Joined.of(cloths)

    def paints(first: Color, _: Color) -> list[Painter]:
        finishes = [replace(finish, color=first) for _, finish in made]
        return [lambda t, f=f: strands.paint(t, f, SEED) for f in finishes]  # type: ignore[misc]

    shares = joined.shares(paints, _HAIRS)
    part = joined.part(name, np.stack([shares, shares]), len(basis.mean))
    under = [held_by_hats(part.canonical, [GARMENTS[hat]]) > 0.0 for hat in HATS]
    return replace(part, under_hat=np.array(under))


def _turning(
    model: BodyModel, basis: ShapeBasis, made: Sequence[tuple[hair.Hung, strands.Finish]]
) -> list[Cloth]:
    head = hair.head_vertices(model)
    canonical = model.canonical.vertices
    before = canonical[head] - canonical[head].mean(0)
    inverse = np.linalg.pinv(before)
    cloths = []
    for hung, finish in made:
        roots = hair.rooted(model, hung)
        worn = hair.piece(model, model.canonical, hung, finish, SEED)

        def follow(
            vertices: NDArray[np.floating], roots: hair.Roots = roots
        ) -> NDArray[np.floating]:
            held = (vertices[roots.base] * roots.shares[..., None]).sum(1)
            turn = inverse @ (vertices[head] - vertices[head].mean(0))
            return np.asarray(held + roots.offsets @ turn)

        mean = worn.vertices + follow(basis.mean) - follow(canonical)
        moved = np.stack([follow(one) for one in basis.components])
        cloths.append(Cloth(worn, mean, moved, roots.base[:, 0]))
    return cloths


def covers(part: Part) -> NDArray[np.float16]:
    """(styles + 1, n) how much the skin shows hair's color beneath each hair and beard of `NAMES`;
    the last row is of nothing."""
    places = part.canonical
    width = np.full(len(places), 0.004, np.float32)
    rows = [hairstyles.cover(name, places, SEED) for name in HAIR]
    rows += [beards.cover(name, places, width, SEED) for name in BEARDS]
    return np.stack([*rows, np.zeros(len(places))]).astype(np.float16)
