# SPDX-License-Identifier: GPL-3.0-or-later
"""How a body stands in its rest pose: which way it looks, and what brings it to the T-pose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared import rotations
from ...shared.skeleton import INDEX, JOINTS
from .feet import FEET, leg_length

Floats = NDArray[np.floating[Any]]
NEARLY = np.radians(25.0)
"""What looks or stands along an axis of the armature to within this does so exactly."""
OWN = np.radians(20.0)
"""So far backs lean, feet point down and palms are turned by what a body is like, not by how it
poses."""


@dataclass(frozen=True)
class Stance:
    """Joints (22, 3) at rest, upright in the body's own unit, and which of them there are.

    `palms` (2, 2, 3) are for the left hand and the right one the direction from the wrist to the
    fingers and from the index to the little finger; zeros where nobody knows.
    """

    joints: Floats
    has: NDArray[np.bool_]
    palms: Floats = field(default_factory=lambda: np.zeros((2, 2, 3)))

    @property
    def hips(self) -> Floats:
        return np.asarray(self.joints[[INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=0))

    @property
    def leg_length(self) -> float:
        offsets = np.zeros((len(JOINTS), 3))
        for child, parent in (("knee", "hip"), ("ankle", "knee")):
            for side in ("left", "right"):
                offsets[INDEX[f"{side}_{child}"]] = (
                    self.joints[INDEX[f"{side}_{child}"]] - self.joints[INDEX[f"{side}_{parent}"]]
                )
        return leg_length(offsets)

    @property
    def standing(self) -> Floats:
        """(4,) how high the feet's joints are, resting on the floor."""
        heights: Floats = self.joints[FEET, 2]
        return heights


def find_axes(joints: Floats) -> Floats:
    """(3, 3) columns: a body's left, its back and its up, seen in the axes of `joints` (22, 3)."""
    hips = joints[INDEX["left_hip"]] - joints[INDEX["right_hip"]]
    arms = joints[INDEX["left_shoulder"]] - joints[INDEX["right_shoulder"]]
    shoulders = joints[[INDEX["left_shoulder"], INDEX["right_shoulder"]]].mean(axis=0)
    up = _unit(shoulders - joints[[INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=0))
    up = _snapped(up, np.eye(3))
    across = _unit(hips) + _unit(arms)
    level = [axis for axis in np.eye(3) if abs(axis @ up) < 1e-6]
    left = _snapped(_unit(across - up * (across @ up)), level)
    return np.stack([left, np.cross(up, left), up], axis=1)


def _snapped(direction: Floats, axes: Iterable[Floats]) -> Floats:
    """The axis, or its opposite, that the direction nearly points along; else itself."""
    signed = [sign * axis for axis in axes for sign in (1.0, -1.0)]
    near = [axis for axis in signed if axis @ direction > np.cos(NEARLY)]
    return near[0] if near else direction


def alignments(stance: Stance, offsets: Floats) -> Floats:
    """(22, 4) the world turn that brings what follows each joint from rest to the T-pose in which
    a motion has `offsets` (22, 3).

    Arms and legs point where the T-pose has them; trunk, collars, hands and feet stay as they are
    made, but for a bent back, for where feet point, and for feet and palms that are far from flat.
    """
    turns = np.zeros((len(JOINTS), 4))
    turns[:, 0] = 1
    lean = _lean(stance, offsets)
    turns[:] = lean
    for hand, side in enumerate(("left", "right")):
        leg = [f"{side}_{part}" for part in ("hip", "knee", "ankle")]
        arm = [f"{side}_{part}" for part in ("shoulder", "elbow", "wrist")]
        _align_chain(turns, stance, offsets, leg)
        _align_chain(turns, stance, offsets, arm)
        ankle, foot, wrist = (INDEX[f"{side}_{part}"] for part in ("ankle", "foot", "wrist"))
        above = turns[INDEX[f"{side}_elbow"]]
        turns[wrist] = rotations.multiply(_palm(stance.palms[hand], above, offsets[wrist]), above)
        turns[[ankle, foot]] = _foot(stance, offsets, ankle, foot)
    return turns


def _align_chain(turns: Floats, stance: Stance, offsets: Floats, names: list[str]) -> None:
    before = turns[INDEX[names[0]]]
    for name, child in pairwise(names):
        joint, end = INDEX[name], INDEX[child]
        if stance.has[joint] and stance.has[end]:
            now = rotations.rotate(before, stance.joints[end] - stance.joints[joint])
            before = rotations.multiply(rotations.between(now, offsets[end]), before)
        turns[joint] = before


def _lean(stance: Stance, offsets: Floats) -> Floats:
    """(4,) what straightens a back that is bent further than backs are."""
    shoulders = [INDEX["left_shoulder"], INDEX["right_shoulder"]]
    rest = stance.joints[shoulders].mean(axis=0) - stance.hips
    upright = np.zeros(3)
    for name in ("spine1", "spine2", "spine3", "left_collar", "left_shoulder"):
        upright += offsets[INDEX[name]]
    upright -= offsets[INDEX["left_hip"]]
    return _beyond(rest * [0, 1, 1], upright * [0, 1, 1], OWN)


def _foot(stance: Stance, offsets: Floats, ankle: int, foot: int) -> Floats:
    """(4,) the turn about the vertical that points a foot as the T-pose has it, and flattens one
    that hangs."""
    if not (stance.has[ankle] and stance.has[foot]):
        return np.array([1.0, 0, 0, 0])
    rest, wanted = stance.joints[foot] - stance.joints[ankle], offsets[foot]
    level = np.array([1.0, 1.0, 0.0])
    if min(np.linalg.norm(rest * level) / np.linalg.norm(rest), np.linalg.norm(wanted[:2])) < 1e-2:
        return rotations.between(rest, wanted)
    yaw = rotations.between(rest * level, wanted * level)
    return rotations.multiply(_beyond(rotations.rotate(yaw, rest), wanted, OWN), yaw)


def _palm(palm: Floats, above: Floats, forearm: Floats) -> Floats:
    """(4,) what lays a hand, carried along by its forearm, level and along it, palm down, where it
    is far from that."""
    if not palm.any():
        return np.array([1.0, 0, 0, 0])
    now = _frame(*rotations.rotate(above, palm))
    return _less(rotations.from_matrix(_frame(forearm, np.array([0.0, 1, 0])) @ now.T), OWN)


def _frame(along: Floats, across: Floats) -> Floats:
    """(3, 3) columns at right angles, the first `along`, the second near `across`."""
    first = _unit(along)
    second = _unit(across - first * (across @ first))
    return np.stack([first, second, np.cross(first, second)], axis=1)


def _beyond(start: Floats, end: Floats, free: float) -> Floats:
    """(4,) the turn from one direction towards another, less the first `free` radians of it."""
    return _less(rotations.between(start, end), free)


def _less(turn: Floats, free: float) -> Floats:
    angle = 2 * np.arccos(np.clip(turn[0], -1, 1))
    share = max(angle - free, 0.0) / max(angle, 1e-9)
    return rotations.slerp(np.array([1.0, 0, 0, 0]), turn, np.array(share))


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return unit
