# SPDX-License-Identifier: GPL-3.0-or-later
"""Feet back to the floor, and kept where they are planted, on legs of other proportions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared.results import Motion
from ...shared.skeleton import INDEX, PARENTS

Floats = NDArray[np.floating[Any]]
FEET = [INDEX[side + part] for side in ("left_", "right_") for part in ("ankle", "foot")]
_WRISTS = [INDEX["left_wrist"], INDEX["right_wrist"]]
WRIST_LEGS = 0.08
"""Leg lengths from the floor to the wrist of a hand that bears weight."""
BALL_LEGS = 0.035
"""From the floor to the ball of a bare foot."""
_BALLS = [INDEX["left_foot"], INDEX["right_foot"]]
PLANTED_M_S = 0.15
"""A foot slower than about this, and no higher than PLANTED_M, is planted."""
PLANTED_M = 0.04
THICKEST_SOLE = 0.12
"""Leg lengths; who stands on his hands all the time has his floor at 0."""
HELD_LEGS = (0.05, 0.25)
"""Leg lengths of air below the feet: up to the first they say how high a body is, from the second
on its hips do."""


def leg_length(offsets: Floats) -> float:
    """Hip to ankle, of offsets (22, 3)."""
    joints = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")]
    return float(np.linalg.norm(offsets[joints], axis=1).sum() / 2)


def standing_heights(motion: Motion) -> Floats:
    """(4,) metres: how high FEET are above the floor where this motion's body stands.

    In the T-pose both feet are flat; how far that is above the floor, the lowest of its frames
    tell: some of them stand.
    """
    heights = np.zeros(len(motion.rest_offsets))
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            heights[joint] = heights[parent] + motion.rest_offsets[joint, 2]
    flat = heights[FEET]
    lowest = float(np.quantile((motion.joints[:, FEET, 2] - flat).min(axis=1), 0.05))
    barefoot = -float(flat.min())
    most = barefoot + THICKEST_SOLE * leg_length(motion.rest_offsets)
    standing: Floats = flat + np.clip(lowest, barefoot, most)
    return standing


def lifts(
    motion: Motion, standing: Floats, joints: Floats, own_standing: Floats, scale: float
) -> Floats:
    """(T,) what to raise a body by, so far with its joints at (T, 22, 3), so that its feet or hands
    clear the floor as the motion's do, times `scale`; less and less of it the further they are off
    the floor. Nothing goes deeper below the floor than the motion goes.

    `standing` and `own_standing` (4,) are how high the motion's and the body's FEET stand.
    """
    source, leg = motion.joints.astype(np.float64), leg_length(motion.rest_offsets)
    wanted = _clearance(source, standing, leg) * scale
    near, far = (legs * leg * scale for legs in HELD_LEGS)
    share = np.clip((far - wanted) / (far - near), 0, 1)
    smooth = share * share * (3 - 2 * share)
    raised = (wanted - _clearance(joints, own_standing, leg * scale)) * smooth
    floor = own_standing.min() - BALL_LEGS * leg * scale
    floor = floor + np.minimum(source[..., 2].min(axis=1) * scale, 0)
    return np.asarray(raised + np.maximum(floor - joints[..., 2].min(axis=1) - raised, 0))


def _clearance(joints: Floats, standing: Floats, leg: float) -> Floats:
    """(T,) how far the lowest foot of joints (T, 22, 3) is above where it stands, or the lowest
    hand above where one stands on it."""
    feet = (joints[:, FEET, 2] - standing).min(axis=1)
    hands = joints[:, _WRISTS, 2].min(axis=1) - WRIST_LEGS * leg
    return np.asarray(np.minimum(feet, hands))


def planted(motion: Motion, joints: Floats, scale: float) -> Floats:
    """(T, 3) by how much a body that does `motion`, so far with its joints at (T, 22, 3), must be
    shifted over the ground for its planted feet to move as the motion's, times `scale`."""
    source = motion.joints.astype(np.float64)
    floor = standing_heights(motion)[1::2]
    steps = np.diff(source[:, _BALLS], axis=0)
    speed = np.linalg.norm(steps[..., :2], axis=-1) * motion.fps
    height = (source[:-1, _BALLS, 2] + source[1:, _BALLS, 2]) / 2 - floor
    holds = np.exp(-((speed / PLANTED_M_S) ** 2) - (np.maximum(height, 0) / PLANTED_M) ** 2)
    missing = (steps * scale - np.diff(joints[:, _BALLS], axis=0))[..., :2]
    total = holds.sum(axis=1, keepdims=True)
    # Where nothing is planted the body flies on as it was.
    change = (holds[..., None] * missing).sum(axis=1) / np.maximum(total, 1.0)
    shift = np.zeros((len(source), 3))
    shift[1:, :2] = np.cumsum(change, axis=0)
    if motion.is_cyclic:
        shift -= _drift(motion, shift)
    return shift


def _drift(motion: Motion, shift: Floats) -> Floats:
    """(T, 3) what would carry a motion off that repeats on its spot."""
    root = motion.root_translation
    way = float(np.linalg.norm((root[-1] - root[0])[:2]))
    if way > 0.1 * max(float(np.ptp(motion.joints[..., 2])), 1e-6):
        return np.zeros_like(shift)
    return np.asarray(np.linspace(0, 1, len(shift))[:, None] * shift[-1])
