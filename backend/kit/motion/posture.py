# SPDX-License-Identifier: Apache-2.0
"""Postures in words an animator uses (bend, look, where a hand is), solved for one body's joints.

All angles are degrees. Directions are out (to the limb's own side), front, up. Hands are placed in
arm lengths, feet and pelvis in leg lengths, so that one posture suits a child and a giant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....shared import posing, rotations
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX
from . import clips, feet
from .feet import HIPS, KNEES
from .figure import Figure, slim_hull
from .performance import ANKLES, BALLS

# Every channel of a posture and its value in a person who just stands. `left_` or `right_` goes
# before the last two groups.
BODY_CHANNELS: dict[str, tuple[float, ...]] = {
    "sink": (0.0,),  # pelvis below standing straight, leg lengths
    "rest": (0.0,),  # 1: let down until some part of the body touches the floor
    "shift": (0.0, 0.0),  # pelvis to the left and forward, leg lengths
    "pelvis": (0.0, 0.0, 0.0),  # leans forward, leans left, turns left
    "spine": (0.0, 0.0, 0.0),  # bends forward, bends left, twists left
    "head": (0.0, 0.0, 0.0),  # nods down, tilts left, turns left; shared with the neck
}
ARM_CHANNELS: dict[str, tuple[float, ...]] = {
    "hand": (0.14, 0.1, -0.95),  # the wrist from its shoulder: out, front, up, in chest axes
    "hand_from": (0.0, 0.0),  # how much that is from the middle of the chest, from the head
    "elbow": (0.5, -0.8, -0.2),  # where the elbow points
    "palm": (-0.95, -0.1, 0.0),  # where the palm faces
    "wrist": (0.0, 0.0),  # bends towards the palm, towards the thumb
    "shrug": (0.0,),  # collar up
}
LEG_CHANNELS: dict[str, tuple[float, ...]] = {
    "foot": (0.0, 0.0, 0.0),  # the ball of the foot from where it stands: out, front, up
    "heel": (0.0,),  # heel up; negative lifts the toes
    "toes_out": (7.0,),  # the foot turned outwards
    "knee_out": (4.0,),  # the knee turned outwards
    "free": (0.0,),  # 1: the leg follows thigh and shin, not the foot
    "thigh": (0.0, 0.0, 0.0, 0.0),  # forward, out, then turned out; rolled out about itself
    "shin": (0.0,),  # the knee's bend
    "ankle": (0.0,),  # points the toes
}
SIDES = ("left", "right")
CHANNELS: dict[str, tuple[float, ...]] = BODY_CHANNELS | {
    f"{side}_{name}": value
    for side in SIDES
    for name, value in (ARM_CHANNELS | LEG_CHANNELS).items()
}
X, Y, Z = np.eye(3)
# Over the three joints of the spine, and over neck and head.
SPINE_SHARES = (("spine1", 0.3), ("spine2", 0.35), ("spine3", 0.35))
HEAD_SHARES = (("neck", 0.4), ("head", 0.6))
FOREARM_ROLL = 0.55
"""Share of the hand's roll that the forearm makes."""

Channels = dict[str, Floats]


@dataclass(frozen=True)
class Body:
    """What a posture needs to know of a body: its joints and its soles."""

    offsets: Floats
    soles: feet.Soles
    figure: Figure | None = None
    """Its thickness, where it was measured: hands keep clear of it, and it lies on the floor."""

    @property
    def flank(self) -> float | None:
        return None if self.figure is None else self.figure.flank

    @property
    def hull(self) -> Floats:
        return slim_hull(self.leg) if self.figure is None else self.figure.hull

    @property
    def leg(self) -> float:
        return clips.leg_length(self.offsets)


def solve(channels: Channels, body: Body) -> tuple[Floats, Floats]:
    """Local rotations (T, 22, 4) and pelvis path (T, 3) in metres of channels (T, n)."""
    count = len(channels["sink"])
    world = np.tile([1.0, 0.0, 0.0, 0.0], (count, 22, 1))
    world[:, 0] = _tilted(channels["pelvis"])
    shift = channels["shift"] * body.leg
    standing = clips.standing_height(body.offsets, body.soles.ankle_height)
    height = standing - channels["sink"][:, 0] * body.leg
    root = np.stack([shift[:, 0], -shift[:, 1], height], axis=-1)
    _solve_spine(world, channels)
    places = _trunk_places(world, root, body.offsets)
    for side in range(2):
        _solve_arm(world, places, channels, body, side)
        _solve_leg(world, root, channels, body, side)
    return posing.local_rotations(world), root


def _turn(axis: Floats, degrees: Floats) -> Floats:
    return rotations.from_axis_angle(axis, np.radians(degrees))


def _tilted(angles: Floats, share: float = 1.0) -> Floats:
    """(T, 4) of forward, left and turn angles (T, 3): turned last."""
    lean = _turn(X, angles[:, 0] * share)
    aside = _turn(Y, angles[:, 1] * share)
    turn = _turn(Z, angles[:, 2] * share)
    return rotations.multiply(turn, rotations.multiply(aside, lean))


def _solve_spine(world: Floats, channels: Channels) -> None:
    parent = world[:, 0]
    for name, share in SPINE_SHARES:
        parent = rotations.multiply(parent, _tilted(channels["spine"], share))
        world[:, INDEX[name]] = parent
    for name, share in HEAD_SHARES:
        parent = rotations.multiply(parent, _tilted(channels["head"], share))
        world[:, INDEX[name]] = parent


def _trunk_places(world: Floats, root: Floats, offsets: Floats) -> dict[str, Floats]:
    places = {"pelvis": root}
    chain = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
    for above, below in zip(chain[1:], chain, strict=False):
        reach = rotations.rotate(world[:, INDEX[below]], offsets[INDEX[above]])
        places[above] = places[below] + reach
    return places


def _solve_arm(
    world: Floats, places: dict[str, Floats], channels: Channels, body: Body, side: int
) -> None:
    name, sign = SIDES[side], 1.0 - 2.0 * side
    own = {key: channels[f"{name}_{key}"] for key in ARM_CHANNELS}
    joints = [INDEX[f"{name}_{part}"] for part in ("collar", "shoulder", "elbow", "wrist")]
    collar, shoulder, elbow, wrist = joints
    chest = world[:, INDEX["spine3"]]
    lengths = np.linalg.norm(body.offsets[[elbow, wrist]], axis=-1)
    # A raised arm takes its collar along.
    raised = np.clip((own["hand"][:, 2] + 0.25) / 1.2, 0, 1) * (1 - own["hand_from"][:, 1])
    lift = own["shrug"][:, 0] + 24 * raised * raised
    world[:, collar] = rotations.multiply(chest, _turn(-sign * Y, lift))
    neck_base = places["spine3"] + rotations.rotate(chest, body.offsets[collar])
    joint = neck_base + rotations.rotate(world[:, collar], body.offsets[shoulder])
    origin = _hand_origin(joint, places, own["hand_from"], chest, body, sign)
    reach = _clear(own["hand"], body, lengths.sum()) * lengths.sum()
    target = origin + rotations.rotate(chest, _chest_axes(reach, sign))
    pole = rotations.rotate(chest, _chest_axes(own["elbow"], sign))
    upper, fore = feet.bend_limb(joint, target, pole, lengths)
    outer = -_aside(fore, upper, -pole)
    world[:, shoulder] = _limb_turn(upper, outer, sign)
    lower = _limb_turn(fore, -_aside(-upper, fore, -pole), sign)
    palm = rotations.rotate(chest, _chest_axes(own["palm"], sign))
    roll = _roll(lower, fore, palm)
    world[:, elbow] = rotations.multiply(_about(fore, FOREARM_ROLL * roll), lower)
    hand = rotations.multiply(_about(fore, roll), lower)
    flex = rotations.multiply(
        _turn(sign * Y, own["wrist"][:, 0]), _turn(-sign * Z, own["wrist"][:, 1])
    )
    world[:, wrist] = rotations.multiply(hand, flex)


def _hand_origin(
    joint: Floats,
    places: dict[str, Floats],
    hand_from: Floats,
    chest: Floats,
    body: Body,
    sign: float,
) -> Floats:
    """What a hand's place is measured from: its shoulder, the middle between both, the head."""
    across = body.offsets[INDEX["left_collar"], 0] + body.offsets[INDEX["left_shoulder"], 0]
    middle = joint - rotations.rotate(chest, np.array([sign * across, 0.0, 0.0]))
    centre, head = hand_from[:, :1], hand_from[:, 1:]
    return joint * (1 - centre - head) + middle * centre + places["head"] * head


def _clear(hand: Floats, body: Body, arm: float) -> Floats:
    """Hands that hang keep outside a wide trunk."""
    if body.flank is None:
        return hand
    shoulder = body.offsets[INDEX["left_collar"], 0] + body.offsets[INDEX["left_shoulder"], 0]
    least = (body.flank - shoulder) / arm + 0.12
    hanging = np.clip((-hand[:, 2] - 0.55) / 0.3, 0, 1) * np.clip((0.5 - hand[:, 1]) / 0.2, 0, 1)
    wide = hand.copy()
    wide[:, 0] += hanging * np.maximum(0.0, least - hand[:, 0])
    return wide


def _chest_axes(vectors: Floats, sign: float) -> Floats:
    """Out, front, up to x, y, z."""
    values: Floats = vectors * np.array([sign, -1.0, 1.0])
    return values


def _aside(vector: Floats, along: Floats, otherwise: Floats) -> Floats:
    """The unit part of `vector` at right angles to `along`, or of `otherwise` where that is nil."""
    along = along / np.linalg.norm(along, axis=-1, keepdims=True)
    part = vector - (vector * along).sum(-1, keepdims=True) * along
    spare = otherwise - (otherwise * along).sum(-1, keepdims=True) * along
    part = part + 1e-3 * spare
    values: Floats = part / np.maximum(np.linalg.norm(part, axis=-1, keepdims=True), 1e-9)
    return values


def _limb_turn(along: Floats, outer: Floats, sign: float) -> Floats:
    """The turn that lays a T-posed arm bone (along +-X, elbow's outside to +Y) along and outer."""
    x = along * sign
    matrix = np.stack([x, outer, np.cross(x, outer)], axis=-1)
    return rotations.from_matrix(matrix)


def _roll(turn: Floats, along: Floats, palm: Floats) -> Floats:
    """(T,) radians around `along` that bring the palm (T-posed: down) to where it should face."""
    now = rotations.rotate(turn, -Z)
    part = palm - (palm * along).sum(-1, keepdims=True) * along
    # A palm that should face along its own arm leaves the roll as it is.
    wanted = part + 0.2 * now
    wanted /= np.maximum(np.linalg.norm(wanted, axis=-1, keepdims=True), 1e-9)
    sine = (np.cross(now, wanted) * along).sum(-1)
    values: Floats = np.arctan2(sine, (now * wanted).sum(-1))
    return values


def _about(axis: Floats, radians: Floats) -> Floats:
    return rotations.from_axis_angle(axis, radians)


def _solve_leg(world: Floats, root: Floats, channels: Channels, body: Body, side: int) -> None:
    name, sign = SIDES[side], 1.0 - 2.0 * side
    own = {key: channels[f"{name}_{key}"] for key in LEG_CHANNELS}
    hip = root + rotations.rotate(world[:, 0], body.offsets[HIPS[side]])
    stand = _standing_leg(hip, own, body, side)
    thigh = own["thigh"] * [-1.0, -sign, sign, sign]
    rolled = rotations.multiply(_tilted(thigh[:, :3]), _turn(Z, thigh[:, 3]))
    free = [rotations.multiply(world[:, 0], rolled)]
    free.append(rotations.multiply(free[0], _turn(X, own["shin"][:, 0])))
    free.append(rotations.multiply(free[1], _turn(X, own["ankle"][:, 0])))
    free.append(free[2])
    share = own["free"][:, 0]
    for joint, planted, hanging in zip(
        (HIPS[side], KNEES[side], ANKLES[side], BALLS[side]), stand, free, strict=True
    ):
        world[:, joint] = rotations.slerp(planted, hanging, share)


def _standing_leg(hip: Floats, own: Channels, body: Body, side: int) -> list[Floats]:
    """World turns of thigh, shin, foot and toes that put the foot where its channels say."""
    sign, soles = 1.0 - 2.0 * side, body.soles
    facing = _turn(Z, sign * own["toes_out"][:, 0])
    heel = own["heel"][:, 0]
    turn = rotations.multiply(facing, _turn(X, heel))
    # It turns about the ball when the heel goes up, about the heel when the toes go up.
    pivot = np.where(heel[:, None] >= 0, body.offsets[BALLS[side]], soles.heel[side])
    low = np.where(heel >= 0, soles.ball_height[side], 0.0)[:, None] * Z
    rest = body.offsets[HIPS[side]] + body.offsets[KNEES[side]] + body.offsets[ANKLES[side]]
    stance = rest * [1.12, 1.0, 0.0] + rotations.rotate(facing, pivot) * [1.0, 1.0, 0.0]
    at = stance + low + _chest_axes(own["foot"], sign) * body.leg
    ankle = at - rotations.rotate(turn, pivot)
    towards = rotations.rotate(_turn(Z, sign * (own["toes_out"] + own["knee_out"])[:, 0]), -Y)
    lengths = np.linalg.norm(body.offsets[[KNEES[side], ANKLES[side]]], axis=-1)
    bones = feet.bend_limb(hip, ankle, towards, lengths)
    line = _aside(towards, ankle - hip, -Y)
    hinge = np.cross(line, ankle - hip)
    hinge /= np.linalg.norm(hinge, axis=-1, keepdims=True)
    thigh, shin = (
        rotations.from_matrix(np.stack([hinge, np.cross(hinge, bone), -bone], axis=-1))
        for bone in bones
    )
    toes = rotations.slerp(turn, facing, np.where(heel > 0, 1.0, 0.0))
    return [thigh, shin, turn, toes]
