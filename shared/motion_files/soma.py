# SPDX-License-Identifier: Apache-2.0
"""Kimodo's npz, as its documents have it: `posed_joints` (T, J, 3) metres, `global_rot_mats` and
`local_rot_mats` (T, J, 3, 3), Y up, facing +Z, 30 frames a second, zero rotation in the rest pose.

J is 77 for the SOMA skeleton, 30 in older files, 22 for SMPL-X; a robot's 34 are refused.
"""

from __future__ import annotations

import numpy as np

from .. import rotations
from ..results import Motion
from ..skeleton import JOINTS, PARENTS
from .arrays import Arrays, numbers, rate
from .moving import Moving, to_motion
from .problems import check_frames, unreadable
from .smpl import orthonormal

_FINGERS = tuple(
    f"Hand{finger}{joint}"
    for finger, count in (("Thumb", 3), ("Index", 4), ("Middle", 4), ("Ring", 4), ("Pinky", 4))
    for joint in (*range(1, count + 1), "End")
)
_TRUNK = ("Hips", "Spine1", "Spine2", "Chest", "Neck1", "Neck2", "Head")
_ARM = ("Shoulder", "Arm", "ForeArm", "Hand")
_LEG = ("Leg", "Shin", "Foot", "ToeBase")
_PARENT_OF = dict(zip(_TRUNK[1:], _TRUNK, strict=False))
_PARENT_OF |= dict.fromkeys(("HeadEnd", "Jaw", "LeftEye", "RightEye"), "Head")


def _skeleton(is_full: bool) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names and parents in the order of the files."""
    parent = dict(_PARENT_OF)
    names = [*_TRUNK, *(["HeadEnd"] if is_full else []), "Jaw", "LeftEye", "RightEye"]
    for side in ("Left", "Right"):
        arm = [f"{side}{part}" for part in _ARM]
        parent |= {arm[0]: "Chest", **dict(zip(arm[1:], arm, strict=False))}
        ends = _FINGERS if is_full else ("HandThumbEnd", "HandMiddleEnd")
        before = arm[-1]
        for end in (f"{side}{end}" for end in ends):
            parent[end] = before if is_full and not end.endswith("1") else arm[-1]
            before = end
        names += [*arm, *(f"{side}{end}" for end in ends)]
    for side in ("Left", "Right"):
        leg = [f"{side}{part}" for part in (*_LEG, *(["ToeEnd"] if is_full else []))]
        parent |= {leg[0]: "Hips", **dict(zip(leg[1:], leg, strict=False))}
        names += leg
    return tuple(names), tuple(names.index(parent[n]) if n in parent else -1 for n in names)


SKELETONS = {77: _skeleton(True), 30: _skeleton(False), 22: (JOINTS, PARENTS)}


def fits(arrays: Arrays) -> bool:
    return "posed_joints" in arrays and bool({"global_rot_mats", "local_rot_mats"} & set(arrays))


def read_arrays(title: str, arrays: Arrays) -> tuple[Motion, str, tuple[str, ...]]:
    places = numbers(arrays, "posed_joints", None, None, 3)
    check_frames(len(places))
    count = places.shape[1]
    if count not in SKELETONS:
        what = "a robot" if count == 34 else f"{count} joints"
        raise unreadable(f"The Kimodo file is of {what}; the skeletons of SOMA and SMPL-X are read")
    names, parents = SKELETONS[count]
    is_world = "global_rot_mats" in arrays
    key = "global_rot_mats" if is_world else "local_rot_mats"
    matrices = numbers(arrays, key, len(places), count, 3, 3)
    turns = rotations.from_matrix(orthonormal(matrices[..., 0], matrices[..., 1]))
    if not is_world:
        for joint, parent in enumerate(parents):
            if parent >= 0:
                turns[:, joint] = rotations.multiply(turns[:, parent], turns[:, joint])
    rest = np.zeros((count, 3))
    for joint, parent in enumerate(parents):
        if parent >= 0:
            arm = places[:, joint] - places[:, parent]
            own = rotations.rotate(rotations.conjugate(turns[:, parent]), arm)
            rest[joint] = rest[parent] + np.median(own, axis=0)
    fps = rate(arrays, 30.0)[0]
    motion, notes = to_motion(Moving(names, parents, rest, places, turns, fps), title)
    return motion, "Kimodo", notes
