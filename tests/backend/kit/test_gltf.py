# SPDX-License-Identifier: Apache-2.0
"""A written GLB, read back by an evaluator of the test's own, stands where the motion says."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation, Slerp

from kinora.backend.kit.gltf import write_glb
from kinora.shared import posing
from kinora.shared.errors import BadResultError
from kinora.shared.results import FaceCurve, Media, Shape, Sway

KINDS = {5126: "<f4", 5123: "<u2", 5125: "<u4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Glb:
    """The file's JSON and its arrays, by the letter of the glTF 2.0 specification."""

    def __init__(self, data: bytes) -> None:
        magic, version, length = struct.unpack_from("<4sII", data)
        assert (magic, version, length) == (b"glTF", 2, len(data))
        size, kind = struct.unpack_from("<I4s", data, 12)
        assert kind == b"JSON" and size % 4 == 0
        self.json = json.loads(data[20 : 20 + size])
        length, kind = struct.unpack_from("<I4s", data, 20 + size)
        self.blob = data[28 + size :]
        assert kind == b"BIN\0" and len(self.blob) == length
        assert self.json["buffers"] == [{"byteLength": length}]

    def view(self, number):
        view = self.json["bufferViews"][number]
        return self.blob[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]

    def array(self, number):
        accessor = self.json["accessors"][number]
        values = np.frombuffer(self.view(accessor["bufferView"]), KINDS[accessor["componentType"]])
        values = values.reshape(accessor["count"], WIDTHS[accessor["type"]])
        for key, found in (("min", values.min(0)), ("max", values.max(0))):
            assert np.allclose(accessor.get(key, found), found)
        return values / np.iinfo(values.dtype).max if accessor.get("normalized") else values

    def offsets(self, mesh, name):
        """(N, 3) what a morph target adds, by its name."""
        geometry = self.json["meshes"][mesh]
        target = geometry["primitives"][0]["targets"][geometry["extras"]["targetNames"].index(name)]
        accessor = self.json["accessors"][target["POSITION"]]
        assert "bufferView" not in accessor
        assert (accessor["componentType"], accessor["type"]) == (5126, "VEC3")
        indices = accessor["sparse"]["indices"]
        kind = KINDS[indices["componentType"]]
        moved = np.frombuffer(self.view(indices["bufferView"]), kind)
        assert (np.diff(moved.astype(int)) > 0).all()
        values = np.zeros((accessor["count"], 3), np.float32)
        listed = np.frombuffer(self.view(accessor["sparse"]["values"]["bufferView"]), "<f4")
        values[moved] = listed.reshape(accessor["sparse"]["count"], 3)
        assert np.array_equal([accessor["min"], accessor["max"]], [values.min(0), values.max(0)])
        return values

    def world_matrices(self, time=None):
        """(N, 4, 4) of all nodes at a time of the animation, or as the file stands."""
        nodes = [dict(node) for node in self.json["nodes"]]
        animation = self.json.get("animations", [{"channels": []}])[0]
        for channel in animation["channels"] if time is not None else []:
            sampler = animation["samplers"][channel["sampler"]]
            times, values = self.array(sampler["input"])[:, 0], self.array(sampler["output"])
            if len(times) == 1:
                value = values[0]
            elif channel["target"]["path"] == "rotation":
                value = Slerp(times, Rotation.from_quat(values))(time).as_quat()
            else:
                value = [np.interp(time, times, values[:, axis]) for axis in range(3)]
            nodes[channel["target"]["node"]][channel["target"]["path"]] = value
        parents = {c: p for p, node in enumerate(nodes) for c in node.get("children", [])}
        worlds = {}

        def world(number):
            if number not in worlds:
                matrix = np.eye(4)
                rotation = nodes[number].get("rotation", [0, 0, 0, 1])
                matrix[:3, :3] = Rotation.from_quat(rotation).as_matrix()
                matrix[:3, 3] = nodes[number].get("translation", [0, 0, 0])
                above = world(parents[number]) if number in parents else np.eye(4)
                worlds[number] = above @ matrix
            return worlds[number]

        return np.stack([world(number) for number in range(len(nodes))])

    def skinned(self, mesh, worlds):
        skin = self.json["skins"][0]
        binds = self.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).swapaxes(1, 2)
        matrices = worlds[skin["joints"]] @ binds
        attributes = self.json["meshes"][mesh]["primitives"][0]["attributes"]
        joints, weights = self.array(attributes["JOINTS_0"]), self.array(attributes["WEIGHTS_0"])
        assert np.allclose(weights.sum(1), 1, atol=1e-12)
        places = self.array(attributes["POSITION"])
        blended = np.einsum("vk,vkij->vij", weights, matrices[joints])
        return np.einsum("vij,vj->vi", blended[:, :3, :3], places) + blended[:, :3, 3]


def z_up(places):
    x, y, z = np.moveaxis(np.asarray(places), -1, 0)
    return np.stack([x, -z, y], -1)


def test_nodes_stand_on_the_joints_at_every_frame(box_character):
    glb = Glb(write_glb(box_character))
    motion = box_character.motion
    bones = posing.joint_bones(box_character.rig)
    for frame, joints in enumerate(motion.joints):
        heads = z_up(glb.world_matrices(frame / motion.fps)[bones, :3, 3])
        assert np.abs(heads - joints).max() < 1e-4


def test_skinned_parts_agree_with_posing(box_character):
    glb = Glb(write_glb(box_character))
    for frame in (0, 5, 11):
        worlds = glb.world_matrices(frame / box_character.motion.fps)
        for number, mesh in enumerate(box_character.meshes):
            expected = posing.skin(
                box_character.rig,
                box_character.motion,
                mesh.vertices,
                mesh.bone_indices,
                mesh.weights,
                frame,
            )
            found = z_up(glb.skinned(number, worlds))
            distance = np.linalg.norm(found[:, None] - expected[None], axis=-1)
            assert distance.min(1).max() < 1e-4
            assert distance.min(0).max() < 1e-4


def test_what_sways_agrees_with_posing(box_character):
    frames = len(box_character.motion.local_rotations)
    turns = Rotation.random(2 * frames, random_state=3).as_quat(scalar_first=True)
    sway = Sway(np.int32([16, 23]), turns.reshape(frames, 2, 4).astype(np.float32))
    swaying = dataclasses.replace(box_character, sway=sway)
    glb = Glb(write_glb(swaying))
    for frame in (0, 7):
        worlds = glb.world_matrices(frame / swaying.motion.fps)
        for number, mesh in enumerate(swaying.meshes):
            expected = posing.posed(swaying, mesh, frame)
            found = z_up(glb.skinned(number, worlds))
            distance = np.linalg.norm(found[:, None] - expected[None], axis=-1)
            assert max(distance.min(1).max(), distance.min(0).max()) < 1e-4


def test_between_two_keys_a_turn_takes_the_short_way(box_character):
    glb = Glb(write_glb(box_character))
    for sampler in glb.json["animations"][0]["samplers"]:
        values = glb.array(sampler["output"])
        if values.shape[1] == 4:
            assert np.allclose(np.linalg.norm(values, axis=1), 1, atol=1e-5)
            assert ((values[1:] * values[:-1]).sum(1) > 0).all()


def test_bones_that_stay_in_bind_pose_have_no_channel_and_still_ones_one_key(box_character):
    glb = Glb(write_glb(box_character))
    names = [node["name"] for node in glb.json["nodes"]]
    animation = glb.json["animations"][0]
    keys = {}
    for channel in animation["channels"]:
        output = glb.array(animation["samplers"][channel["sampler"]]["output"])
        keys[names[channel["target"]["node"]], channel["target"]["path"]] = len(output)
    moving = ["root", "upperarm01.L", "lowerarm01.L", "upperleg01.L", "upperleg01.R"]
    still = ["upperarm01.R", "finger.L"]
    expected = {(name, "rotation"): 12 for name in moving} | {("root", "translation"): 12}
    assert keys == expected | {(name, "rotation"): 1 for name in still}


@pytest.mark.parametrize("moves", [True, False])
def test_the_nodes_themselves_stand_in_bind_pose(box_character, moves):
    if not moves:
        box_character = dataclasses.replace(box_character, motion=None)
    glb = Glb(write_glb(box_character))
    assert ("animations" in glb.json) == moves
    worlds = glb.world_matrices()
    heads = z_up(worlds[: len(box_character.rig.heads), :3, 3])
    assert np.allclose(heads, box_character.rig.heads, atol=1e-6)
    for number, mesh in enumerate(box_character.meshes):
        low, high = (end(z_up(glb.skinned(number, worlds)), 0) for end in (np.min, np.max))
        assert np.allclose([low, high], [mesh.vertices.min(0), mesh.vertices.max(0)], atol=1e-5)


@pytest.fixture
def smiling(box_character):
    """The first part's lowest and highest corners move, and one that has no face."""
    body = box_character.meshes[0]
    loose = len(body.vertices)
    body = dataclasses.replace(
        body,
        vertices=np.vstack([body.vertices, [[0, 0, 9]]]).astype(np.float32),
        bone_indices=np.vstack([body.bone_indices, [[0, 0, 0, 0]]]).astype(np.int32),
        weights=np.vstack([body.weights, [[1, 0, 0, 0]]]).astype(np.float32),
        shapes=(
            Shape(
                "smile",
                np.int32([0, 5, loose]),
                np.float32([[0, 0, 0.1], [0.2, -0.3, 0], [1, 1, 1]]),
            ),
            Shape("nothing", np.int32([loose]), np.float32([[1, 1, 1]])),
            Shape("frown", np.int32([5]), np.float32([[0, 0.4, 0]])),
        ),
    )
    return dataclasses.replace(box_character, meshes=(body, *box_character.meshes[1:]))


def test_shapes_move_every_copy_of_their_vertices_and_nothing_else(smiling):
    glb = Glb(write_glb(smiling))
    body = smiling.meshes[0]
    places = z_up(glb.array(glb.json["meshes"][0]["primitives"][0]["attributes"]["POSITION"]))
    assert glb.json["meshes"][0]["extras"]["targetNames"] == ["smile", "frown"]
    assert glb.json["meshes"][0]["weights"] == [0, 0]
    for shape in (body.shapes[0], body.shapes[2]):
        found = z_up(glb.offsets(0, shape.name))
        expected = np.zeros_like(found)
        for vertex, offset in zip(shape.vertices, shape.offsets, strict=True):
            expected[np.linalg.norm(places - body.vertices[vertex], axis=1) < 1e-6] = offset
        assert np.allclose(found, expected)
        assert found.any()
    assert "targets" not in glb.json["meshes"][1]["primitives"][0]


def test_shapes_cost_little_more_than_what_moves(smiling, box_character):
    more = len(write_glb(smiling)) - len(write_glb(box_character))
    assert more < 1500


def test_the_face_moves_with_the_motion(smiling):
    frames = len(smiling.motion.local_rotations)
    seconds = np.arange(frames) / smiling.motion.fps
    frown = np.float32(0.5 + 0.4 * np.sin(9 * seconds))
    face = (FaceCurve("frown", frown), FaceCurve("unknown", np.ones(frames, np.float32)))
    motion = dataclasses.replace(smiling.motion, face=face)
    glb = Glb(write_glb(dataclasses.replace(smiling, motion=motion)))
    (animation,) = glb.json["animations"]
    (channel,) = [c for c in animation["channels"] if c["target"]["path"] == "weights"]
    node = glb.json["nodes"][channel["target"]["node"]]
    assert glb.json["meshes"][node["mesh"]]["extras"]["targetNames"] == ["smile", "frown"]
    sampler = animation["samplers"][channel["sampler"]]
    times = glb.array(sampler["input"])[:, 0]
    weights = glb.array(sampler["output"]).reshape(len(times), 2)
    assert not weights[:, 0].any()
    assert np.abs(np.interp(seconds, times, weights[:, 1]) - frown).max() < 0.011


def test_vertices_are_doubled_only_where_uvs_differ(box_character):
    glb = Glb(write_glb(box_character))
    for number, mesh in enumerate(box_character.meshes):
        pairs = set()
        for corners, uvs in zip(mesh.faces, mesh.uvs, strict=True):
            pairs |= {(c, *uv) for c, uv in zip(corners, uvs.tolist(), strict=True) if c >= 0}
        primitive = glb.json["meshes"][number]["primitives"][0]
        attributes = primitive["attributes"]
        assert len(glb.array(attributes["POSITION"])) == len(pairs)
        uvs = glb.array(attributes["TEXCOORD_0"])
        right, low = max(pair[1] for pair in pairs), min(pair[2] for pair in pairs)
        assert np.allclose(uvs.max(0), [right, 1 - low], atol=1e-6)
        quads = (mesh.faces[:, 3] >= 0).sum()
        assert len(glb.array(primitive["indices"])) == 3 * (len(mesh.faces) + quads)
        normals = glb.array(attributes["NORMAL"])
        assert np.allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)


def test_textures_travel_unchanged_and_once(box_character):
    glb = Glb(write_glb(box_character))
    cloth, skin = glb.json["materials"]
    assert cloth["pbrMetallicRoughness"]["metallicRoughnessTexture"]["index"] >= 0
    assert skin["pbrMetallicRoughness"]["roughnessFactor"] == 0.55
    assert cloth["normalTexture"] == skin["normalTexture"]
    assert len(glb.json["images"]) == 4
    image = glb.json["images"][glb.json["textures"][skin["normalTexture"]["index"]]["source"]]
    assert image["mimeType"] == "image/jpeg"
    assert glb.view(image["bufferView"]) == box_character.materials[1].normal.data.tobytes()


def test_prompts_and_notes_travel_as_extras(box_character):
    glb = Glb(write_glb(box_character))
    expected = {"motion_prompt": "waves and walks", "seed": "3", "notes": ["a note"]}
    assert glb.json["asset"]["extras"] == expected
    assert glb.json["nodes"][glb.json["scenes"][0]["nodes"][0]]["extras"] == expected


def test_a_texture_of_another_kind_is_refused(box_character):
    odd = dataclasses.replace(box_character.materials[0], base_color=Media.of("a.gif", b"GIF89a"))
    character = dataclasses.replace(box_character, materials=(odd, box_character.materials[1]))
    with pytest.raises(BadResultError, match=r"a\.gif"):
        write_glb(character)


def test_trimesh_loads_every_part(box_character):
    scene = trimesh.load(io.BytesIO(write_glb(box_character)), file_type="glb")
    assert set(scene.geometry) == {"Body", "Trousers"}
    faces = sum(len(mesh.faces) for mesh in box_character.meshes)
    assert sum(len(part.faces) for part in scene.geometry.values()) == 2 * faces - 2 * 23


BLENDER_READS = """
import bpy, json, sys
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_scene.gltf(filepath=sys.argv[1])
scene = bpy.context.scene
armature = next(o for o in scene.objects if o.type == "ARMATURE")
scene.render.fps, scene.render.fps_base = 24, 1
frames = []
for frame in range(int(sys.argv[2])):
    # The importer puts second s on frame s * fps.
    scene.frame_set(frame)
    frames.append({b.name: list(armature.matrix_world @ b.head) for b in armature.pose.bones})
skinned = [o for o in scene.objects if o.type == "MESH" and o.vertex_groups]
parts = {o.name: len(o.data.uv_layers) for o in skinned}
rest = {b.name: list(armature.matrix_world @ b.head_local) for b in armature.data.bones}
keys = armature.get("motion_prompt")
shapes = {}
for o in skinned:
    for key in o.data.shape_keys.key_blocks[1:] if o.data.shape_keys else ():
        pairs = zip(key.data, o.data.vertices)
        shapes[key.name] = [list(k.co - v.co) for k, v in pairs if (k.co - v.co).length > 1e-6]
found = {"frames": frames, "rest": rest, "parts": parts, "prompt": keys, "shapes": shapes}
print("RESULT" + json.dumps(found))
"""


@pytest.mark.blender
def test_blender_reads_it_back(smiling, tmp_path):
    interpreters = os.environ.get("KINORA_BPY", "").split(os.pathsep)
    if not interpreters[0]:
        pytest.skip("KINORA_BPY lists no Python with the bpy module")
    path = tmp_path / "box.glb"
    path.write_bytes(write_glb(smiling))
    script = tmp_path / "read.py"
    script.write_text(BLENDER_READS)
    motion = smiling.motion
    names = np.array(smiling.rig.bone_names)[posing.joint_bones(smiling.rig)]
    for interpreter in interpreters:
        command = [interpreter, script, path, str(len(motion.joints))]
        run = subprocess.run(command, capture_output=True, text=True, cwd=Path(tmp_path))
        assert "RESULT" in run.stdout, run.stderr
        found = json.loads(run.stdout.split("RESULT")[1])
        heads = np.array([[frame[name] for name in names] for frame in found["frames"]])
        assert np.abs(heads - motion.joints).max() < 1e-3
        rest = [found["rest"][name] for name in smiling.rig.bone_names]
        assert np.abs(rest - smiling.rig.heads).max() < 1e-3
        assert found["parts"] == {"Body": 1, "Trousers": 1}
        assert found["prompt"] == "waves and walks"
        assert set(found["shapes"]) == {"smile", "frown"}
        moves = np.unique(np.round(found["shapes"]["smile"], 5), axis=0)
        assert np.allclose(moves, [[0, 0, 0.1], [0.2, -0.3, 0]], atol=1e-5)
