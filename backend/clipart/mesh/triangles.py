# SPDX-License-Identifier: Apache-2.0
"""Triangles as three vertices each, by number, and their areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..drawing import Points

Triangles = NDArray[np.int64]


def double_areas(corners: Points) -> NDArray[np.float64]:
    """(..., ) twice the signed areas of triangles (..., 3, 2)."""
    a, b = corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :]
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
