# SPDX-License-Identifier: Apache-2.0
"""What lies over what: the order in which garments are put on, and what is hidden beneath them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...kit.body import Body, BodyModel
from .covering import value
from .design import Garment
from .fit import Obstacle, Pattern, body_obstacle, cloth_obstacle, fit
from .forms.headwear import MIDDLE
from .locks import Shell
from .noise import step
from .part import Part
from .piece import Piece
from .surface import Floats

TUCKED_LAYER = 19
BELT_UNDER_JACKET = 45
BOOTS_UNDER_SKIRT = 26
"""The layer of boots that a skirt falls over: trousers still go into them."""
TUCK = 0.02
"""Metres over which hair goes on inside of a hat, and before it over which it comes to lie flat."""
LEAST_HAIR, FLATTENED = 0.002, 0.25
"""Metres above the skull at which a hat lets hair lie, and the share that is left of its height."""


def in_order(patterns: Iterable[Pattern]) -> list[Pattern]:
    """From the skin outwards. A belt on trousers or a skirt shows itself: the shirt is tucked in,
    as it is beneath a jacket, which goes over both. What hangs falls over boots."""
    worn = list(patterns)
    slots = {pattern.garment.slot for pattern in worn}
    if {"waist", "outer", "mid"} & slots and "bottom" in slots and "whole" not in slots:
        worn = [_tucked(pattern) for pattern in worn]
    if any(pattern.garment.hangs == "skirt" for pattern in worn):
        worn = [_under_skirt(pattern) for pattern in worn]
    return sorted(worn, key=lambda pattern: pattern.layer)


def _under_skirt(pattern: Pattern) -> Pattern:
    is_boot = pattern.garment.slot == "feet" and pattern.layer > BOOTS_UNDER_SKIRT
    return replace(pattern, layer=BOOTS_UNDER_SKIRT) if is_boot else pattern


def _tucked(pattern: Pattern) -> Pattern:
    if pattern.garment.tucks:
        return replace(pattern, layer=TUCKED_LAYER)
    return replace(pattern, layer=BELT_UNDER_JACKET) if pattern.garment.slot == "waist" else pattern


def put_on(model: BodyModel, body: Body, patterns: Sequence[Pattern]) -> list[Part]:
    """Fit garments, in order, one over the other; each loses the faces that later ones hide."""
    skin = body_obstacle(model, body)
    beneath: list[Obstacle] = []
    parts: list[Part] = []
    for number, pattern in enumerate(patterns):
        over = patterns[number + 1 :]
        part = fit(pattern, body, skin, beneath, over)
        visible = ~_is_hidden(pattern, over)
        beneath.append(cloth_obstacle(part, pattern, visible))
        parts.append(_keep(part, visible))
    return parts


def visible_skin(model: BodyModel, patterns: Iterable[Pattern]) -> NDArray[np.bool_]:
    """(F,) which faces of the body no garment covers well inside its edges."""
    covered = np.zeros(len(model.canonical.vertices), bool)
    for pattern in patterns:
        covered |= pattern.hides > 0
    return ~np.asarray(covered[model.groups["body"].corners].all(1))


def visible_hair(
    places: NDArray[np.floating], faces: NDArray[np.int32], garments: Iterable[Garment]
) -> NDArray[np.bool_]:
    """(F,) which faces of hair, given by canonical `places` (V, 3), no hat or helmet hides: all but
    those more than `TUCK` metres inside."""
    under = held_by_hats(places, garments) > TUCK
    return ~np.asarray((under[faces] | (faces < 0)).all(1))


def tucked_hair(piece: Piece, skull: Shell, garments: Iterable[Garment]) -> Piece:
    """The hair pressed to the skull where a hat holds it, so that it goes on inside of the brim."""
    press = step(-TUCK, 0.0, held_by_hats(piece.canonical, garments))
    held = press > 0
    if not held.any():
        return piece
    places = piece.vertices[held].astype(np.float64)
    above = skull.above(places)
    pressed = np.minimum(above, LEAST_HAIR + FLATTENED * above)
    moved = piece.vertices.copy()
    down = (press[held] * (above - pressed))[:, None]
    moved[held] = places - down * skull.normals_at(places)
    return replace(piece, vertices=moved)


def held_by_hats(places: NDArray[np.floating], garments: Iterable[Garment]) -> Floats:
    """(V,) metres by which canonical places (V, 3) are inside of a hat; negative outside."""
    x, y, z = np.asarray(places, np.float64).T
    fields = {"x": x, "y": y, "z": z, "ax": np.abs(x), "away": np.abs(np.arctan2(x, MIDDLE - y))}
    depth = np.full(len(places), -1.0)
    for garment in garments:
        if garment.holds_hair:
            inside = np.min([value(cut, fields) for cut in garment.holds_hair], axis=0)
            depth = np.maximum(depth, inside)
    return depth


def _is_hidden(pattern: Pattern, over: Sequence[Pattern]) -> NDArray[np.bool_]:
    """(F,) faces well inside the edges of a later garment."""
    faces = pattern.part.faces
    covered = np.zeros(len(pattern.part.vertices), bool)
    for outer in over:
        covered |= pattern.mix @ outer.hides > 0
    return np.asarray((covered[faces] | (faces < 0)).all(1))


def _keep(part: Part, visible: NDArray[np.bool_]) -> Part:
    return replace(
        part, faces=part.faces[visible], uvs=part.uvs[visible], zones=part.zones[visible]
    )
