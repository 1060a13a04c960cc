# SPDX-License-Identifier: Apache-2.0
"""What all of a body does: hopping, bouncing, swaying, swinging, spinning, breathing, dancing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .actions import Action
from .anatomy import Limb
from .moves import Moves, across, beat, eased, flight, keyed, still, wave
from .stage import Floats, Stage, rotated


def hop(stage: Stage, action: Action) -> Moves:
    """Crouches, springs off, flies a throw's arc, lands and gives: twice a loop."""
    return _leap(stage, action, 1.0, 0.16)


def jump(stage: Stage, action: Action) -> Moves:
    """One great hop with a long crouch before it."""
    return _leap(stage, action, 0.5 if action.speed < 1.6 else 1.0, 0.26)


def _leap(stage: Stage, action: Action, rate: float, height: float) -> Moves:
    cycles = stage.cycles(rate * action.speed)
    progress = beat(stage, cycles)
    off, down = (0.30, 0.72) if rate >= 1 else (0.40, 0.70)
    air = flight(progress, off, down)
    crouch = keyed(
        progress, (0, 0), (0.6 * off, 1), (off, -0.35), (down, -0.1), (down + 0.09, 0.8), (0.97, 0)
    )
    amount = action.amount
    has_legs = any(len(limb.points) > 2 for limb in stage.anatomy.of_role("leg"))
    low = 0.07 if has_legs else 0.015
    stretch = -(0.07 if has_legs else 0.12) * amount * crouch
    shift = across(0, low * stage.size * amount * crouch, stage.frames)
    carry = across(0, -height * stage.size * amount * air, stage.frames)
    rise = keyed(progress, (0, 0), (off, 1), ((off + down) / 2, 0), (down, -1), (0.95, 0))
    pitch = -0.14 * amount * stage.facing * rise * abs(stage.anatomy.forward[0])
    feet = np.zeros((stage.frames, len(stage.legs), 2))
    legs = stage.anatomy.of_role("leg")
    for number, limb in enumerate(stage.legs):
        if limb.role == "leg":
            size = np.linalg.norm(stage.points[limb.points[-1]] - stage.points[limb.points[0]])
            feet[:, number, 1] = -0.28 * size * air
            feet[:, number, 0] = -0.35 * size * _aside(stage, limb) * air * rise
    turn = np.zeros((stage.frames, len(stage.points)))
    for limb in stage.anatomy.of_role("arm", "wing"):
        up = stage.up_turn(limb.points[1])
        turn[:, limb.points[1]] += 0.7 * amount * up * (air - 0.35 * np.maximum(crouch, 0))
    for limb in stage.anatomy.of_role("head"):
        turn[:, limb.points[1]] += -0.5 * pitch + 0.05 * stage.facing * crouch
    moves = replace(still(stage), turn=turn, stretch=stretch, shift=shift, carry=carry, feet=feet)
    return replace(
        moves, pitch=pitch if legs else 0 * pitch, tilt=0 * pitch if legs else 0.5 * pitch
    )


def _aside(stage: Stage, limb: Limb) -> float:
    """The way that a leg is thrown from: to the front, or of what looks at us inwards."""
    if stage.anatomy.forward[0]:
        return stage.facing
    return -float(np.sign(stage.points[limb.points[-1], 0] - stage.base[0])) or 1.0


def bounce(stage: Stage, action: Action) -> Moves:
    """A ball's way: falls and is thrown back, flat on the ground and long in flight."""
    cycles = stage.cycles(1.0 * action.speed)
    progress = beat(stage, cycles)
    if stage.anatomy.of_role("leg", "wheel"):
        dip = keyed(progress, (0, 0), (0.35, 1), (0.7, -0.35))
        shift = across(0, 0.05 * stage.size * action.amount * dip, stage.frames)
        return replace(still(stage), shift=shift, stretch=-0.05 * action.amount * dip)
    air = flight(progress, 0.12, 0.88)
    touch = keyed(progress, (0, 1), (0.12, -0.25), (0.5, 0), (0.88, -0.25))
    carry = across(0, -0.2 * stage.size * action.amount * air, stage.frames)
    return replace(still(stage), carry=carry, stretch=-0.26 * action.amount * touch)


def sway(stage: Stage, action: Action) -> Moves:
    """As in wind: slow, with a gust on top, each part later than what carries it."""
    cycles = stage.cycles(0.5 * action.speed)
    turn = np.zeros((stage.frames, len(stage.points)))
    stems = stage.anatomy.of_role("stem")
    for limb in stems or stage.anatomy.of_role("body", "tail"):
        turn += _bent(stage, limb, cycles, 0.5 * action.amount)
    for limb in stage.anatomy.of_role("leaf", "ear", "arm"):
        for depth, point in enumerate(stage.bones(limb), 1):
            gust = wave(stage, 2 * cycles, 0.25 + 0.1 * depth + 0.003 * limb.points[0])
            turn[:, point] += 0.11 * action.amount * gust
    legs = stage.anatomy.of_role("leg")
    wind = wave(stage, cycles) + 0.3 * wave(stage, 2 * cycles, 0.2)
    if stems:
        return replace(still(stage), turn=turn)
    if legs:
        shift = across(0.05 * stage.size * action.amount * wind, 0, stage.frames)
        return replace(still(stage), turn=0.3 * turn, shift=shift, pitch=0.06 * wind)
    return replace(still(stage), turn=0.5 * turn, tilt=0.1 * action.amount * wind)


def _bent(stage: Stage, limb: Limb, cycles: int, most: float) -> Floats:
    """(T, K) a stem that bends more and later towards its tip, `most` radians in all."""
    turn = np.zeros((stage.frames, len(stage.points)))
    bones = stage.bones(limb)
    shares = np.linspace(0.6, 1.4, len(bones)) / max(len(bones), 1)
    for depth, (point, share) in enumerate(zip(bones, shares, strict=True)):
        lag = 0.05 * depth
        gust = wave(stage, cycles, lag) + 0.3 * wave(stage, 2 * cycles, 0.2 + lag)
        turn[:, point] += 0.62 * most * share * gust
    return turn


def swing(stage: Stage, action: Action) -> Moves:
    """The parts named as pendulums; with none, all of it about where it hangs."""
    cycles = stage.cycles(0.75 * action.speed)
    turn = np.zeros((stage.frames, len(stage.points)))
    limbs = stage.anatomy.of_role(*action.parts) if action.parts else ()
    for number, limb in enumerate(limbs):
        for depth, point in enumerate(stage.bones(limb)):
            lag = 0.1 * depth + 0.5 * (number % 2) * (limb.role in ("arm", "leg"))
            turn[:, point] += 0.45 / (1 + depth) * action.amount * wave(stage, cycles, lag)
    if limbs:
        return replace(still(stage), turn=turn)
    tilt = 0.3 * action.amount * wave(stage, cycles)
    top = np.array([stage.base[0], stage.points[:, 1].min()])
    carry = top - stage.base - rotated(top - stage.base, tilt)
    return replace(still(stage), tilt=tilt, carry=carry, is_standing=False)


def spin(stage: Stage, action: Action) -> Moves:
    """Whole rounds at constant speed."""
    rounds = stage.cycles(0.5 * action.speed)
    return replace(still(stage), spin=2 * np.pi * rounds * stage.phase, is_standing=False)


def breathe(stage: Stage, action: Action) -> Moves:
    """In quicker than out; what it carries rises with it."""
    cycles = stage.cycles(0.5 * action.speed)
    breath = keyed(beat(stage, cycles), (0, 0), (0.4, 1), (0.5, 0.95))
    turn = np.zeros((stage.frames, len(stage.points)))
    for limb in stage.anatomy.of_role("head", "arm", "tail", "leaf"):
        turn[:, limb.points[1]] += 0.05 * stage.up_turn(limb.points[1]) * breath
    shift = across(0, -0.008 * stage.size * action.amount * breath, stage.frames)
    return replace(still(stage), turn=turn, shift=shift, stretch=0.03 * action.amount * breath)


def pulse(stage: Stage, action: Action) -> Moves:
    """A heart's double beat, a flame's flicker: short stretches that die down."""
    progress = beat(stage, stage.cycles(1.0 * action.speed))
    size = keyed(progress, (0, 0), (0.12, 1), (0.3, 0.1), (0.42, 0.6), (0.7, 0))
    return replace(still(stage), stretch=0.14 * action.amount * size)


def bow(stage: Stage, action: Action) -> Moves:
    """Down, a moment's stay, and up."""
    down = keyed(beat(stage, stage.cycles(0.5 * action.speed)), (0, 0), (0.38, 1), (0.6, 1))
    turn = np.zeros((stage.frames, len(stage.points)))
    for limb in stage.anatomy.of_role("head"):
        turn[:, limb.points[1]] += 0.35 * stage.facing * down
    far = 0.45 * action.amount * stage.facing * down
    stems = stage.anatomy.of_role("stem")
    for limb in stems:
        for point in stage.bones(limb):
            turn[:, point] += far / len(stage.bones(limb))
    has_legs = bool(stage.anatomy.of_role("leg"))
    tilt = 0.5 * far if not (has_legs or stems) else 0 * far
    return replace(still(stage), turn=turn, pitch=0.7 * far if has_legs else 0 * far, tilt=tilt)


def drift(stage: Stage, action: Action) -> Moves:
    """Hangs in the air or in water: slowly up and down, a little to the sides, parts trailing."""
    cycles = stage.cycles(0.5 * action.speed)
    size = 0.04 * stage.size * action.amount
    carry = across(
        0.5 * size * wave(stage, cycles, 0.25), -size * (1 + wave(stage, cycles)), stage.frames
    )
    turn = np.zeros((stage.frames, len(stage.points)))
    for limb in stage.anatomy.limbs:
        if limb.role not in ("body", "head", "wheel"):
            for depth, point in enumerate(stage.bones(limb)):
                trail = stage.mirror(limb) * wave(stage, cycles, 0.15 + 0.12 * depth)
                turn[:, point] += 0.14 * action.amount * trail
    tilt = 0.05 * action.amount * wave(stage, cycles, 0.1)
    return replace(still(stage), carry=carry, turn=turn, pitch=tilt, is_standing=False)


def stretch(stage: Stage, action: Action) -> Moves:
    """Short first, then long and held, then back."""
    progress = beat(stage, stage.cycles(0.5 * action.speed))
    size = keyed(progress, (0, 0), (0.2, -0.6), (0.45, 1), (0.65, 1), (0.85, -0.15))
    turn = np.zeros((stage.frames, len(stage.points)))
    for limb in stage.anatomy.of_role("arm", "wing", "leaf"):
        turn[:, limb.points[1]] += 0.5 * stage.up_turn(limb.points[1]) * np.maximum(size, 0)
    return replace(still(stage), turn=turn, stretch=0.16 * action.amount * size)


def dance(stage: Stage, action: Action) -> Moves:
    """Weight from side to side, down on every beat, limbs against it."""
    sides = max(stage.cycles(2.0 * action.speed) // 2, 1)
    swing = wave(stage, sides)
    dip = 0.5 - 0.5 * np.cos(2 * np.pi * beat(stage, 2 * sides))
    amount, size = action.amount, stage.size * action.amount
    turn = _against(stage, sides, amount)
    feet = np.zeros((stage.frames, len(stage.legs), 2))
    for number, limb in enumerate(stage.legs):
        if limb.role == "leg":
            is_late = limb.side == "right" if limb.side else number % 2 == 1
            feet[:, number, 1] = -0.05 * size * np.maximum(wave(stage, sides, 0.5 * is_late), 0)
    moves = replace(still(stage), turn=turn, feet=feet, stretch=-0.05 * amount * dip)
    if stage.anatomy.of_role("leg"):
        shift = across(0.04 * size * swing, 0.03 * size * dip, stage.frames)
        return replace(moves, shift=shift, pitch=0.05 * amount * swing)
    if stage.anatomy.of_role("stem"):
        return moves
    up = across(0, -0.02 * size * (1 - dip), stage.frames)
    return replace(moves, tilt=0.12 * amount * swing, carry=up)


def _against(stage: Stage, sides: int, amount: float) -> Floats:
    """(T, K) what hangs on a dancing body: limbs in turn, the head against it."""
    turn = np.zeros((stage.frames, len(stage.points)))
    far = 0.2 if stage.anatomy.kind in ("thing", "plant") else 0.4
    for number, limb in enumerate(stage.anatomy.of_role("arm", "wing", "tail", "leaf", "ear")):
        most = amount * far * (0.3 if limb.role == "ear" else 1.0)
        for depth, point in enumerate(stage.bones(limb)):
            lag = 0.5 * (number % 2) + 0.1 * depth
            turn[:, point] += most / (1 + 0.5 * depth) * wave(stage, sides, lag)
    for limb in stage.anatomy.of_role("head"):
        turn[:, limb.points[1]] -= 0.16 * amount * wave(stage, sides)
    for limb in stage.anatomy.of_role("stem"):
        turn += _bent(stage, limb, sides, 0.6 * amount)
    return turn


def rock(stage: Stage, action: Action) -> Moves:
    """Tips from one side to the other on what it stands on."""
    tilt = 0.16 * action.amount * wave(stage, stage.cycles(0.75 * action.speed))
    lag = 0.3 * tilt
    turn = np.zeros((stage.frames, len(stage.points)))
    for limb in stage.anatomy.of_role("head", "stem", "leaf"):
        turn[:, limb.points[1]] -= lag
    return replace(still(stage), tilt=tilt, turn=turn)


def settle(stage: Stage, action: Action) -> Moves:
    """Goes down on its legs, stays, comes up; four legs sit down on the hind ones."""
    down = eased(keyed(beat(stage, stage.cycles(0.5 * action.speed)), (0, 0), (0.4, 1), (0.7, 1)))
    down = action.amount * down
    legs = stage.anatomy.of_role("leg")
    if not legs:
        return replace(still(stage), stretch=-0.2 * down)
    if stage.anatomy.forward[0] and len({limb.order for limb in legs}) == 2:
        shift = across(0, 0.07 * stage.size * down, stage.frames)
        return replace(still(stage), shift=shift, pitch=-0.32 * stage.facing * down)
    shift = across(0, 0.12 * stage.size * down, stage.frames)
    return replace(still(stage), shift=shift, stretch=-0.05 * down)
