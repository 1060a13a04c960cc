# SPDX-License-Identifier: Apache-2.0
"""A motion as the benchmarks see it: places of joints and of points of hands, feet and head.

Known of it are world places and rotations of 22 joints and nothing of how it was made. Z up,
facing -Y, metres, radians, frames a second; the floor is z = 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from kinora.backend.kit.motion import clips, feet
from kinora.backend.kit.motion.rounds import repeated
from kinora.shared import posing, rotations
from kinora.shared.results import Motion, Rig
from kinora.shared.skeleton import INDEX

Floats = NDArray[np.float64]

TALL = 1.70
"""Metres of the body that measures are written for."""
HAND = 0.09
HEAD: Mapping[str, tuple[float, float, float]] = {
    "mouth": (0.0, -0.11, -0.025),
    "chin": (0.0, -0.095, -0.065),
    "forehead": (0.0, -0.10, 0.085),
    "left_ear": (0.085, 0.01, 0.034),
    "right_ear": (-0.085, 0.01, 0.034),
}
"""Places on an upright head from its joint, of a body that is TALL."""
UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Build:
    """What is measured of a body: metres of its height, of its pelvis above the floor when it
    stands, from ankle to `heel` (2, 3) in the T-pose, and of the ball joints above the sole."""

    stature: float
    pelvis: float
    heel: Floats
    ball: Floats

    @property
    def scale(self) -> float:
        return self.stature / TALL


def build_of(rig: Rig, stature: float) -> Build:
    soles = feet.measure_soles(rig)
    offsets = posing.rest_offsets(rig).astype(np.float64)
    pelvis = clips.standing_height(offsets, soles.ankle_height)
    return Build(stature, pelvis, soles.heel, soles.ball_height)


def build_of_data(offsets: Floats) -> Build:
    """The body of the captured clips, whose soles its README tells."""
    pelvis = clips.standing_height(offsets, clips.SOURCE_ANKLE)
    heel = np.tile([0.0, 0.04, -clips.SOURCE_ANKLE], (2, 1))
    # As far above the ankle as on Anny's adult, whose legs are of nearly the same length.
    return Build(1.75, pelvis, heel, np.array([0.02, 0.02]))


@dataclass(frozen=True, eq=False)
class Take:
    """`joints` (T, 22, 3) and `world` rotations (T, 22, 4) of a body."""

    joints: Floats
    world: Floats
    fps: float
    build: Build

    def __len__(self) -> int:
        return len(self.joints)

    @property
    def scale(self) -> float:
        return self.build.scale

    def place(self, name: str) -> Floats:
        """(T, 3) of a joint, or of mouth, chin, forehead, an ear, a hand or the chest."""
        if name in INDEX:
            return self.joints[:, INDEX[name]]
        if name == "chest":
            return self.place("spine3")
        if name.endswith("_hand"):
            wrist = name.replace("hand", "wrist")
            along = np.array([HAND if name.startswith("left") else -HAND, 0.0, 0.0])
            return self.place(wrist) + self._carried(wrist, along)
        if name.endswith("_heel"):
            heel = self.build.heel[0 if name.startswith("left") else 1]
            ankle = name.replace("heel", "ankle")
            turned: Floats = rotations.rotate(self.world[:, INDEX[ankle]], heel)
            return self.place(ankle) + turned
        return self.place("head") + self._carried("head", np.array(HEAD[name]))

    def _carried(self, joint: str, offset: Floats) -> Floats:
        turned: Floats = rotations.rotate(self.world[:, INDEX[joint]], self.scale * offset)
        return turned

    @cached_property
    def soles(self) -> Floats:
        """(2, 2, T, 3) left and right foot, heel and ball, on the sole."""
        found = []
        for side, name in enumerate(("left", "right")):
            ball = self.place(f"{name}_foot") - self.build.ball[side] * UP
            found.append(np.stack([self.place(f"{name}_heel"), ball]))
        return np.array(found)

    @cached_property
    def left(self) -> Floats:
        """(T, 3) level unit vector to the body's left."""
        across = self.place("left_hip") - self.place("right_hip")
        across = across + self.place("left_shoulder") - self.place("right_shoulder")
        level = across * [1.0, 1.0, 0.0]
        upright = np.linalg.norm(across, axis=1, keepdims=True)
        # Lying on a side the body has no level left: the last one goes on.
        clear = np.linalg.norm(level, axis=1) > 0.3 * upright[:, 0]
        last = np.maximum.accumulate(np.where(clear, np.arange(len(level)), 0))
        level = gaussian_filter1d(level[last], 0.05 * self.fps, axis=0, mode="nearest")
        unit: Floats = level / np.maximum(np.linalg.norm(level, axis=1, keepdims=True), 1e-9)
        return unit

    @cached_property
    def forward(self) -> Floats:
        """(T, 3) level unit vector to the body's front."""
        ahead: Floats = np.cross(self.left, UP)
        return ahead

    @cached_property
    def heading(self) -> Floats:
        """(T,) radians, growing as the body turns to its left, unwrapped."""
        angle: Floats = np.unwrap(np.arctan2(self.left[:, 1], self.left[:, 0]))
        return angle

    def side(self, name: str) -> Floats:
        """(T, 3) unit vector to a direction of the level body."""
        ways = {"forward": 1.0, "backward": -1.0}
        if name in ways:
            return ways[name] * self.forward
        return self.left if name == "left" else -self.left

    def velocity(self, sigma: float) -> Floats:
        """(T, 3) of the pelvis over the ground, smoothed by so many seconds."""
        smooth = gaussian_filter1d(
            self.place("pelvis"), max(sigma * self.fps, 0.3), axis=0, mode="nearest"
        )
        speed: Floats = np.gradient(smooth, axis=0) * self.fps * [1.0, 1.0, 0.0]
        return speed


def take_of(motion: Motion, build: Build, seconds: float = 0.0) -> Take:
    """The motion, a cyclic one going on for at least so many seconds."""
    motion = repeated(motion, seconds) if seconds else motion
    world = posing.world_rotations(motion.local_rotations.astype(np.float64))
    return Take(motion.joints.astype(np.float64), world, motion.fps, build)


def take_of_clip(clip: clips.Clip, offsets: Floats) -> Take:
    joints = posing.joint_positions(clip.rotations, clip.root, offsets)
    world = posing.world_rotations(clip.rotations)
    return Take(joints, world, clips.FPS, build_of_data(offsets))
