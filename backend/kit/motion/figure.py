# SPDX-License-Identifier: Apache-2.0
"""How thick a body is round its joints: what of it comes to lie on the floor, and how far."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ....shared import posing, rotations
from ....shared.results import Rig
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX, JOINTS

DIRECTIONS = np.array([way for way in product((-1.0, 0.0, 1.0), repeat=3) if any(way)])
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)
TRUNK = ("pelvis", "left_hip", "right_hip", "spine1", "spine2")
SLIM = {"knee": 0.066, "ankle": 0.06, "foot": 0.05, "elbow": 0.05, "wrist": 0.045, "hip": 0.12}
"""Leg lengths from a joint to the skin where nothing was measured."""
SLIM_TRUNK = 0.13


@dataclass(frozen=True)
class Figure:
    """`flank`, metres from the middle to the outside of hips, belly and thighs; `hull`
    (22, 26, 3), the skin's furthest points round each joint, seen from it in the T-pose."""

    flank: float
    hull: Floats


def measure_figure(rig: Rig, vertices: Floats, bone_indices: NDArray[np.integer]) -> Figure:
    """Of a skin (V, 3) in bind pose; `bone_indices[:, 0]` is the bone that holds a vertex most."""
    leaders = rig.joint_of_bone[bone_indices[:, 0]]
    places = rig.heads[posing.joint_bones(rig)].astype(np.float64)
    hull = np.zeros((len(JOINTS), len(DIRECTIONS), 3))
    for joint, place in enumerate(places):
        own = vertices[leaders == joint]
        if len(own):
            seen = rotations.rotate(rig.bind_to_t[joint].astype(np.float64), own - place)
            hull[joint] = seen[np.argmax(seen @ DIRECTIONS.T, axis=0)]
    hips, knees = places[[INDEX["left_hip"], INDEX["left_knee"]], 2]
    level = vertices[:, 2] > hips - 0.25 * (hips - knees)
    trunk = np.isin(leaders, [INDEX[name] for name in TRUNK]) & level
    return Figure(float(np.abs(vertices[trunk, 0]).max(initial=0.0)), hull)


def slim_hull(leg: float) -> Floats:
    """(22, 26, 3) of a slim body whose legs are so long."""
    sizes = [
        next((size for part, size in SLIM.items() if name.endswith(part)), SLIM_TRUNK)
        for name in JOINTS
    ]
    points: Floats = leg * np.array(sizes)[:, None, None] * DIRECTIONS
    return points


def skin_points(turns: Floats, root: Floats, offsets: Floats, hull: Floats) -> Floats:
    """(T, 22 * 26, 3) where the hull lies in the world."""
    world = posing.world_rotations(turns)
    places = posing.joint_positions(turns, root, offsets)
    points = places[:, :, None] + rotations.rotate(world[:, :, None], hull[None])
    return points.reshape(len(turns), -1, 3)
