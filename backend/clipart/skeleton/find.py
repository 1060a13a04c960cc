# SPDX-License-Identifier: Apache-2.0
"""Finds the skeleton of a drawing: a person's where one is shown, else by its medial axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..drawing import CANVAS, PERSON, PERSON_EDGES, Drawing, Layer, Points, Skeleton
from .medial import medial_skeleton
from .silhouette import cover, silhouette

PIXELS = 512


@dataclass(frozen=True)
class Found:
    """A skeleton, the layers if they are given with it, and what there is to tell."""

    skeleton: Skeleton
    layers: tuple[Layer, ...] | None = None
    notes: tuple[str, ...] = ()


def find_skeleton(drawing: Drawing, wants_person: bool | None) -> Found:
    """`wants_person` says what the caption speaks of: a person or not; None where it does not."""
    mask = silhouette([cover(shape, PIXELS) for shape in drawing.shapes])
    if wants_person:
        return Found(_template(mask))
    return Found(medial_skeleton(mask))


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
