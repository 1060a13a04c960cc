# SPDX-License-Identifier: Apache-2.0
"""Colors of vertices, through a picture and UVs, are the same colors again."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from kinora.backend.kit.cells import baked, cell_uvs, most_triangles

SIZE = 256


def colored_ball() -> tuple[trimesh.Trimesh, np.ndarray]:
    mesh = trimesh.creation.icosphere(subdivisions=4)
    return mesh, (np.asarray(mesh.vertices) / 2 + 0.5).astype(np.float32)


def looked_up(picture: np.ndarray, uvs: np.ndarray) -> np.ndarray:
    """Bilinear, as renderers do it."""
    x, y = uvs[:, 0] * SIZE - 0.5, (1 - uvs[:, 1]) * SIZE - 0.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    across, down = (x - left)[:, None], (y - top)[:, None]
    rows = [picture[top + j, left + i] for j in (0, 1) for i in (0, 1)]
    upper, lower = (a + (b - a) * across for a, b in (rows[:2], rows[2:]))
    return upper + (lower - upper) * down


def test_the_picture_gives_back_the_colors() -> None:
    mesh, colors = colored_ball()
    uvs = cell_uvs(mesh.vertices, mesh.faces, SIZE)
    picture = baked(uvs, colors[mesh.faces], SIZE)
    chance = np.random.default_rng(0)
    shares = chance.dirichlet((1, 1, 1), len(mesh.faces)).astype(np.float32)
    wanted = (colors[mesh.faces] * shares[..., None]).sum(1)
    found = looked_up(picture, (uvs * shares[..., None]).sum(1))
    assert np.quantile(abs(found - wanted), 0.99) < 0.06
    assert abs(found - wanted).mean() < 0.01


def test_a_small_picture_still_has_the_colors_of_the_place() -> None:
    """Neighbours lie together, so that a picture a quarter as wide is no mixture of all."""
    mesh, colors = colored_ball()
    uvs = cell_uvs(mesh.vertices, mesh.faces, SIZE)
    picture = baked(uvs, colors[mesh.faces], SIZE)
    small = picture.reshape(SIZE // 4, 4, SIZE // 4, 4, 3).mean((1, 3))
    middle = uvs.mean(1)
    x, y = (middle[:, 0] * SIZE / 4).astype(int), ((1 - middle[:, 1]) * SIZE / 4).astype(int)
    assert abs(small[y, x] - colors[mesh.faces].mean(1)).mean() < 0.1


def test_triangles_do_not_overlap_and_stay_inside() -> None:
    mesh, _ = colored_ball()
    uvs = cell_uvs(mesh.vertices, mesh.faces, SIZE)
    assert uvs.min() > 0 and uvs.max() < 1
    first, second = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    area = abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    assert len(np.unique(np.round(uvs.reshape(-1, 6), 6), axis=0)) == len(uvs)
    assert 0.1 < area.sum() < 1


def test_too_many_triangles_are_refused() -> None:
    faces = np.zeros((most_triangles(16) + 1, 3), dtype=np.int64)
    with pytest.raises(ValueError, match="do not fit"):
        cell_uvs(np.zeros((1, 3), np.float32), faces, 16)
