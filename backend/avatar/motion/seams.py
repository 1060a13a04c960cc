# SPDX-License-Identifier: Apache-2.0
"""One action runs into the next: no joint jumps in place or speed, and a foot that stands steps.

The second begins at once, seen from where the first ends; what parts them there dies away
("inertialisation": D. Bollo, Game Developers Conference 2018). Legs are then bent to feet that
hold their place until they are lifted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....shared import posing, rotations
from ....shared.rotations import Floats
from . import clips, feet
from .clips import FPS
from .performance import ANKLES, BALLS, Performance
from .posture import Body

SHORTEST, LONGEST = 0.4, 1.3
"""Seconds in which what parts two actions dies away."""
STOPPING = 0.5
"""Seconds in which the body comes from one speed over the ground to another."""
FURTHEST = 0.55
"""Leg lengths over the ground from the pelvis at which a standing foot is lifted at the latest."""
MISPLACED, ASKEW = 0.07, np.radians(24)
"""Leg lengths and turn by which a standing foot may differ from the second's without a step."""
STEP = 0.38
"""Seconds of a step from one stand to another."""
SOON = 0.5
"""A foot that the second lifts within so many seconds needs no step of its own."""
MOVING = 0.35
"""Leg lengths a second; slower bodies are placed by their feet."""
LEGS = (*feet.HIPS, *feet.KNEES, *ANKLES, *BALLS)


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


def sew(first: Performance, second: Performance, yaw: float, body: Body) -> Performance:
    """`second`, turned by `yaw`, goes on where `first` ends; both at least two frames long."""
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
        rotations.continuous(np.concatenate([first.rotations, turns])),
        np.concatenate([first.root, path]),
        np.concatenate([first.contacts, contacts]),
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
    """(T,) from nearly one to nothing, flat at both ends; its first value is a frame in."""
    t = np.clip(np.arange(1, frames + 1) / (seconds * FPS), 0, 1)
    share: Floats = 1 - t * t * t * (10 - 15 * t + 6 * t * t)
    return share


def _faded_path(gap: Floats, change: Floats, seconds: float, share: Floats) -> Floats:
    """(T, 3) what is added to the second's path: the gap dies away and so does the first's speed.

    A speed that dies as t(1 - t)^3 does brings nothing to an end of its own.
    """
    frames = np.arange(1, len(share) + 1)[:, None] / FPS
    t = np.clip(frames / STOPPING, 0, 1)
    # The integral of a speed that falls smoothly from one to nothing, less its end.
    way = STOPPING * (t - t**3 + 0.5 * t**4 - 0.5)
    level = np.array([1.0, 1.0, 0.0])
    rest = gap + 0.5 * STOPPING * change * level
    t = np.clip(frames / seconds, 0, 1)
    brief = seconds * t * (1 - t) ** 3
    return share[:, None] * rest + way * change * level + brief * change * (1 - level)


def _faded_turns(before: Floats, after: Floats, seconds: float, share: Floats) -> Floats:
    """The second's turns with what parts them from the first's last, and its speed, dying away."""
    gap = _vector(rotations.multiply(before[-1], rotations.conjugate(after[0])))
    own = rotations.multiply(after[1], rotations.conjugate(after[0]))
    last = rotations.multiply(before[-1], rotations.conjugate(before[-2]))
    speed = (_vector(last) - _vector(own)) * FPS
    # Long gaps need no swing further out; a fast limb is caught within a quarter turn.
    speed = np.clip(speed, -6.0, 6.0)
    t = np.clip(np.arange(1, len(after) + 1) / (seconds * FPS), 0, 1)[:, None, None]
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
            shift = middle if apart < MISPLACED * body.leg else near
    shift = shift * level
    return replace(after, root=after.root + shift, places=after.places + shift)


def _stepped(
    before: Track, faded: Track, after: Track, body: Body, seconds: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Legs of the faded track bent to feet that stand, swing on or step; and their contacts."""
    world = posing.world_rotations(faded.rotations)
    places = posing.joint_positions(faded.rotations, faded.root, body.offsets)
    contacts = after.contacts.copy()
    next_step = 0
    away = np.linalg.norm(before.ankles[:, -1, None, :2] - faded.root[None, :, :2], axis=-1)
    leaves = [_first(far) for far in away > FURTHEST * body.leg]
    for foot in _order(before, after):
        share, lift, next_step = _plan(before, after, contacts, foot, seconds, next_step, leaves[foot],
                                      body.leg)  # fmt: skip
        offset = share[:, None] * (before.ankles[foot, -1] - after.ankles[foot, 0])
        ankle = after.ankles[foot] + offset + _carried(before, after, foot, share)
        ankle[:, 2] += lift
        gap = _vector(
            rotations.multiply(before.soles[foot, -1], rotations.conjugate(after.soles[foot, 0]))
        )
        sole = rotations.multiply(_turn(share[:, None] * gap), after.soles[foot])
        toes = rotations.multiply(
            rotations.conjugate(world[:, ANKLES[foot]]), world[:, BALLS[foot]]
        )
        feet.bend_leg(world, places[:, feet.HIPS[foot]], ankle, body.offsets, foot)
        world[:, ANKLES[foot]] = sole
        world[:, BALLS[foot]] = rotations.multiply(sole, toes)
    return feet.with_legs(faded.rotations, world), contacts


def _carried(before: Track, after: Track, foot: int, share: Floats) -> Floats:
    """(T, 3) what a foot in the air goes on by the speed it had, while its share dies away."""
    if before.contacts[-1, foot].any() and after.contacts[0, foot].any():
        return np.zeros((len(share), 3))
    frames = max(_first(share <= 0), 1)
    t = np.clip(np.arange(1, len(share) + 1) / frames, 0, 1)[:, None]
    own = after.ankles[foot, 1] - after.ankles[foot, 0]
    metres: Floats = frames * t * (1 - t) ** 3 * (np.diff(before.ankles[foot, -2:], axis=0) - own)
    return metres


def _order(before: Track, after: Track) -> list[int]:
    """A foot in the air lands first; else the one further from its place steps first."""
    gaps = np.linalg.norm(before.ankles[:, -1, :2] - after.ankles[:, 0, :2], axis=-1)
    airborne = ~before.contacts[-1].any(-1)
    return sorted(range(2), key=lambda foot: (not airborne[foot], -float(gaps[foot])))


def _plan(
    before: Track,
    after: Track,
    contacts: NDArray[np.bool_],
    foot: int,
    seconds: float,
    next_step: int,
    leaves: int,
    leg: float,
) -> tuple[Floats, Floats, int]:
    """How much of the first's foot is left in each frame, how high it is lifted besides, and the
    frame from which the other foot may step. `leaves` is when this one would be too far behind.
    Corrects `contacts` in place."""
    frames = len(after.root)
    stands = after.contacts[:, foot].any(-1)
    stood = bool(before.contacts[-1, foot].any())
    swing = _first(~stands)
    gap = before.ankles[foot, -1] - after.ankles[foot, 0]
    far = float(np.linalg.norm(gap[:2]))
    turn = rotations.multiply(before.soles[foot, -1], rotations.conjugate(after.soles[foot, 0]))
    askew = 2 * np.arccos(np.clip(abs(float(turn[0])), 0, 1))
    lands = swing + _first(stands[swing:])
    no_lift = np.zeros(frames)
    if stood and stands[0]:
        if swing < round(SOON * FPS) or (far < MISPLACED * leg and askew < ASKEW):
            # Holds its place, and makes the way good while the second lifts it.
            start = min(swing, leaves)
            contacts[start:swing, foot] = False
            return _ramp(frames, start, max(lands, start + 6)), no_lift, next_step
        start = min(next_step, leaves)
        end = start + round(STEP * FPS)
        height = 0.07 * leg + 0.12 * far
        contacts[start:end, foot] = False
        return _ramp(frames, start, end), _arc(frames, start, end, height), end
    if stood:
        return _ramp(frames, 0, max(lands, 6)), no_lift, next_step
    if stands[0]:
        end = max(5, round(0.7 * seconds * FPS)) if far > 0.02 * leg else 4
        contacts[:end, foot] = False
        height = 0.3 * max(0.0, far - 0.3 * leg)
        return _ramp(frames, 0, end), _arc(frames, 0, end, height), end
    return _ramp(frames, 0, max(lands, round(seconds * FPS) // 2)), no_lift, next_step


def _first(flags: NDArray[np.bool_]) -> int:
    """The first that is set; how many there are where none is."""
    return int(np.argmax(flags)) if flags.any() else len(flags)


def _ramp(frames: int, start: int, end: int) -> Floats:
    """One until `start`, eased to nothing at `end`."""
    t = np.clip((np.arange(1, frames + 1) - start) / max(end - start, 1), 0, 1)
    share: Floats = 1 - t * t * t * (10 - 15 * t + 6 * t * t)
    return share


def _arc(frames: int, start: int, end: int, height: float) -> Floats:
    t = np.clip((np.arange(1, frames + 1) - start) / max(end - start, 1), 0, 1)
    arc: Floats = height * np.sin(np.pi * t) ** 2
    return arc
