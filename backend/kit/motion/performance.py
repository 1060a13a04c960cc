# SPDX-License-Identifier: Apache-2.0
"""What an action is before it meets a body: turns, a path in leg lengths, and standing feet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, binary_opening, gaussian_filter1d

from ....shared import posing, rotations
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX
from . import clips
from .clips import FPS

ANKLES = (INDEX["left_ankle"], INDEX["right_ankle"])
BALLS = (INDEX["left_foot"], INDEX["right_foot"])
# Below this height (leg lengths) and speed (leg lengths a second) a part of the sole stands.
STAND_HEIGHT = 0.045
STAND_SPEED = 0.55
FASTEST = np.radians(48)
"""No joint turns further in a frame than a kick's knee does."""


@dataclass(frozen=True)
class Performance:
    """`rotations` (T, 22, 4) local; `root` (T, 3) in leg lengths, z from standing straight;
    `contacts` (T, 2, 2) bool: left and right foot, heel and ball. A cyclic one continues at its
    first frame, moved on by `travel` (3,) in leg lengths. Feet of one that `is_level` have been
    settled on the body and only need to be held."""

    rotations: Floats
    root: Floats
    contacts: NDArray[np.bool_]
    is_cyclic: bool = False
    travel: tuple[float, float, float] = (0.0, 0.0, 0.0)
    is_level: bool = False


def from_learnt(values: Floats, offsets: Floats, is_grounded: bool, on_place: bool) -> Performance:
    """Build a performance from a ring of features (T, 136) on the model's body.

    `is_grounded` keeps the lower foot on the floor throughout; `on_place` ends where it began.
    """
    values = _closed_heading(values)
    turns, root = clips.from_features(np.concatenate([values, values[:1]]))
    step = (root[-1] - root[0]) * [1.0, 1.0, 0.0]
    turns, root = calmed(turns[:-1]), root[:-1]
    if is_grounded:
        low = _lowest(turns, root, offsets)
        root[:, 2] -= gaussian_filter1d(low, 4.0, mode="wrap")
    contacts = find_contacts(turns, root, offsets, step, is_grounded)
    if on_place:
        # Taken out where the body moves most: the planted feet then only step shorter.
        pace = np.linalg.norm(np.diff(root[:, :2], axis=0, append=root[:1, :2] + step[:2]), axis=1)
        root -= (np.cumsum(pace) - pace)[:, None] / max(pace.sum(), 1e-9) * step
        step = np.zeros(3)
    elif np.linalg.norm(step) > 0.3:
        # A pelvis that sways makes a path a little aslant: lay it along the way the body faces.
        astray = float(np.arctan2(step[0], -step[1]))
        back = clips.about_z(np.asarray(-astray if abs(astray) < 0.8 else 0.0))
        root, step = rotations.rotate(back, root), rotations.rotate(back, step)
        turns[:, 0] = rotations.multiply(np.broadcast_to(back, turns[:, 0].shape), turns[:, 0])
    travel = (float(step[0]), float(step[1]), 0.0)
    return Performance(rotations.continuous(turns), root, contacts, True, travel)


def calmed(turns: Floats) -> Floats:
    """Where poses of a loop cancel out a joint may flip: lead it from before to after in an arc."""
    calm, count = turns.copy(), len(turns)
    for reach in (4, 6, 8, 11):
        step = np.abs((calm * np.roll(calm, -1, axis=0)).sum(-1))
        wild = np.argwhere(2 * np.arccos(np.clip(step, 0, 1)) > FASTEST)
        share = np.arange(1, 2 * reach - 1) / (2 * reach - 1)
        ease = share * share * (3 - 2 * share)
        for frame, joint in wild:
            at = (frame - reach + 1 + np.arange(2 * reach)) % count
            first, last = (
                np.repeat(calm[end : end + 1, joint], len(ease), 0) for end in at[[0, -1]]
            )
            calm[at[1:-1], joint] = rotations.slerp(first, last, ease)
    return calm


def _closed_heading(values: Floats) -> Floats:
    """Turn a little more or less while turning anyway, so that the ring ends as it began."""
    values = values.copy()
    total = values[:, clips.YAW].sum() / FPS
    excess = total - 2 * np.pi * round(total / (2 * np.pi))
    share = np.abs(values[:, clips.YAW]) + 1e-6
    values[:, clips.YAW] -= excess * FPS * share / share.sum()
    return values


def _lowest(turns: Floats, root: Floats, offsets: Floats) -> Floats:
    """(T,) leg lengths from the floor to the lowest part of the soles."""
    heights = [_sole(turns, root, offsets, foot)[:, :, 2].min(0) for foot in range(2)]
    lowest: Floats = np.min(heights, axis=0) / clips.leg_length(offsets)
    return lowest


def _sole(turns: Floats, root: Floats, offsets: Floats, foot: int) -> Floats:
    """(2, T, 3) heel and ball of a foot of the model's body, metres."""
    places = posing.joint_positions(turns, clips.to_metres(root, offsets), offsets)
    ankle = posing.world_rotations(turns)[:, ANKLES[foot]]
    below = np.array([0.0, 0.04, -clips.SOURCE_ANKLE])
    heel = places[:, ANKLES[foot]] + rotations.rotate(ankle, below)
    return np.stack([heel, places[:, BALLS[foot]] - [0.0, 0.0, 0.02]])


def tiled(root: Floats, travel: Floats | tuple[float, float, float]) -> Floats:
    """Three rounds of a cyclic path, the middle one where it was."""
    step = np.asarray(travel)
    return np.concatenate([root - step, root, root + step])


def find_contacts(
    turns: Floats, root: Floats, offsets: Floats, travel: Floats | None, is_grounded: bool
) -> NDArray[np.bool_]:
    """(T, 2, 2) heel and ball of each foot low and slow; blinks of under three frames do not
    count."""
    if travel is not None:
        count, path = len(turns), tiled(root, travel)
        whole = find_contacts(np.tile(turns, (3, 1, 1)), path, offsets, None, is_grounded)
        return whole[count : 2 * count]
    leg = clips.leg_length(offsets)
    contacts = np.zeros((len(turns), 2, 2), dtype=bool)
    # What runs also slips more in the capture, and what was blended slips more than either.
    run = float(np.linalg.norm(root[-1] - root[0])) / len(root) * FPS
    pace = max(0.9 if is_grounded else STAND_SPEED, 0.27 * run)
    for foot in range(2):
        for part, point in enumerate(_sole(turns, root, offsets, foot)):
            smooth = gaussian_filter1d(point / leg, 1.0, axis=0, mode="nearest")
            speed = np.linalg.norm(np.gradient(smooth, axis=0), axis=-1) * FPS
            floor = 0.0 if is_grounded else _floor(smooth[:, 2])
            standing = (smooth[:, 2] - floor < STAND_HEIGHT) & (speed < pace)
            standing = binary_closing(standing, np.ones(4)) | standing
            contacts[:, foot, part] = binary_opening(standing, np.ones(3))
    return contacts


def _floor(heights: Floats) -> float:
    """Where this sole usually stands; the data's floor is only near zero."""
    return float(np.clip(np.quantile(heights, 0.08), -0.05, 0.08))


def join(first: Performance, second: Performance, blend: int = 12) -> Performance:
    """One after the other, the second moved and turned to where the first ends."""
    last, start = first.rotations[-1, 0], second.rotations[0, 0]
    yaw = float(clips.yaw_of(last) - clips.yaw_of(start))
    turn = clips.about_z(np.asarray(yaw))
    moved = second.rotations.copy()
    moved[:, 0] = rotations.multiply(np.broadcast_to(turn, moved[:, 0].shape), moved[:, 0])
    blend = min(blend, len(first.rotations) // 2, len(second.rotations) // 2)
    path = rotations.rotate(turn, second.root - second.root[0] * [1, 1, 0])
    # The seam carries the first one's way on while it fades into the second.
    path = path + first.root[-1] * [1, 1, 0]
    t = np.linspace(0, 1, blend + 2)[1:-1]
    ease = t * t * (3 - 2 * t)
    between = rotations.slerp(
        np.repeat(first.rotations[-1:], blend, 0), np.repeat(moved[:1], blend, 0), ease[:, None]
    )
    height = first.root[-1, 2] + (path[0, 2] - first.root[-1, 2]) * ease
    seam = np.repeat(first.root[-1:], blend, 0)
    seam[:, 2] = height
    both = first.contacts[-1] & second.contacts[0]
    turns = np.concatenate([first.rotations, between, moved])
    return Performance(
        rotations.continuous(turns),
        np.concatenate([first.root, seam, path]),
        np.concatenate([first.contacts, np.repeat(both[None], blend, 0), second.contacts]),
    )
