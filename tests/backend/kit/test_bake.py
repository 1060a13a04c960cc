# SPDX-License-Identifier: Apache-2.0
"""Baking: linear fields come out exact, padding copies the nearest texel, nothing leaks beyond."""

from __future__ import annotations

import numpy as np

from kinora.backend.kit.bake import bake, cover, pad_sources

SIZE = 64
QUAD = np.array(
    [[[0.2, 0.3], [0.8, 0.3], [0.8, 0.9]], [[0.2, 0.3], [0.8, 0.9], [0.2, 0.9]]], dtype=np.float32
)


def centres(size: int) -> tuple[np.ndarray, np.ndarray]:
    """u and v of each texel's centre in a picture whose row 0 is v = 1."""
    steps = (np.arange(size) + 0.5) / size
    return np.meshgrid(steps, 1 - steps)


def test_a_linear_attribute_is_exact_at_texel_centres() -> None:
    attributes = np.stack([3 * QUAD[..., 0] - 2 * QUAD[..., 1] + 1, QUAD[..., 1]], axis=-1)
    values, mask = bake(QUAD, attributes.astype(np.float32), SIZE)
    u, v = centres(SIZE)
    assert mask.sum() > 1000
    np.testing.assert_allclose(values[mask][:, 0], (3 * u - 2 * v + 1)[mask], atol=2e-5)
    np.testing.assert_allclose(values[mask][:, 1], v[mask], atol=2e-5)


def test_texels_are_covered_where_their_centres_lie_inside() -> None:
    _, mask = bake(QUAD, QUAD, SIZE)
    u, v = centres(SIZE)
    inside = (u > 0.2) & (u < 0.8) & (v > 0.3) & (v < 0.9)
    np.testing.assert_array_equal(mask, inside)


def test_padding_repeats_the_border_and_ends() -> None:
    values, mask = bake(QUAD, np.repeat(QUAD[..., :1], 2, axis=-1) + 5, SIZE, padding=4)
    row = SIZE // 2
    first = int(np.flatnonzero(mask[row])[0])
    np.testing.assert_array_equal(values[row, first - 4 : first], values[row, [first] * 4])
    assert (values[row, : first - 4] == 0).all()


def test_padding_never_overwrites_what_is_covered() -> None:
    coverage = cover(QUAD, SIZE)
    source = pad_sources(coverage, 8)
    np.testing.assert_array_equal(source[coverage.texels], coverage.texels)


def test_padding_stops_at_the_edge_of_the_picture() -> None:
    corner = np.array([[[0, 0], [1, 0], [1, 1]]], dtype=np.float32)
    source = pad_sources(cover(corner, 16), 3).reshape(16, 16)
    # Row 0 is covered only at its right end; padding from the far side would be wrapped around.
    assert source[0, 0] == -1
    assert source[0, 15] >= 0


def test_the_first_of_overlapping_triangles_is_seen() -> None:
    twice = np.concatenate([QUAD, QUAD])
    assert cover(twice, SIZE).faces.max() == 1
