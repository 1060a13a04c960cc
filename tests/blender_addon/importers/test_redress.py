# SPDX-License-Identifier: Apache-2.0
"""A character's colors can be changed, and it can be dressed anew without losing anything else."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import replace

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

from tube_systems.tube_man import tube_man  # noqa: E402

from kinora.blender_addon import compat, importers  # noqa: E402
from kinora.blender_addon.importers import recolor  # noqa: E402
from kinora.blender_addon.importers.mesh import parts  # noqa: E402
from kinora.shared.results import Character  # noqa: E402

RED, WHITE = (0.8, 0.1, 0.1), (0.95, 0.95, 0.95)


def dressed(*names: str, inks=(RED,)) -> Character:
    """A tube man who wears copies of himself under these names."""
    man = tube_man(vertices=900, frames=8)
    painted = np.array(inks, np.float32)
    clothes = [replace(man.meshes[0], name=name, inks=painted) for name in names]
    return replace(man, meshes=(*man.meshes, *clothes))


@pytest.fixture
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return bpy.context.scene


def placed(character: Character, onto=None):
    return importers.place(bpy.context, character, character.name, {}, onto)[0]


def test_a_character_has_a_collection_of_its_own(scene) -> None:
    armature = placed(dressed("T-shirt"))
    (own,) = armature.users_collection
    assert own.name in scene.collection.children
    assert set(own.objects) == {armature, *armature.children}
    assert {"Body", "T-shirt"} <= {part.name for part in own.objects}


def test_only_what_was_painted_in_inks_has_colors_to_change(scene) -> None:
    armature = placed(dressed("T-shirt"))
    colored = {part.name for part in parts(armature) if recolor.COLORS[0] in part}
    assert colored == {"T-shirt"}
    color = bpy.data.objects["T-shirt"][recolor.COLORS[0]]
    assert np.allclose(list(color), recolor.to_linear(np.array(RED)), atol=1e-6)


@pytest.mark.parametrize("inks", [(RED,), (RED, WHITE), (WHITE, (0.05, 0.05, 0.05)), (RED, RED)])
def test_amounts_tell_the_inks_of_a_mix_apart(inks) -> None:
    linear = recolor.to_linear(np.array(inks))
    rows, offsets = recolor.amounts(linear)
    for number in range(len(linear) if len(set(inks)) == len(inks) else 0):
        share = np.eye(len(linear))[number]
        assert np.allclose(rows @ (share @ linear) + offsets, share, atol=1e-6)
    assert np.isfinite(rows).all() and np.isfinite(offsets).all()


def drawn(color) -> np.ndarray:
    """(3,) linear: a plane with a texture of one color, shown by its material's own node group."""
    scene = bpy.context.scene
    mesh = bpy.data.meshes.new("Plane")
    mesh.from_pydata([(-9, -9, 0), (9, -9, 0), (9, 9, 0), (-9, 9, 0)], [], [(0, 1, 2, 3)])
    plane = bpy.data.objects.new("Plane", mesh)
    scene.collection.objects.link(plane)
    recolor.make_recolorable(plane, np.array([RED, WHITE]))
    plane[recolor.COLORS[0]] = list(color)
    material = bpy.data.materials.new("Flat")
    compat.use_nodes(material)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    paint, out = nodes.new("ShaderNodeRGB"), nodes.new("ShaderNodeOutputMaterial")
    paint.outputs["Color"].default_value = (*recolor.to_linear(np.array(RED)) * 0.7, 1)
    glow = nodes.new("ShaderNodeEmission")
    links.new(recolor.recolored(nodes, links, paint), glow.inputs["Color"])
    links.new(glow.outputs[0], out.inputs["Surface"])
    mesh.materials.append(material)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location = (0, 0, 3)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.resolution_x = scene.render.resolution_y = 8
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.filepath = bpy.app.tempdir + "drawn.exr"
    bpy.ops.render.render(write_still=True)
    picture = bpy.data.images.load(scene.render.filepath)
    pixels = np.array(picture.pixels[:]).reshape(-1, 4)[:, :3]
    return pixels.mean(0)


def test_an_unchanged_color_shows_the_texture_as_it_was_painted(scene) -> None:
    red = recolor.to_linear(np.array(RED))
    assert np.allclose(drawn(red), 0.7 * red, atol=0.01)


def test_a_changed_color_is_shown_in_the_same_shade(scene) -> None:
    blue = np.array([0.05, 0.1, 0.7])
    assert np.allclose(drawn(blue), 0.7 * blue, atol=0.03)


def test_new_clothes_keep_place_keys_name_colors_and_the_users_own_things(scene) -> None:
    armature = placed(dressed("T-shirt", "Hat"))
    armature.location, armature.name = (4, 5, 6), "Hero"
    action = armature.animation_data.action
    sword = bpy.data.objects.new("My sword", None)
    scene.collection.objects.link(sword)
    sword.parent = armature
    bpy.data.objects["T-shirt"][recolor.COLORS[0]] = [0.0, 0.0, 1.0]
    again = placed(dressed("T-shirt", "Hoodie"), onto=armature)
    assert again == armature and armature.name == "Hero"
    assert tuple(armature.location) == (4, 5, 6)
    assert armature.animation_data.action == action
    assert sword.parent == armature
    names = {part.name for part in parts(armature)}
    assert {"T-shirt", "Hoodie"} <= names and "Hat" not in names
    assert list(bpy.data.objects["T-shirt"][recolor.COLORS[0]]) == [0.0, 0.0, 1.0]
    assert len([each for each in scene.objects if each.type == "ARMATURE"]) == 1
    assert all(part.modifiers["Armature"].object == armature for part in parts(armature))


def test_a_part_that_is_asked_for_in_another_color_gets_it(scene) -> None:
    armature = placed(dressed("T-shirt"))
    bpy.data.objects["T-shirt"][recolor.COLORS[0]] = [0.0, 0.0, 1.0]
    placed(dressed("T-shirt", inks=((0.1, 0.6, 0.1),)), onto=armature)
    color = list(bpy.data.objects["T-shirt"][recolor.COLORS[0]])
    assert int(np.argmax(color)) == 1


def test_gltf_export_from_blender_still_finds_the_texture(scene, tmp_path) -> None:
    placed(dressed("T-shirt"))
    bpy.ops.export_scene.gltf(filepath=str(tmp_path / "out.glb"))
    data = io.BytesIO((tmp_path / "out.glb").read_bytes())
    data.seek(12)
    length, _ = struct.unpack("<II", data.read(8))
    content = json.loads(data.read(length))
    assert all("baseColorTexture" in m["pbrMetallicRoughness"] for m in content["materials"])
