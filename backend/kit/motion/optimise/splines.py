# SPDX-License-Identifier: Apache-2.0
"""Smooth changes over time: uniform cubic B-splines as a matrix, and sweeps through marks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from .....shared.rotations import Floats
from ..clips import FPS

REACH = 0.55
"""Seconds before and after a mark in which a sweep leads to and from it."""


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


def sweep(marks: Sequence[tuple[int, Floats | float]], frames: NDArray[np.int64]) -> Floats:
    """(T, C) through the marks, zero from `REACH` away from the nearest on."""
    reach = REACH * FPS
    at, values = [], []
    zero = np.zeros_like(np.atleast_1d(marks[0][1]))
    for number, (frame, value) in enumerate(marks):
        if not number or frame - marks[number - 1][0] > 2 * reach:
            at.append(frame - reach)
            values.append(zero)
        at.append(float(frame))
        values.append(np.atleast_1d(value))
        if number == len(marks) - 1 or marks[number + 1][0] - frame > 2 * reach:
            at.append(frame + reach)
            values.append(zero)
    kept = [0, *(n for n in range(1, len(at)) if at[n] > at[n - 1])]
    curve = PchipInterpolator(np.array(at)[kept], np.array(values)[kept], extrapolate=False)
    return np.asarray(np.nan_to_num(curve(frames)))
