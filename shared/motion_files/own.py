# SPDX-License-Identifier: Apache-2.0
"""Kinora's own motion.npz, as jobs leave it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import posing, rotations
from ..results import MOST_CURL, FaceCurve, Motion
from ..skeleton import JOINTS, PARENTS
from .arrays import Arrays, numbers, rate
from .placing import leg_length
from .problems import check_frames, unreadable

NEEDED = ("joint_names", "rest_offsets", "local_rotations", "root_translation")
SHORTEST_LEG = 0.01
"""Metres."""


def is_own(arrays: Arrays) -> bool:
    return set(NEEDED) <= set(arrays)


def read_own(title: str, arrays: Arrays) -> Motion:
    """As it was written, where it was: neither moved nor turned."""
    if tuple(map(str, arrays["joint_names"].reshape(-1))) != JOINTS:
        raise unreadable("The motion file names other joints than Kinora's 22")
    turns = numbers(arrays, "local_rotations", None, len(JOINTS), 4)
    check_frames(len(turns))
    root = numbers(arrays, "root_translation", len(turns), 3)
    offsets = numbers(arrays, "rest_offsets", len(JOINTS), 3)
    if leg_length(offsets) < SHORTEST_LEG:
        raise unreadable("The skeleton's legs have no length")
    if np.linalg.norm(turns, axis=-1).min() < 0.5:
        raise unreadable("The motion file holds rotations that are none")
    fps, _ = rate(arrays, 30.0)
    turns = rotations.normalise(turns)
    return Motion(
        name=title,
        fps=fps,
        joint_names=JOINTS,
        parents=np.array(PARENTS, np.int32),
        rest_offsets=offsets.astype(np.float32),
        local_rotations=turns.astype(np.float32),
        root_translation=root.astype(np.float32),
        joints=posing.joint_positions(turns, root, offsets).astype(np.float32),
        is_cyclic="is_cyclic" in arrays and bool(arrays["is_cyclic"].any()),
        **_fingers_and_face(arrays, len(turns)),
    )


def _fingers_and_face(arrays: Arrays, frames: int) -> dict[str, Any]:
    """What older files lack."""
    found: dict[str, Any] = {}
    if "fingers" in arrays and arrays["fingers"].size:
        curls = numbers(arrays, "fingers", frames, 2, 5)
        found["fingers"] = np.clip(curls, -MOST_CURL, MOST_CURL).astype(np.float32)
    if "face" in arrays and arrays["face"].size:
        names = arrays.get("face_names", np.empty(0, "U1")).reshape(-1)
        values = np.clip(numbers(arrays, "face", frames, len(names)), 0, 1).astype(np.float32)
        curves = dict(zip(map(str, names), values.T, strict=True))
        found["face"] = tuple(FaceCurve(name, curve) for name, curve in curves.items())
    return found
