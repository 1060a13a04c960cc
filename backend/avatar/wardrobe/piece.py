# SPDX-License-Identifier: Apache-2.0
"""What painting works on: a piece of geometry that knows how it is painted, and its texels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ....shared.results import Shape

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Texels:
    """The N texels that a piece covers in the atlas, each as a place on the canonical body.

    All that varies smoothly is interpolated from the piece's vertices, so a colour that is a
    function of these cannot show a UV seam. `width` is the metres that one texel spans there: what
    is finer than that cannot be drawn.
    """

    positions: Floats
    """(N, 3) metres on the canonical body."""
    normals: Floats
    """(N, 3) unit."""
    uvs: Floats
    """(N, 2) in the piece's own UV map."""
    zones: NDArray[np.int8]
    """(N,) of the face."""
    width: Floats
    """(N,) metres."""
    fields: dict[str, Floats]
    """(N,) each."""

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(frozen=True)
class Paint:
    """What is seen at N texels: `color` (N, 3) sRGB 0 to 1; `height` (N,) metres of relief;
    `roughness` and `metallic` (N,) 0 to 1."""

    color: Floats
    roughness: Floats
    height: Floats
    metallic: Floats


@dataclass(frozen=True)
class Held:
    """What moves a piece with the face: each vertex goes with a mix of vertices of the body."""

    base: NDArray[np.integer]
    """(V, k) vertices of `base.obj`."""
    shares: NDArray[np.floating]
    """(V, k), rows sum to 1."""
    least: float = 0.0004
    """Metres: what moves less than this stays where it is, so that shapes stay small in files; what
    moves twice as far moves wholly, and there is no step in between."""


@dataclass(frozen=True)
class Piece:
    """A part of the character with the function that paints it; fields as in `part.Part`."""

    name: str
    vertices: Floats
    faces: NDArray[np.int32]
    uvs: Floats
    bone_indices: NDArray[np.int32]
    weights: Floats
    canonical: Floats
    canonical_normals: Floats
    density: Floats
    """(F,) how many texels a metre gets, relative to cloth (1). Faces matter most."""
    paint: Callable[[Texels], Paint]
    zones: NDArray[np.int8]
    fields: dict[str, Floats] = field(default_factory=dict)
    normal_strength: float = 1.0
    """0 leaves the surface as the mesh has it."""
    shares_texels: bool = False
    """Whether faces may lie over each other in the UV map, as hair's locks do; it is one chart."""
    inks: tuple[tuple[float, float, float], ...] = ()
    """The colors, sRGB, in which it is painted and that an animator may change: at most two."""
    hangs: str = ""
    """How what hangs free moves: "skirt", "cape", "cloth", "hair", "beard", or not at all. The
    field "hang" then holds (V,) metres below the line from which it hangs, at most 0 where held."""
    held: Held | None = None
    """What of the face it goes with; nothing of it does with none."""
    shapes: tuple[Shape, ...] = ()
    """What the face's doings make of its vertices."""

    def keep(self, visible: NDArray[np.bool_]) -> Piece:
        """The piece without the faces (F,) that are hidden; vertices stay until it is packed."""
        return dataclasses.replace(
            self,
            faces=self.faces[visible],
            uvs=self.uvs[visible],
            density=self.density[visible],
            zones=self.zones[visible],
        )


def triangles(faces: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The triangles of quads (F, 4): their face (T,) and which three of its corners (T, 3)."""
    is_quad = np.flatnonzero(faces[:, 3] >= 0)
    face = np.concatenate([np.arange(len(faces)), is_quad])
    corners = np.tile([0, 1, 2], (len(face), 1))
    corners[len(faces) :] = [0, 2, 3]
    return face, corners.astype(np.int64)


def smooth_normals(vertices: NDArray[np.floating], faces: NDArray[np.int32]) -> NDArray[np.float32]:
    """(V, 3) unit normals of quads and triangles (F, 4), each face by its area."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    d = np.where((faces[:, 3] >= 0)[:, None], vertices[faces[:, 3]], a)
    across = np.cross(c - a, d - b)
    normals = np.zeros((len(vertices), 3))
    for corner in range(4):
        used = faces[:, corner] >= 0
        for axis in range(3):
            normals[:, axis] += np.bincount(
                faces[used, corner], across[used, axis], minlength=len(vertices)
            )
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / np.maximum(length, 1e-12), dtype=np.float32)
