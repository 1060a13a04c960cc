# SPDX-License-Identifier: Apache-2.0
"""Moves become places: bones turn, loose ones follow, feet stay where they stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .anatomy import Limb
from .following import looseness, swing
from .legs import above_the_sole, length, reach
from .moves import Moves
from .stage import Floats, Stage, rotated


def posed(stage: Stage, moves: Moves) -> Floats:
    """The places (T, K, 2) of all points."""
    springs = looseness(stage, moves.is_standing)
    places, whole, turn = _turned(stage, moves, springs)
    if moves.is_standing:
        moves = replace(moves, shift=moves.shift + _lowered(stage, moves, places))
        places, whole, turn = _turned(stage, moves, springs)
        turn = _stepped(stage, moves, places, whole, turn)
        places, whole, _ = _turned(stage, replace(moves, turn=turn), np.zeros_like(springs))
        places = _settled(stage, moves, places)
    else:
        drift = places[:, stage.trunk].mean(1) - stage.points[stage.trunk].mean(0)
        places = places - (drift - moves.carry - moves.shift)[:, None]
    return _as_a_whole(stage, moves, places)


def rooted(stage: Stage, moves: Moves) -> Moves:
    """Plants bend where others tip over: what the ground holds stays."""
    stems = stage.anatomy.of_role("stem")
    if not stems or not moves.is_standing:
        return moves
    turn = moves.turn.copy()
    for limb in stems:
        bones = list(stage.bones(limb))
        turn[:, bones] += (moves.tilt / max(len(bones), 1))[:, None]
    return replace(moves, turn=turn, tilt=np.zeros_like(moves.tilt))


def _turned(stage: Stage, moves: Moves, springs: Floats) -> tuple[Floats, Floats, Floats]:
    """Places (T, K, 2), the whole turn of each bone (T, K), and what it turned on its joint."""
    places = np.zeros((stage.frames, len(stage.points), 2))
    whole, turn = np.zeros(moves.turn.shape), moves.turn.copy()
    for point in stage.order:
        parent = stage.parents[point]
        if parent < 0:
            arm = rotated(stage.points[point] - stage.pivot, moves.pitch)
            places[:, point] = stage.pivot + arm + moves.shift + moves.carry
            whole[:, point] = moves.pitch + turn[:, point]
            continue
        bone = stage.points[point] - stage.points[parent]
        if springs[point, 0]:
            hung = swing(stage, places[:, parent], whole[:, parent], bone, springs[point])
            turn[:, point] += hung
        whole[:, point] = whole[:, parent] + turn[:, point]
        places[:, point] = places[:, parent] + rotated(bone, whole[:, point])
    return places, whole, turn


def _lowered(stage: Stage, moves: Moves, places: Floats) -> Floats:
    """(T, 2) how far the body comes down so that every leg with a knee reaches the ground."""
    down = np.zeros((stage.frames, 2))
    for number, limb in enumerate(stage.legs):
        if limb.role == "leg" and len(limb.points) > 2:
            shank = above_the_sole(stage, limb)
            rest, most = length(stage, shank)
            goal = stage.points[shank.points[-1]] + moves.carry + moves.feet[:, number]
            away = goal - places[:, limb.points[0]]
            room = np.sqrt(np.maximum(most**2 - away[:, 0] ** 2, 0.0))
            short = np.clip(away[:, 1] - room, 0, 0.35 * rest)
            is_lifted = moves.feet[:, number, 1] < -1e-6 * stage.size
            down[:, 1] = np.maximum(down[:, 1], np.where(is_lifted, 0.0, short))
    return down


def _stepped(stage: Stage, moves: Moves, places: Floats, whole: Floats, turn: Floats) -> Floats:
    """The turns (T, K) with those of the legs that bring the feet where they stand."""
    turn = turn.copy()
    for number, limb in enumerate(stage.legs):
        if limb.role != "leg":
            continue
        shank = above_the_sole(stage, limb)
        goal = stage.points[shank.points[-1]] + moves.carry + moves.feet[:, number]
        joint, bones = limb.points[0], list(limb.points[1:])
        reached = np.zeros((stage.frames, len(bones)))
        reached[:, : len(shank.points) - 1] = reach(stage, shank, places[:, joint], goal)
        before = np.concatenate([whole[:, [joint]], reached[:, :-1]], axis=1)
        turn[:, bones] = reached - before
    return turn


def _settled(stage: Stage, moves: Moves, places: Floats) -> Floats:
    """All moved so that the lowest foot that should stand does; wheels put on the ground."""
    places = places.copy()
    legs = [(number, limb) for number, limb in enumerate(stage.legs) if limb.role == "leg"]
    if legs:
        sunk = np.stack([_sunk(stage, moves, places, number, limb) for number, limb in legs])
        places[..., 1] -= np.nan_to_num(np.fmax.reduce(sunk, axis=0))[:, None]
    for number, limb in enumerate(stage.legs):
        if limb.role == "wheel":
            hub = limb.points[-1]
            goal = stage.points[hub] + moves.carry + moves.feet[:, number]
            hung = list(stage.beyond[hub])
            places[:, hung] += (goal - places[:, hub])[:, None]
    return places


def _sunk(stage: Stage, moves: Moves, places: Floats, number: int, limb: Limb) -> Floats:
    """(T,) how far a foot is below where it should stand, nan while it is in the air."""
    foot = limb.points[-1]
    goal = stage.points[foot, 1] + moves.carry[:, 1] + moves.feet[:, number, 1]
    is_lifted = moves.feet[:, number, 1] < -1e-6 * stage.size
    sunk: Floats = np.where(is_lifted, np.nan, places[:, foot, 1] - goal)
    return sunk


def _as_a_whole(stage: Stage, moves: Moves, places: Floats) -> Floats:
    """Stretched and tilted about where it stands, spun about its middle."""
    base = (stage.base + moves.carry)[:, None]
    factors = np.exp(np.stack([-moves.stretch, moves.stretch], axis=-1))[:, None]
    places = base + rotated((places - base) * factors, moves.tilt[:, None])
    box = (stage.points.min(0) + stage.points.max(0)) / 2
    middle = (box + moves.carry)[:, None]
    spun: Floats = middle + rotated(places - middle, moves.spin[:, None])
    return spun
