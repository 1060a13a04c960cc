# SPDX-License-Identifier: Apache-2.0
"""Curves on meshes against the maps that moved the meshes."""

from __future__ import annotations

import numpy as np
from drawn_shapes import ellipse

from kinora.backend.clipart.mesh.binding import TOLERANCE, bind, carried_curves
from kinora.backend.clipart.mesh.curves import flattened

GRID = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), -1).reshape(-1, 2) * 10
CELLS = np.array([[i, i + 1, i + 6] for i in range(19) if i % 5 < 4])
CELLS = np.concatenate([CELLS, CELLS[:, [0, 2]][:, [0, 1, 1]] + [0, 0, -1]])
CIRCLE = ellipse((20, 20), (14, 9))


def test_a_place_is_bound_to_the_triangle_that_it_lies_in():
    places = np.random.default_rng(1).uniform(0, 40, (400, 2))
    bound = bind(places, GRID, CELLS)
    assert bound.shares.min() > -1e-9
    assert np.abs(bound.carried(GRID) - places).max() < 1e-9


def test_a_place_outside_goes_with_the_nearest_triangle_linearly():
    bound = bind(np.array([[-1.0, 15.0]]), GRID, CELLS)
    assert np.abs(GRID[bound.corners] - (0, 15)).max() <= 10
    assert np.allclose(bound.carried(GRID * 2 + 1), (-1, 31))


def carried_by(vertices, contour):
    return carried_curves(contour, lambda places: bind(places, GRID, CELLS).carried(vertices))


def test_a_curve_that_an_affine_map_moves_is_not_split():
    turned = GRID @ np.array([[0.8, -0.6], [0.6, 0.8]]) + (3, 4)
    curve = carried_by(turned[None], CIRCLE)[0]
    assert np.abs(curve - (CIRCLE @ np.array([[0.8, -0.6], [0.6, 0.8]]) + (3, 4))).max() < 1e-9


def test_a_bent_curve_passes_where_its_places_went_and_stays_closed():
    bent = np.stack([GRID[:, 0], GRID[:, 1] + 4 * (GRID[:, 0] > 15)], 1)
    curve = carried_by(np.stack([GRID, bent]), CIRCLE)
    assert len(curve[0]) % 3 == 1
    assert len(CIRCLE) < len(curve[0]) < 8 * len(CIRCLE)
    assert np.array_equal(curve[:, 0], curve[:, -1])
    wanted = bind(flattened(CIRCLE), GRID, CELLS).carried(bent)
    apart = np.linalg.norm(wanted[:, None] - flattened(curve[1])[None], axis=2).min(1)
    # Flattened curves are known up to half of the distance between their places.
    assert apart.max() < TOLERANCE + 0.8
    still = np.linalg.norm(flattened(CIRCLE)[:, None] - flattened(curve[0])[None], axis=2).min(1)
    assert still.max() < 0.8
