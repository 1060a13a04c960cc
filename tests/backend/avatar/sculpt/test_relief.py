# SPDX-License-Identifier: Apache-2.0
"""Meshes of a sculpted field: known displacements, and surfaces that are closed."""

from __future__ import annotations

import math

import balls
import pytest
import torch
import trimesh

from kinora.backend.avatar.sculpt.distance import base_field, vertex_normals
from kinora.backend.avatar.sculpt.field import Grid, new_field
from kinora.backend.avatar.sculpt.relief import displacement, extract

GRID = Grid(levels=3, coarse=0.1, fine=0.02, bits=10, hidden=4)
GROWN = 0.01 * math.tanh(0.4)  # metres: the network says 4 mm, of 10 at most


@pytest.fixture
def field():
    return new_field(base_field(balls.start()), GRID)


def grow(field):
    with torch.no_grad():
        field.shape.first.zero_()
        field.shape.bias.fill_(1.0)
        field.shape.last.fill_(0.4 / GRID.hidden)


def test_vertices_move_by_what_the_surface_moved(field):
    start = balls.start()
    normals = vertex_normals(start.vertices, start.triangles)
    assert torch.equal(displacement(field, start.vertices, normals), torch.zeros(len(normals)))
    grow(field)
    found = displacement(field, start.vertices, normals)
    assert (found - GROWN).abs().max() < 1e-4


def test_where_the_movement_varies_vertices_land_on_the_new_surface(field):
    torch.manual_seed(0)
    with torch.no_grad():
        field.shape.table.uniform_(-1, 1)
        field.shape.last.normal_(0, 0.2)
        field.show(2)
    start = balls.start()
    normals = vertex_normals(start.vertices, start.triangles)
    found = displacement(field, start.vertices, normals)
    assert found.std() > 0.0007
    landed = start.vertices + found[:, None] * normals
    before = field.base.distance(start.vertices).abs().mean()
    assert field.distance(landed).abs().mean() < before + 0.0005


@pytest.mark.parametrize("grown", [False, True])
def test_the_extracted_ball_is_closed_and_where_it_should_be(field, grown):
    pytest.importorskip("skimage")
    if grown:
        grow(field)
    vertices, triangles, colors = extract(field, cell=0.008)
    mesh = trimesh.Trimesh(vertices.numpy(), triangles.numpy(), process=False)
    radius = balls.RADIUS + (GROWN if grown else 0)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(4 / 3 * math.pi * radius**3, rel=0.02)
    assert (vertices.norm(dim=1) - radius).abs().max() < 0.001
    assert (colors - torch.tensor([0.8, 0, 0])).abs().max() < 0.05
