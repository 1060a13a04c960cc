# SPDX-License-Identifier: Apache-2.0
"""Motions as npz files: our own arrays, and those of AMASS on SMPL-H's average body."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from .. import posing, rotations
from ..results import Motion
from ..rotations import Floats
from ..skeleton import JOINTS, PARENTS
from .average_body import OFFSETS, PELVIS, rest_places
from .finger_curls import bends_of
from .guessing import FINGERS
from .moving import t_pose_turns
from .placing import FLOOR_SHARE, leg_length, lowest_sole
from .smpl import HAND_ORDER, TO_OURS

SMPL_H_JOINTS = 52


def motion_npz(motion: Motion) -> bytes:
    """The motion as float32 arrays under the names of design section 5; names as plain text.

    `fingers` (T, 2, 5) is there where they move, `face` (T, K) and `face_names` where it does.
    """
    data = io.BytesIO()
    more: dict[str, Any] = (
        {"fingers": motion.fingers.astype(np.float32)} if len(motion.fingers) else {}
    )
    if motion.face:
        curves = np.stack([curve.values for curve in motion.face], axis=1)
        more |= {
            "face": curves.astype(np.float32),
            "face_names": np.array([curve.name for curve in motion.face]),
        }
    np.savez(
        data,
        fps=np.float32(motion.fps),
        joint_names=np.array(motion.joint_names),
        parents=motion.parents,
        rest_offsets=motion.rest_offsets.astype(np.float32),
        local_rotations=motion.local_rotations.astype(np.float32),
        root_translation=motion.root_translation.astype(np.float32),
        joints=motion.joints.astype(np.float32),
        is_cyclic=np.bool_(motion.is_cyclic),
        **more,
    )
    return data.getvalue()


def amass_npz(motion: Motion) -> bytes:
    """The motion as AMASS files have it: axis-angle `poses` (T, 156), `trans` (T, 3), Z up.

    The path is scaled to the average body (`betas` zero), whose feet stand where the motion's do.
    Fingers bend about one axis each; where the motion has none the hands are flat.
    """
    turns = posing.world_rotations(motion.local_rotations.astype(np.float64))
    lay = t_pose_turns(dict(zip(JOINTS, rest_places(OFFSETS), strict=True)), {})
    world = rotations.multiply(turns, rotations.conjugate(np.stack([lay[j] for j in JOINTS])))
    world = rotations.multiply(world, np.broadcast_to(TO_OURS, world.shape))
    local = posing.local_rotations(world)
    poses = np.zeros((len(local), SMPL_H_JOINTS, 3), np.float32)
    poses[:, : len(JOINTS)] = _axis_angles(local)
    if len(motion.fingers):
        poses[:, len(JOINTS) :] = _hands(motion.fingers)
    data = io.BytesIO()
    np.savez(
        data,
        poses=poses.reshape(len(poses), -1),
        trans=(_path(motion, turns, lay) - PELVIS).astype(np.float32),
        betas=np.zeros(16, np.float32),
        dmpls=np.zeros((len(poses), 8), np.float32),
        gender=np.array("neutral"),
        mocap_framerate=np.float64(motion.fps),
    )
    return data.getvalue()


def _hands(curls: Floats) -> Floats:
    """(T, 30, 3) axis-angles of SMPL-H's hands, palms down in its T-pose, of curls (T, 2, 5)."""
    bends = np.radians(bends_of(curls))
    hands = np.zeros((len(curls), 2, len(HAND_ORDER), 3, 3))
    for side, sign in enumerate((-1.0, 1.0)):
        for number, finger in enumerate(HAND_ORDER):
            bend = bends[:, side, FINGERS.index(finger)]
            # Fingers go down to the palm, thumbs across it.
            axis = np.array([0.0, -sign, 0.0] if finger == "thumb" else [0.0, 0.0, sign])
            hands[:, side, number] = bend[..., None] * axis
    return hands.reshape(len(curls), -1, 3)


def _path(motion: Motion, turns: Floats, lay: dict[str, Floats]) -> Floats:
    """(T, 3) the pelvis of the average body doing this."""
    own, its = leg_length(motion.rest_offsets), leg_length(OFFSETS)
    root = motion.root_translation.astype(np.float64) * (its / own)
    places = np.zeros((len(root), len(JOINTS), 3))
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            flat = rotations.rotate(rotations.conjugate(lay[JOINTS[parent]]), OFFSETS[joint])
            places[:, joint] = places[:, parent] + rotations.rotate(turns[:, parent], flat)
    now = np.quantile(lowest_sole(places + root[:, None], its), FLOOR_SHARE)
    wanted = np.quantile(lowest_sole(motion.joints, own), FLOOR_SHARE) * (its / own)
    return np.asarray(root + np.array([0.0, 0.0, wanted - now]))


def _axis_angles(turns: Floats) -> Floats:
    """(..., 3) radians about an axis, at most half a turn."""
    turns = turns * np.where(turns[..., :1] < 0, -1.0, 1.0)
    sine = np.linalg.norm(turns[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, turns[..., :1])
    return np.asarray(turns[..., 1:] * np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 2.0))
