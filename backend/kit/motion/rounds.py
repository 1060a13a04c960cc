# SPDX-License-Identifier: Apache-2.0
"""A cyclic motion several times over, going on from where each round arrived."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ....shared.results import Motion


def repeated(motion: Motion, seconds: float) -> Motion:
    """A cyclic motion again and again, each time from where it arrived, for at least so long."""
    count = len(motion.local_rotations)
    times = math.ceil(seconds * motion.fps / count)
    if not motion.is_cyclic or times < 2:
        return motion
    root = motion.root_translation
    # One more step than the frames show leads from the last frame to the first of the next round.
    travel = (root[-1] - root[0]) * [1, 1, 0] * count / max(count - 1, 1)
    shifts = np.arange(times)[:, None] * travel[None]
    return replace(
        motion,
        local_rotations=np.tile(motion.local_rotations, (times, 1, 1)),
        root_translation=(shifts[:, None] + root).reshape(-1, 3).astype(np.float32),
        joints=(shifts[:, None, None] + motion.joints).reshape(-1, 22, 3).astype(np.float32),
        fingers=np.tile(motion.fingers, (times, 1, 1)),
        face=tuple(replace(each, values=np.tile(each.values, times)) for each in motion.face),
    )
