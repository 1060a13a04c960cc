# SPDX-License-Identifier: Apache-2.0
"""A figure of 22 joints that moves as functions of time say."""

from __future__ import annotations

import numpy as np
from motion_takes import Build, Take
from scipy.spatial.transform import Rotation

from kinora.shared.skeleton import JOINTS, PARENTS

FPS = 30.0
# Metres in the T-pose: 1.70 m tall, facing -Y, pelvis at 0.95, ankles at 0.08.
PLACES = {
    "pelvis": (0, 0, 0.95), "left_hip": (0.1, 0, 0.9), "spine1": (0, 0, 1.05),
    "left_knee": (0.1, 0, 0.49), "spine2": (0, 0, 1.17), "left_ankle": (0.1, 0, 0.08),
    "spine3": (0, 0, 1.3), "left_foot": (0.1, -0.13, 0.02), "neck": (0, 0, 1.45),
    "left_collar": (0.05, 0, 1.4), "head": (0, 0, 1.55), "left_shoulder": (0.18, 0, 1.4),
    "left_elbow": (0.45, 0, 1.4), "left_wrist": (0.7, 0, 1.4),
}  # fmt: skip
T_POSE = np.array(
    [PLACES.get(j) or np.multiply(PLACES[j.replace("right", "left")], (-1, 1, 1)) for j in JOINTS]
)
OFFSETS = T_POSE - T_POSE[list(PARENTS)]
BUILD = Build(1.70, 0.95, np.tile([0, 0.05, -0.08], (2, 1)), np.array([0.02, 0.02]))


def figure(seconds=2.0, root=(0.0, 0.0, 0.0), **turns):
    """Joints turned by vectors of degrees, (3,) or (T, 3), from the T-pose; `root` (T, 3) metres
    from where it stands."""
    count = round(seconds * FPS)
    world = [Rotation.identity(count)] * 22
    joints = np.zeros((count, 22, 3))
    joints[:, 0] = T_POSE[0] + np.broadcast_to(root, (count, 3))
    for joint, name in enumerate(JOINTS):
        own = np.broadcast_to(turns.get(name, (0.0, 0.0, 0.0)), (count, 3))
        turn = Rotation.from_rotvec(own, degrees=True)
        parent = PARENTS[joint]
        if parent >= 0:
            joints[:, joint] = joints[:, parent] + world[parent].apply(OFFSETS[joint])
            turn = world[parent] * turn
        world[joint] = turn
    quaternions = np.stack([turn.as_quat(scalar_first=True) for turn in world], 1)
    return Take(joints, quaternions, FPS, BUILD)


def over(seconds, *columns):
    """(T, 3) of functions of the time in seconds, or of numbers."""
    t = np.arange(round(seconds * FPS)) / FPS
    return np.stack([np.broadcast_to(c(t) if callable(c) else c, t.shape) for c in columns], -1)


def wave(period_, high=1.0):
    """From nothing up to `high` and back in each period."""
    return lambda t: high * (1 - np.cos(2 * np.pi * t / period_)) / 2


DOWN = {"left_shoulder": (0, 80, 0), "right_shoulder": (0, -80, 0)}
STANDING = figure(**DOWN)
