# SPDX-License-Identifier: Apache-2.0
"""Places along cubic Bezier curves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..drawing import Points

STEP = 1.5
"""Canvas units between the places of a flattened curve."""


def flattened(contour: Points) -> Points:
    """(N, 2) places along a chain of cubics (3 n + 1, 2), about `STEP` apart."""
    curves = np.stack([contour[i : len(contour) - 3 + i : 3] for i in range(4)], 1)
    length = np.linalg.norm(np.diff(curves, axis=1), axis=2).sum(1).max(initial=0)
    steps = int(np.clip(np.ceil(length / STEP), 2, 24))
    places = at_parameters(curves, np.arange(steps) / steps)
    return np.concatenate([places.reshape(-1, 2), contour[-1:]])


def at_parameters(curves: Points, parameters: NDArray[np.float64]) -> Points:
    """(N, S, 2) places at S parameters of N cubics (N, 4, 2)."""
    t = parameters[:, None]
    basis = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return np.asarray(basis @ curves)
