# SPDX-License-Identifier: Apache-2.0
"""Pixels of flat triangles against a test of every pixel's center."""

from __future__ import annotations

import numpy as np
import torch

from kinora.backend.clipart.mesh.rows import pixels_of, rows_within

HEIGHT, WIDTH = 40, 56


def covered(corners):
    """(F, H, W) how often each triangle covers each pixel."""
    rows = rows_within(torch.tensor(corners, dtype=torch.float32), HEIGHT, WIDTH)
    pixels = pixels_of(rows)
    counts = np.zeros((len(corners), HEIGHT, WIDTH), int)
    place = (rows.face[pixels.row], rows.row[pixels.row], rows.left[pixels.row] + pixels.step)
    np.add.at(counts, tuple(part.numpy() for part in place), 1)
    return counts


def inside(corners):
    """(F, H, W) which centers lie within, by the signs of three areas; borders are left open."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    sides = []
    for start, end in zip(
        corners.swapaxes(0, 1), np.roll(corners, -1, 1).swapaxes(0, 1), strict=True
    ):
        along, to = end - start, np.stack([x, y], -1)[None] - start[:, None, None]
        sides.append(along[:, None, None, 0] * to[..., 1] - along[:, None, None, 1] * to[..., 0])
    least, most = np.min(sides, 0), np.max(sides, 0)
    return (least > 1e-3) | (most < -1e-3), (least > -1e-3) | (most < 1e-3)


def test_triangles_cover_the_pixels_whose_centers_they_hold():
    corners = np.random.default_rng(0).uniform((-20, -20), (WIDTH + 20, HEIGHT + 20), (60, 3, 2))
    counts = covered(corners)
    surely, perhaps = inside(corners)
    assert counts.max() == 1
    assert (counts[surely] == 1).all()
    assert not counts[~perhaps].any()


def test_a_mesh_covers_every_pixel_once_also_where_edges_meet_centers():
    ticks = np.linspace(0.5, 48.5, 9)
    grid = np.stack(np.meshgrid(ticks, ticks * 0.75), -1)
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]
    triangles = np.concatenate([np.stack([a, b, d], -2), np.stack([a, d, c], -2)]).reshape(-1, 3, 2)
    counts = covered(triangles[np.random.default_rng(1).permutation(len(triangles))]).sum(0)
    assert (counts[1:36, 1:48] == 1).all()
    assert counts.max() == 1


def test_what_is_flat_elsewhere_or_not_finite_covers_nothing():
    corners = np.array(
        [
            [[3, 3], [9, 9], [6, 6]],
            [[3, 7], [30, 7], [9, 7]],
            [[-9, -9], [-3, -9], [-3, -2]],
            [[1, 1], [np.nan, 20], [20, 1]],
            [[1, 1], [np.inf, 20], [20, 1]],
        ],
        float,
    )
    assert not covered(corners).any()
