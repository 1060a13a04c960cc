# SPDX-License-Identifier: Apache-2.0
"""Lets skin, eyes, lashes, teeth, tongue and beard do what the face does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ....shared.results import Shape
from .piece import Held, Piece


def with_shapes(piece: Piece, faces: Mapping[str, NDArray[np.float64]]) -> Piece:
    """The piece with a shape for each of `faces`, name to moves (V, 3) of the body's vertices, that
    moves it."""
    if piece.held is None or not len(piece.faces):
        return piece
    used = np.unique(piece.faces[piece.faces >= 0])
    mix = _matrix(piece.held, used, len(next(iter(faces.values()))))
    shapes = []
    for name, moves in faces.items():
        offsets = mix @ moves
        share = np.clip(np.linalg.norm(offsets, axis=1) / piece.held.least - 1, 0, 1)
        moved = share > 0
        if moved.any():
            kept = (share[:, None] * offsets)[moved].astype(np.float32)
            shapes.append(Shape(name, used[moved].astype(np.int32), kept))
    return replace(piece, shapes=tuple(shapes))


def itself(vertices: NDArray[np.integer]) -> Held:
    """Of a piece that is a part (V,) of the body."""
    return Held(vertices[:, None], np.ones((len(vertices), 1)))


def _matrix(held: Held, used: NDArray[np.integer], count: int) -> sparse.csr_matrix:
    base, shares = held.base[used], held.shares[used]
    rows = np.repeat(np.arange(len(used)), base.shape[1])
    return sparse.csr_matrix((shares.ravel(), (rows, base.ravel())), shape=(len(used), count))
