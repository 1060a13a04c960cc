# SPDX-License-Identifier: Apache-2.0
"""Smooth changes over time: uniform cubic B-splines as a matrix."""

from __future__ import annotations

import numpy as np

from .....shared.rotations import Floats


def basis(count: int, spacing: float, is_cyclic: bool) -> Floats:
    """(T, K) cubic B-splines about `spacing` frames apart; rows sum to one. Cyclic ones close."""
    pieces = max(4 if is_cyclic else 1, round(count / spacing))
    length = count if is_cyclic else max(count - 1, 1)
    at = np.arange(count) / length * pieces
    piece = np.minimum(at.astype(int), pieces - 1)
    t = at - piece
    shares = np.stack(
        [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], -1
    )
    columns = piece[:, None] + np.arange(4)
    knots = pieces if is_cyclic else pieces + 3
    matrix = np.zeros((count, knots))
    np.add.at(matrix, (np.arange(count)[:, None], columns % knots), shares / 6)
    return matrix
