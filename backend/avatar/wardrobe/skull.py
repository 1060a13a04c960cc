# SPDX-License-Identifier: Apache-2.0
"""The skin that hair and beards lie on and stay outside of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...kit.body import BodyModel
from .locks import Shell
from .masks import is_socket, sampled_mask
from .piece import smooth_normals
from .sphere import Points


def shell(model: BodyModel, vertices: NDArray[np.floating], over_ears: bool = True) -> Shell:
    """The skin that hair lies on: without eye sockets and the mouth's inside, and with smooth domes
    over the ears, or nothing in their place."""
    faces = model.groups["body"]
    canonical = model.canonical.vertices
    middle = canonical[faces.corners].mean(1)
    uvs = faces.uvs.mean(1)
    hidden = (sampled_mask("ears", uvs) > 0.3) | (sampled_mask("inside-mouth", uvs) > 0.3)
    hidden |= is_socket(uvs)
    hidden |= (middle[:, 2] < 1.15) | (np.abs(middle[:, 0]) > 0.3)
    corners = faces.corners[~hidden]
    used = np.unique(corners)
    normals = smooth_normals(vertices, corners).astype(np.float64)
    across = vertices[corners[:, 2]] - vertices[corners[:, 0]]
    out = np.cross(across, vertices[corners[:, 3]] - vertices[corners[:, 1]])
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    if not over_ears:
        return Shell(
            np.concatenate([vertices[used], vertices[corners].mean(1)]),
            np.concatenate([normals[used], out]),
        )
    ears = np.unique(faces.corners[sampled_mask("ears", uvs) > 0.6])
    domes = [_ear_cover(vertices[ears[canonical[ears, 0] * sign > 0]], sign) for sign in (1, -1)]
    return Shell(
        np.concatenate([vertices[used], vertices[corners].mean(1)] + [dome for dome, _ in domes]),
        np.concatenate([normals[used], out] + [facing for _, facing in domes]),
    )


def _ear_cover(ear: NDArray[np.floating], sign: int) -> tuple[Points, Points]:
    """Points and normals of a smooth half ellipsoid over an ear, for hair to slide over."""
    middle, radii = (ear.max(0) + ear.min(0)) / 2, np.ptp(ear, axis=0) / 2
    middle = middle - [sign * radii[0], 0, 0]
    radii = radii * [1.9, 1.25, 1.25]
    along, around = np.meshgrid(np.linspace(0.15, np.pi / 2 - 0.15, 6), np.arange(16) * np.pi / 8)
    unit = np.stack(
        [sign * np.cos(along), np.sin(along) * np.cos(around), np.sin(along) * np.sin(around)], -1
    ).reshape(-1, 3)
    facing = unit / radii
    return middle + unit * radii, facing / np.linalg.norm(facing, axis=1, keepdims=True)
