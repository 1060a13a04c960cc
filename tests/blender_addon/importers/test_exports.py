# SPDX-License-Identifier: Apache-2.0
"""A placed character leaves Blender as FBX and USD and comes back whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

from tube_systems.tube_man import tube_man  # noqa: E402

from kinora.blender_addon import importers  # noqa: E402
from kinora.shared.results import Character, Shape  # noqa: E402


@pytest.fixture
def character() -> Character:
    man = tube_man(vertices=900, frames=8)
    body = man.meshes[0]
    top = np.argsort(body.vertices[:, 2])[-40:]
    smile = Shape(
        "mouthSmileLeft", np.sort(top).astype(np.int32), np.full((40, 3), 0.02, np.float32)
    )
    return replace(man, meshes=(replace(body, shapes=(smile,)), *man.meshes[1:]))


@pytest.fixture
def placed(character):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    armature = importers.place(bpy.context, character, character.name, {})[0]
    for made in (armature, *armature.children):
        made.select_set(True)
    return armature


def write_fbx(path: str) -> None:
    bpy.ops.export_scene.fbx(
        filepath=path, use_selection=True, add_leaf_bones=False, path_mode="COPY",
        embed_textures=True, bake_anim=True,
    )  # fmt: skip


def write_usd(path: str) -> None:
    bpy.ops.wm.usd_export(
        filepath=path, selected_objects_only=True, export_armatures=True, export_shapekeys=True,
        export_animation=True, export_textures_mode="NEW",
    )  # fmt: skip


WAYS = {
    "fbx": (write_fbx, lambda path: bpy.ops.import_scene.fbx(filepath=path)),
    "usdc": (write_usd, lambda path: bpy.ops.wm.usd_import(filepath=path)),
}


def world(made) -> np.ndarray:
    """(V, 3) the vertices as they are shown."""
    graph = bpy.context.evaluated_depsgraph_get()
    shown = made.evaluated_get(graph)
    mesh = shown.to_mesh()
    values = np.empty(3 * len(mesh.vertices))
    mesh.vertices.foreach_get("co", values)
    matrix = np.array(shown.matrix_world)
    return values.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def plain(names) -> set[str]:
    """USD has no dots and dashes in names."""
    return {name.replace(".", "_").replace("-", "_") for name in names}


def farthest(one, other) -> float:
    away = np.linalg.norm(one[:, None] - other[None], axis=2)
    return float(max(away.min(0).max(), away.min(1).max()))


@pytest.mark.parametrize("kind", WAYS)
def test_armature_skin_texture_and_shape_keys_come_back(placed, character, tmp_path, kind) -> None:
    scene, body = bpy.context.scene, character.meshes[0]
    scene.frame_set(scene.frame_start + 4)
    before = world(bpy.data.objects[body.name])
    write, read = WAYS[kind]
    path = str(tmp_path / f"character.{kind}")
    write(path)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    read(path)
    scene = bpy.context.scene
    (armature,) = (each for each in scene.objects if each.type == "ARMATURE")
    assert plain(character.rig.bone_names) <= plain(armature.data.bones.keys())
    skins = [each for each in scene.objects if each.type == "MESH"]
    assert len(skins) == len(character.meshes)
    (made,) = (each for each in skins if each.data.shape_keys)
    assert len(made.data.vertices) == len(body.vertices)
    assert any(modifier.type == "ARMATURE" for modifier in made.modifiers)
    used = {character.rig.bone_names[bone] for bone in body.bone_indices[body.weights > 0]}
    assert plain(used) <= plain(made.vertex_groups.keys())
    assert len(made.data.uv_layers) == 1
    nodes = made.active_material.node_tree.nodes
    pictures = [node.image for node in nodes if node.type == "TEX_IMAGE"]
    assert pictures and all(min(picture.size) > 0 for picture in pictures)
    key = made.data.shape_keys.key_blocks["mouthSmileLeft"]
    basis = made.data.shape_keys.key_blocks[0]
    moved = [i for i in range(len(key.data)) if (key.data[i].co - basis.data[i].co).length > 1e-6]
    assert len(moved) == 40
    scene.frame_set(scene.frame_start + 4)
    assert farthest(world(made), before) < 2e-3
