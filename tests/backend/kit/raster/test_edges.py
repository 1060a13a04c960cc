# SPDX-License-Identifier: Apache-2.0
"""Antialiased silhouettes against exact coverage, and their gradients against differences of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh

from kinora.backend.kit.raster import antialias, neighbours, rasterise

SIDE, FINE = 48, 8


def ball(subdivisions):
    mesh = trimesh.creation.icosphere(subdivisions)
    places = torch.tensor(np.array(mesh.vertices), dtype=torch.float32) * torch.tensor(
        [0.8, 1.0, 0.6]
    )
    return places, torch.tensor(np.array(mesh.faces))


def projected(places, side):
    """Pixels of places seen from 4 m along +Z."""
    depth = places[:, 2:] + 4
    return torch.cat([places[:, :2] / depth * 1.6 * side + side / 2, depth], dim=1)


def paint(places, triangles):
    """A color that changes over the surface, at the corners."""
    return (0.5 + 0.4 * places[:, [0, 1, 2]])[triangles]


def smooth(places, triangles, colors, behind):
    """The antialiased picture over a background."""
    corners = projected(places, SIDE)[triangles]
    seen = rasterise(corners, None, (1, SIDE, SIDE))
    whole = behind.reshape(-1, 3).index_copy(0, seen.seen, seen.at_seen(colors))
    return antialias(whole.view(1, SIDE, SIDE, 3), seen, corners, None, neighbours(triangles))[0]


def exact(places, triangles, colors, behind):
    """Each pixel as the mean of 64 within it."""
    corners = projected(places.double(), SIDE * FINE)[triangles]
    seen = rasterise(corners, None, (1, SIDE * FINE, SIDE * FINE))
    fine = behind.repeat_interleave(FINE, 0).repeat_interleave(FINE, 1).reshape(-1, 3)
    whole = fine.index_copy(0, seen.seen, seen.at_seen(colors))
    return whole.view(SIDE, FINE, SIDE, FINE, 3).mean((1, 3))


def backdrop():
    return torch.linspace(0, 1, SIDE)[:, None, None].expand(SIDE, SIDE, 3).contiguous()


@pytest.mark.parametrize("subdivisions", [0, 1, 3, 5], ids=lambda n: f"{20 * 4**n} faces")
def test_edges_cover_what_they_exactly_cover(subdivisions):
    """Of triangles larger and much smaller than a pixel."""
    places, triangles = ball(subdivisions)
    colors, behind = paint(places, triangles), backdrop()
    hard = exact(places, triangles, colors, behind)
    corners = projected(places, SIDE)[triangles]
    jagged = rasterise(corners, None, (1, SIDE, SIDE))
    jagged = behind.reshape(-1, 3).index_copy(0, jagged.seen, jagged.at_seen(colors))
    before = (jagged.view(SIDE, SIDE, 3) - hard).abs().sum()
    after = (smooth(places, triangles, colors, behind) - hard).abs().sum()
    assert after < 0.25 * before


def test_inside_of_a_surface_nothing_is_blended():
    places, triangles = ball(2)
    corners = projected(places, SIDE)[triangles]
    seen = rasterise(corners, None, (1, SIDE, SIDE))
    random = torch.rand(1, SIDE, SIDE, 3)
    found = antialias(random, seen, corners, None, neighbours(triangles))
    face = seen.face[0] >= 0
    deep = ~torch.nn.functional.max_pool2d((~face).float()[None], 3, 1, 1)[0].bool()
    assert deep.sum() > 400
    assert torch.equal(found[0][deep], random[0][deep])
    assert not torch.equal(found[0][face], random[0][face])


def test_a_hidden_silhouette_changes_nothing():
    """A ball behind a wall that covers the picture."""
    places, triangles = ball(2)
    wall = torch.tensor([[-9.0, -9, -2], [9, -9, -2], [-9, 9, -2], [9, 9, -2]])
    triangles = torch.cat([triangles, torch.tensor([[0, 1, 2], [1, 3, 2]]) + len(places)])
    corners = projected(torch.cat([places, wall]), SIDE)[triangles]
    seen = rasterise(corners, None, (1, SIDE, SIDE))
    random = torch.rand(1, SIDE, SIDE, 3)
    assert torch.equal(antialias(random, seen, corners, None, neighbours(triangles)), random)


def test_each_picture_of_a_batch_is_antialiased_alone():
    places, triangles = ball(2)
    turned = places * torch.tensor([1.2, 0.7, 1.0])
    corners = torch.cat([projected(p, SIDE)[triangles] for p in (places, turned)])
    picture = torch.arange(2).repeat_interleave(len(triangles))
    beside = neighbours(triangles)
    seen = rasterise(corners, picture, (2, SIDE, SIDE))
    colors = seen.spread(torch.ones(len(seen.seen), 1))
    both = antialias(colors, seen, corners, picture, torch.cat([beside, beside + len(triangles)]))
    for number, p in enumerate((places, turned)):
        own = projected(p, SIDE)[triangles]
        seen = rasterise(own, None, (1, SIDE, SIDE))
        colors = seen.spread(torch.ones(len(seen.seen), 1))
        torch.testing.assert_close(both[number], antialias(colors, seen, own, None, beside)[0])


def test_neighbours_share_an_edge():
    mesh = trimesh.creation.icosphere(2)
    triangles = torch.tensor(np.array(mesh.faces))
    beside = neighbours(triangles)
    assert (beside >= 0).all()
    pairs = {tuple(sorted(pair)) for pair in mesh.face_adjacency.tolist()}
    own = torch.arange(len(triangles))[:, None].expand(-1, 3)
    found = torch.stack([own, beside], -1).view(-1, 2).sort(1).values
    assert {tuple(pair) for pair in found.tolist()} == pairs


def test_an_open_border_has_no_neighbour():
    beside = neighbours(torch.tensor([[0, 1, 2], [1, 3, 2]]))
    assert beside.tolist() == [[1, -1, -1], [-1, 0, -1]]


@pytest.mark.parametrize("subdivisions", [1, 4], ids=["large faces", "small faces"])
def test_gradients_to_vertices_are_those_of_exact_pictures(subdivisions):
    """Moves along smooth directions: the derivative of a loss against differences of it, as drawn
    with 64 samples a pixel and no antialiasing."""
    places, triangles = ball(subdivisions)
    behind, wanted = backdrop(), backdrop().flip(0).roll(5, 1)
    colors = paint(places, triangles)
    x, y, z = places.T
    zero = torch.zeros_like(x)
    moves = [(x**p * y**q * z**r) for p, q, r in np.ndindex(3, 3, 2) if p + q + r < 4]
    directions = [torch.stack(d, 1) for m in moves for d in ((m, zero, zero), (zero, m, zero))]

    def loss(picture):
        return ((picture - wanted) ** 2).sum()

    moved = places.clone().requires_grad_()
    loss(smooth(moved, triangles, colors, behind)).backward()
    ours, expected, step = [], [], 0.02
    for direction in directions:
        ours.append((moved.grad * direction).sum().item())
        ahead, back = (
            loss(exact(places + s * direction, triangles, colors, behind)) for s in (step, -step)
        )
        expected.append((ahead - back).item() / (2 * step))
    ours, expected = np.array(ours), np.array(expected)
    cosine = ours @ expected / np.linalg.norm(ours) / np.linalg.norm(expected)
    assert cosine > 0.95
    assert 0.8 < np.linalg.norm(ours) / np.linalg.norm(expected) < 1.25


def test_gradients_to_attributes_are_those_of_finite_differences():
    places, triangles = ball(1)
    corners = projected(places.double(), 12)[triangles]
    seen = rasterise(corners, None, (1, 12, 12))
    beside = neighbours(triangles)
    values = torch.rand(len(places), 2, dtype=torch.float64, requires_grad=True)

    def drawn(of):
        picture = seen.interpolate(of, triangles)
        return antialias(picture, seen, corners, None, beside)

    assert torch.autograd.gradcheck(drawn, (values,), eps=1e-6, atol=1e-4)
