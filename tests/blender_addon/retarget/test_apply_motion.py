# SPDX-License-Identifier: Apache-2.0
"""The buttons: a motion in hand onto what is selected, files in and out, poses as assets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

from tube_systems import other_rigs  # noqa: E402
from tube_systems.blender_rigs import CM, CM_Y_UP, build, places  # noqa: E402
from tube_systems.tube_man import tube_man  # noqa: E402

from kinora.blender_addon import importers, registration  # noqa: E402
from kinora.blender_addon.compat import find_curves, keys_of  # noqa: E402
from kinora.blender_addon.heartbeat import SESSION  # noqa: E402
from kinora.blender_addon.retarget import held  # noqa: E402
from kinora.shared import posing  # noqa: E402
from kinora.shared.motion_files.bvh_writing import write_bvh  # noqa: E402
from kinora.shared.motion_files.reading import read  # noqa: E402
from kinora.shared.skeleton import BONE_OF_JOINT, INDEX, JOINTS  # noqa: E402


@pytest.fixture(autouse=True)
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 15
    registration.register()
    yield bpy.context.scene
    registration.unregister()


@pytest.fixture
def walk():
    motion = other_rigs.load_motion("walk")
    held.hold(held.Held((motion, other_rigs.load_motion("wave"))))
    return motion


@pytest.fixture
def mixamo(walk):
    rig = other_rigs.mixamo_rig(walk.rest_offsets.astype(np.float64))
    return build(rig, CM_Y_UP), rig


def curve(armature, path: str, index: int):
    found = find_curves(armature.animation_data.action)
    return next(each for each in found if each.data_path == path and each.array_index == index)


def hips(armature, frames) -> np.ndarray:
    return np.concatenate([places(armature, ["mixamorig:Hips"], frame, 1)[0] for frame in frames])


def test_the_redo_panels_speed_start_and_take(mixamo, walk) -> None:
    armature, _ = mixamo
    bpy.ops.kinora.apply_motion(speed=2.0, start=11)
    keys = keys_of(curve(armature, 'pose.bones["mixamorig:Hips"].location', 0))
    assert keys[0, 0] == 11
    assert keys[-1, 0] == pytest.approx(11 + (len(walk.joints) - 1) / 2)
    bpy.ops.kinora.apply_motion(take=1)
    assert armature.animation_data.action.name == "wave"
    bpy.ops.kinora.apply_motion(take=2)
    assert armature.animation_data.action.name.startswith("walk")
    assert sum(action.use_fake_user for action in bpy.data.actions) == 2


def test_in_place_stays_over_the_spot_and_still_swings(mixamo, walk) -> None:
    armature, rig = mixamo
    bpy.ops.kinora.apply_motion(in_place=True)
    found = places(armature, [rig.joints[joint] for joint in JOINTS], 1, len(walk.joints))
    assert np.ptp(found[:, 0, :2], axis=0).max() < 0.12
    own = np.ptp(walk.joints[:, INDEX["left_foot"], 2])
    assert np.ptp(found[:, INDEX["left_foot"], 2]) == pytest.approx(own, abs=0.02)


def test_a_loop_goes_on_from_where_it_came_to(mixamo, walk) -> None:
    armature, _ = mixamo
    bpy.ops.kinora.apply_motion(loop=True)
    count = len(walk.joints)
    first, second, third = hips(armature, (1, 1 + count, 1 + 2 * count))
    step = second - first
    assert np.linalg.norm(step) > 2, "it walks away"
    assert np.allclose(third - second, step, atol=1e-3)
    around = hips(armature, range(count - 3, count + 5))
    paces = np.linalg.norm(np.diff(around, axis=0), axis=1)
    assert paces.max() < 1.5 * paces.min(), "the seam does not jump"


def test_what_is_done_once_is_not_repeated(mixamo) -> None:
    armature, _ = mixamo
    bpy.ops.kinora.apply_motion(take=1, loop=True)
    assert not any(len(each.modifiers) for each in find_curves(armature.animation_data.action))


def test_a_strip_in_the_nla_editor_plays_the_same(mixamo, walk) -> None:
    armature, _ = mixamo
    bpy.ops.kinora.apply_motion()
    before = places(armature, ["mixamorig:LeftHand"], 1, 20)
    bpy.ops.kinora.apply_motion(nla=True, loop=True)
    assert armature.animation_data.action is None
    assert np.allclose(places(armature, ["mixamorig:LeftHand"], 1, 20), before, atol=1e-4)
    bpy.context.scene.frame_end = 500
    strip = armature.animation_data.nla_tracks[-1].strips[0]
    assert strip.frame_end >= bpy.context.scene.frame_start + len(walk.joints)


def test_the_way_on_the_root_bone_changes_no_place(walk) -> None:
    rig = other_rigs.unreal_rig(walk.rest_offsets.astype(np.float64))
    armature = build(rig, CM_Y_UP)
    names = [rig.joints[joint] for joint in JOINTS]
    bpy.ops.kinora.apply_motion()
    before = places(armature, names, 1, len(walk.joints))
    bpy.ops.kinora.apply_motion(on_root_bone=True)
    assert np.allclose(places(armature, names, 1, len(walk.joints)), before, atol=1e-3)
    root = places(armature, ["root"], 1, len(walk.joints))[:, 0]
    assert np.linalg.norm(root[-1] - root[0]) > 2
    assert np.abs(np.diff(root[:, 2])).max() < 1e-5, "it stays on the floor"
    assert np.abs(np.diff(root[:, 1], n=2)).max() < 0.01, "and goes evenly"


def test_more_of_a_motion_swings_further_without_sliding(mixamo, walk) -> None:
    armature, rig = mixamo
    spans, slides = [], []
    for amount in (0.5, 1.0, 1.5):
        bpy.ops.kinora.apply_motion(amount=amount)
        found = places(armature, [rig.joints[joint] for joint in JOINTS], 1, len(walk.joints))
        apart = found[:, INDEX["left_ankle"]] - found[:, INDEX["right_ankle"]]
        spans.append(np.ptp(apart[:, 1]))
        slides.append(slide(found, walk.fps))
    assert spans[0] < 0.7 * spans[1] < 0.7 * 0.85 * spans[2] / 0.7
    assert max(slides) < slides[1] + 0.05


def slide(found: np.ndarray, fps: float) -> float:
    """Median metres a second of the slower foot over the ground."""
    feet = found[:, [INDEX["left_foot"], INDEX["right_foot"]], :2]
    speed = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * fps
    return float(np.median(speed.min(axis=1)))


def test_an_armature_of_no_body_is_refused_in_a_sentence(walk) -> None:
    stranger = bpy.data.objects.new("Snake", bpy.data.armatures.new("Snake"))
    bpy.context.scene.collection.objects.link(stranger)
    bpy.context.view_layer.objects.active = stranger
    stranger.select_set(True)
    with pytest.raises(RuntimeError, match=r'"Snake" is no armature of a human body.*left hip'):
        bpy.ops.kinora.apply_motion()
    assert stranger.animation_data is None
    assert not bpy.data.actions
    build(other_rigs.mixamo_rig(walk.rest_offsets.astype(np.float64)), CM_Y_UP)
    assert SESSION.error is not None
    bpy.ops.kinora.apply_motion()
    assert SESSION.error is None, "the panel shows no error that is over"


def test_missing_bones_are_named_and_the_rest_moves(walk) -> None:
    rig = other_rigs.mixamo_rig(walk.rest_offsets.astype(np.float64))
    rig = other_rigs.without(rig, ["mixamorig:LeftHand", "mixamorig:RightToeBase"])
    armature = build(rig, CM_Y_UP)
    bpy.ops.kinora.apply_motion()
    assert any("left wrist" in note and "right foot" in note for note in SESSION.notes)
    kept = [joint for joint in JOINTS if rig.joints[joint] in rig.names]
    found = places(armature, [rig.joints[joint] for joint in kept], 1, len(walk.joints))
    wanted = walk.joints[:, [INDEX[joint] for joint in kept]]
    assert np.linalg.norm(found - wanted, axis=-1).max() < 0.03


def test_bones_that_turn_by_euler_angles_keep_to_them(mixamo, walk) -> None:
    armature, rig = mixamo
    for bone in armature.pose.bones:
        bone.rotation_mode = "ZXY"
    armature.pose.bones["mixamorig:LeftArm"].rotation_mode = "AXIS_ANGLE"
    bpy.ops.kinora.apply_motion()
    found = places(armature, [rig.joints[joint] for joint in JOINTS], 1, len(walk.joints))
    assert np.linalg.norm(found - walk.joints, axis=-1).max() < 0.02
    assert armature.pose.bones["mixamorig:Hips"].rotation_mode == "ZXY"


def test_files_go_in_and_out(mixamo, walk, tmp_path: Path) -> None:
    armature, _ = mixamo
    source = tmp_path / "stroll.bvh"
    source.write_text(write_bvh(walk))
    bpy.ops.kinora.import_motion(filepath=str(source))
    assert armature.animation_data.action.name == "stroll"
    for form, suffix in (("bvh", ".bvh"), ("kinora", ".npz"), ("amass", ".npz")):
        written = tmp_path / f"out_{form}{suffix}"
        bpy.ops.kinora.export_motion(filepath=str(written), form=form)
        again = read(written.name, written.read_bytes()).motion
        assert len(again.joints) == len(walk.joints)
        if form != "amass":
            relative = again.joints - again.joints[:, :1]
            assert np.abs(relative - (walk.joints - walk.joints[:, :1])).max() < 0.02


def test_a_file_without_an_armature_makes_one(walk, tmp_path: Path) -> None:
    source = tmp_path / "stroll.bvh"
    source.write_text(write_bvh(walk))
    bpy.ops.kinora.import_motion(filepath=str(source))
    made = bpy.context.object
    assert made.type == "ARMATURE"
    bpy.context.scene.frame_set(bpy.context.scene.frame_start + 9)
    found = np.array([made.pose.bones[name].head for name in BONE_OF_JOINT.values()])
    assert np.abs(found - read("a.bvh", source.read_bytes()).motion.joints[9]).max() < 1e-3


@pytest.mark.parametrize("content", [b"", b"HIERARCHY\nROOT", b"nonsense"])
def test_a_damaged_file_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "bad.bvh"
    source.write_bytes(content)
    with pytest.raises(RuntimeError, match=r"[a-z ]+\."):
        bpy.ops.kinora.import_motion(filepath=str(source))
    assert not bpy.data.armatures


def test_a_placed_character_is_in_hand(scene) -> None:
    man = tube_man(vertices=700, frames=6)
    armature, _ = importers.place(bpy.context, man, "Man", {})
    assert held.in_hand().takes == (man.motion,)
    bpy.ops.kinora.apply_motion(speed=0.5)
    bones = [man.rig.bone_names[bone] for bone in posing.joint_bones(man.rig)]
    found = np.array([armature.pose.bones[name].head for name in bones])
    scene.frame_set(scene.frame_start)
    assert np.abs(found - man.motion.joints[0]).max() < 1e-3


def test_poses_become_assets_with_tag_and_catalog(mixamo, tmp_path: Path) -> None:
    armature, _ = mixamo
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.kinora.apply_motion()
    playing = armature.animation_data.action
    bpy.context.scene.frame_set(8)
    bpy.ops.kinora.save_poses_as_assets(poses="current")
    (made,) = [action for action in bpy.data.actions if action.asset_data is not None]
    assert armature.animation_data.action == playing
    assert [tag.name for tag in made.asset_data.tags] == ["Kinora"]
    assert str(made.asset_data.catalog_id) in (tmp_path / "blender_assets.cats.txt").read_text()
    posed = np.array(armature.pose.bones["mixamorig:LeftUpLeg"].rotation_quaternion)
    stored = [
        keys_of(each)[0, 1]
        for each in find_curves(made)
        if each.data_path == 'pose.bones["mixamorig:LeftUpLeg"].rotation_quaternion'
    ]
    assert np.allclose(stored, posed, atol=1e-6)


@pytest.mark.usefixtures("mixamo")
def test_one_undo_takes_the_motion_away() -> None:
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.kinora.apply_motion("EXEC_DEFAULT", True)
    assert bpy.data.objects["Rig"].animation_data.action is not None
    bpy.ops.ed.undo()
    assert bpy.data.objects["Rig"].animation_data is None
    assert not bpy.data.actions


@pytest.mark.parametrize("world", [CM_Y_UP, CM], ids=["y up", "z up"])
def test_a_fist_brings_the_fingertips_to_the_palm(walk, world) -> None:
    rig = other_rigs.with_fingers(other_rigs.mixamo_rig(walk.rest_offsets.astype(np.float64)))
    armature = build(rig, world)
    far, near = [], []
    for curl, found in ((-0.5, far), (1.0, near)):
        fingers = np.full((len(walk.joints), 2, 5), curl, np.float32)
        held.hold(held.Held((replace(walk, fingers=fingers),)))
        bpy.ops.kinora.apply_motion()
        bpy.context.scene.frame_set(3)
        for side in ("Left", "Right"):
            wrist = armature.pose.bones[f"mixamorig:{side}Hand"]
            tip = armature.pose.bones[f"mixamorig:{side}HandMiddle3"].tail
            into = wrist.matrix.inverted() @ tip
            rest = wrist.bone.matrix_local.to_3x3() @ into
            found.append(np.array(armature.matrix_world.to_3x3() @ rest))
    reach = [np.linalg.norm(each) for each in far]
    for straight, curled, length in zip(far, near, reach, strict=True):
        assert abs(straight[2]) < 0.1 * length, "the hand is level in the T-pose"
        assert np.linalg.norm(curled) < 0.75 * length
        assert curled[2] < -0.05 * length, "it closes to the palm, which looks down"


def test_bones_that_constraints_hold_are_named(mixamo) -> None:
    armature, _ = mixamo
    armature.pose.bones["mixamorig:LeftLeg"].constraints.new("IK")
    bpy.ops.kinora.apply_motion()
    assert any("mixamorig:LeftLeg" in note for note in SESSION.notes)
