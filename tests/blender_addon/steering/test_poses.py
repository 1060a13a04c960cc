# SPDX-License-Identifier: Apache-2.0
"""A pose that is shown on a character is read back as it was, and stands on the floor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

from mathutils import Matrix, Quaternion  # noqa: E402
from tube_systems.tube_man import tube_man, tube_rig  # noqa: E402

from kinora.blender_addon import importers  # noqa: E402
from kinora.blender_addon.importers.armature import read_rig  # noqa: E402
from kinora.blender_addon.steering import poses  # noqa: E402
from kinora.shared import posing, rotations  # noqa: E402
from kinora.shared.skeleton import INDEX  # noqa: E402


@pytest.fixture
def man():
    return tube_man(vertices=700, frames=30)


@pytest.fixture
def armature(man):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30
    return importers.place(bpy.context, man, "Man", {})[0]


def apart(a, b) -> float:
    """The largest angle between turns (..., 4), degrees."""
    return float(np.degrees(2 * np.arccos(np.clip(np.abs((a * b).sum(-1)), 0, 1))).max())


def random_turns(seed: int):
    turns = np.random.default_rng(seed).normal(size=(22, 4)) * [1, 0.3, 0.3, 0.3] + [1, 0, 0, 0]
    return rotations.normalise(turns)


def test_what_a_motion_does_is_read_from_the_timeline(man, armature) -> None:
    rig = read_rig(armature)
    for number in (0, 7, 29):
        bpy.context.scene.frame_set(bpy.context.scene.frame_start + number)
        turns, pelvis = poses.read_pose(armature, rig)
        assert apart(turns, man.motion.local_rotations[number]) < 0.1
        assert np.abs(pelvis - man.motion.root_translation[number]).max() < 1e-4


@pytest.mark.parametrize("seed", range(3))
def test_a_pose_that_is_shown_is_read_back(armature, seed: int) -> None:
    rig, turns = read_rig(armature), random_turns(seed)
    armature.location, armature.rotation_euler, armature.scale = (3, 1, 0), (0, 0, 1), (2, 2, 2)
    poses.show_pose(armature, rig, turns)
    bpy.context.view_layer.update()
    assert apart(poses.read_pose(armature, rig)[0][1:], turns[1:]) < 0.1


@pytest.mark.parametrize("way", [0.5, -2.8])
def test_it_faces_as_the_character_did_and_leans_as_it_says(armature, way: float) -> None:
    rig = read_rig(armature)
    armature.animation_data.action = None
    up, ahead = np.array([0.0, 0, 1]), np.array([0.0, -1, 0])
    root = armature.pose.bones["root"]
    root.matrix = Matrix.Rotation(way, 4, "Z") @ root.bone.matrix_local
    bpy.context.view_layer.update()
    bent = np.tile([1.0, 0, 0, 0], (22, 1))
    bent[0] = rotations.from_axis_angle(np.array([1.0, 0, 0]), np.array(0.3))
    poses.show_pose(armature, rig, bent)
    bpy.context.view_layer.update()
    pelvis = np.repeat(poses.read_pose(armature, rig)[0][:1], 2, axis=0)
    (x, y, _), (_, _, height) = rotations.rotate(pelvis, np.stack([ahead, up]))
    assert np.arctan2(x, -y) == pytest.approx(way, abs=1e-3)
    assert np.arccos(height) == pytest.approx(0.3, abs=1e-3)


def test_a_pose_that_is_shown_stands_on_the_floor_where_the_character_was(armature) -> None:
    rig = read_rig(armature)
    bpy.context.view_layer.update()
    before = poses.read_pose(armature, rig)[1]
    lying = np.tile([1.0, 0, 0, 0], (22, 1))
    lying[INDEX["left_hip"]] = rotations.from_axis_angle(np.array([1.0, 0, 0]), np.array(-1.4))
    lying[INDEX["right_hip"]] = lying[INDEX["left_hip"]]
    poses.show_pose(armature, rig, lying)
    bpy.context.view_layer.update()
    heads = [armature.pose.bones[rig.bone_names[b]].head for b in posing.joint_bones(rig)]
    heights = np.array(heads)[poses.FEET, 2]
    standing = rig.heads[posing.joint_bones(rig)][poses.FEET, 2]
    assert (heights - standing).min() == pytest.approx(0, abs=1e-4)
    after = poses.read_pose(armature, rig)[1]
    assert np.allclose(after[:2], before[:2], atol=1e-4)


def test_an_action_stays_and_takes_over_again_at_the_next_frame(man, armature) -> None:
    rig, scene = read_rig(armature), bpy.context.scene
    action = armature.animation_data.action
    poses.show_pose(armature, rig, random_turns(1))
    assert armature.animation_data.action == action
    scene.frame_set(scene.frame_start + 9)
    assert apart(poses.read_pose(armature, rig)[0], man.motion.local_rotations[9]) < 0.1


def test_bones_in_euler_angles_are_posed_too(armature) -> None:
    rig, turns = read_rig(armature), random_turns(2)
    for bone in armature.pose.bones:
        bone.rotation_mode = "XYZ"
    poses.show_pose(armature, rig, turns)
    bpy.context.view_layer.update()
    assert apart(poses.read_pose(armature, rig)[0][1:], turns[1:]) < 0.1


def test_fingers_stay_as_the_animator_has_them(armature) -> None:
    rig = read_rig(armature)
    bpy.context.view_layer.update()
    finger = armature.pose.bones["finger1-1.L"]
    finger.rotation_quaternion = Quaternion((0, 0, 1), 0.7)
    poses.show_pose(armature, rig, random_turns(0))
    assert finger.rotation_quaternion.angle == pytest.approx(0.7, abs=1e-4)


def test_a_kept_pose_names_every_joint_and_its_height(man, armature) -> None:
    bpy.context.scene.frame_set(bpy.context.scene.frame_start + 5)
    kept = poses.keyed(armature, read_rig(armature), 2.5)
    assert set(kept.rotations) == set(INDEX) and kept.time == 2.5
    assert kept.height == pytest.approx(float(man.motion.root_translation[5, 2]), abs=1e-4)


def test_the_armature_is_found_by_its_parts_and_no_stranger_is(armature) -> None:
    layer = bpy.context.view_layer
    layer.objects.active = armature.children[0]
    assert poses.find_armature(bpy.context) == armature
    stranger = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(stranger)
    layer.objects.active = stranger
    assert poses.find_armature(bpy.context) is None
    layer.objects.active = None
    assert poses.find_armature(bpy.context) is None


def test_a_rig_of_another_size_is_read_as_well() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    small = replace(tube_man(vertices=700, frames=2), rig=tube_rig(scale=0.5))
    made = importers.place(bpy.context, small, "Small", {})[0]
    turns = random_turns(4)
    poses.show_pose(made, read_rig(made), turns)
    bpy.context.view_layer.update()
    assert apart(poses.read_pose(made, read_rig(made))[0][1:], turns[1:]) < 0.1
