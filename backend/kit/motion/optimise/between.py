# SPDX-License-Identifier: Apache-2.0
"""Keyed poses: the motion bends towards each and away again, through neighbours in one sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from .....shared import posing, rotations
from .....shared.rotations import Floats
from .....shared.skeleton import INDEX
from .....shared.steering import KeyedPose
from .. import clips
from ..clips import FPS
from ..feet import sole_points
from ..figure import skin_points
from ..performance import ANKLES, BALLS
from ..posture import Body
from .footing import stepped
from .splines import REACH, sweep
from .warp import Take

APART = 0.5
"""Seconds between poses that may come at any time."""
SHOWN = 0.17
"""Radians (root mean square over joints) within which a motion shows a pose."""
STANDS = 0.05
"""Leg lengths above the floor up to which a keyed foot stands."""
LEGS = tuple(INDEX[f"{s}_{p}"] for s in ("left", "right") for p in ("hip", "knee", "ankle"))


@dataclass(frozen=True)
class Key:
    """A pose (22, 4) at a `frame`, of the joints `named` (22,) bool, the pelvis `height` metres
    above the floor or wherever its lower foot stands."""

    frame: int
    rotations: Floats
    named: NDArray[np.bool_]
    height: float | None

    @staticmethod
    def of(pose: KeyedPose, frame: int) -> Key:
        turns = np.zeros((22, 4))
        for joint, turn in pose.rotations.items():
            turns[INDEX[joint]] = turn
        return Key.at(turns, frame, pose.height)

    @staticmethod
    def at(turns: Floats, frame: int, height: float | None = None) -> Key:
        """Of turns (22, 4), joints whose turn has no length left out."""
        named = np.linalg.norm(turns, axis=-1) > 1e-6
        whole = np.where(named[:, None], turns, [1.0, 0.0, 0.0, 0.0])
        return Key(frame, rotations.normalise(whole), named, height)


def scattered(take: Take, poses: Sequence[tuple[Floats, float]], taken: Sequence[int]) -> list[Key]:
    """Keys of poses (22, 4) that come at no certain time, the weightiest first: each where the
    take is most like it and not near another; none of a pose that the take shows anyway."""
    keys: list[Key] = []
    busy = list(taken)
    for turns, _ in sorted(poses, key=lambda pose: -pose[1]):
        key = Key.at(turns, 0)
        told = key.named & (np.arange(22) > 0)
        alike = np.abs((take.rotations[:, told] * key.rotations[told]).sum(-1)).clip(0, 1)
        apart = np.sqrt(np.square(2 * np.arccos(alike)).mean(-1))
        free = np.all(
            [np.abs(np.arange(len(take)) - frame) > APART * FPS for frame in busy], axis=0
        )
        if apart.min() < SHOWN or not np.any(free):
            continue
        frame = int(np.argmin(np.where(free, apart, np.inf)))
        busy.append(frame)
        heading = clips.about_z(clips.yaw_of(take.rotations[frame, 0]))
        facing = key.rotations.copy()
        facing[0] = rotations.multiply(heading, facing[0])
        keys.append(replace(key, frame=frame, rotations=facing))
    return keys


def keyed(take: Take, keys: Sequence[Key], body: Body) -> Take:
    """The take that shows each key's pose at its frame."""
    keys = sorted(keys, key=lambda key: key.frame)
    turns = take.rotations.copy()
    frames = np.arange(len(take))
    for joint in range(22):
        own = [key for key in keys if key.named[joint]]
        if own:
            turns[:, joint] = _swept(turns[:, joint], own, joint, frames)
    root = take.root.copy()
    heights = [(key.frame, _height(key, turns, take, body)) for key in keys]
    marks = [(frame, high - root[frame, 2]) for frame, high in heights if high is not None]
    if marks:
        root[:, 2] += sweep(marks, frames)[:, 0]
    bent = replace(take, rotations=rotations.continuous(turns), root=root)
    legged = [key.frame for key in keys if key.named[list(LEGS)].any()]
    return stepped(take, replace(bent, contacts=_contacts(bent, legged, body)), legged, body)


def _swept(turns: Floats, keys: list[Key], joint: int, frames: NDArray[np.int64]) -> Floats:
    """(T, 4) a joint's turns with what each key asks added, in rotation vectors."""
    marks: list[tuple[int, Floats]] = []
    for key in keys:
        gap = rotations.multiply(rotations.conjugate(turns[key.frame]), key.rotations[joint])
        vector = Rotation.from_quat(gap, scalar_first=True).as_rotvec()
        if marks:
            vector = _nearest_turn(vector, marks[-1][1])
        marks.append((key.frame, vector))
    added = Rotation.from_rotvec(sweep(marks, frames)).as_quat(scalar_first=True)
    return rotations.normalise(rotations.multiply(turns, added))


def _nearest_turn(vector: Floats, other: Floats) -> Floats:
    """The same rotation told as the vector that is nearer to `other`."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-6:
        return vector
    around = vector * (1 - 2 * np.pi / angle)
    return around if np.linalg.norm(around - other) < np.linalg.norm(vector - other) else vector


def _height(key: Key, turns: Floats, take: Take, body: Body) -> float | None:
    """Metres of the pelvis at a key: as it says, or so that it rests on the floor if it stood."""
    if key.height is not None:
        return key.height
    if not key.named[list(LEGS)].any() or not take.contacts[key.frame].any():
        return None
    posed = turns[key.frame : key.frame + 1]
    skin = skin_points(posed, np.zeros((1, 3)), body.offsets, body.hull).reshape(22, -1, 3)
    # Of the feet the soles are known better.
    low = np.delete(skin, [*ANKLES, *BALLS], axis=0)[..., 2].min()
    return -min(float(_heights(posed, body).min()), float(low))


def _heights(turns: Floats, body: Body) -> Floats:
    """(T, 2, 2) how high heels and balls are, seen from the pelvis."""
    world = posing.world_rotations(turns)
    places = posing.joint_positions(turns, np.zeros((len(turns), 3)), body.offsets)
    found = []
    for foot in range(2):
        sole = sole_points(world, body.offsets, body.soles, foot)[:5, :, 2]
        points = places[:, ANKLES[foot], 2] + sole
        found.append(np.stack([points[0], points[1:].min(0)], -1))
    return np.stack(found, 1)


def _contacts(take: Take, frames: list[int], body: Body) -> NDArray[np.bool_]:
    """(T, 2, 2): around keyed legs heels and balls stand only where they are on the floor."""
    contacts = take.contacts.copy()
    if not frames:
        return contacts
    high = _heights(take.rotations, body) + take.root[:, 2, None, None]
    reach = int(REACH * FPS)
    for frame in frames:
        near = slice(max(0, frame - reach), frame + reach + 1)
        contacts[near] &= high[near] < STANDS * clips.leg_length(body.offsets)
    return contacts
