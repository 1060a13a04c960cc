# SPDX-License-Identifier: Apache-2.0
"""Packs the pieces of a character into one atlas, paints it, and encodes its pictures.

pieces = [skin.piece(model, body, looks, seed), *eyes.pieces(model, body, looks),
          *hair.pieces(model, body, looks, seed), cloth.piece(part, choice, seed), ...]
pieces[0] = pieces[0].keep(visible)        # hide faces before packing: they cost texels
meshes, materials = atlas.make(pieces, texture_size)
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ....shared.results import Material, Media, Mesh
from ...kit.bake import Coverage, cover, pad_sources
from ...kit.relief import normals_of, slopes_of, texel_spans
from .charts import CELLS, MARGIN, islands, pack, upright
from .noise import rgb
from .piece import Piece, Texels, triangles

Floats = NDArray[np.float32]

# Enough that tile-sized mip levels still see their own colour; the packing keeps charts apart.
PADDING_CELLS = 12
COLOR_QUALITY = 90
NORMAL_QUALITY = 92


@dataclass(frozen=True)
class Pictures:
    """The atlas as arrays (S, S, 3), row 0 at v = 1: sRGB colour, unit normals, and linear
    (1, roughness, metallic)."""

    color: Floats
    normal: Floats
    surface: Floats


@dataclass(frozen=True)
class _Triangles:
    """Every triangle of a piece: its face, its three corners' vertices and atlas UVs."""

    face: NDArray[np.int64]
    vertex: NDArray[np.int64]
    corner: NDArray[np.int64]
    atlas: Floats


def make(pieces: Sequence[Piece], size: int) -> tuple[tuple[Mesh, ...], tuple[Material, ...]]:
    """Paint all pieces into one atlas of `size` x `size` texels.

    Gives one mesh per piece, with atlas UVs and without unused vertices, and their material.
    """
    shown = [piece for piece in pieces if len(piece.faces)]
    layouts = lay_out(shown)
    pictures = paint(shown, layouts, size)
    meshes = tuple(_mesh(piece, uvs) for piece, uvs in zip(shown, layouts, strict=True))
    return meshes, (encode(pictures),)


def lay_out(pieces: Sequence[Piece]) -> list[Floats]:
    """The atlas UVs (F, 4, 2) of each piece, origin at the lower left."""
    charts: list[tuple[int, NDArray[np.int64], NDArray[np.float64]]] = []
    shapes: list[tuple[NDArray[np.float64], NDArray[np.int64]]] = []
    for index, piece in enumerate(pieces):
        label = np.zeros(len(piece.faces), dtype=np.int32)
        if not piece.shares_texels:
            rank = np.unique(np.round(piece.density, 3), return_inverse=True)[1].reshape(-1)
            label = islands(piece.faces, piece.uvs, rank)
        for number in range(int(label.max()) + 1):
            faces = np.flatnonzero(label == number)
            used = piece.faces[faces] >= 0
            flat = _unwrapped(piece, faces)
            flat -= flat[used].min(0)
            corners = np.where(used, np.arange(used.size).reshape(used.shape), -1)
            # The unused fourth corner of a triangle must not widen the chart.
            flat[~used] = 0
            shapes.append((flat.reshape(-1, 2), corners))
            charts.append((index, faces, flat))
    scale, places = pack(shapes)
    layouts = [np.zeros((len(piece.faces), 4, 2), dtype=np.float32) for piece in pieces]
    for (index, faces, flat), place in zip(charts, places, strict=True):
        used = pieces[index].faces[faces] >= 0
        origin = np.array([place.right + MARGIN, place.up + MARGIN])
        layouts[index][faces] = np.where(used[..., None], (flat * scale + origin) / CELLS, 0)
    return layouts


def _unwrapped(piece: Piece, faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, 4, 2) the chart of these faces, turned upright, in metres times density."""
    corners, uvs = piece.faces[faces], piece.uvs[faces].astype(np.float64)
    face, which = triangles(corners)
    places = piece.canonical[np.take_along_axis(corners[face], which, 1)].astype(np.float64)
    flat = np.take_along_axis(uvs[face], which[..., None], 1)
    area = np.linalg.norm(
        np.cross(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0]), axis=1
    )
    (u1, v1), (u2, v2) = (flat[:, 1] - flat[:, 0]).T, (flat[:, 2] - flat[:, 0]).T
    spread = np.abs(u1 * v2 - u2 * v1).sum()
    ratio = np.sqrt(area.sum() / max(spread, 1e-12)) * float(piece.density[faces].mean())
    used = corners >= 0
    turn = upright(uvs[used]) * ratio
    return np.asarray(uvs @ turn.T)


def paint(pieces: Sequence[Piece], layouts: Sequence[Floats], size: int) -> Pictures:
    """Bake every piece's places into the atlas and let it paint them."""
    parts = [_triangles(piece, uvs) for piece, uvs in zip(pieces, layouts, strict=True)]
    coverage = cover(np.concatenate([part.atlas for part in parts]), size)
    color = np.full((size * size, 3), 0.5, dtype=np.float32)
    surface = np.tile(rgb(1, 0.8, 0), (size * size, 1))
    height = np.zeros(size * size, dtype=np.float32)
    spans = np.ones((size * size, 2), dtype=np.float32)
    first = 0
    for piece, part in zip(pieces, parts, strict=True):
        mine = (coverage.faces >= first) & (coverage.faces < first + len(part.face))
        own = Coverage(
            size, coverage.texels[mine], coverage.faces[mine] - first, coverage.shares[mine]
        )
        first += len(part.face)
        if not len(own.texels):
            continue
        span = texel_spans(piece.canonical[part.vertex], part.atlas, size)[own.faces]
        done = piece.paint(_texels(piece, part, own, span))
        color[own.texels] = done.color
        surface[own.texels, 1], surface[own.texels, 2] = done.roughness, done.metallic
        height[own.texels] = done.height * piece.normal_strength
        spans[own.texels] = span
    source = pad_sources(coverage, PADDING_CELLS * max(1, size // CELLS))
    near = source >= 0
    for picture in (color, surface, height, spans):
        picture[near] = picture[source[near]]
        picture[~near] = picture[coverage.texels].mean(0)
    normal = normals_of(slopes_of(height, spans, size))
    normal[near] = normal[source[near]]
    normal[~near] = (0, 0, 1)
    shape = (size, size, 3)
    return Pictures(color.reshape(shape), normal.reshape(shape), surface.reshape(shape))


def encode(pictures: Pictures) -> Material:
    """The atlas as picture files: JPEG, because PNG would treble the character's size."""
    normal = np.round((pictures.normal * 0.5 + 0.5) * 255)
    return Material(
        name="Character",
        base_color=jpeg("color.jpg", pictures.color * 255, COLOR_QUALITY),
        normal=jpeg("normal.jpg", normal, NORMAL_QUALITY),
        roughness_map=jpeg("surface.jpg", pictures.surface * 255, COLOR_QUALITY),
        roughness=1.0,
        metallic=1.0,
    )


def jpeg(name: str, values: Floats, quality: int) -> Media:
    """A picture file of values (H, W, 3) from 0 to 255."""
    picture = Image.fromarray(np.clip(values + 0.5, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, subsampling=0, optimize=True)
    return Media.of(name, file.getvalue())


def _triangles(piece: Piece, atlas: Floats) -> _Triangles:
    face, corner = triangles(piece.faces)
    placed = np.take_along_axis(atlas[face], corner[..., None], 1)
    if piece.shares_texels:
        # Of the faces that show the same texels one is enough to paint them.
        cells = np.round(placed.reshape(len(face), 6) * 65536).astype(np.int64)
        kept = np.sort(np.unique(cells, axis=0, return_index=True)[1])
        face, corner, placed = face[kept], corner[kept], placed[kept]
    vertex = np.take_along_axis(piece.faces[face], corner, 1).astype(np.int64)
    return _Triangles(face, vertex, corner, placed)


def _texels(piece: Piece, part: _Triangles, own: Coverage, spans: Floats) -> Texels:
    names = sorted(piece.fields)
    own_uvs = np.take_along_axis(piece.uvs[part.face], part.corner[..., None], 1)
    columns = [piece.canonical[part.vertex], piece.canonical_normals[part.vertex], own_uvs]
    columns += [piece.fields[name][part.vertex][..., None] for name in names]
    values = own.interpolate(np.concatenate(columns, axis=-1).astype(np.float32))
    normals = values[:, 3:6]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    return Texels(
        positions=values[:, :3],
        normals=normals,
        uvs=values[:, 6:8],
        zones=piece.zones[part.face[own.faces]],
        width=spans.mean(1),
        fields={name: values[:, 8 + i] for i, name in enumerate(names)},
    )


def _mesh(piece: Piece, uvs: Floats) -> Mesh:
    used = np.unique(piece.faces[piece.faces >= 0])
    renumbered = np.full(len(piece.vertices) + 1, -1, dtype=np.int32)
    renumbered[used] = np.arange(len(used))
    return Mesh(
        name=piece.name,
        vertices=np.asarray(piece.vertices[used], dtype=np.float32),
        faces=renumbered[piece.faces],
        uvs=uvs,
        bone_indices=piece.bone_indices[used],
        weights=piece.weights[used],
        inks=np.asarray(piece.inks, dtype=np.float32).reshape(-1, 3),
        shapes=tuple(replace(shape, vertices=renumbered[shape.vertices]) for shape in piece.shapes),
    )
