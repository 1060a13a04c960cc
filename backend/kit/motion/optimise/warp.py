# SPDX-License-Identifier: Apache-2.0
"""The closed form: a motion that travels is bent onto a route by arc length, turning with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .....shared import rotations
from .....shared.rotations import Floats
from .. import clips
from ..clips import FPS
from ..feet import HIPS
from .routes import Route

CALM = 15.0
"""Frames over which the way of the body is told from its sway."""
LEAST_SPEED = 0.15
"""Metres a second under which a body stands rather than travels."""
STROLL = 0.25
"""Of its usual speed under which a body that travels elsewhere sways rather than goes."""
MOST_SWIVEL = np.radians(45)


@dataclass(frozen=True)
class Take:
    """A motion in metres on one body: `rotations` (T, 22, 4), `root` (T, 3), `contacts`
    (T, 2, 2); a cyclic one goes on moved by `travel` (3,). `frames` (T,) are those of the start
    that are shown; `is_level` as in `Performance`."""

    rotations: Floats
    root: Floats
    contacts: NDArray[np.bool_]
    is_cyclic: bool
    travel: Floats
    frames: NDArray[np.int64]
    is_level: bool = False

    def __len__(self) -> int:
        return len(self.root)


@dataclass(frozen=True)
class Course:
    """How a take goes over the ground: its `way` (T, 2) without sway, `headings` (T,) of that way
    in radians, and the metres `gone` (T,) along it, standing left out."""

    way: Floats
    headings: Floats
    gone: Floats


def unrolled(take: Take, frames: int) -> Take:
    """`frames` frames of a cyclic take, round after round."""
    rounds = -(-frames // len(take))
    shift = np.repeat(np.arange(rounds), len(take))[:, None] * take.travel
    return replace(
        take,
        rotations=np.tile(take.rotations, (rounds, 1, 1))[:frames],
        root=(np.tile(take.root, (rounds, 1)) + shift)[:frames],
        contacts=np.tile(take.contacts, (rounds, 1, 1))[:frames],
        frames=np.tile(take.frames, rounds)[:frames],
        is_cyclic=False,
        travel=np.zeros(3),
    )


def sliced(take: Take, margin: int) -> Take:
    """Without so many frames at both ends."""
    inside = slice(margin, len(take) - margin)
    return replace(
        take,
        rotations=take.rotations[inside],
        root=take.root[inside],
        contacts=take.contacts[inside],
        frames=take.frames[inside],
    )


def course(take: Take) -> Course:
    """Read the way of a take that is not cyclic."""
    reach = min(len(take) - 1, int(4 * CALM))
    ground = np.pad(take.root[:, :2], ((reach, reach), (0, 0)), "reflect", reflect_type="odd")
    way = gaussian_filter1d(ground, CALM, axis=0)[reach : reach + len(take)]
    velocity = np.gradient(way, axis=0) * FPS if len(take) > 1 else np.zeros_like(way)
    speed = np.linalg.norm(velocity, axis=-1)
    moves = speed > max(LEAST_SPEED, STROLL * float(np.quantile(speed, 0.9)))
    if not moves.any():
        return Course(way, np.zeros(len(take)), np.zeros(len(take)))
    frames = np.arange(len(take))
    yaw = np.unwrap(np.arctan2(velocity[moves, 0], -velocity[moves, 1]))
    headings = np.interp(frames, frames[moves], yaw)
    steps = np.where(moves, speed, 0.0) / FPS
    return Course(way, headings, np.concatenate([[0.0], np.cumsum((steps[1:] + steps[:-1]) / 2)]))


def retimed(take: Take, at: Floats) -> Take:
    """The take at the (fractional) frames `at` (N,)."""
    at = np.clip(at, 0, len(take) - 1)
    low = np.minimum(at.astype(int), max(len(take) - 2, 0))
    high = np.minimum(low + 1, len(take) - 1)
    share = at - low
    turns = rotations.slerp(take.rotations[low], take.rotations[high], share[:, None])
    root = take.root[low] + share[:, None] * (take.root[high] - take.root[low])
    near = np.clip(np.round(at).astype(int), 0, len(take) - 1)
    return replace(
        take,
        rotations=rotations.continuous(turns),
        root=root,
        contacts=take.contacts[near],
        frames=take.frames[near],
    )


def bent(take: Take, seen: Course, route: Route, along: Floats) -> Take:
    """The take whose way leads along `route`, at its frame t by `along[t]` metres."""
    turn = route.heading(along) - seen.headings
    sway = rotate(turn, take.root[:, :2] - seen.way)
    ground = route.at(along) + sway
    return turned(replace(take, root=np.column_stack([ground, take.root[:, 2]])), turn)


def rotate(yaw: Floats, ground: Floats) -> Floats:
    """(T, 2) turned around Z by (T,) radians."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    x, y = ground[:, 0], ground[:, 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def turned(take: Take, turn: Floats) -> Take:
    """The body turned on the spot by `turn` (T,) radians; standing feet do not swivel with it."""
    turns = take.rotations.copy()
    turns[:, 0] = rotations.multiply(clips.about_z(turn), turns[:, 0])
    for foot, hip in enumerate(HIPS):
        stands = np.any(take.contacts[:, foot], axis=-1)
        held = _held(turn, stands) - turn
        swivel = MOST_SWIVEL * np.tanh(held / MOST_SWIVEL)
        # Around the vertical, seen from the pelvis.
        pelvis = turns[:, 0]
        twist = rotations.multiply(
            rotations.conjugate(pelvis), rotations.multiply(clips.about_z(swivel), pelvis)
        )
        turns[:, hip] = rotations.multiply(twist, turns[:, hip])
    return replace(take, rotations=rotations.continuous(rotations.normalise(turns)))


def _held(turn: Floats, stands: NDArray[np.bool_]) -> Floats:
    """(T,) the turn of a foot: one for each stand, easing from the one to the next."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], stands, [False]]).astype(int)))
    if not len(edges):
        return turn
    knots, values = [], []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        mean = float(turn[start:end].mean())
        knots += [start, end - 1] if end - start > 1 else [start]
        values += [mean, mean] if end - start > 1 else [mean]
    frames = np.arange(len(turn))
    at = np.clip(np.searchsorted(knots, frames, "right") - 1, 0, max(len(knots) - 2, 0))
    if len(knots) == 1:
        return np.full(len(turn), values[0])
    first, last = np.array(knots)[at], np.array(knots)[at + 1]
    share = np.clip((frames - first) / np.maximum(last - first, 1), 0, 1)
    ease = share * share * (3 - 2 * share)
    low, high = np.array(values)[at], np.array(values)[at + 1]
    radians: Floats = low + (high - low) * ease
    return radians
