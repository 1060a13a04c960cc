# SPDX-License-Identifier: Apache-2.0
"""Skin and eyes as parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...kit.body import Body, BodyModel
from ..outfit import Looks
from ..wardrobe import eyes, skin
from ..wardrobe.piece import Piece
from .joining import Cloth, Color, Joined
from .parts import SEED, Floats, Part
from .shapes import ShapeBasis

_BROWN = (0.3, 0.2, 0.15)
# Shades of skin and brows, and of the iris, in which they are painted to find their shares.
_TONES = ((0.3, 0.15), (0.55, 0.15), (0.85, 0.15), (0.55, 0.5))
_IRISES = ((0.45, 1.0), (0.8, 1.0), (0.15, 1.0))


def skin_part(model: BodyModel, basis: ShapeBasis) -> Part:
    """The whole body's skin; its first color is the tone, its second that of the brows."""

    def piece(first: Color, second: Color) -> Piece:
        return skin.piece(model, model.canonical, _looks(first, second), SEED)

    everywhere = np.arange(len(basis.mean))
    joined = Joined.of([Cloth(piece(_BROWN, _BROWN), basis.mean, basis.components, everywhere)])
    shares = joined.shares(lambda a, b: [piece(a, b).paint], _TONES)
    return joined.part("skin", np.stack([shares, shares]), len(basis.mean))


def eyes_part(model: BodyModel, basis: ShapeBasis) -> Part:
    """Eyeballs and lashes; the first color is the iris's."""

    def both(vertices: Floats, color: Color = _BROWN) -> tuple[Piece, Piece]:
        return eyes.pieces(model, _wearing(model, vertices), _looks(_BROWN, _BROWN, color))

    cloths = []
    for number in range(2):
        made, mean, moved = _on_body(basis, lambda v, n=number: both(v)[n])  # type: ignore[misc]
        # What hides the lids hides the eyes.
        lids = np.unique(model.groups["body"].corners)
        near = cKDTree(model.canonical.vertices[lids]).query(made.canonical)[1]
        cloths.append(Cloth(made, mean, moved, lids[near]))
    # Iris and pupil are finer than the eyeball's faces.
    cloths[0] = _refined(_refined(_in_front(cloths[0])))
    joined = Joined.of(cloths)
    canonical = model.canonical.vertices.astype(np.float32)
    shares = joined.shares(lambda a, _: [one.paint for one in both(canonical, a)], _IRISES)
    return joined.part("eyes", np.stack([shares, shares]), len(basis.mean))


def _in_front(eyeballs: Cloth) -> Cloth:
    """Without the back of the eyeballs, which nobody sees."""
    back = eyeballs.piece.fields["back"][eyeballs.piece.faces].mean(1)
    return replace(eyeballs, piece=eyeballs.piece.keep(back < 0.25))


def _refined(coarse: Cloth) -> Cloth:
    """Every quad as four."""
    piece, count = coarse.piece, len(coarse.mean)
    faces = piece.faces
    sides = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)
    edges, of_side = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True)
    middle = count + of_side.reshape(-1, 4)
    centre = count + len(edges) + np.arange(len(faces))
    quads = [
        np.stack([faces[:, i], middle[:, i], centre, middle[:, i - 1]], axis=1) for i in range(4)
    ]
    uvs = piece.uvs
    half, mean = (uvs + np.roll(uvs, -1, axis=1)) / 2, uvs.mean(1)
    corners = [np.stack([uvs[:, i], half[:, i], mean, half[:, i - 1]], axis=1) for i in range(4)]

    def spread(values: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.concatenate([values, values[edges].mean(1), values[faces].mean(1)])

    first = np.concatenate([np.arange(count), edges[:, 0], faces[:, 0]])
    fine = replace(
        piece,
        vertices=spread(piece.vertices),
        faces=np.concatenate(quads).astype(np.int32),
        uvs=np.concatenate(corners),
        bone_indices=piece.bone_indices[first],
        weights=piece.weights[first],
        canonical=spread(piece.canonical),
        canonical_normals=spread(piece.canonical_normals),
        density=np.repeat(piece.density[None], 4, 0).reshape(-1),
        zones=np.repeat(piece.zones[None], 4, 0).reshape(-1),
        fields={name: spread(values) for name, values in piece.fields.items()},
    )
    moved = np.stack([spread(one) for one in coarse.components])
    return Cloth(fine, spread(coarse.mean), moved, coarse.anchors[first])


def _on_body(
    basis: ShapeBasis, make_piece: Callable[[Floats], Piece]
) -> tuple[Piece, Floats, Floats]:
    """A piece whose vertices are sums of the body's: what it makes of the mean and components."""
    piece = make_piece(basis.mean)
    moved = np.stack([make_piece(one).vertices for one in basis.components])
    return piece, piece.vertices, moved


def _wearing(model: BodyModel, vertices: Floats) -> Body:
    return replace(model.canonical, vertices=vertices.astype(np.float64), stature=1.0)


def _looks(tone: Color, brows: Color, iris: Color = _BROWN) -> Looks:
    return Looks(tone, iris, brows, None, _BROWN, 30.0, False)
