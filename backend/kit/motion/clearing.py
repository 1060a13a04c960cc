# SPDX-License-Identifier: Apache-2.0
"""Arms put off the flesh: hands lie on thighs and bellies, not in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ....shared import posing, rotations
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX
from . import clips, feet
from .optimise import flesh
from .performance import Performance
from .posture import SIDES, Body

ROUNDS = 5
SMOOTH = 2.0
"""Frames over which a push is spread."""
TOUCH = 0.008
"""Metres that skin gives where a hand lies on it."""
PALM = 0.085
"""Leg lengths from the wrist to the middle of the hand."""
UPWARD = 0.7
"""How much of a push out of a level thigh goes up: nobody's hands lie under the legs."""
MOST = 0.2
"""Leg lengths that a wrist is pushed at most in a round."""
ALONG = (0.55, 1.0)
"""Shares of the forearm at which it is looked at, beside the hand."""


def cleared(done: Performance, body: Body) -> Performance:
    """The performance with forearms and hands out of trunk and thighs; hands keep their turn."""
    if body.figure is None:
        return done
    parts = flesh.fit(body)
    root = clips.to_metres(done.root, body.offsets, body.soles.ankle_height)
    mode = "wrap" if done.is_cyclic else "nearest"
    turns = done.rotations
    for _ in range(ROUNDS):
        world = posing.world_rotations(turns)
        places = posing.joint_positions(turns, root, body.offsets)
        pushes = [_push(places, world, parts, body, side) for side in range(2)]
        if max(float(np.abs(push).max()) for push in pushes) < TOUCH:
            break
        turns = turns.copy()
        for side, push in enumerate(pushes):
            _move_wrist(
                turns, world, places, gaussian_filter1d(push, SMOOTH, axis=0, mode=mode), body, side
            )
    return replace(done, rotations=rotations.continuous(turns))


def _push(places: Floats, world: Floats, parts: flesh.Flesh, body: Body, side: int) -> Floats:
    """(T, 3) metres by which the wrist should go, so that arm and hand come out."""
    elbow, wrist = (places[:, INDEX[f"{SIDES[side]}_{part}"]] for part in ("elbow", "wrist"))
    ahead = (wrist - elbow) / np.linalg.norm(wrist - elbow, axis=-1, keepdims=True)
    points = [elbow + share * (wrist - elbow) for share in ALONG]
    points.append(wrist + PALM * body.leg * ahead)
    own = {INDEX[f"{name}_{part}"] for name in SIDES for part in ("elbow", "wrist")}
    thin = min(float(parts.radii[q]) for q, ends in enumerate(parts.ends) if set(ends) & own)
    total = np.zeros_like(wrist)
    for number, ends in enumerate(parts.ends):
        if set(ends.tolist()) & (own | {INDEX["head"]}):
            continue
        low, high = (
            places[:, joint] + rotations.rotate(world[:, joint], shift)
            for joint, shift in zip(ends, parts.shifts[number], strict=True)
        )
        for point in points:
            push = _out(point, low, high, float(parts.radii[number]) + thin - TOUCH)
            deeper = np.linalg.norm(push, axis=-1) > np.linalg.norm(total, axis=-1)
            total = np.where(deeper[:, None], push, total)
    size = np.linalg.norm(total, axis=-1, keepdims=True)
    return np.asarray(total * np.minimum(1, MOST * body.leg / np.maximum(size, 1e-9)))


def _out(point: Floats, low: Floats, high: Floats, radius: float) -> Floats:
    """(T, 3) the way out of a capsule, nothing for points outside."""
    axis = high - low
    share = ((point - low) * axis).sum(-1) / np.maximum((axis * axis).sum(-1), 1e-12)
    nearest = low + np.clip(share, 0, 1)[:, None] * axis
    away = point - nearest
    distance = np.linalg.norm(away, axis=-1, keepdims=True)
    along = axis / np.maximum(np.linalg.norm(axis, axis=-1, keepdims=True), 1e-9)
    up = np.array([0.0, 0.0, 1.0])
    lift = up - (along @ up)[:, None] * along
    towards = away / np.maximum(distance, 1e-6) + UPWARD * lift
    towards /= np.maximum(np.linalg.norm(towards, axis=-1, keepdims=True), 1e-9)
    push: Floats = np.maximum(radius - distance, 0) * towards
    return push


def _move_wrist(
    turns: Floats, world: Floats, places: Floats, push: Floats, body: Body, side: int
) -> None:
    """Bend the arm, in place, so that its wrist goes by `push`; the hand keeps its world turn."""
    shoulder, elbow, wrist = (
        INDEX[f"{SIDES[side]}_{part}"] for part in ("shoulder", "elbow", "wrist")
    )
    line = places[:, wrist] - places[:, shoulder]
    line /= np.linalg.norm(line, axis=-1, keepdims=True)
    bend = places[:, elbow] - places[:, shoulder]
    bend = bend - (bend * line).sum(-1, keepdims=True) * line + 0.4 * push
    lengths = np.linalg.norm(body.offsets[[elbow, wrist]], axis=-1)
    bones = feet.bend_limb(places[:, shoulder], places[:, wrist] + push, bend, lengths)
    moves = np.linalg.norm(push, axis=-1) > 1e-5
    fresh = world.copy()
    for joint, bone, wanted in zip((shoulder, elbow), (elbow, wrist), bones, strict=True):
        now = rotations.rotate(world[:, joint], body.offsets[bone])
        fresh[:, joint] = rotations.multiply(rotations.between(now, wanted), world[:, joint])
    collar = INDEX[f"{SIDES[side]}_collar"]
    for joint, parent in ((shoulder, collar), (elbow, shoulder), (wrist, elbow)):
        local = rotations.multiply(rotations.conjugate(fresh[:, parent]), fresh[:, joint])
        turns[moves, joint] = rotations.normalise(local)[moves]
