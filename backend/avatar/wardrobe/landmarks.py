# SPDX-License-Identifier: Apache-2.0
"""Where things are on the canonical body, in metres, and soft shapes around them."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from .noise import Floats, bump

EYE = np.array([0.0298, -0.1228, 1.592])
MOUTH = np.array([0.0, -0.153, 1.5238])
NOSE = np.array([0.0, -0.1654, 1.5539])
CHIN = np.array([0.0, -0.146, 1.488])
EAR = np.array([0.074, -0.045, 1.577])


def beside(landmark: NDArray[np.float64], x: float, y: float, z: float) -> NDArray[np.float64]:
    return np.asarray(landmark + np.array([x, y, z]))


def near(places: Floats, center: NDArray[np.floating], radii: tuple[float, float, float]) -> Floats:
    """A soft ellipsoid around a point and its mirror image: 1 in the middle, 0 outside."""
    away = (places - np.asarray(center, np.float32)) / np.asarray(radii, np.float32)
    away[:, 0] = (np.abs(places[:, 0]) - center[0]) / radii[0]
    return np.asarray(np.exp(-(away**2).sum(1)), dtype=np.float32)


def stroke(places: Floats, line: Floats, width: float) -> Floats:
    """(N,) 1 on a line of points (P, 2), fading over `width` to its sides and towards its ends."""
    away, along = from_line(places, line)
    return np.asarray(bump(0, width, away) * np.sin(np.pi * (0.12 + 0.76 * along)), np.float32)


def from_line(places: Floats, line: Floats) -> tuple[Floats, Floats]:
    """(N,) metres from a line of points (P, 2) or (P, 3), and how far along it, 0 to 1."""
    nearest = np.full(len(places), np.inf, dtype=np.float32)
    along = np.zeros(len(places), dtype=np.float32)
    parts = len(line) - 1
    for part, (start, end) in enumerate(itertools.pairwise(line)):
        run = end - start
        share = np.clip((places - start) @ run / (run @ run), 0, 1)
        away = np.linalg.norm(places - (start + share[:, None] * run), axis=1)
        along = np.where(away < nearest, (part + share) / parts, along)
        nearest = np.minimum(nearest, away)
    return nearest.astype(np.float32), along.astype(np.float32)
