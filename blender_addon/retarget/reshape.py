# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion made larger or smaller, or freed of its way over the ground; no Blender in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared import posing, rotations
from ...shared.results import Motion
from ...shared.skeleton import INDEX
from .feet import planted

Floats = NDArray[np.floating[Any]]
SLOW_S = 0.6
"""Seconds of the window (deviation of a bell) through which a way is what stays of a motion."""
# The component of a hinge's rotation vector that bends it, and the sign that bends.
_HINGES = {"left_knee": (0, 1), "right_knee": (0, 1), "left_elbow": (2, -1), "right_elbow": (2, 1)}


def enlarged(motion: Motion, amount: float) -> Motion:
    """Every joint swings `amount` times as far about where it is on average, or, of what is done
    once, about where it begins; steps grow with it and planted feet stay. 1 changes nothing.

    Knees and elbows never open wider than the motion itself opens them; where it turns to stays.
    """
    if amount == 1.0:
        return motion
    turns = motion.local_rotations.astype(np.float64)
    yaw = headings(turns[:, 0])
    slow = _about_vertical(_slowly(motion, _angles(yaw)))
    turns[:, 0] = rotations.multiply(rotations.conjugate(slow), turns[:, 0])
    center = mean_rotation(turns) if motion.is_cyclic else turns[:1]
    swing = rotation_vectors(rotations.multiply(rotations.conjugate(center), turns)) * amount
    larger = rotations.multiply(np.broadcast_to(center, turns.shape), from_vectors(swing))
    for joint, (axis, sign) in _HINGES.items():
        _keep_closed(larger[:, INDEX[joint]], turns[:, INDEX[joint]], axis, sign)
    larger[:, 0] = rotations.multiply(slow, larger[:, 0])
    root = motion.root_translation.astype(np.float64)
    middle = root.mean(0) if motion.is_cyclic else root[0]
    moved = middle + (root - middle) * amount
    offsets = motion.rest_offsets.astype(np.float64)
    joints = posing.joint_positions(larger, moved, offsets)
    moved = moved + planted(motion, joints, amount)
    return replace(
        motion,
        local_rotations=rotations.continuous(larger).astype(np.float32),
        root_translation=moved.astype(np.float32),
        joints=posing.joint_positions(larger, moved, offsets).astype(np.float32),
    )


def way_of(motion: Motion) -> Floats:
    """(T, 3) metres: what the pelvis does slowly over the ground, from 0 on."""
    way = _slowly(motion, motion.root_translation * np.array([1.0, 1.0, 0.0]))
    return np.asarray(way - way[0])


def _slowly(motion: Motion, values: Floats) -> Floats:
    """(T, K) numbers of a motion without what is quicker than SLOW_S."""
    count, width = len(values), SLOW_S * motion.fps
    laps = -(-round(4 * width) // count) if motion.is_cyclic else 0
    step = _seam(values)
    longer = np.concatenate([values + step * lap for lap in range(-laps, laps + 1)])
    return _smoothed(longer, width)[laps * count : (laps + 1) * count]


def step_of(places: Floats) -> Floats:
    """(3,) from the first of places (T, 3) that repeat to that of their next round, which is one
    frame after the last; level, since nobody climbs for ever."""
    return _seam(places) * [1.0, 1.0, 0.0]


def _seam(values: Floats) -> Floats:
    """(K,) from the first of values (T, K) that repeat to that of their next round."""
    if len(values) < 3:
        return np.zeros(values.shape[1])
    pace = (values[1] - values[0] + values[-1] - values[-2]) / 2
    return np.asarray(values[-1] + pace - values[0])


def _angles(yaw: Floats) -> Floats:
    """(T, 1) radians of turns (T, 4) about the vertical, without jumps."""
    return np.unwrap(2 * np.arctan2(yaw[:, 3:], yaw[:, :1]), axis=0)


def _about_vertical(angles: Floats) -> Floats:
    return rotations.from_axis_angle(np.array([0.0, 0.0, 1.0]), angles[:, 0])


def headings(turns: Floats) -> Floats:
    """(..., 4) the part of rotations that turns about the vertical."""
    twist = turns * np.array([1.0, 0.0, 0.0, 1.0])
    size = np.linalg.norm(twist, axis=-1, keepdims=True)
    upside_down = size < 1e-6
    return np.where(upside_down, [1.0, 0, 0, 0], twist / np.where(upside_down, 1.0, size))


def mean_rotation(turns: Floats, weights: Floats | None = None) -> Floats:
    """(1, ...) the rotation nearest to all of those along the first axis."""
    shares = np.full(len(turns), 1 / len(turns)) if weights is None else weights
    aligned = turns * np.where((turns * turns[:1]).sum(-1, keepdims=True) < 0, -1.0, 1.0)
    return rotations.normalise(np.tensordot(shares, aligned, 1))[None]


def rotation_vectors(turns: Floats) -> Floats:
    """(..., 3) axis times angle, at most half a turn."""
    turns = turns * np.where(turns[..., :1] < 0, -1.0, 1.0)
    sine = np.linalg.norm(turns[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, turns[..., :1])
    safe = np.where(sine < 1e-9, 1.0, sine)
    return turns[..., 1:] / safe * np.where(sine < 1e-9, 0.0, angle)


def from_vectors(vectors: Floats) -> Floats:
    angle = np.linalg.norm(vectors, axis=-1)
    safe = np.where(angle < 1e-9, 1.0, angle)
    return rotations.from_axis_angle(vectors / safe[..., None], angle)


def _keep_closed(larger: Floats, turns: Floats, axis: int, sign: int) -> None:
    """Bend a hinge (T, 4), in place, no less than it is bent at the motion's straightest."""
    vectors = rotation_vectors(larger)
    straightest = (rotation_vectors(turns)[:, axis] * sign).min()
    vectors[:, axis] = sign * np.maximum(vectors[:, axis] * sign, straightest)
    larger[:] = from_vectors(vectors)


def _smoothed(points: Floats, width: float) -> Floats:
    """(T, K) lines fitted through the bell around each frame: straight ways stay as they are."""
    frames = np.arange(len(points), dtype=np.float64)
    slow = np.empty_like(points)
    for frame in range(len(points)):
        off = frames - frame
        bell = np.exp(-0.5 * (off / width) ** 2)
        middle = (bell @ off) / bell.sum()
        mean = (bell @ points) / bell.sum()
        spread = bell @ (off - middle) ** 2
        slope = (bell * (off - middle)) @ points / max(spread, 1e-9)
        slow[frame] = mean - middle * slope
    return slow
