# SPDX-License-Identifier: Apache-2.0
"""Bones of rigs that other programs make are found by name, and of unknown rigs by guessing."""

from __future__ import annotations

import pytest

from kinora.shared.motion_files.names import GUESSED, UNKNOWN, match
from kinora.shared.skeleton import BONE_OF_JOINT, JOINTS, PARENTS


def tree(text, left="Left", right="Right"):
    """Names and parents of "a > b > c" lines; `*` stands for both sides."""
    names, parents = [], []
    for line in text.strip().split("\n"):
        for side in (left, right) if "*" in line else ("",):
            above = -1
            for word in line.split(" > "):
                name = word.strip().replace("*", side)
                if name not in names:
                    names.append(name)
                    parents.append(above)
                above = names.index(name)
    return names, parents


MIXAMO = """
Hips > Spine > Spine1 > Spine2 > Neck > Head > HeadTop_End
Spine2 > *Shoulder > *Arm > *ForeArm > *Hand > *HandThumb1 > *HandThumb2 > *HandThumb3
*Hand > *HandIndex1 > *HandIndex2 > *HandIndex3 > *HandIndex4
*Hand > *HandPinky1
Hips > *UpLeg > *Leg > *Foot > *ToeBase > *Toe_End
"""
MIXAMO_JOINTS = """
pelvis=Hips spine1=Spine spine2=Spine1 spine3=Spine2 neck=Neck head=Head left_hip=LeftUpLeg
right_knee=RightLeg left_ankle=LeftFoot left_foot=LeftToeBase right_collar=RightShoulder
left_shoulder=LeftArm right_elbow=RightForeArm left_wrist=LeftHand
"""


@pytest.mark.parametrize("prefix", ["", "mixamorig:", "mixamorig1:", "mixamorig_", "Character1_"])
def test_mixamo_with_any_prefix(prefix):
    names, parents = tree(MIXAMO)
    names = [prefix + name for name in names]
    found = match(names, parents)
    assert found.kind == "Mixamo"
    assert not found.missing
    for pair in MIXAMO_JOINTS.split():
        joint, bone = pair.split("=")
        assert found.map[joint] == prefix + bone
    thumb = tuple(f"{prefix}LeftHandThumb{n}" for n in (1, 2, 3))
    assert found.fingers["left_thumb"] == thumb
    assert found.fingers["right_little"] == (f"{prefix}RightHandPinky1",)


def test_the_last_of_four_spine_bones_is_the_chest():
    text = MIXAMO.replace("Spine2", "Spine2 > Spine3", 1).replace("Spine2 > *Sh", "Spine3 > *Sh")
    found = match(*tree(text))
    assert found.kind == "Mixamo" and found.map["spine3"] == "Spine3"


def test_our_own_bodies():
    bones = [BONE_OF_JOINT[joint] for joint in JOINTS]
    names = [*bones, "upperleg02.L", "finger1-1.L", "finger1-2.L", "finger2-1.L", "toe1-1.L"]
    parents = [*PARENTS, 1, 20, 23, 20, 7]
    found = match(names, parents)
    assert found.kind == "native"
    assert dict(found.map) == BONE_OF_JOINT
    assert found.fingers["left_thumb"] == ("finger1-1.L", "finger1-2.L")
    assert found.fingers["left_index"] == ("finger2-1.L",)
    assert found.toes["left"] == ("toe1-1.L",)


def test_smpl_in_its_spellings():
    titles = {"left": "L_", "right": "R_"}

    def short(joint):
        side, _, part = joint.partition("_")
        return titles[side] + part.title() if part else joint.title()

    for spelling in (short, lambda j: f"m_avg_{short(j)}", lambda j: j):
        found = match([spelling(joint) for joint in JOINTS], PARENTS)
        assert found.kind == "SMPL"
        assert dict(found.map) == {joint: spelling(joint) for joint in JOINTS}


SPINE = "spine > spine.001 > spine.002 > spine.003 > spine.004 > spine.005 > spine.006"
METARIG = f"""
{SPINE}
spine.003 > shoulder.* > upper_arm.* > forearm.* > hand.* > palm.01.* > f_index.01.* > f_index.02.*
palm.01.* > thumb.01.*
spine > thigh.* > shin.* > foot.* > toe.*
foot.* > heel.02.*
spine > pelvis.*
spine.003 > breast.*
"""


def test_rigify_metarig():
    names, parents = tree(METARIG, "L", "R")
    found = match(names, parents)
    assert found.kind == "Rigify metarig" and not found.missing
    assert found.map["pelvis"] == "spine" and found.map["spine3"] == "spine.003"
    assert found.map["head"] == "spine.006" and found.map["left_knee"] == "shin.L"
    assert found.fingers["right_index"] == ("f_index.01.R", "f_index.02.R")
    assert found.fingers["left_thumb"] == ("thumb.01.L",)


def generated_rigify():
    names, parents = tree(METARIG, "L", "R")
    controls = """
root > torso > hips
torso > spine_fk > spine_fk.001 > spine_fk.002 > spine_fk.003 > neck > head
torso > chest
spine_fk.003 > shoulder.* > upper_arm_fk.* > forearm_fk.* > hand_fk.* > f_index.01.* > f_index.02.*
torso > thigh_fk.* > shin_fk.* > foot_fk.* > toe_fk.*
hand_fk.* > hand_ik.*
"""
    more, above = tree(controls, "L", "R")
    count = len(names)
    deform = [f"DEF-{name}" for name in names]
    twists = ["DEF-thigh.L.001", "MCH-foot_ik.parent.L", "tweak_spine.001"]
    every = [*more, *deform, *(f"ORG-{name}" for name in names), *twists]
    shift = len(more)
    up = [parent + shift if parent >= 0 else 0 for parent in parents]
    up2 = [parent + shift + count if parent >= 0 else 0 for parent in parents]
    return every, [*above, *up, *up2, 0, 0, 0]


def test_generated_rigify_is_led_by_its_controls_or_its_deforming_bones():
    names, parents = generated_rigify()
    found = match(names, parents)
    assert found.kind == "Rigify controls" and not found.missing
    assert found.map["pelvis"] == "torso" and found.map["left_hip"] == "thigh_fk.L"
    assert found.map["right_foot"] == "toe_fk.R"
    assert found.fingers["left_index"] == ("f_index.01.L", "f_index.02.L")
    deform = match(names, parents, only="Rigify deform")
    assert deform.kind == "Rigify deform" and not deform.missing
    assert deform.map["left_elbow"] == "DEF-forearm.L"
    assert deform.fingers["left_index"] == ("DEF-f_index.01.L", "DEF-f_index.02.L")


@pytest.mark.parametrize(("count", "kind"), [(3, "Unreal 4"), (5, "Unreal 5")])
def test_unreal_mannequins(count, kind):
    spine = " > ".join(f"spine_0{number + 1}" for number in range(count))
    text = f"""
root > pelvis > {spine} > neck_01 > head
spine_0{count} > clavicle_* > upperarm_* > lowerarm_* > hand_* > index_01_* > index_02_*
hand_* > index_metacarpal_*
upperarm_* > upperarm_twist_01_*
pelvis > thigh_* > calf_* > foot_* > ball_*
thigh_* > thigh_twist_01_*
root > ik_foot_root > ik_foot_*
"""
    found = match(*tree(text, "l", "r"))
    assert found.kind == kind and not found.missing
    assert found.map["spine3"] == f"spine_0{count}"
    assert found.map["left_foot"] == "ball_l" and found.map["right_elbow"] == "lowerarm_r"
    assert found.fingers["left_index"] == ("index_01_l", "index_02_l")


OTHERS = {
    "CMU": """
Hips > *HipJoint > *UpLeg > *Leg > *Foot > *ToeBase
Hips > LowerBack > Spine > Spine1 > Neck > Neck1 > Head
Spine1 > *Shoulder > *Arm > *ForeArm > *Hand > *FingerBase > *HandIndex1
""",
    "Biovision": """
Hips > Chest > Chest2 > Chest3 > Chest4 > Neck > Head
Chest4 > *Collar > *Shoulder > *Elbow > *Wrist
Hips > *Hip > *Knee > *Ankle > *Toe
""",
    "SOMA": """
Root > Hips > Spine1 > Spine2 > Chest > Neck1 > Neck2 > Head > Jaw
Chest > *Shoulder > *Arm > *ForeArm > *Hand > *HandThumb1
Hips > *Leg > *Shin > *Foot > *ToeBase > *ToeEnd
""",
}


@pytest.mark.parametrize("kind", OTHERS)
def test_more_rigs(kind):
    found = match(*tree(OTHERS[kind]))
    assert found.kind == kind and not found.missing


def test_biped_of_3ds_max():
    text = """
Bip01 > Bip01 Pelvis > Bip01 Spine > Bip01 Spine1 > Bip01 Spine2 > Bip01 Neck > Bip01 Head
Bip01 Neck > Bip01 * Clavicle > Bip01 * UpperArm > Bip01 * Forearm > Bip01 * Hand
Bip01 * Hand > Bip01 * Finger0 > Bip01 * Finger01
Bip01 * Hand > Bip01 * Finger1 > Bip01 * Finger11
Bip01 Pelvis > Bip01 * Thigh > Bip01 * Calf > Bip01 * Foot > Bip01 * Toe0
"""
    found = match(*tree(text, "L", "R"))
    assert found.kind == "3ds Max Biped" and not found.missing
    assert found.fingers["left_thumb"] == ("Bip01 L Finger0", "Bip01 L Finger01")
    assert found.fingers["right_index"] == ("Bip01 R Finger1", "Bip01 R Finger11")


def test_a_rig_that_nobody_knows_is_guessed():
    text = """
armature > body_root > hip_bone > tummy_spine_A > tummy_spine_B > neck_base > head_bone
tummy_spine_B > clav_* > arm_upper_* > arm_lower_* > hand_bone_* > pinky_1_* > pinky_2_*
arm_upper_* > arm_upper_twist_*
hip_bone > leg_upper_* > leg_lower_* > foot_bone_* > toes_bone_*
"""
    found = match(*tree(text, "lft", "rgt"))
    assert found.kind == GUESSED
    assert found.missing == ("spine2",)
    assert found.map["pelvis"] == "hip_bone" and found.map["neck"] == "neck_base"
    assert found.map["spine1"] == "tummy_spine_A" and found.map["spine3"] == "tummy_spine_B"
    assert found.map["left_shoulder"] == "arm_upper_lft"
    assert found.map["right_ankle"] == "foot_bone_rgt" and found.map["left_foot"] == "toes_bone_lft"
    assert found.fingers["left_little"] == ("pinky_1_lft", "pinky_2_lft")


def test_without_collars_the_shoulder_is_the_arm():
    text = """
Base > Torso > Neck > Head
Torso > *Shoulder > *Elbow > *Wrist
Base > *Hip > *Knee > *Ankle
"""
    found = match(*tree(text))
    assert found.is_body
    assert found.map["pelvis"] == "Base" and found.map["left_shoulder"] == "LeftShoulder"
    assert "left_collar" in found.missing and "right_foot" in found.missing


def test_what_is_no_body_is_said_to_be_none():
    assert match(["Bone", "Bone.001", "Bone.002"], [-1, 0, 1]).kind == UNKNOWN
    assert match(["root", "wheel.L", "wheel.R", "door"], [-1, 0, 0, 0]).kind == UNKNOWN
    assert match([], []).kind == UNKNOWN


def test_a_tree_that_bites_its_tail_ends():
    names, _ = tree(MIXAMO)
    assert match(names, [(number + 1) % len(names) for number in range(len(names))]).map


def test_the_trunk_is_where_legs_and_arms_hang_whatever_its_bones_are_called():
    """Character Creator's pelvis carries the legs alone; another chest than named carries arms."""
    text = """
BoneRoot > Hip > Pelvis > *_Thigh > *_Calf > *_Foot > *_ToeBase > *_BigToe1
*_Thigh > *_ThighTwist01
Hip > Waist > Spine01 > Spine02 > Spine03 > Chest04 > NeckTwist01 > NeckTwist02 > Head
Chest04 > *_Clavicle > *_Upperarm > *_Forearm > *_Hand > *_Index1 > *_Index2
"""
    names, parents = tree(text, "L", "R")
    found = match([f"CC_Base_{name}" for name in names], parents)
    assert found.is_body and not found.missing
    assert found.map["pelvis"] == "CC_Base_Hip" and found.map["spine3"] == "CC_Base_Chest04"
    assert found.map["neck"] == "CC_Base_NeckTwist01" and found.map["left_hip"] == "CC_Base_L_Thigh"


def test_deforming_bones_of_an_auto_rig():
    text = """
root.x > spine_01.x > spine_02.x > spine_03.x > neck.x > head.x
spine_03.x > shoulder.* > arm_stretch.* > forearm_stretch.* > hand.* > c_index1.* > c_index2.*
arm_stretch.* > arm_twist.*
root.x > thigh_stretch.* > leg_stretch.* > foot.* > toes_01.*
"""
    found = match(*tree(text, "l", "r"))
    assert found.kind == GUESSED and not found.missing
    assert found.map["left_shoulder"] == "arm_stretch.l"
    assert found.map["right_knee"] == "leg_stretch.r"
