# SPDX-License-Identifier: Apache-2.0
"""Pieces joined into one part, its paint asked of their own painters at the vertices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..wardrobe.piece import Paint, Piece, Texels, smooth_normals, triangles
from .chords import chords
from .parts import Floats, Ints, Part, extremes

Color = tuple[float, float, float]
Painter = Callable[[Texels], Paint]


@dataclass(frozen=True)
class Cloth:
    """A piece, how its vertices follow the basis, (n, 3) and (K, n, 3), and the base vertices."""

    piece: Piece
    mean: NDArray[np.floating]
    components: NDArray[np.floating]
    anchors: NDArray[np.integer]


@dataclass(frozen=True)
class Joined:
    """Pieces as one mesh whose vertices each lie on faces of one zone only."""

    cloths: Sequence[Cloth]
    texels: tuple[Texels, ...]
    sources: tuple[NDArray[np.int64], ...]
    """Which vertex of its piece each vertex was."""
    faces: tuple[Ints, ...]

    @staticmethod
    def of(cloths: Sequence[Cloth]) -> Joined:
        parted = [_parted(one.piece) for one in cloths]
        texels, sources, faces = zip(*parted, strict=True)
        return Joined(cloths, texels, sources, faces)

    def shares(
        self, paints: Callable[[Color, Color], list[Painter]], shades: Sequence[tuple[float, float]]
    ) -> Floats:
        """(n, 9) what shares of the colors are seen, by painting in grays of these shades."""
        runs = []
        for first, second in shades:
            painters = paints((first,) * 3, (second,) * 3)
            seen = [p(t).color for p, t in zip(painters, self.texels, strict=True)]
            runs.append(np.concatenate(seen))
        known = np.array([[first, second, 1.0] for first, second in shades])
        known[:, 1] *= np.ptp(known[:, 1]) > 0
        solved = np.linalg.pinv(known) @ np.stack(runs).reshape(len(runs), -1)
        return np.asarray(solved.reshape(3, -1, 3).transpose(1, 0, 2).reshape(-1, 9), np.float32)

    def part(self, name: str, paint: Floats, base: int) -> Part:
        """Everything about the part but its patterns and what it hides of `base` vertices."""
        starts = np.cumsum([0] + [len(source) for source in self.sources])
        found: dict[str, list[NDArray[Any]]] = {}
        for cloth_, source, faces, start, texels in zip(
            self.cloths, self.sources, self.faces, starts, self.texels, strict=False
        ):
            piece = cloth_.piece
            normals = smooth_normals(piece.canonical, piece.faces)
            own = chords(piece.faces, piece.canonical.astype(np.float64), normals)
            back = np.zeros(len(piece.vertices), np.int64)
            back[source] = np.arange(len(source))
            face, corners = triangles(faces)
            done = piece.paint(texels)
            rows = {
                "mean": cloth_.mean[source],
                "components": cloth_.components[:, source],
                "bones": piece.bone_indices[source],
                "weights": piece.weights[source],
                "triangles": faces[face[:, None], corners] + start,
                "chords": back[own[source]] + start,
                "anchors": cloth_.anchors[source],
                "canonical": piece.canonical[source],
                "finish": np.stack([done.roughness, done.metallic], axis=1),
            }
            for key, value in rows.items():
                found.setdefault(key, []).append(value)
        whole = {k: np.concatenate(v, axis=int(k == "components")) for k, v in found.items()}
        return Part(
            name=name,
            mean=whole["mean"].astype(np.float32),
            components=whole["components"].astype(np.float16),
            bones=whole["bones"].astype(np.int16),
            weights=whole["weights"].astype(np.float32),
            triangles=whole["triangles"].astype(np.int32),
            chords=whole["chords"].astype(np.int32),
            anchors=whole["anchors"].astype(np.int32),
            canonical=whole["canonical"].astype(np.float32),
            paint=paint.astype(np.float16),
            finish=whole["finish"].astype(np.float16),
            printed=np.zeros((len(whole["triangles"]), 3, 3), np.float32),
            girth=1.0,
            hides=np.zeros(base, np.bool_),
            under_hat=np.zeros((0, len(whole["mean"])), np.bool_),
            extremes=extremes(whole["canonical"]),
        )


def _parted(piece: Piece) -> tuple[Texels, NDArray[np.int64], Ints]:
    """Texels at the vertices, parted where faces of unlike zones meet, the vertices that they
    were, and the faces of them."""
    used = piece.faces >= 0
    zones = np.broadcast_to(piece.zones[:, None], piece.faces.shape)
    key = piece.faces[used].astype(np.int64) * 16 + zones[used]
    both, first, number = np.unique(key, return_index=True, return_inverse=True)
    faces = np.full(piece.faces.shape, -1, np.int32)
    faces[used] = number.reshape(-1)
    source = both // 16
    edge = piece.canonical[piece.faces[:, 0]] - piece.canonical[piece.faces[:, 1]]
    width = float(np.median(np.linalg.norm(edge, axis=1))) / 2
    texels = Texels(
        positions=piece.canonical[source],
        normals=piece.canonical_normals[source],
        uvs=piece.uvs[used][first].astype(np.float32),
        zones=(both % 16).astype(np.int8),
        width=np.full(len(source), width, np.float32),
        fields={name: values[source] for name, values in piece.fields.items()},
    )
    return texels, source, faces
