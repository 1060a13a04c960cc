# SPDX-License-Identifier: Apache-2.0
"""Actions on a timeline: each as long as asked for, begun and ended where it fits its neighbour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ....shared import rotations
from ....shared.rotations import Floats
from . import clips, seams
from .clips import FPS
from .footwork import track_of
from .performance import Performance
from .posture import Body
from .spans import Span

GIVE = 9
"""Frames by which a gait may end sooner or later, where a foot is just passing the other."""
FASTER, SLOWER = 0.72, 1.3
"""How much shorter and longer an action may be made by playing it faster or slower."""
SHORTEST = 8
"""Frames of the shortest action between two others."""
SPEED_WEIGHT = 0.12
"""Seconds: how a difference in speed counts beside one in place."""
GOES = 0.3
"""Leg lengths that a cyclic performance must travel to be a gait."""


@dataclass(frozen=True)
class Piece:
    """An action that waits for its place: `names` are the lexicon's entries done in it and the
    actions that they are performed by; `seconds` are None for as long as it is by nature;
    `facing` (T,) is where the performer faces; `turn` are degrees to the left by which a gait
    bends its way."""

    names: tuple[tuple[str, str], ...]
    performance: Performance
    facing: Floats
    seconds: float | None = None
    turn: float = 0.0


def facing_of(performance: Performance) -> Floats:
    """(T,) the heading of the pelvis without its swings."""
    yaw = np.unwrap(clips.yaw_of(performance.rotations[:, 0]))
    smooth: Floats = gaussian_filter1d(yaw, 12.0, mode="nearest")
    return smooth


def string(pieces: Sequence[Piece], body: Body) -> tuple[Performance, tuple[Span, ...]]:
    """All pieces in a row; a single one stays a loop if it was one."""
    if len(pieces) == 1:
        only = alone(pieces[0])
        return only, _spans(pieces[0], 0, len(only.root))
    cuts = _cuts(pieces, body)
    whole: Performance | None = None
    faces = 0.0
    spans: list[Span] = []
    for number, (piece, (start, count)) in enumerate(zip(pieces, cuts, strict=True)):
        # A seam lays the first frame over the last one before it.
        part, facing = _cut(piece, start, count + (number > 0))
        part, facing = bent(part, piece.turn), facing + np.radians(piece.turn) * _ease(len(facing))
        if whole is None:
            whole, faces = part, float(facing[0])
        else:
            whole = seams.sew(whole, part, faces - float(facing[0]), body)
        faces += float(facing[-1] - facing[0])
        spans += _spans(piece, len(whole.root) - count, len(whole.root))
    assert whole is not None
    return whole, tuple(spans)


def _spans(piece: Piece, start: int, end: int) -> tuple[Span, ...]:
    return tuple(Span(name, action, start, end) for name, action in piece.names)


def alone(piece: Piece) -> Performance:
    """One piece as long as asked for. A loop is played a little faster or slower to stay one."""
    done = piece.performance
    count = len(done.root)
    wanted = count if piece.seconds is None else max(2, round(piece.seconds * FPS))
    if done.is_cyclic and not FASTER <= wanted / count <= SLOWER:
        whole = unrolled(done, 0, wanted)
        return bent(whole, piece.turn)
    return bent(stretched(done, wanted), piece.turn)


def _cuts(pieces: Sequence[Piece], body: Body) -> list[tuple[int, int]]:
    """Where in its ring each piece begins and how many frames it lasts."""
    starts = [0] * len(pieces)
    counts = [_frames(piece) for piece in pieces]
    late = 0
    for number, (piece, following) in enumerate(pairwise(pieces)):
        counts[number] = max(SHORTEST, counts[number] - late)
        nominal = counts[number]
        looks = [0] if not piece.performance.is_cyclic else range(-GIVE, GIVE + 1)
        ends = [max(SHORTEST, nominal + look) for look in looks]
        ring = len(following.performance.root)
        begins = range(ring) if following.performance.is_cyclic else range(1)
        part, facing = _cut(piece, starts[number], max(ends))
        last = _poses(part, facing, body)[np.array(ends) - 1]
        part, facing = _cut(following, 0, ring)
        costs = _cost(last, _poses(part, facing, body)[list(begins)])
        # Of ends that fit alike the one that was asked for.
        costs = costs + 0.002 * (np.array(looks)[:, None] / GIVE) ** 2
        end, begin = np.unravel_index(int(costs.argmin()), costs.shape)
        starts[number + 1], late = int(begin), ends[int(end)] - nominal
        counts[number] = ends[int(end)]
    counts[-1] = max(SHORTEST, counts[-1] - late)
    return list(zip(starts, counts, strict=True))


def _frames(piece: Piece) -> int:
    if piece.seconds is None:
        return len(piece.performance.root)
    return max(SHORTEST, round(piece.seconds * FPS))


def _poses(performance: Performance, facing: Floats, body: Body) -> Floats:
    """(T, n) where joints are, seen from the pelvis and its heading, and how they move."""
    track = track_of(performance, body)
    back = clips.about_z(-facing)[:, None]
    places = rotations.rotate(back, track.places - track.root[:, None]) / body.leg
    speed = rotations.rotate(back, np.gradient(track.places, axis=0)) * FPS / body.leg
    legs = np.full(22, 0.35)
    legs[list(seams.LEGS)] = 1.0
    both = np.concatenate([places, SPEED_WEIGHT * speed], axis=1) * np.tile(legs, 2)[:, None]
    flat: Floats = both.reshape(len(facing), -1)
    return flat


def _cost(some: Floats, others: Floats) -> Floats:
    cost: Floats = ((some[:, None] - others[None]) ** 2).mean(-1)
    return cost


def _cut(piece: Piece, start: int, count: int) -> tuple[Performance, Floats]:
    """`count` frames from `start` on, and where the performer faces in them."""
    done = piece.performance
    length = len(done.root)
    if done.is_cyclic:
        at = np.arange(start, start + count)
        return unrolled(done, start, count), piece.facing[at % length]
    longer = stretched(done, count)
    at = np.linspace(0, length - 1, len(longer.root)).round().astype(int)
    return longer, piece.facing[at]


def unrolled(done: Performance, start: int, count: int) -> Performance:
    """`count` frames of a loop from `start` on, going on from where each round arrived."""
    at = np.arange(start, start + count)
    rounds, inside = np.divmod(at, len(done.root))
    root = done.root[inside] + rounds[:, None] * np.asarray(done.travel)
    turns = rotations.continuous(done.rotations[inside])
    return Performance(turns, root, done.contacts[inside], is_level=done.is_level)


def stretched(done: Performance, count: int) -> Performance:
    """As many frames as asked for: faster or slower within limits, then held or cut at the end."""
    length = len(done.root)
    if count == length:
        return done
    played = count if done.is_cyclic else round(np.clip(count / length, FASTER, SLOWER) * length)
    last = length if done.is_cyclic else length - 1
    at = np.arange(played) * last / (played if done.is_cyclic else max(played - 1, 1))
    before = np.minimum(at.astype(int), length - 1)
    after, share = (before + 1) % length, at - before
    if not done.is_cyclic:
        after = np.minimum(before + 1, length - 1)
    ahead = done.root[after] + (after < before)[:, None] * np.asarray(done.travel)
    root = done.root[before] + share[:, None] * (ahead - done.root[before])
    turns = rotations.slerp(done.rotations[before], done.rotations[after], share[:, None])
    contacts = done.contacts[np.where(share < 0.5, before, after)]
    kept = np.minimum(np.arange(count), played - 1)
    return replace(
        done,
        rotations=rotations.continuous(turns)[kept],
        root=root[kept],
        contacts=contacts[kept],
    )


def bent(done: Performance, degrees: float) -> Performance:
    """A gait that turns by so many degrees to the left on its way."""
    if not degrees:
        return done
    count = len(done.root)
    angle = np.radians(degrees) * _ease(count, whole=abs(degrees) >= 360)
    ahead = done.root[:1] + np.asarray(done.travel) if done.is_cyclic else done.root[-1:]
    steps = np.diff(np.concatenate([done.root, ahead]), axis=0)
    turned = rotations.rotate(clips.about_z(angle), steps)
    root = np.concatenate([done.root[:1], done.root[:1] + np.cumsum(turned, axis=0)])
    turns = done.rotations.copy()
    turns[:, 0] = rotations.multiply(clips.about_z(angle), turns[:, 0])
    closes = done.is_cyclic and degrees % 360 == 0
    travel = root[-1] - root[0]
    root[:, 2] = np.concatenate([done.root[:, 2], ahead[:, 2]])
    return Performance(
        rotations.continuous(turns),
        root[:-1],
        done.contacts,
        closes,
        (float(travel[0]), float(travel[1]), 0.0) if closes else (0.0, 0.0, 0.0),
        done.is_level,
    )


def _ease(count: int, whole: bool = False) -> Floats:
    """(T,) from nothing to one: evenly, or slowly at both ends."""
    t = np.arange(count) / count
    share: Floats = t if whole else t * t * (3 - 2 * t)
    return share
