# SPDX-License-Identifier: Apache-2.0
"""The base field is the start's own signed distance and color."""

from __future__ import annotations

import balls
import numpy as np
import pytest
import torch
import trimesh

from kinora.backend.avatar.sculpt.distance import FAR, base_field
from kinora.backend.avatar.sculpt.winding import inside
from kinora.backend.kit.nearest import Surface


@pytest.fixture(scope="module")
def dressed():
    start = balls.start(shell=True)
    return start, base_field(start)


def test_the_surface_is_where_the_start_is(dressed):
    start, base = dressed
    for part in range(2):
        corners = start.vertices[start.triangles[start.part == part]].double().numpy()
        samples, _ = trimesh.sample.sample_surface(as_mesh(corners), 4000, seed=0)
        places = torch.from_numpy(samples).float()
        # Half of the ball is hidden by the shirt.
        is_seen = places[:, 2] < -0.03 if part == 0 else places[:, 2] > 0.005
        assert is_seen.sum() > 1000
        off = base.distance(places[is_seen]).abs()
        assert off.mean() < 0.001
        assert off.quantile(0.99) < 0.003


def test_near_the_body_distances_are_those_of_a_ball(dressed):
    _, base = dressed
    places = directions(4000) * torch.empty(4000, 1).uniform_(0.13, 0.17)
    # Under the shirt its slab is nearer.
    places[:, 2] = -places[:, 2].abs() - 0.04
    exact = places.norm(dim=1) - balls.RADIUS
    off = (base.distance(places) - exact).abs()[exact.abs() < 0.015]
    assert off.mean() < 0.0007
    assert off.max() < 0.002


def test_what_nobody_sees_behind_a_sheet_is_filled(dressed):
    _, base = dressed
    outside, within, behind = base.distance(beside_shell([0.3, 0.2, 0.93])).tolist()
    assert outside == pytest.approx(0.01, abs=0.001)
    assert within == pytest.approx(-0.003, abs=0.001)
    assert behind < -0.01
    below = torch.tensor([[balls.SHELL, 0.0, -0.03]])
    assert base.distance(below) > 0.01


def test_a_sheet_that_is_seen_from_both_sides_is_a_slab():
    base = base_field(balls.start(shell=True, upright=False))
    outside, within, behind = base.distance(beside_shell([0.3, 0.2, 0.93])).tolist()
    assert outside == pytest.approx(0.01, abs=0.001)
    assert within == pytest.approx(-0.003, abs=0.001)
    assert behind > 0.005


def beside_shell(direction):
    """Places 10 mm before the shell, 3 and 20 mm behind it."""
    height = torch.tensor([[0.01], [-0.003], [-0.02]])
    return torch.nn.functional.normalize(torch.tensor([direction]), dim=1) * (balls.SHELL + height)


def test_colors_are_those_of_the_nearest_surface(dressed):
    _, base = dressed
    places = torch.tensor([[0.0, 0, balls.SHELL + 0.01], [0, 0, -balls.RADIUS - 0.01]])
    expected = torch.tensor([[0.0, 0, 0.8], [0.8, 0, 0]])
    torch.testing.assert_close(base.color(places), expected, atol=0.01, rtol=0)


def test_far_from_the_start_no_place_reads_as_nearer_than_it_is_possible_to_come(dressed):
    _, base = dressed
    far = torch.tensor([[0.0, 0, 0.5], [3.0, 0, 0], [0.0, 0, 0]])
    assert base.distance(far).tolist() == pytest.approx([FAR, FAR, -FAR], abs=1e-4)


def test_overlapping_solids_are_one():
    one = trimesh.creation.icosphere(subdivisions=2, radius=0.3)
    two = trimesh.creation.box((0.2, 0.3, 0.9))
    two.apply_transform(trimesh.transformations.rotation_matrix(0.7, (1, 0.3, 0)))
    corners = np.concatenate([one.triangles, two.triangles])
    low, cell, nodes = -0.55, 0.047, (23, 24, 25)
    found = inside(torch.from_numpy(corners).float(), torch.full((3,), low), cell, nodes)
    places = np.stack(np.meshgrid(*(low + cell * np.arange(n) for n in nodes), indexing="ij"), -1)
    flat = places.reshape(-1, 3)
    expected = one.contains(flat) | two.contains(flat)
    assert 500 < expected.sum() < len(flat) - 500
    assert (found.numpy().reshape(-1) == expected).mean() > 0.9999


def test_nearest_points_are_trimeshs():
    random = np.random.default_rng(0)
    corners = random.normal(size=(300, 3, 3)) * 0.01 + random.normal(size=(300, 1, 3)) * 0.2
    places = random.normal(size=(200, 3)) * 0.2
    every = np.repeat(places[:, None], 300, 1).reshape(-1, 3)
    touched = trimesh.triangles.closest_point(np.tile(corners, (200, 1, 1)), every)
    exact = np.linalg.norm(touched - every, axis=1).reshape(200, 300).min(1)
    found = Surface(torch.from_numpy(corners)).nearest(torch.from_numpy(places))
    # The triangle is that of the nearest sample; samples are 4 mm apart.
    assert (found.distance.numpy() >= exact - 1e-9).all()
    assert (found.distance.numpy() - exact).max() < 0.004
    assert np.median(found.distance.numpy() - exact) < 1e-9


def as_mesh(corners):
    return trimesh.Trimesh(corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3))


def directions(count):
    torch.manual_seed(0)
    return torch.nn.functional.normalize(torch.randn(count, 3), dim=1)
