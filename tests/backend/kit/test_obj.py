# SPDX-License-Identifier: Apache-2.0
"""OBJ and PLY, read back by trimesh, are the character: places, quads, UVs, pictures, colors."""

from __future__ import annotations

import io

import numpy as np
import pytest
import trimesh
from PIL import Image
from scipy.spatial import cKDTree

from kinora.backend.avatar.neus.ply import write_ply
from kinora.backend.kit.obj import vertex_colors, write_obj


@pytest.fixture
def files(box_character):
    return write_obj(box_character, "avatar")


def loaded(files, tmp_path, meshes):
    """Trimesh's parts in our order: it calls them by names of its own."""
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    scene = trimesh.load(tmp_path / "avatar.obj", split_object=True, group_material=False)
    counts = [len(mesh.faces) + (mesh.faces[:, 3] >= 0).sum() for mesh in meshes]
    by_count = {len(part.faces): part for part in scene.geometry.values()}
    assert sorted(by_count) == sorted(counts) and len(scene.geometry) == len(meshes)
    return [by_count[count] for count in counts]


def z_up(places):
    x, y, z = np.asarray(places).T
    return np.stack([x, -z, y], 1)


def farthest(one, other) -> float:
    """The distance of the worst match between two sets of points."""
    return max(cKDTree(one).query(other)[0].max(), cKDTree(other).query(one)[0].max())


def test_trimesh_finds_every_part_where_it_stands(files, box_character, tmp_path) -> None:
    parts = loaded(files, tmp_path, box_character.meshes)
    for mesh, part in zip(box_character.meshes, parts, strict=True):
        assert farthest(z_up(part.vertices), mesh.vertices) < 1e-5


def test_uvs_and_pictures_come_back(files, box_character, tmp_path) -> None:
    parts = loaded(files, tmp_path, box_character.meshes)
    for mesh, part in zip(box_character.meshes, parts, strict=True):
        used = mesh.faces >= 0
        pairs = np.column_stack([mesh.vertices[mesh.faces[used]], mesh.uvs[used]])
        assert farthest(np.column_stack([z_up(part.vertices), part.visual.uv]), pairs) < 5e-5
        media = box_character.materials[mesh.material].base_color
        with Image.open(io.BytesIO(media.data.tobytes())) as expected:
            shown = part.visual.material.image.convert("RGB")
            assert np.array_equal(np.asarray(shown), np.asarray(expected.convert("RGB")))


def test_quads_stay_quads_and_pictures_stay_their_bytes(files, box_character) -> None:
    lines = files["avatar.obj"].decode().splitlines()
    sizes = [len(line.split()) - 1 for line in lines if line.startswith("f ")]
    assert sizes.count(4) == sum((mesh.faces[:, 3] >= 0).sum() for mesh in box_character.meshes)
    assert sizes.count(3) == sum((mesh.faces[:, 3] < 0).sum() for mesh in box_character.meshes)
    cloth = box_character.materials[0]
    assert files["avatar_color.png"] == cloth.base_color.data.tobytes()
    named = {line.split()[-1] for line in files["avatar.mtl"].decode().splitlines() if "." in line}
    assert {name for name in named if name in files} == set(files) - {"avatar.obj", "avatar.mtl"}


def test_the_ply_has_all_parts_in_the_colors_of_their_textures(box_character) -> None:
    data = write_ply(*vertex_colors(box_character))
    found = trimesh.load(io.BytesIO(data), file_type="ply", process=False)
    assert np.allclose(found.vertices, np.concatenate([m.vertices for m in box_character.meshes]))
    row = 0
    for mesh, color in zip(box_character.meshes, ((220, 170, 140), (180, 40, 40)), strict=True):
        own = found.visual.vertex_colors[row : row + len(mesh.vertices), :3].astype(int)
        assert np.abs(own - color).max() <= 1
        row += len(mesh.vertices)
    edges = [len(m.faces) + (m.faces[:, 3] >= 0).sum() for m in box_character.meshes]
    assert len(found.faces) == sum(edges)
