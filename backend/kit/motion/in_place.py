# SPDX-License-Identifier: Apache-2.0
"""A motion without its way: over one spot, as games want it, with the sway of its steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.signal import savgol_filter

from ....shared.results import Motion
from ....shared.rotations import Floats

LEAST_WAY_S = 2.4
"""What takes longer is way, what is quicker is sway."""
BENDS = 3
"""Of the polynomial that follows the way through so much time."""


def in_place(motion: Motion) -> Motion:
    """The pelvis over where it begins: what it does slowly over the ground is taken out."""
    ground = motion.root_translation[:, :2].astype(np.float64)
    count = len(ground)
    window = 2 * round(LEAST_WAY_S * motion.fps / 2) + 1
    travel = (ground[-1] - ground[0]) * count / max(count - 1, 1) if motion.is_cyclic else 0.0
    rounds = -(-window // count) if motion.is_cyclic else 0
    laps = [ground + travel * lap for lap in range(-rounds, rounds + 1)]
    way = _slowly(np.concatenate(laps), window)[rounds * count : (rounds + 1) * count]
    shift = np.zeros((len(ground), 3))
    shift[:, :2] = way - way[0]
    return replace(
        motion,
        root_translation=(motion.root_translation - shift).astype(np.float32),
        joints=(motion.joints - shift[:, None]).astype(np.float32),
    )


def _slowly(ground: Floats, window: int) -> Floats:
    """(T, 2) the path without what is quicker than the window; a short one is a straight line."""
    if len(ground) < window:
        return np.linspace(ground[0], ground[-1], len(ground))
    slow: Floats = savgol_filter(ground, window, BENDS, axis=0)
    return slow
