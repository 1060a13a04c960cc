# SPDX-License-Identifier: Apache-2.0
"""Drawings for the tests, from a line of SVG; the page is the canvas square."""

from __future__ import annotations

import numpy as np

from kinora.backend.clipart.drawing import Drawing, Skeleton
from kinora.backend.clipart.reading.read import read_drawing
from kinora.shared.results import Media

ARM, HOLLOW = 110.0, 30.0


def drawn(inner: str) -> Drawing:
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 256 256'>{inner}</svg>"
    return read_drawing(Media.of("test.svg", svg.encode()))


def star(arms: int, turn: float) -> tuple[Drawing, np.ndarray]:
    """A star, and its arms' tips (arms, 2)."""
    angles = turn + np.pi * np.arange(2 * arms) / arms
    radii = np.where(np.arange(2 * arms) % 2, HOLLOW, ARM)
    corners = 128 + radii[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    path = "L".join(f"{x:.3f} {y:.3f}" for x, y in corners)
    return drawn(f"<path d='M{path}Z' fill='#e84'/>"), corners[::2]


def tips(skeleton: Skeleton) -> np.ndarray:
    ends = np.bincount(skeleton.edges.ravel(), minlength=len(skeleton.points)) == 1
    return skeleton.points[ends]


def pieces(skeleton: Skeleton) -> int:
    """How many parts the skeleton falls into."""
    group = list(range(len(skeleton.points)))
    for a, b in skeleton.edges.tolist():
        old, new = group[a], group[b]
        group = [new if each == old else each for each in group]
    return len(set(group))


def farthest(places: np.ndarray, others: np.ndarray) -> float:
    """The largest distance from one of the places to the nearest of the others."""
    return float(np.linalg.norm(places[:, None] - others[None], axis=-1).min(1).max())
