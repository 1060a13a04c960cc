# SPDX-License-Identifier: Apache-2.0
"""A foot where two actions meet: it stands on, swings on or steps from the first's place to the
second's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from ....shared import posing, rotations
from ....shared.rotations import Floats
from . import clips
from .clips import FPS
from .performance import ANKLES, Performance
from .posture import Body

MISPLACED, ASKEW = 0.07, np.radians(24)
"""Leg lengths and turn by which a standing foot may differ from the second's without a step."""
STEP = 0.38
"""Seconds of a step from one stand to another."""
SOON = 0.5
"""A foot that the second lifts within so many seconds needs no step of its own."""
AT_ONCE = 9
"""Frames within which a lifted foot lands again at once."""


@dataclass(frozen=True)
class Track:
    """A performance in metres on one body: what a seam works on."""

    rotations: Floats
    root: Floats
    contacts: NDArray[np.bool_]
    places: Floats
    """(T, 22, 3) of all joints."""
    soles: Floats
    """(2, T, 4) world turns of the feet."""

    @property
    def ankles(self) -> Floats:
        """(2, T, 3) world places."""
        return self.places[:, ANKLES].swapaxes(0, 1)


def track_of(performance: Performance, body: Body) -> Track:
    turns = performance.rotations
    root = clips.to_metres(performance.root, body.offsets, body.soles.ankle_height)
    places = posing.joint_positions(turns, root, body.offsets)
    world = posing.world_rotations(turns)
    soles = np.stack([world[:, ankle] for ankle in ANKLES])
    return Track(turns, root, performance.contacts, places, soles)


def airborne(stands: NDArray[np.bool_], stood: bool) -> Floats:
    """(T,) one where a foot is far from any stand: there a leg keeps the bend it has."""
    stands = stands.copy()
    stands[0] |= stood
    if not stands.any():
        return np.ones(len(stands))
    t = np.clip((distance_transform_edt(~stands) - 3) / 8, 0, 1)
    share: Floats = t * t * (3 - 2 * t)
    return share


@dataclass(frozen=True)
class Foot:
    """A foot at a seam: where the second has it, what parts its places and turns from the first's
    there, and when it is lifted."""

    places: Floats
    soles: Floats
    gap: Floats
    turn: Floats
    speed: Floats
    """(3,) metres a frame by which it moves faster than the second's."""
    stood: bool
    stands: bool
    lifts: int
    lands: int
    leaves: int
    """When the body would be too far away from where it stood."""
    leg: float

    @property
    def is_near(self) -> bool:
        askew = 2 * np.arccos(np.clip(abs(float(self.turn[0])), 0, 1))
        return self.far < MISPLACED * self.leg and askew < ASKEW

    @property
    def far(self) -> float:
        return float(np.linalg.norm(self.gap[:2]))


@dataclass(frozen=True)
class Swing:
    """Frames in which a foot goes from the first's place to the second's, and how high it is
    lifted besides; `is_new` where the second itself would have stood; from frame `turn` on the
    other foot may step."""

    start: int
    end: int
    height: float = 0.0
    is_new: bool = False
    turn: int = 0


def look_at(before: Track, after: Track, side: int, leaves: int, leg: float) -> Foot:
    stood = bool(before.contacts[-1, side].any())
    stands = np.any(after.contacts[:, side], axis=1)
    places, soles = after.ankles[side].copy(), after.soles[side].copy()
    lands = first(stands)
    if stood and lands < AT_ONCE:
        # Hardly off the floor: it may as well have stayed there.
        stands[:lands], places[:lands], soles[:lands] = True, places[lands], soles[lands]
    lifts = first(~stands)
    return Foot(
        places,
        soles,
        before.ankles[side, -1] - places[0],
        rotations.multiply(before.soles[side, -1], rotations.conjugate(soles[0])),
        np.diff(before.ankles[side, -2:], axis=0)[0] - np.diff(places[:2], axis=0)[0],
        stood,
        bool(stands[0]),
        lifts,
        lifts + first(stands[lifts:]),
        leaves,
        leg,
    )


def plan(foot: Foot, turn: int, seconds: float) -> Swing:
    if foot.stood and foot.stands:
        if foot.lifts < round(SOON * FPS) or foot.is_near:
            # Holds its place, and makes the way good while the second lifts it.
            start = min(foot.lifts, foot.leaves)
            early = start < foot.lifts
            height = 0.06 * foot.leg if early else 0.0
            return Swing(start, max(foot.lands, start + 6), height, early)
        start = min(turn, foot.leaves)
        end = start + round(STEP * FPS)
        return Swing(start, end, 0.07 * foot.leg + 0.12 * foot.far, True, end)
    if foot.stood:
        return Swing(0, max(foot.lands, 6))
    if foot.stands:
        end = max(7, round(0.7 * seconds * FPS)) if foot.far > 0.02 * foot.leg else 7
        return Swing(0, end, 0.2 * max(0.0, foot.far - 0.05 * foot.leg), True, end)
    return Swing(0, max(foot.lands, round(seconds * FPS) // 2))


def carried(foot: Foot, share: Floats) -> Floats:
    """(T, 3) what a foot in the air goes on by the speed it had, while its share dies away."""
    if foot.stood and foot.stands:
        return np.zeros((len(share), 3))
    frames = max(first(share <= 0), 1)
    t = np.clip(np.arange(len(share)) / frames, 0, 1)[:, None]
    metres: Floats = frames * t * (1 - t) ** 3 * foot.speed
    return metres


def first(flags: NDArray[np.bool_]) -> int:
    """The first that is set; how many there are where none is."""
    return int(np.argmax(flags)) if flags.any() else len(flags)


def ramp(frames: int, start: int, end: int) -> Floats:
    """One until `start`, eased to nothing at `end`."""
    t = np.clip((np.arange(frames) - start) / max(end - start, 1), 0, 1)
    share: Floats = 1 - t * t * t * (10 - 15 * t + 6 * t * t)
    return share


def arc(frames: int, swing: Swing) -> Floats:
    t = np.clip((np.arange(frames) - swing.start) / max(swing.end - swing.start, 1), 0, 1)
    arc: Floats = swing.height * np.sin(np.pi * t) ** 2
    return arc
