# SPDX-License-Identifier: Apache-2.0
"""Where and when a taken motion is: over the origin, on the floor, at another frame rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .. import posing, rotations
from ..results import Motion
from ..rotations import Floats
from ..skeleton import INDEX
from .problems import MOST_FRAMES, unreadable

SOLE_BELOW_BALL, SOLE_BELOW_ANKLE = 0.025, 0.1
"""Of a leg's length: where the sole is below the joints of a foot that stands."""
FLOOR_SHARE = 0.05
"""The lowest foot is on the floor in at least this share of the frames."""
FLOOR_SLACK = 0.06
"""Of a leg's length: soles this near to zero are left where they are."""
FAR_OFF = 0.15
"""Of a leg's length: what is worth a word."""


def grounded(motion: Motion, slack: float = FLOOR_SLACK) -> tuple[Motion, tuple[str, ...]]:
    """Over the origin at first, and on the floor where the file's floor is elsewhere: further off
    than `slack`, of a leg's length."""
    leg = leg_length(motion.rest_offsets)
    floor = float(np.quantile(lowest_sole(motion.joints, leg), FLOOR_SHARE))
    shift = -motion.root_translation[0].astype(np.float64) * [1, 1, 0]
    notes: tuple[str, ...] = ()
    if abs(floor) > slack * leg:
        shift[2] = -floor
    if abs(floor) > FAR_OFF * leg:
        way = "up" if floor < 0 else "down"
        notes = (f"The feet are not at the file's floor: moved {way} by {abs(floor):.2f} m.",)
    return moved(motion, shift), notes


def leg_length(offsets: Floats) -> float:
    bones = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")]
    return float(np.linalg.norm(offsets[bones], axis=1).sum() / 2)


def lowest_sole(joints: Floats, leg: float) -> Floats:
    """(T,) metres of the lowest sole, told from the joints (T, 22, 3) of the feet."""
    ankles, balls = (
        joints[:, [INDEX[f"left_{part}"], INDEX[f"right_{part}"]], 2] for part in ("ankle", "foot")
    )
    lowest = np.minimum(ankles - SOLE_BELOW_ANKLE * leg, balls - SOLE_BELOW_BALL * leg)
    return np.asarray(lowest.min(1))


def moved(motion: Motion, shift: Floats) -> Motion:
    return replace(
        motion,
        root_translation=(motion.root_translation + shift).astype(np.float32),
        joints=(motion.joints + shift).astype(np.float32),
    )


def turned(motion: Motion, angle: float) -> Motion:
    """Turned about the vertical through the origin, radians from -Y towards the left (+X)."""
    turn = rotations.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.asarray(angle))
    local = motion.local_rotations.astype(np.float64)
    local[:, 0] = rotations.multiply(np.broadcast_to(turn, local[:, 0].shape), local[:, 0])
    return replace(
        motion,
        local_rotations=local.astype(np.float32),
        root_translation=rotations.rotate(turn, motion.root_translation).astype(np.float32),
        joints=rotations.rotate(turn, motion.joints).astype(np.float32),
    )


def heading(motion: Motion) -> float:
    """Radians that the body's front is turned at first: 0 faces -Y, +X is a quarter turn."""
    front = rotations.rotate(motion.local_rotations[0, 0].astype(np.float64), np.array([0, -1, 0]))
    return float(np.arctan2(front[0], -front[1]))


def first_seconds(motion: Motion, seconds: float) -> Motion:
    """The beginning of a motion, at least a frame of it; no loop, if it was one."""
    kept = slice(0, max(1, round(seconds * motion.fps)))
    return replace(
        motion,
        local_rotations=motion.local_rotations[kept],
        root_translation=motion.root_translation[kept],
        joints=motion.joints[kept],
        fingers=motion.fingers[kept],
        face=tuple(replace(curve, values=curve.values[kept]) for curve in motion.face),
        is_cyclic=False,
    )


def travel(root: Floats) -> Floats:
    """(3,) over the ground from one round of a loop to the next: one frame more than the frames of
    its path (T, 3) show."""
    count = len(root)
    way = (root[-1] - root[0]) * [1.0, 1.0, 0.0]
    return np.asarray(way * count / max(count - 1, 1))


def resampled(motion: Motion, fps: float) -> Motion:
    """The same seconds at another rate, joints turning evenly between frames; a loop stays one."""
    count = len(motion.local_rotations)
    frames = int(np.floor((count - 1) / motion.fps * fps + 1e-6)) + 1
    if motion.is_cyclic:
        frames = max(1, round(count / motion.fps * fps))
    if frames > MOST_FRAMES:
        raise unreadable(f"At {fps:g} frames a second the motion has more than {MOST_FRAMES:,}")
    at = np.arange(frames) * (count / frames if motion.is_cyclic else motion.fps / fps)
    low = np.clip(at.astype(int), 0, count - 1)
    high = (low + 1) % count if motion.is_cyclic else np.minimum(low + 1, count - 1)
    share = at - low
    turns = motion.local_rotations.astype(np.float64)
    local = rotations.slerp(turns[low], turns[high], share[:, None])

    def mixed(values: Floats) -> Floats:
        weight = share.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray((1 - weight) * values[low] + weight * values[high], np.float32)

    root = mixed(motion.root_translation)
    if motion.is_cyclic:
        came_round = (share * (high < low))[:, None]
        root += (came_round * travel(motion.root_translation)).astype(np.float32)
    local = rotations.continuous(local)
    joints = posing.joint_positions(local, root.astype(np.float64), motion.rest_offsets)
    return replace(
        motion,
        fps=float(fps),
        local_rotations=local.astype(np.float32),
        root_translation=root,
        joints=joints.astype(np.float32),
        fingers=mixed(motion.fingers) if len(motion.fingers) else motion.fingers,
        face=tuple(replace(curve, values=mixed(curve.values)) for curve in motion.face),
    )
