# SPDX-License-Identifier: Apache-2.0
"""One action runs into the next: no joint jumps in place or speed, and a foot that stands steps.

The second begins at once, seen from where the first ends; what parts them there dies away
("inertialisation": D. Bollo, Game Developers Conference 2018). Legs are then bent to feet that
hold their place until they are lifted.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ....shared import posing, rotations
from ....shared.rotations import Floats
from . import clips, feet, footwork
from .clips import FPS
from .footwork import Track, track_of
from .performance import ANKLES, BALLS, Performance
from .posture import Body

SHORTEST, LONGEST = 0.4, 1.3
"""Seconds in which what parts two actions dies away."""
STOPPING = 0.5
"""Seconds in which the body comes from one speed over the ground to another."""
FURTHEST = 0.4
"""Leg lengths over the ground from the pelvis at which a standing foot is lifted at the latest."""
KNEE_AHEAD = 0.5
"""How firmly the front of the thigh leads the knee of a leg that was nearly straight."""
LAGGING = 0.08
"""How much further than at the seam that must be, for one who sits has the feet far ahead."""
MOVING = 0.35
"""Leg lengths a second; slower bodies are placed by their feet."""
LEGS = (*feet.HIPS, *feet.KNEES, *ANKLES, *BALLS)


def sew(first: Performance, second: Performance, yaw: float, body: Body) -> Performance:
    """`second`, turned by `yaw`, goes on where `first` ends: its first frame falls on that one's
    last. Both are at least two frames long."""
    before = track_of(first, body)
    after = _turned(track_of(second, body), yaw)
    speed = (before.root[-1] - before.root[-2]) * FPS
    change = speed - (after.root[1] - after.root[0]) * FPS
    seconds = _length(before, after, change, body)
    after = _placed(before, after, change, body)
    share = _dying(len(after.root), seconds)
    root = after.root + _faded_path(before.root[-1] - after.root[0], change, seconds, share)
    turns = _faded_turns(before.rotations, after.rotations, seconds, share)
    turns, contacts = _stepped(before, replace(after, rotations=turns, root=root), after, body,
                               seconds)  # fmt: skip
    standing = clips.standing_height(body.offsets, body.soles.ankle_height)
    path = (root - [0.0, 0.0, standing]) / body.leg
    return Performance(
        rotations.continuous(np.concatenate([first.rotations, turns[1:]])),
        np.concatenate([first.root, path[1:]]),
        np.concatenate([first.contacts, contacts[1:]]),
        is_level=first.is_level and second.is_level,
    )


def _turned(track: Track, yaw: float) -> Track:
    turn = clips.about_z(np.asarray(yaw))
    turns = track.rotations.copy()
    turns[:, 0] = rotations.multiply(np.broadcast_to(turn, turns[:, 0].shape), turns[:, 0])
    soles = rotations.multiply(np.broadcast_to(turn, track.soles.shape), track.soles)
    root, places = rotations.rotate(turn, track.root), rotations.rotate(turn, track.places)
    return Track(turns, root, track.contacts, places, soles)


def _length(before: Track, after: Track, change: Floats, body: Body) -> float:
    """The more the pose, the height and the speed differ, the longer."""
    turn = rotations.multiply(before.rotations[-1], rotations.conjugate(after.rotations[0]))
    apart = 2 * np.arccos(np.clip(np.abs(turn[:, 0]), 0, 1))
    height = abs(before.root[-1, 2] - after.root[0, 2]) / body.leg
    speed = float(np.linalg.norm(change[:2])) / body.leg
    seconds = 0.3 + 0.16 * float(apart.max()) + 0.8 * height + 0.16 * speed
    return float(np.clip(seconds, SHORTEST, LONGEST))


def _dying(frames: int, seconds: float) -> Floats:
    """(T,) from one to nothing, flat at both ends."""
    t = np.clip(np.arange(frames) / (seconds * FPS), 0, 1)
    share: Floats = 1 - t * t * t * (10 - 15 * t + 6 * t * t)
    return share


def _faded_path(gap: Floats, change: Floats, seconds: float, share: Floats) -> Floats:
    """(T, 3) what is added to the second's path: the gap dies away and so does the first's speed.

    A speed that dies as t(1 - t)^3 does brings nothing to an end of its own.
    """
    frames = np.arange(len(share))[:, None] / FPS
    t = np.clip(frames / STOPPING, 0, 1)
    # The integral of a speed that falls smoothly from one to nothing, less its end.
    way: Floats = STOPPING * (t - t**3 + 0.5 * t**4 - 0.5)
    level = np.array([1.0, 1.0, 0.0])
    rest = gap + 0.5 * STOPPING * change * level
    t = np.clip(frames / seconds, 0, 1)
    brief = seconds * t * (1 - t) ** 3
    added: Floats = share[:, None] * rest + way * change * level + brief * change * (1 - level)
    return added


def _faded_turns(before: Floats, after: Floats, seconds: float, share: Floats) -> Floats:
    """The second's turns with what parts them from the first's last, and its speed, dying away."""
    gap = _vector(rotations.multiply(before[-1], rotations.conjugate(after[0])))
    own = rotations.multiply(after[1], rotations.conjugate(after[0]))
    last = rotations.multiply(before[-1], rotations.conjugate(before[-2]))
    speed = (_vector(last) - _vector(own)) * FPS
    # Long gaps need no swing further out; a fast limb is caught within a quarter turn.
    speed = np.clip(speed, -6.0, 6.0)
    t = np.clip(np.arange(len(after)) / (seconds * FPS), 0, 1)[:, None, None]
    offset = share[:, None, None] * gap + seconds * t * (1 - t) ** 3 * speed
    return rotations.normalise(rotations.multiply(_turn(offset), after))


def _vector(turn: Floats) -> Floats:
    """(..., 3) axis times angle, at most half a turn."""
    turn = np.where(turn[..., :1] < 0, -turn, turn)
    size = np.linalg.norm(turn[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(size, turn[..., :1])
    vector: Floats = turn[..., 1:] / np.maximum(size, 1e-12) * angle
    return vector


def _turn(vector: Floats) -> Floats:
    angle = np.linalg.norm(vector, axis=-1)
    return rotations.from_axis_angle(vector / np.maximum(angle, 1e-12)[..., None], angle)


def _placed(before: Track, after: Track, change: Floats, body: Body) -> Track:
    """The second moved over the ground: by the way that its change of speed takes, or, where
    neither goes anywhere, so that the feet that stand keep their place."""
    level = np.array([1.0, 1.0, 0.0])
    shift = before.root[-1] - after.root[0]
    shift = shift + 0.5 * STOPPING * change
    if np.linalg.norm(change[:2]) < MOVING * body.leg:
        both = [
            before.ankles[foot, -1] - after.ankles[foot, 0]
            for foot in range(2)
            if before.contacts[-1, foot].any() and after.contacts[0, foot].any()
        ]
        if both:
            apart = np.linalg.norm((both[0] - both[-1])[:2])
            middle = np.mean(both, axis=0)
            # Feet that stand otherwise: one keeps its place, the other steps.
            near = min(both, key=lambda gap: float(np.linalg.norm((gap - shift)[:2])))
            shift = middle if apart < footwork.MISPLACED * body.leg else near
    shift = shift * level
    return replace(after, root=after.root + shift, places=after.places + shift)


def _stepped(
    before: Track, faded: Track, after: Track, body: Body, seconds: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Legs of the faded track bent to feet that stand, swing on or step; and their contacts."""
    world = posing.world_rotations(faded.rotations)
    places = posing.joint_positions(faded.rotations, faded.root, body.offsets)
    contacts = after.contacts.copy()
    away = np.linalg.norm(before.ankles[:, -1, None, :2] - faded.root[None, :, :2], axis=-1)
    turn = 0
    for side in _order(before, after):
        leaves = footwork.first(
            away[side] > max(FURTHEST * body.leg, away[side, 0] + LAGGING * body.leg)
        )
        foot = footwork.look_at(before, after, side, leaves, body.leg)
        swing = footwork.plan(foot, turn, seconds)
        turn = max(turn, swing.turn)
        contacts[: min(swing.start, foot.lifts), side] |= foot.stood and before.contacts[-1, side]
        contacts[swing.start : swing.end, side] &= not swing.is_new
        share = footwork.ramp(len(contacts), swing.start, swing.end)
        ankle = foot.places + share[:, None] * foot.gap + footwork.carried(foot, share)
        ankle[:, 2] += footwork.arc(len(contacts), swing)
        high = footwork.airborne(np.any(contacts[:, side], axis=1), foot.stood)[:, None]
        ankle = ankle + high * (places[:, ANKLES[side]] - ankle)
        sole = rotations.multiply(_turn(share[:, None] * _vector(foot.turn)), foot.soles)
        toes = rotations.multiply(
            rotations.conjugate(world[:, ANKLES[side]]), world[:, BALLS[side]]
        )
        feet.bend_leg(world, places[:, feet.HIPS[side]], ankle, body.offsets, side, KNEE_AHEAD)
        world[:, ANKLES[side]] = sole
        world[:, BALLS[side]] = rotations.multiply(sole, toes)
    return feet.with_legs(faded.rotations, world), contacts


def _order(before: Track, after: Track) -> list[int]:
    """A foot in the air lands first; else the one further from its place steps first."""
    gaps = np.linalg.norm(before.ankles[:, -1, :2] - after.ankles[:, 0, :2], axis=-1)
    airborne = ~before.contacts[-1].any(-1)
    return sorted(range(2), key=lambda foot: (not airborne[foot], -float(gaps[foot])))
