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
from .part import Part

TUCKED_LAYER = 19
BELT_UNDER_JACKET = 45


def in_order(patterns: Iterable[Pattern]) -> list[Pattern]:
    """From the skin outwards. A belt on trousers or a skirt shows itself: the shirt is tucked in,
    and a jacket goes over both."""
    worn = list(patterns)
    slots = {pattern.garment.slot for pattern in worn}
    if "waist" in slots and "bottom" in slots and "whole" not in slots:
        worn = [_tucked(pattern) for pattern in worn]
    return sorted(worn, key=lambda pattern: pattern.layer)


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
    """(F,) which faces of hair, given by canonical `places` (V, 3), no hat or helmet holds."""
    x, y, z = np.asarray(places, np.float64).T
    fields = {"x": x, "y": y, "z": z, "ax": np.abs(x), "away": np.abs(np.arctan2(x, MIDDLE - y))}
    under = np.zeros(len(places), bool)
    for garment in garments:
        if garment.holds_hair:
            under |= np.min([value(cut, fields) for cut in garment.holds_hair], axis=0) > 0
    return ~np.asarray((under[faces] | (faces < 0)).all(1))


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
