# SPDX-License-Identifier: Apache-2.0
"""What of a drawing tells how its subject is built: how thick, how mirrored, where its eyes are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from ..drawing import CANVAS, Drawing, Shape
from ..painting import paint
from .stage import Floats

ALIKE = 0.8
"""Of both sides together, that is on both where something looks at us."""
SHIFTS = 0.16
"""Of the width, that the axis may be beside the middle: a tail on one side."""
SMALL, LARGE = 0.012, 0.11
"""An eye's diameter, as a share of the drawing's diagonal."""
ROUND = (0.7, 0.87)
"""Of its box, that an ellipse fills: 0.785."""
DARK, LIGHT, MOST = 0.3, 0.85, 4
"""Lightness of pupils and of eyeballs; more spots than that are no eyes."""


def silhouette(drawing: Drawing) -> NDArray[np.bool_]:
    """(256, 256) where it is painted."""
    painted: NDArray[np.bool_] = paint(drawing, int(CANVAS))[..., 3] > 127
    return painted


def thickness(points: Floats, painted: NDArray[np.bool_]) -> Floats:
    """(K,) from each point to the outline of what is painted."""
    depth = distance_transform_edt(np.pad(painted, 1))[1:-1, 1:-1]
    x, y = np.clip(points.round(), 0, CANVAS - 1).astype(int).T
    found: Floats = depth[y, x]
    return found


def is_mirrored(painted: NDArray[np.bool_]) -> bool:
    """Whether its left is like its right: it looks at us, or away."""
    columns = np.flatnonzero(painted.any(axis=0))
    if not len(columns):
        return False
    first, last = int(columns[0]), int(columns[-1])
    reach = int(SHIFTS * (last - first))
    wide = np.pad(painted, ((0, 0), (len(painted), len(painted))))
    best = 0.0
    for total in range(first + last - 2 * reach, first + last + 2 * reach + 1, 2):
        middle = total + 2 * len(painted)
        flipped = np.roll(wide[:, ::-1], middle - (wide.shape[1] - 1), axis=1)
        best = max(best, (wide & flipped).sum() / (wide | flipped).sum())
    return bool(best > ALIKE)


def eye_of(drawing: Drawing) -> Floats | None:
    """(2,) the middle of what look like eyes: small round spots, dark or else white; or None."""
    ink = np.concatenate([contour for shape in drawing.shapes for contour in shape.contours])
    size = float(np.linalg.norm(np.ptp(ink, axis=0))) or 1.0
    spots = [
        (*_box(shape), _lightness(shape) < DARK)
        for shape in drawing.shapes
        if _is_spot(shape, size)
    ]
    if not spots:
        return None
    pupils = np.array([is_dark for _, _, is_dark in spots])
    middles = np.array([(low + high) / 2 for low, high, _ in spots])
    spans = np.array([np.max(high - low) for low, high, _ in spots])
    apart = np.linalg.norm(middles[:, None] - middles[None], axis=-1)
    votes = (apart < 0.5 * np.maximum(spans[:, None], spans[None])).sum(1)
    votes = votes * pupils if pupils.any() else votes
    eyes = middles[votes == votes.max()]
    if len(eyes) > MOST:
        return None
    middle: Floats = eyes.mean(0)
    return middle


def _box(shape: Shape) -> tuple[Floats, Floats]:
    points = np.concatenate(shape.contours)
    return points.min(0), points.max(0)


def _lightness(shape: Shape) -> float:
    return float(shape.paint.colors[0, :3] @ (0.3, 0.6, 0.1))


def _is_spot(shape: Shape, size: float) -> bool:
    """A small ellipse, dark or white."""
    low, high = _box(shape)
    share = (high - low) / size
    if not SMALL < share.max() < LARGE or share.min() < 0.45 * share.max():
        return False
    is_gray = DARK <= _lightness(shape) <= LIGHT
    if len(shape.contours) != 1 or shape.paint.colors[0, 3] < 0.5 or is_gray:
        return False
    return ROUND[0] < _area(shape.contours[0]) / float(np.prod(high - low)) < ROUND[1]


def _area(contour: Floats) -> float:
    """Of a closed chain of cubics, by points along it."""
    corners = contour[:-1].reshape(-1, 3, 2)
    ends = np.concatenate([corners[:, 0], contour[-1:]])
    share = np.linspace(0, 1, 9)[None, :-1, None]
    a, b, c, d = (p[:, None] for p in (ends[:-1], corners[:, 1], corners[:, 2], ends[1:]))
    along = (
        (1 - share) ** 3 * a
        + 3 * (1 - share) ** 2 * share * b
        + 3 * (1 - share) * share**2 * c
        + share**3 * d
    ).reshape(-1, 2)
    x, y = along.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))
