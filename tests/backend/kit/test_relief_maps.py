# SPDX-License-Identifier: Apache-2.0
"""Normals of relief against planes and waves whose slopes are known."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.kit.relief import STEEPEST, normals_of, slopes_of, steeper, texel_spans

SIZE = 64


def square(width: float, height: float):
    """One triangle that covers the left lower half of the map, on a rectangle in metres."""
    uvs = np.float32([[[0, 0], [1, 0], [0, 1]]])
    places = np.float32([[[0, 0, 0], [width, 0, 0], [0, 0, height]]])
    return places, uvs


def test_spans_are_metres_of_a_texel_each_way() -> None:
    spans = texel_spans(*square(0.64, 1.28), SIZE)
    assert np.allclose(spans, [[0.01, 0.02]])


@pytest.mark.parametrize(("u", "v"), [(0.3, 0.0), (0.0, -0.2), (0.5, 0.4)])
def test_a_plane_has_its_slope_everywhere(u, v) -> None:
    x, y = np.meshgrid(np.arange(SIZE) * 0.01, np.arange(SIZE)[::-1] * 0.02)
    spans = np.tile(np.float32([0.01, 0.02]), (SIZE * SIZE, 1))
    slopes = slopes_of((u * x + v * y).ravel().astype(np.float32), spans, SIZE)
    inner = slopes.reshape(SIZE, SIZE, 2)[1:-1, 1:-1]
    assert np.allclose(inner, [u, v], atol=1e-4)
    expected = np.array([-u, -v, 1]) / np.linalg.norm([u, v, 1])
    normals = normals_of(slopes).reshape(SIZE, SIZE, 3)
    assert np.allclose(normals[1:-1, 1:-1], expected, atol=1e-4)


def test_no_slope_is_steeper_than_the_steepest() -> None:
    noise = np.random.default_rng(0).normal(0, 1, SIZE * SIZE).astype(np.float32)
    slopes = slopes_of(noise, np.full((SIZE * SIZE, 2), 0.001, np.float32), SIZE)
    assert np.linalg.norm(slopes, axis=1).max() <= STEEPEST + 1e-5


def test_slopes_add_up() -> None:
    first, second = np.float32([[0.3, -0.1]]), np.float32([[-0.1, 0.4]])
    assert np.allclose(steeper(normals_of(first), second), normals_of(first + second), atol=1e-6)
    assert np.allclose(steeper(normals_of(first), 0 * second), normals_of(first), atol=1e-6)
