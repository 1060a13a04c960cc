# SPDX-License-Identifier: Apache-2.0
"""Motions of SMPL's family as arrays: AMASS, HY-Motion and whoever writes like them.

AMASS, as its documentation has it: `poses` (T, 156) of SMPL-H or (T, 165) of SMPL-X, axis-angle in
radians, `trans` (T, 3) metres, Z up, `mocap_framerate`; newer files `mocap_frame_rate`, and the
poses also as `root_orient`, `pose_body`, `pose_hand`. Kimodo writes the latter for SMPL-X.
HY-Motion 1.0, as its `construct_smpl_data_dict` has it: `poses` (T, 156), `trans`, `betas` (1, 16),
`gender`, `mocap_framerate` 30, `num_frames`, `Rh`; Y up. Its `rot6d` (T, 22 or 52, 6) with `transl`
is taken too, though no document says so: the six numbers as the first two columns of a matrix,
by threes. Which axis is up is checked against the bodies themselves.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from .. import posing, rotations
from ..results import Motion
from ..rotations import Floats
from ..skeleton import JOINTS, PARENTS
from .arrays import Arrays, numbers, rate
from .average_body import OFFSETS, PELVIS, rest_places
from .finger_curls import curls_of
from .moving import UP, Moving, to_motion
from .problems import check_frames, unreadable

BODY = len(JOINTS)
WIDTHS = (66, 69, 72, 156, 165)
"""Numbers a frame of SMPL's body alone, without and with both hands, of SMPL-H and SMPL-X."""
HANDS_FROM = {156: 66, 165: 75}
"""Where both hands' numbers begin in poses of this width."""
HAND_ORDER = ("index", "middle", "little", "ring", "thumb")
TO_OURS = rotations.between(np.array([0.0, 1.0, 0.0]), UP)
"""From Y up, facing +Z, to Z up, facing -Y."""
SURE = 0.8
STANDS = (0.5, 1.4)
"""Metres of a pelvis over the floor."""
AVERAGE = "The file holds no proportions; an average body stands in."


def fits(arrays: Arrays) -> bool:
    return bool({"poses", "pose_body", "body_pose", "rot6d"} & set(arrays))


def read_arrays(title: str, arrays: Arrays) -> tuple[Motion, str, tuple[str, ...]]:
    is_hy = "Rh" in arrays or "rot6d" in arrays
    local = _local(arrays)
    check_frames(len(local))
    fps, notes = rate(arrays, 30.0)
    pelvis: Floats = _path(arrays, len(local)) + PELVIS
    upright = _upright(local[:, 0], pelvis, is_hy)
    world = rotations.multiply(upright, posing.world_rotations(local))
    turns = rotations.multiply(world, rotations.conjugate(TO_OURS))
    pelvis = rotations.rotate(upright, pelvis)
    places = np.broadcast_to(pelvis[:, None], (len(pelvis), BODY, 3))
    body = Moving(JOINTS, PARENTS, rest_places(OFFSETS), places, turns, fps)
    motion, more = to_motion(body, title)
    motion = replace(motion, fingers=_curls(arrays, len(local)))
    return motion, "HY-Motion" if is_hy else "AMASS", (*notes, *more, AVERAGE)


def _local(arrays: Arrays) -> Floats:
    """(T, 22, 4) in SMPL's own axes; hands and face are left out."""
    if "rot6d" in arrays:
        array = arrays["rot6d"]
        array = array[0] if array.ndim == 4 and len(array) == 1 else array
        return _from_six(numbers({"rot6d": array}, "rot6d", len(array), None, 6))
    if "poses" in arrays:
        poses = arrays["poses"]
        flat = poses.reshape(len(poses), math.prod(poses.shape[1:])) if poses.ndim == 3 else poses
        vectors = numbers({"poses": flat}, "poses", None, None)
    else:
        names = ("root_orient", "pose_body")
        if "body_pose" in arrays:
            names = ("global_orient", "body_pose")
        root, body = (numbers(arrays, name, None, None) for name in names)
        if root.shape[1] != 3 or len(root) != len(body) or body.shape[1] < 63:
            raise unreadable(f'The arrays "{names[0]}" and "{names[1]}" do not fit each other')
        vectors = np.concatenate([root, body[:, :63]], axis=1)
    if vectors.shape[1] not in WIDTHS:
        raise unreadable(
            f"A pose of {vectors.shape[1]} numbers is none of SMPL's family",
            "SMPL has 66 or 72, SMPL-H 156, SMPL-X 165.",
        )
    return _turns(vectors[:, : 3 * BODY])


def _turns(vectors: Floats) -> Floats:
    """(T, J, 4) of (T, 3 J) axis-angles."""
    vectors = vectors.reshape(len(vectors), vectors.shape[1] // 3, 3)
    angle = np.linalg.norm(vectors, axis=-1)
    axis = vectors / np.maximum(angle, 1e-12)[..., None]
    return rotations.from_axis_angle(axis, angle)


def _curls(arrays: Arrays, frames: int) -> Floats:
    """(T, 2, 5) of the hands' 30 joints, where there are any."""
    hands, poses = arrays.get("pose_hand"), arrays.get("poses")
    if poses is not None and poses.ndim == 2 and poses.shape[1] in HANDS_FROM:
        hands = poses[:, HANDS_FROM[poses.shape[1]] :]
    if hands is None or hands.shape != (frames, 90):
        return np.zeros((0, 2, 5), np.float32)
    turns = _turns(numbers({"hands": hands}, "hands", frames, 90)).reshape(frames, 2, 5, 3, 4)
    still = np.tile([1.0, 0.0, 0.0, 0.0], (frames, 1))
    bones = {}
    for side, name in enumerate(("left", "right")):
        for number, finger in enumerate(HAND_ORDER):
            first, second, _ = np.moveaxis(turns[:, side, number], 1, 0)
            bones[f"{name}_{finger}"] = [first, rotations.multiply(first, second)]
    return curls_of(frames, {"left": still, "right": still}, bones)


def _from_six(six: Floats) -> Floats:
    if six.shape[1] < BODY:
        raise unreadable(f"A pose of {six.shape[1]} joints is none of SMPL's family")
    first, second = six[:, :BODY, :3], six[:, :BODY, 3:]
    matrices = orthonormal(first, second)
    return rotations.from_matrix(matrices)


def orthonormal(first: Floats, second: Floats) -> Floats:
    """Matrices (..., 3, 3) of which these are, but for length and slant, the first two columns."""
    length = np.linalg.norm(first, axis=-1, keepdims=True)
    first = first / np.maximum(length, 1e-12)
    second = second - (first * second).sum(-1, keepdims=True) * first
    aside = np.linalg.norm(second, axis=-1, keepdims=True)
    if min(length.min(), aside.min()) < 1e-6:
        raise unreadable("The file holds rotations that are none")
    second = second / aside
    return np.stack([first, second, np.cross(first, second)], axis=-1)


def _upright(root: Floats, pelvis: Floats, is_y_up: bool) -> Floats:
    """The turn from the file's world to ours, of the pelvis' rotations (T, 4) and places (T, 3).

    A body that stands along the other axis than its kind of file has, as high as bodies stand,
    tells better; who lies says nothing.
    """
    other = 2 if is_y_up else 1
    along = rotations.rotate(root, np.array([0.0, 1.0, 0.0])).mean(0)[other]
    low, high = STANDS
    if along > SURE and low < np.median(pelvis[:, other]) < high:
        is_y_up = not is_y_up
    return TO_OURS if is_y_up else np.array([1.0, 0.0, 0.0, 0.0])


def _path(arrays: Arrays, frames: int) -> Floats:
    for name in ("trans", "transl"):
        if name in arrays:
            array = arrays[name]
            array = array[0] if array.ndim == 3 and len(array) == 1 else array
            return numbers({name: array}, name, frames, 3)
    return np.zeros((frames, 3))
