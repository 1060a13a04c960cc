# SPDX-License-Identifier: Apache-2.0
"""The average body that stands in where a file holds rotations without a body's proportions.

Joints of a mean adult in the pose that SMPL's family calls rest, to the centimetre.
"""

from __future__ import annotations

import numpy as np

from ..rotations import Floats
from ..skeleton import JOINTS, PARENTS

_MIDDLE = {
    "pelvis": (0.0, 0.0, 0.0),
    "spine1": (0.0, 0.03, 0.11),
    "spine2": (0.0, 0.0, 0.14),
    "spine3": (0.0, -0.03, 0.05),
    "neck": (0.0, 0.04, 0.21),
    "head": (0.0, -0.05, 0.07),
}
_LEFT = {
    "hip": (0.07, 0.01, -0.09),
    "knee": (0.04, 0.0, -0.38),
    "ankle": (-0.02, 0.04, -0.4),
    "foot": (0.02, -0.12, -0.06),
    "collar": (0.08, 0.03, 0.12),
    "shoulder": (0.09, 0.01, 0.03),
    "elbow": (0.26, 0.03, -0.01),
    "wrist": (0.25, 0.0, 0.01),
}


def _offset(joint: str) -> tuple[float, float, float]:
    if joint in _MIDDLE:
        return _MIDDLE[joint]
    side, part = joint.split("_")
    x, y, z = _LEFT[part]
    return (x if side == "left" else -x), y, z


OFFSETS: Floats = np.array([_offset(joint) for joint in JOINTS])
"""(22, 3) metres from each joint's parent, Z up, facing -Y."""
PELVIS: Floats = np.array([0.0, -0.22, 0.03])
"""Where the pelvis is seen from the origin of SMPL's rest pose, in its own axes (Y up)."""


def rest_places(offsets: Floats) -> Floats:
    """(22, 3) places at rest, the pelvis at the origin."""
    places = np.zeros((len(JOINTS), 3))
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            places[joint] = places[parent] + offsets[joint]
    return places
