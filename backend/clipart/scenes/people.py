# SPDX-License-Identifier: Apache-2.0
"""People in many cartoon styles: limbs by their depth, clothes over them, a head on top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clothes import Dress, cape, new_dress, skirt, torso
from .hair import back_hair
from .heads import head, new_head
from .parts import Creature, Part, Rgba, capsule, disc, oval, plain
from .poses import EDGES, HAND, POINTS, TOE, Build, Pose, new_build, new_pose
from .props import prop
from .sketch import Sketch, finished, new_sketch
from .skull import Head
from .style import BLACK, color, darker
from .trims import over_torso

_Item = tuple[float, str, int]
"""Depth, what, side."""


@dataclass(frozen=True)
class Person:
    """All that is decided before the first part is painted."""

    build: Build
    pose: Pose
    skin: Rgba
    dress: Dress
    head: Head


def person(rng: np.random.Generator) -> Creature:
    """Points are `poses.POINTS`, the first 13 of them `PERSON`."""
    pen = new_sketch(rng)
    build = new_build(rng)
    pen.looks = (build.kind,)
    pose = new_pose(build, rng)
    skin = _skin(pen, build)
    dress = new_dress(pen, build, skin)
    who = Person(build, pose, skin, dress, new_head(pen, build, skin))
    for name, joint in zip(POINTS, pose.joints, strict=True):
        pen.point(float(joint[0]), float(joint[1]), name=name)
    pen.edges += EDGES
    _limbs(pen)
    if pen.chance(0.12) and abs(pose.joints[12, 1] - pose.joints[:, 1].max()) < 25:
        _shadow(pen, pose)
    for _, what, side in sorted(_items(pen, who)):
        _paint(pen, who, what, side)
    yaw = pose.yaw
    forward = 0.0 if abs(np.sin(yaw)) < 0.5 else float(np.sign(np.sin(yaw)))
    return finished(pen, "person", "person", 15, forward)


def _limbs(pen: Sketch) -> None:
    pen.limb((15, 13), "body")
    pen.limb((13, 0, 14), "head")
    for side, name in ((0, "left"), (1, "right")):
        pen.limb((1 + side, 3 + side, 5 + side, HAND + side), "arm", name)  # type: ignore[arg-type]
        pen.limb((7 + side, 9 + side, 11 + side, TOE + side), "leg", name)  # type: ignore[arg-type]


def _skin(pen: Sketch, build: Build) -> Rgba:
    kind = pen.rng.random()
    if build.kind in ("stick", "pictogram") or kind < 0.06:
        return BLACK if kind < 0.5 else pen.tint()
    if build.kind == "robot" or kind < 0.16:
        return pen.tint()
    deep = pen.rng.random()
    return color(0.045 + 0.04 * pen.rng.random(), 0.2 + 0.45 * deep, 1.0 - 0.65 * deep**1.3)


def _items(pen: Sketch, who: Person) -> list[_Item]:
    """What is painted, the farthest first."""
    depth = who.pose.joints[:, 2] / 100
    is_back = np.cos(who.pose.yaw) < -0.3
    items: list[_Item] = [(0.0, "torso", 0), (0.02, "over torso", 0)]
    for side in (0, 1):
        arm = (depth[3 + side] + depth[5 + side]) / 2 - (depth[1] + depth[2]) / 2
        arm += 0.5 * (depth[1 + side] - depth[2 - side])
        arm += pen.rng.normal(0, 0.04) + (0.03 if not is_back else 0)
        items.append((0.6 + arm if arm > 0 else -0.6 + arm, "arm", side))
        leg = (depth[9 + side] + depth[11 + side]) / 2 - depth[15]
        items.append((0.03 if depth[9 + side] - depth[15] > 0.3 else -0.5 + 0.1 * leg, "leg", side))
    if who.dress.skirt > 0:
        items.append((-0.01 if pen.chance(0.5) else 0.04, "skirt", 0))
    items.append((0.5 if not is_back or pen.chance(0.5) else -0.05, "head", 0))
    if who.head.hair not in ("none", "short"):
        behind = -2.0 if np.cos(who.pose.yaw) > 0.25 else 0.55
        items.append((behind, "back hair", 0))
    if who.dress.cape is not None:
        items.append((-1.8 if not is_back else 0.3, "cape", 0))
    if who.dress.has_prop:
        arms = [item for item in items if item[1] == "arm" and item[2] == who.dress.hand]
        items.append((arms[0][0] - 0.001, "prop", who.dress.hand))
    return items


def _paint(pen: Sketch, who: Person, what: str, side: int) -> None:
    if what in ("arm", "leg"):
        (_arm if what == "arm" else _leg)(pen, who, side)
    elif what == "prop":
        prop(pen, HAND + side)
    elif what in _WORN:
        _WORN[what](pen, who.build, who.pose, who.dress)
    else:
        (head if what == "head" else back_hair)(pen, who.build, who.pose, who.head)


_WORN = {"torso": torso, "over torso": over_torso, "skirt": skirt, "cape": cape}


def _arm(pen: Sketch, who: Person, side: int) -> None:
    build, dress = who.build, who.dress
    shoulder, elbow, wrist, hand = 1 + side, 3 + side, 5 + side, HAND + side
    first, middle, last = build.arm_radii
    skin, sleeve = plain(_far(who, who.skin, side)), plain(_far(who, dress.top, side))
    wide = dress.sleeve_width
    glove = plain(_far(who, dress.glove or who.skin, side))
    size = max(last * dress.hand_size, 2.2)
    hands = [disc(hand, (0, 0), size, glove)]
    if pen.chance(0.5):
        hands = [oval((wrist, hand), (-0.3, 0), (1.5, 0), size, glove)]
    if build.kind == "stick":
        hands = hands if pen.chance(0.4) else []
    bare = [
        capsule((shoulder, elbow), (first, middle), skin),
        capsule((elbow, wrist), (middle, last), skin),
    ]
    cloth: list[Part] = []
    if dress.sleeve == "short":
        cloth = [capsule((shoulder, elbow), (first + 1, middle * wide + 1), sleeve, (0, 0),
                         (dress.sleeve_length, 0))]  # fmt: skip
    elif dress.sleeve == "long":
        cloth = [
            capsule((shoulder, elbow), (first + 0.6, middle * (1 + wide) / 2 + 0.6), sleeve),
            capsule((elbow, wrist), (middle * (1 + wide) / 2 + 0.6, last * wide + 0.6), sleeve,
                    (0, 0), (dress.sleeve_length * 0.3 + 0.7, 0)),
        ]  # fmt: skip
    if dress.sleeve == "long":
        pen.paint(*hands)
        pen.paint(*cloth)
    elif dress.is_one_piece:
        pen.paint(*bare, *hands, *cloth)
    else:
        pen.paint(*bare, *hands)
        pen.paint(*cloth)


def _leg(pen: Sketch, who: Person, side: int) -> None:
    build, dress = who.build, who.dress
    hip, knee, ankle, toe = 7 + side, 9 + side, 11 + side, TOE + side
    first, middle, last = build.leg_radii
    skin, cloth = (plain(_far(who, dress.legs, side)), plain(_far(who, dress.bottom, side)))
    shoe = plain(_far(who, dress.shoe, side))
    wide = dress.flare
    foot: list[Part] = []
    if dress.shoe_size:
        size = max(last * dress.shoe_size, 2.5)
        foot = [capsule((ankle, toe), (size, size * 0.9), shoe)]
        if dress.boot:
            foot.append(
                capsule((knee, ankle), (last * 1.2, last * 1.15), shoe, (1 - dress.boot, 0))
            )
    bare = [
        capsule((hip, knee), (first, middle), skin),
        capsule((knee, ankle), (middle, last), skin),
    ]
    trousers: list[Part] = []
    if dress.trousers == "short":
        trousers = [capsule((hip, knee), (first + 1, (middle + 1.5) * wide), cloth, (0, 0),
                            (dress.trouser_length, 0))]  # fmt: skip
    elif dress.trousers == "long":
        trousers = [
            capsule((hip, knee), (first + 0.6, middle * (1 + wide) / 2 + 0.6), cloth),
            capsule((knee, ankle), (middle * (1 + wide) / 2 + 0.6, last * wide + 0.6), cloth,
                    (0, 0), (dress.trouser_length * 0.2 + 0.8, 0)),
        ]  # fmt: skip
    if dress.trousers == "long":
        pen.paint(*foot)
        pen.paint(*trousers)
    else:
        pen.paint(*bare)
        pen.paint(*trousers)
        pen.paint(*foot)


def _far(who: Person, base: Rgba, side: int) -> Rgba:
    """Limbs of the far side are a bit darker, as many clipart artists paint them."""
    depth = who.pose.joints[1 + side, 2] - who.pose.joints[2 - side, 2]
    return darker(base, who.dress.far_shade) if depth < -who.build.shoulder * 0.6 else base


def _shadow(pen: Sketch, pose: Pose) -> None:
    ground = float(pose.joints[:, 1].max()) - float(pose.joints[15, 1]) + 4
    half = pen.between(35, 70)
    shade = plain((0.0, 0.0, 0.0, pen.between(0.15, 0.4)))
    pen.parts.append(oval((15, 15), (-half, ground), (half, ground), pen.between(4, 9), shade))
