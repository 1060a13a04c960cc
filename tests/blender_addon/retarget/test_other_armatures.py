# SPDX-License-Identifier: Apache-2.0
"""A motion looks the same on armatures of other programs: joints are where they are, to 2 cm."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

import addon_utils  # noqa: E402
from tube_systems import other_rigs  # noqa: E402
from tube_systems.blender_rigs import CM, CM_Y_UP, build, places  # noqa: E402

from kinora.blender_addon.compat import find_curves  # noqa: E402
from kinora.blender_addon.retarget.actions import Manner  # noqa: E402
from kinora.blender_addon.retarget.applying import retarget  # noqa: E402
from kinora.shared import rotations  # noqa: E402
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS  # noqa: E402

MOTIONS = ("walk", "wave", "crouch")
METARIG = other_rigs.named(
    {
        "pelvis": "spine",
        "spine1": "spine.001",
        "spine2": "spine.002",
        "spine3": "spine.003",
        "neck": "spine.004",
        "head": "spine.006",
        "hip": "thigh.*",
        "knee": "shin.*",
        "ankle": "foot.*",
        "foot": "toe.*",
        "collar": "shoulder.*",
        "shoulder": "upper_arm.*",
        "elbow": "forearm.*",
        "wrist": "hand.*",
    },
    ("L", "R"),
)


GENERATE = """
import os, sys
import bpy
import addon_utils
bpy.ops.wm.read_factory_settings(use_empty=True)
addon_utils.enable("rigify", default_set=True)
bpy.ops.object.armature_human_metarig_add()
bpy.ops.pose.rigify_generate()
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[1])
os._exit(0)
"""


def make_metarig():
    addon_utils.enable("rigify", default_set=True)
    bpy.ops.object.armature_human_metarig_add()
    return bpy.context.object


def on_metarig(name: str, metarig):
    """A motion on the metarig's proportions: limbs point where the motion's own body has them."""
    own = other_rigs.load_motion(name).rest_offsets.astype(np.float64)
    heads = np.array([metarig.data.bones[METARIG[joint]].head_local for joint in JOINTS])
    offsets = heads - heads[np.maximum(PARENTS, 0)]
    for joint, part in enumerate(JOINTS):
        if part.endswith(("knee", "ankle", "elbow", "wrist")):
            length = np.linalg.norm(offsets[joint])
            offsets[joint] = own[joint] / np.linalg.norm(own[joint]) * length
        elif part.endswith("foot"):
            level = np.linalg.norm(offsets[joint, :2])
            offsets[joint, :2] = own[joint, :2] / np.linalg.norm(own[joint, :2]) * level
    return other_rigs.load_motion(name, offsets)


@pytest.fixture(autouse=True)
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 15
    return bpy.context.scene


def off(found: np.ndarray, joints: np.ndarray) -> float:
    """How far the joint that is furthest from its place ever gets."""
    return float(np.linalg.norm(found - joints, axis=-1).max())


def played(armature, bones: dict[str, str], motion) -> np.ndarray:
    assert retarget(bpy.context, armature, motion, Manner()) == ()
    return places(armature, [bones[joint] for joint in JOINTS], 1, len(motion.joints))


@pytest.mark.parametrize("name", MOTIONS)
def test_mixamo_in_centimetres_with_y_up(name: str) -> None:
    motion = other_rigs.load_motion(name)
    rig = other_rigs.mixamo_rig(motion.rest_offsets.astype(np.float64))
    found = played(build(rig, CM_Y_UP), rig.joints, motion)
    assert off(found, motion.joints) < 0.02


@pytest.mark.parametrize("name", MOTIONS)
def test_unreal_in_an_a_pose_with_bent_elbows(name: str) -> None:
    motion = other_rigs.load_motion(name)
    rig = other_rigs.unreal_rig(motion.rest_offsets.astype(np.float64))
    found = played(build(rig, CM), rig.joints, motion)
    assert off(found, motion.joints) < 0.02


@pytest.mark.parametrize("name", MOTIONS)
def test_rigifys_metarig(name: str) -> None:
    armature = make_metarig()
    motion = on_metarig(name, armature)
    found = played(armature, METARIG, motion)
    assert off(found - found[0, 0], motion.joints - motion.joints[0, 0]) < 0.02
    feet = [METARIG[joint] for joint in JOINTS if joint.endswith(("ankle", "foot"))]
    standing = [armature.data.bones[name].head_local.z for name in feet]
    columns = [INDEX[joint] for joint in JOINTS if joint.endswith(("ankle", "foot"))]
    assert abs((found[:, columns, 2] - standing).min()) < 0.01, "it walks on the floor"


def test_the_controls_of_a_generated_rigify_rig(tmp_path) -> None:
    file = tmp_path / "rig.blend"
    # In a Blender of its own: one that has generated a rig does not always end.
    subprocess.run([sys.executable, "-c", GENERATE, str(file)], check=True, timeout=300)
    bpy.ops.wm.open_mainfile(filepath=str(file))
    bpy.context.scene.render.fps = 15
    armature, metarig = (bpy.data.objects[name] for name in ("rig", "metarig"))
    for motion in [on_metarig(name, metarig) for name in MOTIONS]:
        originals = {joint: f"ORG-{bone}" for joint, bone in METARIG.items()}
        found = played(armature, originals, motion)
        assert off(found - found[0, 0], motion.joints - motion.joints[0, 0]) < 0.02
    keyed = {curve.data_path.split('"')[1] for curve in find_curves(armature.animation_data.action)}
    assert not {name for name in keyed if name.startswith(("DEF-", "ORG-", "MCH-"))}


def test_palms_look_the_same_way_however_they_rest() -> None:
    motion = other_rigs.load_motion("wave")
    rig = other_rigs.mixamo_rig(motion.rest_offsets.astype(np.float64))
    found = []
    for turned in (0.0, 100.0):
        armature = build(other_rigs.with_fingers(rig, turned), CM)
        retarget(bpy.context, armature, motion, Manner())
        fingers = [f"mixamorig:RightHand{finger}1" for finger in ("Index", "Pinky")]
        index, little = np.moveaxis(places(armature, fingers, 1, len(motion.joints)), 1, 0)
        across = little - index
        found.append(across / np.linalg.norm(across, axis=1, keepdims=True))
    angles = np.degrees(np.arccos((found[0] * found[1]).sum(axis=1)))
    assert angles.max() < 25, "far from flat is made nearly flat"


@pytest.mark.parametrize("degrees", [90.0, 180.0, 40.0])
def test_an_armature_goes_where_it_looks(degrees: float) -> None:
    motion = other_rigs.load_motion("walk")
    about = rotations.from_axis_angle(np.array([0.0, 0, 1]), np.radians(degrees))
    rig = other_rigs.mixamo_rig(motion.rest_offsets.astype(np.float64))
    rig = other_rigs.turned(rig, about)
    found = played(build(rig, CM), rig.joints, motion)
    assert off(found, rotations.rotate(about, motion.joints.astype(np.float64))) < 0.02
