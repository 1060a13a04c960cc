# SPDX-License-Identifier: Apache-2.0
"""What passes between the steps: a drawing, its skeleton, its layers.

Canvas units: x to the right, y down; the larger side of the page is `CANVAS` (256) and the page is
centered in the square 256 x 256 (AniClipart's frame). Arrays are float64 unless they say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...shared.keypoints_file import PERSON
from ...shared.results import CANVAS, Paint

__all__ = [
    "CANVAS",
    "PERSON",
    "PERSON_EDGES",
    "Drawing",
    "Layer",
    "Paint",
    "Points",
    "Shape",
    "Skeleton",
]

Points = NDArray[np.float64]
"""Places on the canvas, (..., 2)."""


@dataclass(frozen=True)
class Shape:
    """A filled shape: closed chains of cubics, each (3 n + 1, 2), the last point on the first.

    `path` are the numbers of the groups in the file that hold it, from the outermost, and last that
    of its element, whose fill and stroke are two shapes; empty where there is no file.
    """

    name: str
    paint: Paint
    is_even_odd: bool
    contours: tuple[Points, ...]
    path: tuple[int, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """Shapes in the order of paint. `box` is the page: left, top, right, bottom."""

    name: str
    shapes: tuple[Shape, ...]
    box: tuple[float, float, float, float]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Skeleton:
    """K keypoints and M edges between them. `names[k]` is "" where a point has none.

    People have the 13 of `PERSON`, in AniClipart's order: head, shoulders, elbows, wrists, hips,
    knees, ankles, left before right, left and right being the drawn person's own.
    """

    points: Points
    edges: NDArray[np.int64]
    names: tuple[str, ...]
    is_person: bool


@dataclass(frozen=True)
class Layer:
    """Shapes that move as one sheet, by their index, and the keypoints that hold it."""

    name: str
    shapes: tuple[int, ...]
    keypoints: tuple[int, ...]


PERSON_EDGES = (
    (11, 9),
    (9, 7),
    (12, 10),
    (10, 8),
    (7, 8),
    (1, 7),
    (2, 8),
    (1, 2),
    (1, 3),
    (2, 4),
    (3, 5),
    (4, 6),
    (0, 1),
    (0, 2),
)
"""The published order of the edges between `PERSON`'s points."""
