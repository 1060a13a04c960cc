# SPDX-License-Identifier: Apache-2.0
"""Our own rigs, bound in an A-pose, read by their bones alone, give the motion that poses them."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.kit.motion.text import text_to_motion
from kinora.shared import posing
from kinora.shared.motion_files.moving import Moving, to_motion
from kinora.shared.motion_files.names import match
from kinora.shared.skeleton import BONE_OF_JOINT, INDEX, JOINTS


@pytest.mark.parametrize("who", ["adult", "toddler"])
def test_bones_alone_tell_the_motion(people, deaf, who):
    rig = people[who].rig
    motion = text_to_motion("waves", rig, deaf, seed=1).motion
    turns = posing.bone_rotations(rig, motion.local_rotations)
    places = posing.bone_heads(rig, turns, motion.root_translation)
    heads = rig.heads.astype(np.float64)
    parents = tuple(rig.parents.tolist())
    told, notes = to_motion(Moving(rig.bone_names, parents, heads, places, turns, 30.0), "waves")
    assert not notes
    assert np.abs(told.joints - motion.joints).max() < 1e-3
    dots = np.abs((told.local_rotations.astype(float) * motion.local_rotations).sum(-1))
    degrees = np.degrees(2 * np.arccos(np.clip(dots, 0, 1))).max(0)
    # A bent arm at rest may be stretched in more than one way: its own twist is not told.
    arms = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("elbow", "wrist")]
    assert np.delete(degrees, arms).max() < 1
    assert degrees[arms].max() < 25


def test_every_bone_of_ours_is_found(people):
    rig = people["adult"].rig
    found = match(rig.bone_names, rig.parents.tolist())
    assert found.kind == "native" and dict(found.map) == {j: BONE_OF_JOINT[j] for j in JOINTS}
    assert all(len(chain) == 3 for chain in found.fingers.values()) and len(found.fingers) == 10
