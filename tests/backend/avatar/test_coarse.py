# SPDX-License-Identifier: Apache-2.0
"""The preview's mesh is the surface of all parts, whatever their faces have for corners."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from tube_systems.tube_man import tube_man

from kinora.backend.avatar.coarse import coarse_mesh


def area(vertices, faces):
    """Of the parts one by one, by trimesh's own cut of quads."""
    triangles = trimesh.geometry.triangulate_quads([face[face >= 0] for face in faces])
    return trimesh.Trimesh(vertices, triangles, process=False).area


def test_all_parts_are_one_surface():
    meshes = tube_man(vertices=600).meshes
    coarse = coarse_mesh(meshes)
    assert len(coarse.vertices) == sum(len(mesh.vertices) for mesh in meshes)
    whole = trimesh.Trimesh(coarse.vertices, coarse.triangles, process=False)
    parts = [area(mesh.vertices, mesh.faces) for mesh in meshes]
    assert len(parts) > 1
    assert whole.area == pytest.approx(sum(parts), rel=1e-5)
    assert np.allclose(whole.bounds[0], np.min([mesh.vertices.min(0) for mesh in meshes], 0))


def test_it_crosses_the_wire_as_a_preview(box_character):
    coarse = coarse_mesh(box_character.meshes)
    assert (coarse.vertices.dtype, coarse.triangles.dtype) == (np.float32, np.int32)
    assert coarse.triangles.min() >= 0 and coarse.triangles.max() < len(coarse.vertices)
    # A box along a bone has five sides of four corners and one of two triangles.
    boxes = sum(len(mesh.vertices) for mesh in box_character.meshes) // 8
    assert len(coarse.triangles) == 12 * boxes
