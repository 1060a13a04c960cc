# SPDX-License-Identifier: Apache-2.0
"""Hands whose palms were drawn elsewhere than down are turned as their knuckles tell."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from walkers import offsets

from kinora.shared.motion_files.average_body import rest_places
from kinora.shared.motion_files.moving import Moving, to_motion
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

KNUCKLES = {"index": -0.03, "middle": 0.0, "little": 0.04}
"""Metres behind the middle of a hand whose palm faces down."""


@pytest.mark.parametrize("degrees", [0, 10, 60, 90])
def test_palms_drawn_forward(degrees):
    """A skeleton in its rest pose, palms turned so far from down to the front."""
    names, parents, rest = list(JOINTS), list(PARENTS), list(rest_places(offsets()))
    for side, sign in (("left", 1), ("right", -1)):
        turned = Rotation.from_euler("x", -degrees, degrees=True)
        wrist = INDEX[f"{side}_wrist"]
        for finger, behind in KNUCKLES.items():
            names.append(f"{side}_{finger}1")
            parents.append(wrist)
            rest.append(rest[wrist] + turned.apply([sign * 0.09, behind, 0]))
    places = np.array(rest)[None]
    turns = np.zeros((1, len(names), 4))
    turns[..., 0] = 1
    motion, _ = to_motion(Moving(tuple(names), tuple(parents), places[0], places, turns, 30), "a")
    for side in ("left", "right"):
        told = motion.local_rotations[0, INDEX[f"{side}_wrist"]]
        palm = Rotation.from_quat(told, scalar_first=True).apply([0, 0, -1])
        seen = np.degrees(np.arctan2(-palm[1], -palm[2]))
        # Up to 15 degrees are what hands are like, and no pose.
        assert seen == pytest.approx(degrees if degrees > 15 else 0, abs=0.1)
