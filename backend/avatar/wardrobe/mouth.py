# SPDX-License-Identifier: Apache-2.0
"""Teeth and tongue, for when the mouth opens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...kit.body import Body, BodyModel
from . import following
from .noise import Floats, bump, noise, rgb, step
from .piece import Paint, Piece, Texels, smooth_normals

_GROUPS = ("helper-upper-teeth", "helper-lower-teeth", "helper-tongue")
_TONGUE = 2

_ARCH = np.array([0.0, -0.112])
"""Middle of the row of teeth on the canonical body, x and y in metres."""
_TOOTH = 0.0085
_RADIUS = 0.031
_DENSITY = 1.0


def piece(model: BodyModel, body: Body, seed: int) -> Piece:
    """Teeth and tongue, as far back as can be seen between lips."""
    groups = [model.groups[name] for name in _GROUPS]
    corners = np.concatenate([group.corners for group in groups])
    used, order = np.unique(corners, return_inverse=True)
    faces = np.asarray(order.reshape(corners.shape), dtype=np.int32)
    zones = np.repeat(np.arange(len(groups)), [len(group.corners) for group in groups])
    canonical = np.asarray(model.canonical.vertices[used], dtype=np.float32)
    whole = Piece(
        name="Mouth",
        vertices=np.asarray(body.vertices[used], dtype=np.float32),
        faces=faces,
        uvs=np.concatenate([group.uvs for group in groups]),
        bone_indices=model.bone_indices[used],
        weights=model.weights[used],
        canonical=canonical,
        canonical_normals=smooth_normals(canonical, faces),
        density=np.full(len(faces), _DENSITY, dtype=np.float32),
        paint=lambda texels: paint(texels, seed),
        zones=zones.astype(np.int8),
        held=following.itself(used),
    )
    return whole.keep(_is_in_front(canonical, faces))


def _is_in_front(canonical: Floats, faces: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(F,) what can be seen between lips."""
    return np.asarray(canonical[faces][..., 1].mean(1) < -0.082)


def paint(texels: Texels, seed: int) -> Paint:
    """Enamel with a shadow between the teeth, pink gums, a moist tongue; darker further back."""
    p = texels.positions
    is_tongue = texels.zones == _TONGUE
    turn = np.arctan2(p[:, 0] - _ARCH[0], _ARCH[1] - p[:, 1]) * _RADIUS / _TOOTH
    # Half a tooth apart: the upper middle two meet in the middle, as the lower do.
    gap = bump(0.0, 0.16, np.abs(turn - np.round(turn)))
    upper = texels.zones == 0
    from_gum = np.where(upper, 1.5345 - p[:, 2], p[:, 2] - 1.5155).astype(np.float32)
    scallop = 0.0022 * (1 - np.cos(2 * np.pi * turn)).astype(np.float32)
    enamel = step(-0.0008, 0.0008, from_gum - scallop)[:, None]
    teeth = rgb(0.90, 0.86, 0.78) * (1 - 0.45 * gap[:, None]) * (0.9 + 0.1 * enamel)
    gums = np.broadcast_to(rgb(0.62, 0.29, 0.28), teeth.shape)
    color = gums + (teeth - gums) * enamel
    tongue = rgb(0.68, 0.31, 0.31) * (1 + 0.10 * noise(p, 0.0016, seed + 7))[:, None]
    furrow = bump(0.0, 0.004, p[:, 0])[:, None]
    color = np.where(is_tongue[:, None], tongue * (1 - 0.18 * furrow), color)
    # Light hardly reaches the back of a mouth.
    deep = step(-0.136, -0.100, p[:, 1])[:, None]
    none = np.zeros(len(texels), dtype=np.float32)
    return Paint(
        color=np.clip(color * (1 - 0.72 * deep), 0.01, 1).astype(np.float32),
        roughness=np.where(is_tongue, 0.4, 0.24).astype(np.float32),
        height=none,
        metallic=none,
    )
