# SPDX-License-Identifier: Apache-2.0
"""What single parts do while the rest stands: wagging, nodding, waving, kicking, curling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .actions import Action, Role
from .anatomy import Limb
from .moves import Moves, across, beat, keyed, still, wave
from .stage import Floats, Stage
from .wholes import settle, stretch


def parts_of(stage: Stage, action: Action, *usual: Role) -> tuple[Limb, ...]:
    """The limbs that are meant: those named, else the first usual role that there is; the side
    asked for, where limbs have one."""
    roles = [action.parts] if action.parts else [(role,) for role in usual]
    for names in roles:
        limbs = stage.anatomy.of_role(*names)
        sided = tuple(limb for limb in limbs if action.side and limb.side == action.side)
        if limbs:
            return sided or limbs
    return ()


def _chain(stage: Stage, limbs: tuple[Limb, ...], curve: float, cycles: int, lag: float) -> Floats:
    """(T, K) limbs that swing to both sides, each bone later than the one before."""
    turn = np.zeros((stage.frames, len(stage.points)))
    for limb in limbs:
        bones = stage.bones(limb)
        most = stage.mirror(limb) * curve / len(bones) ** 0.6
        for depth, point in enumerate(bones):
            turn[:, point] += most * wave(stage, cycles, lag * depth)
    return turn


def wag(stage: Stage, action: Action) -> Moves:
    """The tail whips from side to side, and the rump goes a little with it."""
    limbs = parts_of(stage, action, "tail", "fin", "ear", "leaf", "head")
    cycles = stage.cycles(2.0 * action.speed)
    turn = _chain(stage, limbs, 0.62 * action.amount, cycles, 0.13)
    tilt = 0.0 if limbs else 0.08 * action.amount * wave(stage, cycles)
    pitch = 0.02 * action.amount * wave(stage, cycles, 0.55)
    return replace(still(stage), turn=turn, pitch=pitch, tilt=tilt + np.zeros(stage.frames))


def nod(stage: Stage, action: Action) -> Moves:
    """Down quickly and up slowly, twice, then a rest; what has no head bows a little."""
    cycles = stage.cycles(1.0 * action.speed)
    dip = keyed(beat(stage, cycles), (0, 0), (0.12, -0.12), (0.4, 1.0), (0.75, 0.0))
    turn = np.zeros((stage.frames, len(stage.points)))
    limbs = parts_of(stage, action, "head", "stem")
    for limb in limbs:
        bones = stage.bones(limb)
        for point in bones:
            turn[:, point] += stage.facing * 0.42 * action.amount * dip / len(bones)
    sink = across(0, 0.008 * stage.size * dip, stage.frames)
    if stage.anatomy.of_role("stem"):
        return replace(still(stage), turn=turn)
    if not stage.anatomy.forward[0]:
        return replace(still(stage), shift=sink, stretch=-0.06 * action.amount * dip)
    tilt = (0.0 if limbs else 0.08 * action.amount * stage.facing) * dip
    return replace(still(stage), turn=turn, tilt=tilt, shift=sink)


def shake(stage: Stage, action: Action) -> Moves:
    """The part named, or the whole, quickly from side to side: dying down, then again."""
    cycles = stage.cycles(3.0 * action.speed)
    limbs = parts_of(stage, action) if action.parts else ()
    strength = 0.25 + 0.75 * keyed(beat(stage, stage.cycles(0.5)), (0, 0), (0.15, 1), (0.7, 0))
    rocking = action.amount * strength * wave(stage, cycles)
    if limbs:
        turn = np.zeros((stage.frames, len(stage.points)))
        for limb in limbs:
            for depth, point in enumerate(stage.bones(limb)):
                turn[:, point] += stage.mirror(limb) * (0.22 if depth == 0 else 0.1) * rocking
        return replace(still(stage), turn=turn)
    turn = np.zeros((stage.frames, len(stage.points)))
    for limb in stage.anatomy.of_role("head"):
        turn[:, limb.points[1]] -= 0.12 * rocking
    if stage.anatomy.of_role("leg"):
        push = across(0.022 * stage.size * rocking, 0, stage.frames)
        return replace(still(stage), turn=turn, shift=push, pitch=0.05 * rocking)
    return replace(still(stage), turn=turn, tilt=0.08 * rocking)


def wave_limb(stage: Stage, action: Action) -> Moves:
    """One limb goes up and its outer part to and fro; a flag or a plant waves as a whole."""
    limbs = parts_of(stage, action, "arm", "wing", "fin", "trunk", "leg", "tail", "leaf")
    if limbs and limbs[0].role in ("arm", "leg", "wing") and not action.is_all:
        limbs = limbs[:1]
    cycles = stage.cycles(1.6 * action.speed)
    turn = np.zeros((stage.frames, len(stage.points)))
    for limb in limbs:
        bones = stage.bones(limb)
        for depth, (point, raised) in enumerate(zip(bones, _hail(stage, limb), strict=True)):
            far = 0.12 if depth == 0 and len(bones) > 1 else 0.4
            turn[:, point] += raised + far * action.amount * wave(stage, cycles, 0.1 * depth)
    if not limbs:
        return replace(still(stage), tilt=0.15 * action.amount * wave(stage, cycles))
    for limb in stage.anatomy.of_role("head"):
        turn[:, limb.points[1]] += 0.06 * wave(stage, stage.cycles(0.5), 0.1)
    feet = _feet_of(stage, limbs)
    return replace(still(stage), turn=turn, feet=feet)


def _hail(stage: Stage, limb: Limb) -> list[float]:
    """The turn of each bone that brings a limb up to wave: the first outwards, the rest upright.

    Limbs that are no arms wave from where they are.
    """
    if limb.role not in ("arm", "wing"):
        return [0.0] * len(stage.bones(limb))
    first = _raise(stage, limb)
    turns, whole = [first], first
    for joint, point in zip(limb.points[1:], limb.points[2:], strict=False):
        bone = stage.points[point] - stage.points[joint]
        outer = np.sign(stage.points[limb.points[1], 0] - stage.points[limb.points[0], 0])
        wanted = np.arctan2(-1.0, 0.3 * outer) - np.arctan2(bone[1], bone[0])
        more = (wanted - whole + np.pi) % (2 * np.pi) - np.pi
        turns.append(float(np.clip(more, -2.2, 2.2)))
        whole += turns[-1]
    return turns


def _raise(stage: Stage, limb: Limb, most: float = 2.2) -> float:
    """Radians from where the first bone is to a little above level, outwards."""
    first, second = stage.points[limb.points[0]], stage.points[limb.points[1]]
    bone = second - first
    outer = np.sign(bone[0]) or np.sign(first[0] - stage.pivot[0]) or 1.0
    now, wanted = np.arctan2(bone[1], bone[0]), np.arctan2(-0.45, outer)
    turn = (wanted - now + np.pi) % (2 * np.pi) - np.pi
    return float(np.clip(turn, -most, most)) if bone[1] > -0.45 * abs(bone[0]) else 0.0


def _feet_of(stage: Stage, limbs: tuple[Limb, ...]) -> Floats:
    """(T, legs, 2) a leg that waves is lifted off the ground and put forward."""
    feet = np.zeros((stage.frames, len(stage.legs), 2))
    cycles = stage.cycles(1.6)
    for number, leg in enumerate(stage.legs):
        if leg in limbs and leg.role == "leg":
            size = np.linalg.norm(stage.points[leg.points[-1]] - stage.points[leg.points[0]])
            feet[:, number, 0] = size * stage.facing * (0.55 + 0.12 * wave(stage, cycles))
            feet[:, number, 1] = -size * (0.55 + 0.15 * wave(stage, cycles, 0.25))
    return feet


def kick(stage: Stage, action: Action) -> Moves:
    """One leg swings back, strikes forward and comes down; the body leans away."""
    cycles = stage.cycles(1.0 * action.speed)
    progress = beat(stage, cycles)
    reach = keyed(progress, (0, 0), (0.22, -0.5), (0.42, 1), (0.52, 0.9), (0.8, 0))
    height = keyed(progress, (0, 0), (0.22, 0.35), (0.42, 0.7), (0.52, 0.62), (0.8, 0))
    feet = np.zeros((stage.frames, len(stage.legs), 2))
    legs = [limb for limb in stage.legs if limb.role == "leg"]
    sided = [limb for limb in legs if action.side and limb.side == action.side]
    for limb in (sided or legs)[:1]:
        size = np.linalg.norm(stage.points[limb.points[-1]] - stage.points[limb.points[0]])
        number = stage.legs.index(limb)
        feet[:, number] = (
            size * action.amount * across(0.9 * stage.facing * reach, -height, stage.frames)
        )
    lean = -0.1 * stage.facing * reach
    return replace(
        still(stage), feet=feet, pitch=lean if legs else 0 * lean, tilt=0 * lean if legs else lean
    )


def wiggle(stage: Stage, action: Action) -> Moves:
    """A small wave runs through the parts named, or through everything but what it stands on."""
    cycles = stage.cycles(1.5 * action.speed)
    if action.parts:
        limbs = parts_of(stage, action)
        return replace(still(stage), turn=_chain(stage, limbs, 0.36 * action.amount, cycles, 0.2))
    loose = tuple(limb for limb in stage.anatomy.limbs if limb.role != "wheel")
    turn = _chain(stage, loose, 0.22 * action.amount, cycles, 0.2)
    return replace(still(stage), turn=turn, tilt=0.05 * action.amount * wave(stage, cycles))


def curl(stage: Stage, action: Action) -> Moves:
    """A trunk, tail or arm rolls up and unrolls, its tip last; what has none crouches."""
    cycles = stage.cycles(0.5 * action.speed)
    turn = np.zeros((stage.frames, len(stage.points)))
    limbs = parts_of(stage, action, "trunk", "tail", "arm", "stem")
    if not limbs:
        return settle(stage, action)
    for limb in limbs:
        way = -stage.up_turn(limb.points[-1]) if limb.role == "tail" else -stage.facing
        for depth, point in enumerate(stage.bones(limb)):
            share = keyed(beat(stage, cycles, 0.06 * depth), (0, 0), (0.45, 1), (0.6, 1))
            turn[:, point] += way * 0.5 * action.amount * share
    return replace(still(stage), turn=turn)


def peck(stage: Stage, action: Action) -> Moves:
    """Down to the ground and up again, quick at the end: eating, pecking, digging, sniffing."""
    cycles = stage.cycles(1.0 * action.speed)
    progress = beat(stage, cycles)
    dip = keyed(progress, (0, 0), (0.1, -0.1), (0.35, 1), (0.45, 0.75), (0.55, 1), (0.85, 0))
    turn = np.zeros((stage.frames, len(stage.points)))
    for limb in stage.anatomy.of_role("head"):
        bones = stage.bones(limb)
        for point in bones:
            turn[:, point] += 0.5 * action.amount * dip * stage.facing / len(bones)
    pitch = 0.25 * action.amount * stage.facing * dip
    return replace(still(stage), turn=turn, pitch=pitch)


def chew(stage: Stage, action: Action) -> Moves:
    """The head bobs in small quick circles: chewing, barking, singing, talking."""
    cycles = stage.cycles(2.0 * action.speed)
    bob = keyed(beat(stage, cycles), (0, 0), (0.35, 1), (0.6, 0.1))
    turn = np.zeros((stage.frames, len(stage.points)))
    heads = stage.anatomy.of_role("head")
    for limb in heads:
        turn[:, limb.points[1]] -= 0.17 * action.amount * stage.facing * bob
    stretch = (0.015 if heads else 0.06) * action.amount * bob
    return replace(still(stage), turn=turn, stretch=stretch)


def lift(stage: Stage, action: Action) -> Moves:
    """The parts named go up, stay a moment, and come down; what has none stretches."""
    cycles = stage.cycles(0.5 * action.speed)
    up = keyed(beat(stage, cycles), (0, 0), (0.08, -0.08), (0.4, 1.0), (0.65, 1.0))
    turn = np.zeros((stage.frames, len(stage.points)))
    limbs = parts_of(stage, action, "arm", "wing", "trunk", "head", "tail", "leg")
    if not limbs:
        return stretch(stage, action)
    feet = np.zeros((stage.frames, len(stage.legs), 2))
    for limb in limbs:
        if limb in stage.legs:
            size = np.linalg.norm(stage.points[limb.points[-1]] - stage.points[limb.points[0]])
            feet[:, stage.legs.index(limb), 1] = -0.5 * size * action.amount * np.maximum(up, 0)
            feet[:, stage.legs.index(limb), 0] = 0.25 * size * stage.facing * np.maximum(up, 0)
            continue
        far = _raise(stage, limb, 1.6) or stage.up_turn(limb.points[1]) * 0.4
        if limb.role == "trunk":
            far = -2.6 * stage.facing
        bones = stage.bones(limb) if limb.role in ("trunk", "tail") else limb.points[1:2]
        for point in bones:
            turn[:, point] += action.amount * far * up / len(bones)
    return replace(still(stage), turn=turn, feet=feet)
