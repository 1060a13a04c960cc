# SPDX-License-Identifier: Apache-2.0
"""A character in Blender is the character that was sent: shape, cloth, bones, motion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

from tube_systems.tube_man import tube_man  # noqa: E402

from kinora.blender_addon import compat, importers  # noqa: E402
from kinora.shared import posing, rotations  # noqa: E402
from kinora.shared.results import Character, Sway  # noqa: E402
from kinora.shared.skeleton import BONE_OF_JOINT  # noqa: E402

CURSOR = np.array([1.0, 2.0, 0.5])


@pytest.fixture
def character() -> Character:
    return tube_man(vertices=900, frames=20)


@pytest.fixture
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.cursor.location = CURSOR
    scene.render.fps = 24
    return scene


@pytest.fixture
def armature(scene, character: Character):
    tags = {"shape_prompt": "an old man", "seed": 3}
    return importers.place(bpy.context, character, character.name, tags)[0]


def read(collection, attribute: str, width: int) -> np.ndarray:
    values = np.empty(len(collection) * width, np.float32)
    collection.foreach_get(attribute, values)
    return values.reshape(-1, width)


def go_to(scene, frame: float) -> None:
    scene.frame_set(int(frame), subframe=frame % 1)


def test_every_part_keeps_its_vertices_faces_and_uvs(armature, character: Character) -> None:
    for part in character.meshes:
        mesh = bpy.data.objects[part.name].data
        assert np.allclose(read(mesh.vertices, "co", 3), part.vertices)
        faces = [tuple(polygon.vertices) for polygon in mesh.polygons]
        assert faces == [tuple(corner for corner in face if corner >= 0) for face in part.faces]
        uvs = part.uvs[part.faces >= 0]
        assert np.allclose(read(mesh.uv_layers["UVMap"].uv, "vector", 2), uvs, atol=1e-6)
        assert all(polygon.use_smooth for polygon in mesh.polygons)


def test_every_vertex_is_held_by_its_bones(armature, character: Character) -> None:
    part = character.meshes[0]
    made = bpy.data.objects[part.name]
    bones = {group.index: group.name for group in made.vertex_groups}
    for vertex, indices, weights in zip(
        made.data.vertices, part.bone_indices, part.weights, strict=True
    ):
        wanted: dict[str, float] = {}
        for bone, weight in zip(indices, weights, strict=True):
            if weight > 0:
                name = character.rig.bone_names[bone]
                wanted[name] = wanted.get(name, 0.0) + float(weight)
        found = {bones[each.group]: each.weight for each in vertex.groups}
        assert found == pytest.approx(wanted, abs=1e-6)


def test_bones_stand_on_the_joints_within_a_millimetre_on_every_frame(
    scene, armature, character: Character
) -> None:
    motion = character.motion
    names = [character.rig.bone_names[bone] for bone in posing.joint_bones(character.rig)]
    for number, joints in enumerate(motion.joints):
        go_to(scene, scene.frame_start + number / motion.fps * 24)
        heads = [armature.matrix_world @ armature.pose.bones[name].head for name in names]
        assert np.abs(np.array(heads) - CURSOR - joints).max() < 1e-3


def test_the_skinned_body_is_where_the_mathematics_says(
    scene, armature, character: Character
) -> None:
    go_to(scene, scene.frame_start + 13 / character.motion.fps * 24)
    graph = bpy.context.evaluated_depsgraph_get()
    for part in character.meshes:
        evaluated = bpy.data.objects[part.name].evaluated_get(graph)
        wanted = posing.skin(
            character.rig, character.motion, part.vertices, part.bone_indices, part.weights, 13
        )
        assert np.abs(read(evaluated.data.vertices, "co", 3) - wanted).max() < 1e-4


def test_keys_keep_real_time_and_lie_in_a_slot_where_there_are_slots(
    armature, character: Character
) -> None:
    action = armature.animation_data.action
    curve = next(c for c in compat.find_curves(action) if "upperarm01.L" in c.data_path)
    frames = [point.co.x for point in curve.keyframe_points]
    seconds = np.arange(20) / character.motion.fps
    assert np.allclose(frames, 1 + seconds * 24, atol=1e-4)
    if compat.HAS_SLOTS:
        assert armature.animation_data.action_slot == action.slots[0]


def test_the_scene_range_is_extended_and_never_cut(scene, character: Character) -> None:
    scene.frame_end = 5
    importers.place(bpy.context, character, "First", {})
    assert scene.frame_end == 17  # 1 + 19 / 30 s x 24 frames a second, rounded up
    scene.frame_end = 400
    importers.place(bpy.context, character, "Second", {})
    assert scene.frame_end == 400


def test_pictures_are_packed_and_wired(armature, character: Character) -> None:
    material = bpy.data.objects["Body"].data.materials[0]
    sources = {
        link.to_socket.name: link.from_node.type
        for link in material.node_tree.links
        if link.to_node.type == "BSDF_PRINCIPLED"
    }
    assert sources["Base Color"] == "GROUP"
    assert sources["Normal"] == "NORMAL_MAP"
    assert sources["Roughness"] == sources["Metallic"] == "SEPARATE_COLOR"
    skin = bpy.data.images["skin.jpg"]
    assert skin.packed_file is not None
    assert tuple(skin.size) == (16, 16)
    assert skin.colorspace_settings.name == "sRGB"
    assert bpy.data.images["skin_normal.png"].colorspace_settings.name == "Non-Color"


def test_the_22_bones_are_shown_and_the_others_are_a_click_away(armature) -> None:
    shown = {c.name for c in armature.data.collections if c.is_visible}
    assert shown == {"Body"}
    body = {bone.name for bone in armature.data.collections["Body"].bones}
    assert body == set(BONE_OF_JOINT.values())
    assert "finger1-1.L" in armature.data.collections["Fingers"].bones


def test_everything_is_placed_at_the_cursor_selected_and_labelled(armature) -> None:
    assert np.allclose(armature.matrix_world.translation, CURSOR)
    assert bpy.context.view_layer.objects.active == armature
    assert armature["kinora_shape_prompt"] == "an old man"
    assert armature["kinora_seed"] == 3
    assert {child.name for child in armature.children} == {"Body", "Jacket"}


def test_an_import_that_fails_leaves_nothing_behind_and_takes_nothing_away(
    scene, character: Character
) -> None:
    mine = bpy.data.meshes.new("Mine")
    broken = Character(**{**vars(character), "materials": ()})
    with pytest.raises(IndexError):
        importers.place(bpy.context, broken, "Broken", {})
    assert [mesh.name for mesh in bpy.data.meshes] == [mine.name]
    assert not bpy.data.objects
    assert not bpy.data.armatures


def test_posing_the_armature_by_hand_is_not_in_the_way(scene, character: Character) -> None:
    first = importers.place(bpy.context, character, "First", {})[0]
    bpy.ops.object.mode_set(mode="POSE")
    second = importers.place(bpy.context, character, "Second", {})[0]
    assert first is not second
    assert bpy.context.mode == "OBJECT"


@pytest.fixture
def swaying(scene) -> Character:
    """The tube man whose jacket is held in part by a bone of cloth that turns on every frame."""
    plain = tube_man(vertices=900, frames=20, spare_bones=1)
    names = (*plain.rig.bone_names[:-1], "skirt.front.01")
    bone = len(names) - 1
    body, jacket = plain.meshes
    indices, weights = jacket.bone_indices.copy(), jacket.weights.copy()
    indices[:, 3], weights[:, 3] = bone, np.linspace(0, 1, len(weights))
    weights[:, :3] *= 1 - weights[:, 3:]
    angles = np.linspace(0, 2, 20)[:, None]
    turns = rotations.from_axis_angle(np.array([0.6, 0.8, 0.0]), angles).astype(np.float32)
    return replace(
        plain,
        rig=replace(plain.rig, bone_names=names),
        meshes=(body, replace(jacket, bone_indices=indices, weights=weights)),
        sway=Sway(np.int32([bone]), turns),
    )


def test_cloth_sways_as_the_mathematics_says(scene, swaying: Character) -> None:
    armature = importers.place(bpy.context, swaying, "Swaying", {})[0]
    part = swaying.meshes[1]
    made = next(each for each in armature.children if each.name.startswith(part.name))
    for frame in (0, 13, 19):
        go_to(scene, scene.frame_start + frame / swaying.motion.fps * 24)
        evaluated = made.evaluated_get(bpy.context.evaluated_depsgraph_get())
        wanted = posing.posed(swaying, part, frame)
        assert np.abs(read(evaluated.data.vertices, "co", 3) - wanted).max() < 1e-4


def test_bones_of_cloth_have_a_collection_and_what_they_hold_a_pin_group(
    scene, swaying: Character
) -> None:
    armature = importers.place(bpy.context, swaying, "Swaying", {})[0]
    cloth = armature.data.collections["Cloth"].bones
    assert [bone.name for bone in cloth] == ["skirt.front.01"]
    body, jacket = (
        armature.children
        if armature.children[0].name[:4] == "Body"
        else reversed(armature.children)
    )
    assert "Pin" not in body.vertex_groups
    pin = jacket.vertex_groups["Pin"].index
    held = [
        sum(group.weight for group in vertex.groups if group.group == pin)
        for vertex in jacket.data.vertices
    ]
    assert np.allclose(held, 1 - np.linspace(0, 1, len(held)), atol=1e-5)
