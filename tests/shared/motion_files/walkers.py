# SPDX-License-Identifier: Apache-2.0
"""A body of round numbers that walks a bend, its joints placed by scipy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

# Metres, Z up, facing -Y, left half; the right one mirrors it.
PLACES = {
    "hip": (0.09, 0.0, -0.08),
    "knee": (0.0, 0.0, -0.42),
    "ankle": (0.0, 0.0, -0.41),
    "foot": (0.0, -0.14, -0.06),
    "collar": (0.03, 0.0, 0.12),
    "shoulder": (0.15, 0.0, 0.0),
    "elbow": (0.28, 0.0, 0.0),
    "wrist": (0.26, 0.0, 0.0),
    "pelvis": (0, 0, 0),
    "spine1": (0, 0, 0.1),
    "spine2": (0, 0, 0.12),
    "spine3": (0, 0, 0.12),
    "neck": (0, 0, 0.17),
    "head": (0, -0.02, 0.11),
}


def offsets() -> np.ndarray:
    rows = []
    for joint in JOINTS:
        side, _, part = joint.partition("_")
        mirror = np.array([-1.0 if side == "right" else 1.0, 1, 1])
        rows.append(mirror * PLACES[part or joint])
    return np.array(rows, float)


@dataclass(frozen=True)
class Moved:
    """`turns[j]` (T,) local rotations, `root` (T, 3), `places` (T, 22, 3) by forward kinematics."""

    offsets: np.ndarray
    turns: list[Rotation]
    root: np.ndarray
    places: np.ndarray
    fps: float

    @property
    def quaternions(self) -> np.ndarray:
        """(T, 22, 4) w, x, y, z."""
        return np.stack([turn.as_quat(scalar_first=True) for turn in self.turns], 1)


def placed(offset: np.ndarray, turns: list[Rotation], root: np.ndarray) -> np.ndarray:
    world: list[Rotation] = []
    places = np.zeros((len(root), len(JOINTS), 3))
    for joint, parent in enumerate(PARENTS):
        if parent < 0:
            world.append(turns[joint])
            places[:, joint] = root
        else:
            world.append(world[parent] * turns[joint])
            places[:, joint] = places[:, parent] + world[parent].apply(offset[joint])
    return places


def make_moved(frames: int = 40, seed: int = 3) -> Moved:
    """Everything sways a little; knees and elbows bend as they can; it goes along a bend."""
    random = np.random.default_rng(seed)
    time = np.linspace(0, 2 * np.pi, frames)
    vectors = np.zeros((frames, len(JOINTS), 3))
    for joint in range(len(JOINTS)):
        speed, phase = random.uniform(0.5, 2, 3), random.uniform(0, 6, 3)
        vectors[:, joint] = 0.2 * np.sin(speed * time[:, None] + phase)
    vectors[:, 0] = [0, 0, 1] * (0.4 + 0.8 * time[:, None] / 6)
    bend = 0.9 + 0.5 * np.sin(2 * time)
    vectors[:, INDEX["left_knee"]] = vectors[:, INDEX["right_knee"]] = np.outer(bend / 3, [1, 0, 0])
    # Forwards and up, as forearms go from the T-pose on.
    vectors[:, INDEX["left_elbow"]] = np.outer(bend, [0, -0.45, -0.89])
    vectors[:, INDEX["right_elbow"]] = np.outer(bend, [0, 0.45, 0.89])
    root = np.stack([0.3 * np.sin(time / 4), -0.2 * time, 1.03 + 0.02 * np.cos(4 * time)], 1)
    turns = [Rotation.from_rotvec(vectors[:, joint]) for joint in range(len(JOINTS))]
    return Moved(offsets(), turns, root, placed(offsets(), turns, root), 30.0)


def y_up(places: np.ndarray) -> np.ndarray:
    """Z up, facing -Y, to Y up, facing +Z."""
    x, y, z = np.moveaxis(places, -1, 0)
    return np.stack([x, z, -y], -1)


def from_pelvis(places: np.ndarray) -> np.ndarray:
    """Places over the ground seen from where the pelvis begins."""
    return places - places[:1, :1] * [1, 1, 0]
