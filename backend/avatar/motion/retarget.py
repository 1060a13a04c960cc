# SPDX-License-Identifier: Apache-2.0
"""A performance put onto a body: path scaled by its legs, arms clear of its flanks, feet on its floor."""

from __future__ import annotations

import numpy as np

from ....shared import posing, rotations
from ....shared.results import Motion, Rig
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX, JOINTS, PARENTS
from . import clips, feet
from .clips import FPS
from .performance import Performance, tiled


def retarget(performance: Performance, rig: Rig, name: str) -> Motion:
    """The motion on this rig's body, beginning over the origin; `check`ed."""
    offsets = posing.rest_offsets(rig).astype(np.float64)
    soles = feet.measure_soles(rig)
    turns, root, contacts = performance.rotations, performance.root, performance.contacts
    count = len(turns)
    if performance.is_cyclic:
        turns, contacts = np.tile(turns, (3, 1, 1)), np.tile(contacts, (3, 1, 1))
        root = tiled(root, performance.travel)
    metres = clips.to_metres(root, offsets, soles.ankle_height)
    turns, metres = feet.settle(turns, metres, offsets, soles, contacts)
    if performance.is_cyclic:
        turns, metres = turns[count : 2 * count], metres[count : 2 * count]
    metres = metres - metres[0] * [1.0, 1.0, 0.0]
    turns = rotations.normalise(rotations.continuous(turns)).astype(np.float32)
    motion = Motion(
        name=name,
        fps=FPS,
        joint_names=JOINTS,
        parents=np.array(PARENTS, dtype=np.int32),
        rest_offsets=offsets.astype(np.float32),
        local_rotations=turns,
        root_translation=metres.astype(np.float32),
        joints=posing.joint_positions(turns.astype(np.float64), metres, offsets).astype(np.float32),
        is_cyclic=performance.is_cyclic,
    )
    motion.check()
    return motion
