# SPDX-License-Identifier: Apache-2.0
"""Shapes to test meshes with."""

from __future__ import annotations

import numpy as np

from kinora.backend.clipart.drawing import Paint, Points

QUARTER = 4 / 3 * (np.sqrt(2) - 1)


def solid(red: float, green: float, blue: float, alpha: float = 1) -> Paint:
    color = np.array([[red, green, blue, alpha]], np.float32)
    return Paint("solid", color, np.zeros(1, np.float32), np.eye(2, 3, dtype=np.float32))


def ellipse(center: tuple[float, float], radii: tuple[float, float]) -> Points:
    quarter = np.array([[1, 0], [1, QUARTER], [QUARTER, 1]])
    turn = np.array([[0, 1], [-1, 0]])
    ring = [quarter @ np.linalg.matrix_power(turn, count) for count in range(4)]
    return np.concatenate([*ring, quarter[:1]]) * radii + center


def polygon(*corners: tuple[float, float]) -> Points:
    ring = np.array(corners, float)
    ends = np.roll(ring, -1, 0)
    thirds = [ring + (ends - ring) * share for share in (0, 1 / 3, 2 / 3)]
    return np.concatenate([np.stack(thirds, 1).reshape(-1, 2), ring[:1]])


def rod(start: Points, end: Points, radius: float) -> Points:
    """A rectangle about a line, a little longer than it."""
    along = (end - start) / np.linalg.norm(end - start) * radius
    across = np.array([-along[1], along[0]])
    start, end = start - along, end + along
    return polygon(start + across, end + across, end - across, start - across)
