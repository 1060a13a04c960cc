# SPDX-License-Identifier: Apache-2.0
"""The rig of one body: its bones, what turns its A-pose into the T-pose, and how hands rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ...shared import rotations
from ...shared.results import Rig
from ...shared.skeleton import BONE_OF_JOINT, INDEX, JOINTS
from .anny_files import BoneTable

Floats = NDArray[np.floating]

DOWN = np.array([0.0, 0.0, -1.0])
FORWARD = np.array([0.0, -1.0, 0.0])

# Degrees that a finger's three bones bend towards the palm in a hand at rest, and the thumb's.
FINGER_CURL = (16.0, 20.0, 16.0)
THUMB_CURL = (4.0, 8.0, 10.0)

OUTWARD = {"L": 1.0, "R": -1.0}
"""Along X, by the letter that ends the names of a side's bones."""


def make_rig(bones: BoneTable, vertices: NDArray[np.float64]) -> Rig:
    """Place the bones in these vertices (V, 3) and find the T-pose."""
    heads = np.stack([vertices[where].mean(0) for where in bones.head_vertices])
    tails = np.stack([vertices[where].mean(0) for where in bones.tail_vertices])
    place = {name: heads[index] for index, name in enumerate(bones.names)}
    palms = {letter: _palm(place, letter) for letter in OUTWARD}
    return Rig(
        bone_names=bones.names,
        parents=bones.parents,
        heads=heads.astype(np.float32),
        tails=tails.astype(np.float32),
        joint_of_bone=_leaders(bones),
        bind_to_t=turns_to_t(place, palms).astype(np.float32),
        relaxed=curled(bones.names, heads, tails, palms).astype(np.float32),
    )


def _leaders(bones: BoneTable) -> NDArray[np.int32]:
    """(B,) the joint of the nearest ancestor that has one; all toes bend with the second one."""
    joint_of = {bone: INDEX[joint] for joint, bone in BONE_OF_JOINT.items()}
    for letter, side in (("L", "left"), ("R", "right")):
        joint_of |= {f"toe{toe}-1.{letter}": INDEX[f"{side}_foot"] for toe in range(1, 6)}
    leaders = np.zeros(len(bones.names), dtype=np.int32)
    for index, name in enumerate(bones.names):
        inherited = leaders[bones.parents[index]] if bones.parents[index] >= 0 else 0
        leaders[index] = joint_of.get(name, inherited)
    return leaders


def turns_to_t(place: Mapping[str, Floats], palms: Mapping[str, Floats]) -> Floats:
    """(22, 4) world rotations of what follows each joint, from bind pose to T-pose.

    `place` has the heads of the bones of both limbs, `palms` where each side's palm faces.
    """
    turns = np.tile([1.0, 0, 0, 0], (len(JOINTS), 1))
    for side, (letter, outward) in zip(("left", "right"), OUTWARD.items(), strict=True):
        where = {name: place[f"{name}.{letter}"] for name in _LIMB_BONES}
        sideways = np.array([outward, 0, 0])
        upper = where["lowerarm01"] - where["upperarm01"]
        fore = where["wrist"] - where["lowerarm01"]
        hand = _frame(where["finger3-1"] - where["wrist"], palms[letter])
        turns[INDEX[f"{side}_shoulder"]] = rotations.between(upper, sideways)
        turns[INDEX[f"{side}_elbow"]] = rotations.between(fore, sideways)
        # The hand along the arm, palm down.
        turns[INDEX[f"{side}_wrist"]] = rotations.from_matrix(_frame(sideways, DOWN) @ hand.T)
        thigh = where["lowerleg01"] - where["upperleg01"]
        shin = where["foot"] - where["lowerleg01"]
        turns[INDEX[f"{side}_hip"]] = rotations.between(thigh, DOWN)
        turns[INDEX[f"{side}_knee"]] = rotations.between(shin, DOWN)
        sole = (where["toe2-1"] - where["foot"]) * [1, 1, 0]
        turns[INDEX[f"{side}_ankle"]] = rotations.between(sole, FORWARD)
        turns[INDEX[f"{side}_foot"]] = turns[INDEX[f"{side}_ankle"]]
    return turns


_LIMB_BONES = (
    "upperarm01", "lowerarm01", "wrist", "finger3-1", "upperleg01", "lowerleg01", "foot", "toe2-1",
)  # fmt: skip


def _palm(place: Mapping[str, Floats], letter: str) -> Floats:
    wrist, index, little = (place[f"{bone}.{letter}"] for bone in _KNUCKLES)
    return palm_direction(wrist, index, little, OUTWARD[letter])


_KNUCKLES = ("wrist", "finger2-1", "finger5-1")


def palm_direction(wrist: Floats, index: Floats, little: Floats, outward: float) -> Floats:
    """Where the palm faces, from two knuckles; `outward` is 1 on the left hand, -1 on the right."""
    normal = np.cross(little - wrist, index - wrist) * outward
    return np.asarray(normal / np.linalg.norm(normal))


def _frame(first: Floats, second: Floats) -> Floats:
    """(3, 3) columns: `first`, `second` at right angles to it, and their cross product."""
    x = first / np.linalg.norm(first)
    y = second - x * (x @ second)
    y /= np.linalg.norm(y)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def curled(
    names: Sequence[str], heads: Floats, tails: Floats, palms: Mapping[str, Floats]
) -> Floats:
    """(B, 4) in bind-pose world axes: fingers bent a little towards the palm."""
    turns = np.tile([1.0, 0, 0, 0], (len(names), 1))
    for bone, name in enumerate(names):
        if not name.startswith("finger"):
            continue
        finger, joint, letter = int(name[6]), int(name[8]), name[-1]
        axis = np.cross(tails[bone] - heads[bone], palms[letter])
        axis /= np.linalg.norm(axis)
        degrees = (THUMB_CURL if finger == 1 else FINGER_CURL)[joint - 1]
        turns[bone] = rotations.from_axis_angle(axis, np.radians(degrees))
    return turns
