# SPDX-License-Identifier: Apache-2.0
"""Armatures as other programs make them, of any proportions, and three motions to play on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinora.shared import posing, rotations
from kinora.shared.results import Motion
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

DATA = Path(__file__).parents[1] / "data" / "three_motions.npz"
CYCLIC = ("walk",)

MIXAMO = {
    "pelvis": "Hips",
    "spine1": "Spine",
    "spine2": "Spine1",
    "spine3": "Spine2",
    "neck": "Neck",
    "head": "Head",
    "hip": "*UpLeg",
    "knee": "*Leg",
    "ankle": "*Foot",
    "foot": "*ToeBase",
    "collar": "*Shoulder",
    "shoulder": "*Arm",
    "elbow": "*ForeArm",
    "wrist": "*Hand",
}
UNREAL = {
    "pelvis": "pelvis",
    "spine1": "spine_01",
    "spine2": "spine_03",
    "spine3": "spine_05",
    "neck": "neck_01",
    "head": "head",
    "hip": "thigh_*",
    "knee": "calf_*",
    "ankle": "foot_*",
    "foot": "ball_*",
    "collar": "clavicle_*",
    "shoulder": "upperarm_*",
    "elbow": "lowerarm_*",
    "wrist": "hand_*",
}


def load_motion(name: str, offsets: np.ndarray | None = None) -> Motion:
    """ "walk", "wave" or "crouch", on other proportions where `offsets` (22, 3) are given."""
    with np.load(DATA) as stored:
        turns = rotations.normalise(stored[f"{name}_turns"].astype(np.float64))
        root = stored[f"{name}_root"].astype(np.float64)
        own = stored["rest_offsets"].astype(np.float64)
        fps = float(stored["fps"])
    if offsets is not None:
        legs = [INDEX["left_knee"], INDEX["left_ankle"]]
        root = root * (np.linalg.norm(offsets[legs]) / np.linalg.norm(own[legs]))
        own = offsets
    joints = posing.joint_positions(turns, root, own)
    arrays = (np.asarray(array, np.float32) for array in (own, turns, root, joints))
    return Motion(name, fps, JOINTS, np.array(PARENTS, np.int32), *arrays, is_cyclic=name in CYCLIC)


@dataclass(frozen=True)
class Bones:
    """A rig to build: heads and tails in metres, upright, facing -y; parents first."""

    names: list[str]
    parents: list[int]
    heads: np.ndarray
    tails: np.ndarray
    joints: dict[str, str]


def t_pose(offsets: np.ndarray, height: float = 0.0) -> np.ndarray:
    """(22, 3) joints over the origin, the lowest `height` above the floor."""
    joints = np.zeros((22, 3))
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            joints[joint] = joints[parent] + offsets[joint]
    joints[:, 2] += height - joints[:, 2].min()
    return joints


def named(scheme: dict[str, str], sides: tuple[str, str]) -> dict[str, str]:
    """Joint to bone for both sides."""
    found = {}
    for joint in JOINTS:
        side, _, part = joint.partition("_")
        letter = sides[("left", "right").index(side)] if part else ""
        found[joint] = scheme[part or joint].replace("*", letter)
    return found


def rig_of(joints: np.ndarray, bones: dict[str, str]) -> Bones:
    """A bone for each joint, reaching to the next one."""
    tails = joints.copy()
    for joint, parent in enumerate(PARENTS):
        if parent >= 0 and (joint < 3 or JOINTS[parent] not in ("pelvis", "spine3")):
            tails[parent] = joints[joint]
    tails[INDEX["pelvis"]] = joints[INDEX["spine1"]]
    tails[INDEX["spine3"]] = joints[INDEX["neck"]]
    for joint in range(22):
        if np.linalg.norm(tails[joint] - joints[joint]) < 1e-3:
            before = joints[joint] - joints[PARENTS[joint]]
            tails[joint] = joints[joint] + 0.5 * before
    return Bones([bones[joint] for joint in JOINTS], list(PARENTS), joints, tails, dict(bones))


def with_bone(rig: Bones, name: str, parent: str, head, tail, below: str = "") -> Bones:
    """One more bone; `below` is hung from it."""
    names, parents = [*rig.names, name], [*rig.parents, rig.names.index(parent) if parent else -1]
    if below:
        parents[names.index(below)] = len(names) - 1
    heads, tails = np.vstack([rig.heads, head]), np.vstack([rig.tails, tail])
    return Bones(names, parents, heads, tails, rig.joints)


def turned(rig: Bones, turn: np.ndarray) -> Bones:
    heads, tails = (rotations.rotate(turn, places) for places in (rig.heads, rig.tails))
    return Bones(rig.names, rig.parents, heads, tails, rig.joints)


def without(rig: Bones, names: list[str]) -> Bones:
    """A rig that lacks some bones, which have nothing below them."""
    kept = [number for number, name in enumerate(rig.names) if name not in names]
    parents = [
        kept.index(rig.parents[number]) if rig.parents[number] >= 0 else -1 for number in kept
    ]
    left = [rig.names[number] for number in kept]
    return Bones(left, parents, rig.heads[kept], rig.tails[kept], rig.joints)


def mixamo_rig(offsets: np.ndarray) -> Bones:
    bones = named(MIXAMO, ("Left", "Right"))
    bones = {joint: f"mixamorig:{name}" for joint, name in bones.items()}
    return rig_of(t_pose(offsets, 0.02), bones)


def with_fingers(rig: Bones, turned: float = 0.0) -> Bones:
    """Three straight bones a finger of a rig in T-pose, palms down or turned to the front by so
    many degrees."""
    tilt = np.radians(turned)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        wrist = rig.heads[rig.names.index(f"mixamorig:{side}Hand")]
        for row, finger in enumerate(("Index", "Middle", "Ring", "Pinky")):
            across = (-0.03 + 0.02 * row) * np.array([0.0, np.cos(tilt), -np.sin(tilt)])
            root = wrist + np.array([sign * 0.09, 0.0, 0.0]) + across
            above = f"mixamorig:{side}Hand"
            for number in range(1, 4):
                end = root + np.array([sign * 0.03, 0.0, 0.0])
                name = f"mixamorig:{side}Hand{finger}{number}"
                rig = with_bone(rig, name, above, root, end)
                root, above = end, name
    return rig


def unreal_rig(offsets: np.ndarray, lowered: float = 50.0, bent: float = 20.0) -> Bones:
    """An A-pose with bent elbows, five spine bones, two neck bones, twist bones and a root."""
    bones = named(UNREAL, ("l", "r"))
    joints = t_pose(a_pose(offsets, lowered, bent), 0.02)
    rig = rig_of(joints, bones)
    for name, above, below in (
        ("spine_02", "spine_01", "spine_03"),
        ("spine_04", "spine_03", "spine_05"),
        ("neck_02", "neck_01", "head"),
    ):
        start, end = (rig.heads[rig.names.index(each)] for each in (above, below))
        middle = (start + end) / 2
        rig.tails[rig.names.index(above)] = middle
        rig = with_bone(rig, name, above, middle, end, below)
    for side in "lr":
        for part, child in (("upperarm", "lowerarm"), ("lowerarm", "hand")):
            start, end = (rig.heads[rig.names.index(f"{each}_{side}")] for each in (part, child))
            rig = with_bone(
                rig, f"{part}_twist_01_{side}", f"{part}_{side}", start * 0.6 + end * 0.4, end
            )
    return with_bone(rig, "root", "", np.zeros(3), np.array([0, 0, 0.2]), "pelvis")


def a_pose(offsets: np.ndarray, lowered: float, bent: float) -> np.ndarray:
    """Offsets with the arms so many degrees lower, and the forearms so many bent forwards."""
    posed = offsets.copy()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        down = rotations.from_axis_angle(np.array([0.0, sign, 0.0]), np.radians(lowered))
        front = rotations.from_axis_angle(np.array([0.0, 0.0, -sign]), np.radians(bent))
        elbow, wrist = INDEX[f"{side}_elbow"], INDEX[f"{side}_wrist"]
        posed[elbow] = rotations.rotate(down, offsets[elbow])
        posed[wrist] = rotations.rotate(rotations.multiply(down, front), offsets[wrist])
    return posed
