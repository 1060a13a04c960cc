# SPDX-License-Identifier: Apache-2.0
"""The atlas: UVs inside, no texel of two owners, normal maps as glTF wants them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from kinora.backend.avatar.wardrobe import atlas
from kinora.backend.avatar.wardrobe.piece import Paint, Piece, Texels, smooth_normals

SIZE = 256


def sheet(name: str, height: Callable[[np.ndarray], np.ndarray] | None = None) -> Piece:
    """A square metre of cloth in the x-z plane, 8 x 8 quads, with relief that follows `height`."""
    across, up = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9))
    vertices = np.stack([across, 0 * across, up], axis=-1).reshape(-1, 3).astype(np.float32)
    number = np.arange(81).reshape(9, 9)
    faces = np.stack(
        [number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]], axis=-1
    ).reshape(-1, 4)

    def paint(texels: Texels) -> Paint:
        none = np.zeros(len(texels), dtype=np.float32)
        relief = none if height is None else height(texels.positions).astype(np.float32)
        return Paint(texels.positions, none + 0.5, relief, none)

    return Piece(
        name=name,
        vertices=vertices,
        faces=faces.astype(np.int32),
        uvs=vertices[faces][..., [0, 2]],
        bone_indices=np.zeros((81, 4), dtype=np.int32),
        weights=np.tile(np.float32([1, 0, 0, 0]), (81, 1)),
        canonical=vertices,
        canonical_normals=smooth_normals(vertices, faces.astype(np.int32)),
        density=np.ones(64, dtype=np.float32),
        paint=paint,
        zones=np.zeros(64, dtype=np.int8),
    )


def sampled(picture: np.ndarray, uvs: np.ndarray) -> np.ndarray:
    """The nearest texels at uvs (N, 2) of a picture whose row 0 is v = 1."""
    rows = ((1 - uvs[:, 1]) * len(picture)).astype(int)
    return picture[rows, (uvs[:, 0] * len(picture)).astype(int)]


def test_each_texel_shows_its_own_place_on_the_surface() -> None:
    pieces = [sheet("one"), sheet("two")]
    layouts = atlas.lay_out(pieces)
    pictures = atlas.paint(pieces, layouts, SIZE)
    for piece, uvs in zip(pieces, layouts, strict=True):
        assert uvs.min() >= 0 and uvs.max() <= 1
        middles = piece.vertices[piece.faces].mean(1)
        found = sampled(pictures.color, uvs.mean(1))
        np.testing.assert_allclose(found, middles, atol=0.012)


def test_denser_pieces_get_more_texels() -> None:
    fine = replace(sheet("fine"), density=np.full(64, 2, dtype=np.float32))
    plain, dense = (np.ptp(uvs.reshape(-1, 2), axis=0) for uvs in atlas.lay_out([sheet("a"), fine]))
    np.testing.assert_allclose(dense, 2 * plain, rtol=1e-3)


def test_normals_are_of_unit_length_and_flat_where_nothing_is() -> None:
    pieces = [sheet("flat")]
    normal = atlas.paint(pieces, atlas.lay_out(pieces), SIZE).normal
    np.testing.assert_allclose(np.linalg.norm(normal, axis=-1), 1, atol=1e-5)
    np.testing.assert_allclose(normal, np.broadcast_to([0, 0, 1], normal.shape), atol=1e-6)


def test_a_slope_leans_as_far_as_its_height_says_and_to_the_right_side() -> None:
    for axis in (0, 2):
        pieces = [sheet("slope", lambda places, axis=axis: 0.3 * places[:, axis])]
        layouts = atlas.lay_out(pieces)
        normal = atlas.paint(pieces, layouts, SIZE).normal
        np.testing.assert_allclose(np.linalg.norm(normal, axis=-1), 1, atol=1e-5)
        uvs = layouts[0]
        # Which way the height grows in the atlas: +x of the picture is u, +y is v (OpenGL, glTF).
        grows = uvs[0, 1] - uvs[0, 0] if axis == 0 else uvs[0, 3] - uvs[0, 0]
        expected = np.append(-0.3 * grows / np.linalg.norm(grows), 1)
        expected /= np.linalg.norm(expected)
        inner = sampled(normal, uvs.mean(1))
        np.testing.assert_allclose(inner, np.tile(expected, (64, 1)), atol=0.01)


def test_hidden_faces_leave_no_vertices_and_no_texels() -> None:
    piece = sheet("half")
    half = piece.keep(np.arange(64) < 32)
    (mesh,), (material,) = atlas.make([half], SIZE)
    assert len(mesh.faces) == 32
    assert len(mesh.vertices) == 45
    mesh.check(1, 1)
    with Image.open(io.BytesIO(material.base_color.data.tobytes())) as picture:
        assert picture.size == (SIZE, SIZE)


def test_painting_twice_gives_the_same_bytes() -> None:
    first, second = (atlas.make([sheet("same")], SIZE)[1][0] for _ in range(2))
    assert first.base_color.data.tobytes() == second.base_color.data.tobytes()
