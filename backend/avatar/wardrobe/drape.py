# SPDX-License-Identifier: Apache-2.0
"""Long hair on clothes: it lies outside of them and goes where they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .garments import GARMENTS
from .locks import Shell
from .noise import Floats, step
from .part import ZONES, Part
from .piece import Piece, smooth_normals

FREE, LYING = 1.50, 1.42
"""Metres on the canonical body between which hair passes from hanging free to lying on clothes."""
LOWEST = 1.10
"""Metres on the canonical body below which no hair reaches."""
GAP, LAYER = 0.005, 0.009
"""Metres between cloth and the innermost hair, and from there to the outermost."""
CLOTH_SHARE = 0.85
"""How far hair that lies goes with the cloth; the rest stays with the head."""
_NEIGHBOURS = 12


def lay(piece: Piece, parts: Sequence[Part]) -> Piece:
    """The hair outside of the worn parts and, where it lies on them, skinned as they are."""
    under = [part for part in parts if GARMENTS[part.name].slot != "head" and _reaches(part)]
    lying = 1 - step(LYING, FREE, piece.canonical[:, 2])
    moved = lying > 0
    if not under or not moved.any():
        return piece
    shell = _outside(under)
    room = np.where(moved, GAP + LAYER * piece.fields["layer"], -1.0)
    pushed = shell.push(piece.vertices.astype(np.float64), room)
    vertices = np.where(moved[:, None], pushed, piece.vertices).astype(np.float32)
    bones, weights = _shared(piece, under, vertices, lying)
    return replace(piece, vertices=vertices, bone_indices=bones, weights=weights)


def _reaches(part: Part) -> bool:
    return bool((part.canonical[:, 2] > LOWEST).any())


def _outside(parts: Sequence[Part]) -> Shell:
    """Points and normals of the outer cloth under hair."""
    points, normals = [], []
    for part in parts:
        outer = part.faces[part.zones != ZONES.index("lining")]
        used = np.unique(outer[outer >= 0])
        used = used[part.canonical[used, 2] > LOWEST]
        points.append(part.vertices[used])
        normals.append(smooth_normals(part.vertices, outer)[used])
    return Shell(
        np.concatenate(points).astype(np.float64), np.concatenate(normals).astype(np.float64)
    )


def _shared(
    piece: Piece, parts: Sequence[Part], vertices: Floats, lying: Floats
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Bones and weights (V, 4): the hair's own, giving way to the mean of the cloth near by."""
    near_cloth = cKDTree(np.concatenate([part.vertices for part in parts]))
    bones = np.concatenate([part.bone_indices for part in parts])
    weights = np.concatenate([part.weights for part in parts])
    count = int(max(bones.max(), piece.bone_indices.max())) + 1
    rows = np.arange(len(vertices))[:, None]
    own = np.zeros((len(vertices), count))
    np.add.at(own, (rows, piece.bone_indices), piece.weights)
    _, near = near_cloth.query(vertices, k=_NEIGHBOURS)
    cloth = np.zeros_like(own)
    np.add.at(cloth, (rows[..., None], bones[near]), weights[near] / _NEIGHBOURS)
    share = (CLOTH_SHARE * lying)[:, None]
    mixed = (1 - share) * own + share * cloth
    strongest = np.argsort(-mixed, axis=1, kind="stable")[:, :4]
    kept = np.take_along_axis(mixed, strongest, axis=1)
    kept /= kept.sum(1, keepdims=True)
    return strongest.astype(np.int32), kept.astype(np.float32)
