# SPDX-License-Identifier: Apache-2.0
"""Relief in metres on a UV map as tangent-space normals, and added to normals that are there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

STEEPEST = 1.2
"""The largest slope that relief may have: a texel of glare is worse than a flatter fold."""


def texel_spans(places: NDArray[np.floating], uvs: Floats, size: int) -> Floats:
    """(F, 2) metres that one texel spans along u and along v on triangles (F, 3, 3) with UVs
    (F, 3, 2) in a picture of `size` x `size` texels."""
    edges = (places[:, 1:] - places[:, :1]).astype(np.float64)
    flat = (uvs[:, 1:] - uvs[:, :1]).astype(np.float64) * size
    determinant = flat[:, 0, 0] * flat[:, 1, 1] - flat[:, 0, 1] * flat[:, 1, 0]
    safe = np.where(np.abs(determinant) < 1e-12, 1.0, determinant)[:, None]
    along_u = (edges[:, 0] * flat[:, 1, 1, None] - edges[:, 1] * flat[:, 0, 1, None]) / safe
    along_v = (edges[:, 1] * flat[:, 0, 0, None] - edges[:, 0] * flat[:, 1, 0, None]) / safe
    lengths = np.stack([np.linalg.norm(along_u, axis=1), np.linalg.norm(along_v, axis=1)], axis=1)
    return np.asarray(np.clip(lengths, 1e-5, 0.1), dtype=np.float32)


def slopes_of(height: Floats, spans: Floats, size: int) -> Floats:
    """(S * S, 2) how much relief (S * S,) in metres rises along u and along v, at most STEEPEST."""
    relief = height.reshape(size, size)
    steps = spans.reshape(size, size, 2)
    slope_u, slope_v = np.zeros_like(relief), np.zeros_like(relief)
    slope_u[:, 1:-1] = (relief[:, 2:] - relief[:, :-2]) / (2 * steps[:, 1:-1, 0])
    slope_v[1:-1] = (relief[:-2] - relief[2:]) / (2 * steps[1:-1, :, 1])
    slopes = np.stack([slope_u, slope_v], axis=-1).reshape(-1, 2)
    steep = np.linalg.norm(slopes, axis=1, keepdims=True)
    return np.asarray(slopes * np.minimum(1, STEEPEST / np.maximum(steep, 1e-9)), np.float32)


def normals_of(slopes: Floats) -> Floats:
    """(N, 3) unit tangent-space normals, +Y up as glTF has it, of slopes (N, 2)."""
    normal = np.concatenate([-slopes, np.ones((len(slopes), 1), dtype=np.float32)], axis=1)
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True), dtype=np.float32)


def steeper(normals: Floats, slopes: Floats) -> Floats:
    """(N, 3) unit normals of relief that has the slopes of these normals (N, 3) and further ones
    (N, 2)."""
    own = -normals[:, :2] / np.maximum(normals[:, 2:], 0.1)
    return normals_of(np.asarray(own + slopes, np.float32))
