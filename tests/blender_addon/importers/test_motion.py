# SPDX-License-Identifier: Apache-2.0
"""A motion goes onto the armature that is selected, whatever its size, or onto a new one."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

from tube_systems.tube_man import tube_man, tube_rig, wave  # noqa: E402

from kinora.blender_addon import importers  # noqa: E402
from kinora.blender_addon.importers.armature import read_rig  # noqa: E402
from kinora.blender_addon.importers.motion import fit_motion  # noqa: E402
from kinora.shared import posing  # noqa: E402
from kinora.shared.results import MotionResult  # noqa: E402
from kinora.shared.skeleton import INDEX  # noqa: E402


@pytest.fixture
def result() -> MotionResult:
    rig = tube_rig(scale=1.2)
    return MotionResult(wave(rig, frames=10, fps=24.0), rig)


@pytest.fixture(autouse=True)
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return bpy.context.scene


def heads(armature, rig) -> np.ndarray:
    names = [rig.bone_names[bone] for bone in posing.joint_bones(rig)]
    return np.array([armature.pose.bones[name].head for name in names])


def test_a_selected_armature_of_ours_gets_the_motion(scene, result: MotionResult) -> None:
    man = tube_man(vertices=700, frames=2)
    armature, _ = importers.place(bpy.context, man, "Man", {})
    before = armature.animation_data.action
    found, notes = importers.place(bpy.context, result, "Wave", {})
    assert found == armature
    assert "selected armature" in notes[0]
    fitted = fit_motion(result.motion, result.rig, man.rig)
    for number, joints in enumerate(fitted.joints):
        scene.frame_set(scene.frame_start + number)
        assert np.abs(heads(armature, man.rig) - joints).max() < 1e-3
    assert before.use_fake_user, "the action that was there must survive saving"


def test_without_one_a_neutral_armature_is_made_and_said(scene, result: MotionResult) -> None:
    stranger = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    scene.collection.objects.link(stranger)
    bpy.context.view_layer.objects.active = stranger
    stranger.select_set(True)
    armature, notes = importers.place(bpy.context, result, "Wave", {})
    assert armature != stranger
    assert stranger.animation_data is None
    assert "new neutral one" in notes[0]
    scene.frame_set(scene.frame_start + 7)
    assert np.abs(heads(armature, result.rig) - result.motion.joints[7]).max() < 1e-3


def test_a_shorter_body_takes_shorter_steps_and_keeps_its_feet_as_high(
    result: MotionResult,
) -> None:
    small = tube_rig(scale=0.6)
    fitted = fit_motion(result.motion, result.rig, small)
    step = np.ptp(result.motion.root_translation[:, 0])
    assert np.ptp(fitted.root_translation[:, 0]) == pytest.approx(step / 2, rel=1e-3)
    assert clearance(fitted.joints, small) == pytest.approx(
        clearance(result.motion.joints, result.rig) / 2, abs=1e-4
    )


def clearance(joints: np.ndarray, rig) -> np.ndarray:
    feet = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("ankle", "foot")]
    return (joints[:, feet, 2] - rig.heads[posing.joint_bones(rig)][feet, 2]).min(1)


def test_the_rig_is_read_back_as_it_was_made(result: MotionResult) -> None:
    armature, _ = importers.place(bpy.context, result, "Wave", {})
    rig = read_rig(armature)
    assert rig.bone_names == result.rig.bone_names
    for name in ("heads", "bind_to_t", "relaxed"):
        assert np.allclose(getattr(rig, name), getattr(result.rig, name), atol=1e-5)
    assert (rig.parents == result.rig.parents).all()
    assert (rig.joint_of_bone == result.rig.joint_of_bone).all()


def test_an_armature_with_a_bone_renamed_is_no_longer_ours(result: MotionResult) -> None:
    armature, _ = importers.place(bpy.context, result, "Wave", {})
    armature.data.bones["head"].name = "skull"
    assert read_rig(armature) is None
