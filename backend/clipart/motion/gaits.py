# SPDX-License-Identifier: Apache-2.0
"""Ways of getting on, in place: walking, running, swimming, flying, driving, rolling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .actions import Action
from .anatomy import Limb
from .legs import length
from .moves import Moves, across, beat, eased, flight, keyed, skewed, still, wave
from .stage import Floats, Stage

STANCE = {"walk": 0.62, "run": 0.38, "crawl": 0.68}
STRIDE = {"walk": 0.62, "run": 0.85, "crawl": 0.45}
"""What share of a cycle a foot stands, and how far it goes in it, in lengths of its leg."""
RATE = {"walk": 1.0, "run": 1.8, "crawl": 1.0}
RISE = {"walk": 0.05, "run": 0.12, "crawl": 0.02}
DEEPEST = 0.12
"""Of the leg's length: how far a body rises and falls, and comes down to reach its steps."""


def walk(stage: Stage, action: Action) -> Moves:
    """Feet slide back while they stand, as on a belt, and swing forward lifted."""
    return (
        _steps(stage, action, "walk")
        if stage.anatomy.of_role("leg")
        else _without_legs(stage, action)
    )


def run(stage: Stage, action: Action) -> Moves:
    """Longer, quicker steps with a flight; four legs gallop, and the back bends with them."""
    return (
        _steps(stage, action, "run")
        if stage.anatomy.of_role("leg")
        else _without_legs(stage, replace(action, speed=1.5 * action.speed))
    )


def crawl(stage: Stage, action: Action) -> Moves:
    """Low steps; what has no legs slithers."""
    return (
        _steps(stage, action, "crawl") if stage.anatomy.of_role("leg") else slither(stage, action)
    )


def _without_legs(stage: Stage, action: Action) -> Moves:
    """It waddles: tilts from side to side with a small hop on each."""
    moves = still(stage)
    cycles = stage.cycles(action.speed)
    up = np.abs(wave(stage, cycles))
    tilt = 0.13 * action.amount * wave(stage, cycles)
    stretch = 0.05 * action.amount * (up - 0.5)
    carry = across(0, -0.035 * stage.size * action.amount * up, stage.frames)
    return replace(moves, tilt=tilt, stretch=stretch, carry=carry)


def _steps(stage: Stage, action: Action, gait: str) -> Moves:
    cycles = stage.cycles(RATE[gait] * action.speed)
    amount = float(np.clip(action.amount, 0.4, 1.5))
    feet = np.zeros((stage.frames, len(stage.legs), 2))
    down = 0.0
    tallest = 0.0
    for number, limb in enumerate(stage.legs):
        rest, most = length(stage, limb)
        stride = STRIDE[gait] * amount * rest * abs(stage.anatomy.forward[0])
        lift = (0.16 if gait != "run" else 0.26) * rest * (1.0 if stride else 1.4)
        feet[:, number] = _foot(
            beat(stage, cycles, -_turn(stage, limb, gait)), STANCE[gait], stride, lift
        )
        feet[:, number, 0] *= stage.facing
        needed = np.sqrt(max(most**2 - (0.5 * stride) ** 2, 0.0))
        down = max(down, min(rest - needed, DEEPEST * rest))
        tallest = max(tallest, rest)
    return replace(_body(stage, gait, cycles, amount * tallest, max(down, 0.0)), feet=feet)


def _foot(progress: Floats, stance: float, stride: float, lift: float) -> Floats:
    """(T, 2) of a foot that faces right: back at constant speed, then forward in the air."""
    swung = np.clip((progress - stance) / (1 - stance), 0, 1)
    x = np.where(progress < stance, 0.5 - progress / stance, eased(swung) - 0.5)
    y = np.where(progress < stance, 0.0, -np.sin(np.pi * swung**0.8))
    return np.stack([stride * x, lift * y], axis=-1)


def _turn(stage: Stage, limb: Limb, gait: str) -> float:
    """When in the cycle a leg takes its step: 0 to 1."""
    is_right = limb.side == "right"
    orders = {leg.order for leg in stage.legs}
    if stage.anatomy.kind == "insect" or len(orders) > 2:
        return 0.5 * ((limb.order + is_right) % 2)
    is_front = len(orders) == 2 and limb.order == min(orders)
    if len(orders) < 2:
        return 0.5 * is_right
    if gait == "run":
        return (0.5 if is_front else 0.0) + 0.12 * is_right
    return (0.25 if is_front else 0.0) + 0.5 * is_right


def _body(stage: Stage, gait: str, cycles: int, leg: float, down: float) -> Moves:
    """How the body rises, falls and pitches, and what it carries against it."""
    is_gallop = gait == "run" and len({limb.order for limb in stage.legs}) == 2
    often = min(cycles if is_gallop else 2 * cycles, stage.frames // 3)
    lag = 0.30 if is_gallop else 0.12
    shift = across(0, down - RISE[gait] * leg * wave(stage, often, lag), stage.frames)
    turn = _carried(stage, cycles)
    if is_gallop:
        pitch = 0.11 * stage.facing * wave(stage, cycles, 0.05)
        for limb in stage.anatomy.of_role("body"):
            for point in stage.bones(limb)[1:][-1:]:
                turn[:, point] -= 0.12 * stage.facing * wave(stage, cycles, 0.3)
    elif stage.anatomy.forward[0]:
        lean = 0.10 * stage.facing if gait == "run" else 0.0
        pitch = lean + 0.02 * wave(stage, often, 0.3)
    else:
        shift[:, 0] += 0.12 * leg * wave(stage, cycles, 0.05)
        pitch = 0.05 * wave(stage, cycles, 0.05)
    for limb in stage.anatomy.of_role("head"):
        nod = 0.07 * stage.facing * wave(stage, often, lag + 0.15)
        turn[:, limb.points[1]] += nod - 0.6 * pitch
    return replace(still(stage), shift=shift, pitch=pitch, turn=turn)


def _carried(stage: Stage, cycles: int) -> Floats:
    """(T, K) arms that swing in turn, and a tail."""
    turn = np.zeros((stage.frames, len(stage.points)))
    far = 0.15 if stage.anatomy.kind == "insect" else 0.35
    for number, limb in enumerate(stage.anatomy.of_role("arm")):
        lag = 0.5 * (limb.side == "right" if limb.side else number % 2)
        for depth, point in enumerate(stage.bones(limb)):
            turn[:, point] += far / (1 + depth) * wave(stage, cycles, lag + 0.08 * depth)
    for limb in stage.anatomy.of_role("tail"):
        for depth, point in enumerate(stage.bones(limb)):
            turn[:, point] += 0.10 * wave(stage, cycles, 0.15 * depth)
    return turn


def swim(stage: Stage, action: Action) -> Moves:
    """A wave runs from the head to the tail and grows on the way; fins paddle."""
    if stage.anatomy.kind not in ("fish", "snake"):
        return _paddle(stage, action)
    cycles = stage.cycles(1.5 * action.speed)
    turn = undulation(stage, cycles, (0.08, 0.42), 0.75, action.amount)
    for limb in stage.anatomy.of_role("fin"):
        if not _is_at_the_end(stage, limb):
            for depth, point in enumerate(stage.bones(limb)):
                turn[:, point] += 0.22 * action.amount * wave(stage, cycles, 0.3 + 0.15 * depth)
    bob = 0.018 * stage.size * action.amount
    often = stage.cycles(0.5 * action.speed)
    surge = 0.02 * stage.size * action.amount * wave(stage, 2 * often, 0.1)
    forward = np.array(stage.anatomy.forward)
    carry = across(0, bob * wave(stage, often), stage.frames) + surge[:, None] * forward
    pitch = 0.05 * action.amount * wave(stage, often, 0.25)
    return replace(still(stage), turn=turn, carry=carry, pitch=pitch, is_standing=False)


def _paddle(stage: Stage, action: Action) -> Moves:
    """What is no fish floats and paddles with whatever limbs it has."""
    cycles = stage.cycles(1.2 * action.speed)
    turn = np.zeros((stage.frames, len(stage.points)))
    for number, limb in enumerate(stage.anatomy.of_role("leg", "arm", "fin", "wing", "tail")):
        is_mirrored = bool(limb.side) and not stage.anatomy.forward[0]
        lag = 0.0 if is_mirrored else 0.5 * (number % 2) if limb.role != "tail" else 0.25
        most = 0.4 * action.amount * stage.mirror(limb)
        for depth, point in enumerate(stage.bones(limb)):
            turn[:, point] += most * wave(stage, cycles, lag + 0.13 * depth)
    carry = across(0, 0.03 * stage.size * wave(stage, stage.cycles(0.5)), stage.frames)
    return replace(still(stage), turn=turn, carry=carry, is_standing=False)


def slither(stage: Stage, action: Action) -> Moves:
    """More than one wave on the body at once, as snakes and worms do."""
    cycles = stage.cycles(1.0 * action.speed)
    turn = undulation(stage, cycles, (0.32, 0.55), 1.3, action.amount)
    return replace(still(stage), turn=turn, is_standing=False)


def undulation(
    stage: Stage, cycles: int, swings: tuple[float, float], waves: float, amount: float
) -> Floats:
    """(T, K) turns of a wave that runs from the head to the tail: radians at head and at tail."""
    back = _way_back(stage)
    turn = np.zeros((stage.frames, len(stage.points)))
    whole = np.zeros_like(turn)
    for point in stage.order:
        parent = stage.parents[point]
        place = back[point] if parent < 0 else (back[point] + back[parent]) / 2
        size = swings[0] + (swings[1] - swings[0]) * place**1.5
        whole[:, point] = amount * size * wave(stage, cycles, waves * place)
        turn[:, point] = whole[:, point] - (whole[:, parent] if parent >= 0 else 0.0)
    return turn


def _way_back(stage: Stage) -> Floats:
    """(K,) how far each point is from the front: 0 at the head, 1 at the end of the tail."""
    forward = np.array(stage.anatomy.forward)
    spines = stage.anatomy.of_role("body", "tail", "stem")
    if not forward.any() and spines:
        spine = max(spines, key=lambda limb: len(limb.points)).points
        forward = stage.points[spine[-1]] - stage.points[spine[0]]
    along = -(stage.points @ forward)
    share: Floats = (along - along.min()) / (np.ptp(along) or 1.0)
    return share


def _is_at_the_end(stage: Stage, limb: Limb) -> bool:
    return bool(_way_back(stage)[limb.points[-1]] > 0.8)


def fly(stage: Stage, action: Action) -> Moves:
    """Wings beat, down harder than up; the body rises on the way down."""
    wings = stage.anatomy.of_role("wing")
    cycles = stage.cycles((2.0 if wings else 0.5) * action.speed)
    moves = flap(stage, action)
    glide = stage.cycles(0.5)
    drift = 0.02 * stage.size * wave(stage, glide, 0.3)
    heave = (0.035 if wings else 0.05) * stage.size * wave(stage, cycles, 0.55)
    carry = across(drift, -heave - 0.04 * stage.size, stage.frames)
    pitch = 0.05 * wave(stage, glide)
    return replace(moves, carry=carry, pitch=pitch, is_standing=False)


def rise(stage: Stage, action: Action) -> Moves:
    """Gathers itself, goes up, hangs there trembling and comes down softly, limbs trailing."""
    progress = beat(stage, stage.cycles(0.5 * action.speed))
    height = keyed(progress, (0, 0), (0.14, -0.04), (0.46, 1), (0.66, 0.94), (0.95, 0))
    pull = keyed(progress, (0, 0), (0.14, 0.5), (0.28, -1), (0.46, 0.1), (0.66, 0), (0.82, 0.4))
    far = 0.3 * stage.size * action.amount
    tremble = 0.006 * stage.size * wave(stage, stage.frames // 4) * np.maximum(height, 0)
    moves = flap(stage, action) if stage.anatomy.of_role("wing") else still(stage)
    turn = moves.turn.copy()
    tails = stage.anatomy.of_role("tail", "leaf", "fin", "arm", "leg")
    for number, limb in enumerate(tails):
        for depth, point in enumerate(stage.bones(limb)):
            lag = 0.15 * depth + (0.0 if limb.side else 0.5 * (number % 2))
            flicker = stage.mirror(limb) * wave(stage, stage.cycles(2.5), lag)
            turn[:, point] += 0.08 * flicker * np.maximum(height, 0)
    has_limbs = bool(stage.anatomy.of_role("wing", "leg"))
    stretch = still(stage).stretch if has_limbs else -0.07 * action.amount * pull
    carry = across(tremble, -far * height, stage.frames)
    return replace(moves, carry=carry, turn=turn, stretch=stretch, is_standing=False)


def flap(stage: Stage, action: Action) -> Moves:
    """Wings, or the parts named, beat together; outer bones trail and fold on the way up."""
    parts = action.parts or ("wing",)
    limbs = stage.anatomy.of_role(*parts) or stage.anatomy.of_role("arm", "fin", "ear", "leaf")
    cycles = stage.cycles(2.0 * action.speed)
    turn = np.zeros((stage.frames, len(stage.points)))
    for limb in limbs:
        up, hangs = _beats(stage, limb, limbs), _hangs(stage, limb)
        for depth, point in enumerate(stage.bones(limb)):
            stroke = skewed(beat(stage, cycles, 0.13 * depth), 0.55)
            swing = (0.62 if depth == 0 else 0.30) * (0.1 + np.sin(2 * np.pi * stroke))
            turn[:, point] += up * (action.amount * swing + (0.7 * hangs if depth == 0 else 0))
    bob = 0.02 * stage.size * action.amount * wave(stage, cycles, 0.1)
    return replace(still(stage), turn=turn, shift=across(0, bob, stage.frames))


def _beats(stage: Stage, limb: Limb, limbs: tuple[Limb, ...]) -> float:
    """The turn that raises a wing; of two seen from above, one beats against the other."""
    ways = [stage.points[one.points[-1]] - stage.points[one.points[0]] for one in limbs]
    is_steep = all(abs(way[1]) > abs(way[0]) for way in ways)
    downs = {bool(way[1] > 0) for way in ways}
    if not (is_steep and len(downs) == 2 and stage.anatomy.forward[0]):
        return stage.up_turn(limb.points[1])
    is_down = stage.points[limb.points[-1], 1] > stage.points[limb.points[0], 1]
    return -stage.facing if is_down else stage.facing


def _hangs(stage: Stage, limb: Limb) -> float:
    """Radians that a limb hangs below the level, 0.8 at most: it beats about a place above that."""
    way = stage.points[limb.points[-1]] - stage.points[limb.points[0]]
    return float(np.clip(np.arctan2(way[1], abs(way[0])), 0.0, 0.8))


def drive(stage: Stage, action: Action) -> Moves:
    """The body rocks and bounces on its springs; wheels tread over small bumps."""
    cycles = stage.cycles(1.5 * action.speed)
    bounce = np.abs(wave(stage, cycles)) - 0.6
    shift = across(0, -0.04 * stage.size * action.amount * bounce, stage.frames)
    pitch = 0.035 * action.amount * wave(stage, cycles, 0.1)
    feet = np.zeros((stage.frames, len(stage.legs), 2))
    for number, limb in enumerate(stage.legs):
        lag = (stage.points[limb.points[-1], 0] - stage.base[0]) / stage.size * stage.facing
        bump = keyed(beat(stage, cycles, -lag), (0, 0), (0.2, 1), (0.45, 0))
        feet[:, number, 1] = -0.02 * stage.size * action.amount * bump
    moves = replace(still(stage), shift=shift, pitch=pitch, feet=feet)
    if stage.anatomy.of_role("wheel"):
        return moves
    stretch = 0.07 * action.amount * bounce
    up = across(0, -0.03 * stage.size * action.amount * (bounce + 0.6), stage.frames)
    return replace(moves, shift=still(stage).shift, carry=up, stretch=stretch, tilt=pitch)


def roll(stage: Stage, action: Action) -> Moves:
    """Round and round, with a bump where it is not round."""
    rounds = stage.cycles(0.5 * action.speed)
    spin = 2 * np.pi * rounds * stage.phase * stage.facing
    bump = -0.02 * stage.size * flight(beat(stage, 2 * rounds), 0.0, 1.0)
    return replace(still(stage), spin=spin, carry=across(0, bump, stage.frames))
