# SPDX-License-Identifier: Apache-2.0
"""Draws random people and how they are seen, with all that is true of each picture."""

from __future__ import annotations

import random as stdlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from . import paints
from .arrays import Drawn, World, arranged
from .families import MEMBERS, VARIED, Basis, make_bodies
from .labels import Scene
from .outfits import Outfit, Random, close_fitting, outfit
from .things import BALD, BEARDS, HAIR, THINGS

GROUP_SHARE = 0.25
"""Of a batch, the share of pictures in groups that differ in the body alone."""


def make_world(
    basis: Basis, names: Sequence[str], poses: Sequence[str], *, training: bool = True,
    families: int = 4000,
) -> World:  # fmt: skip
    """From the parts' names of the wardrobe and the action of each row of the pose bank."""
    rows = {name: row for row, name in enumerate(names)}
    actions = tuple(sorted(set(poses)))
    by_action = np.array([actions.index(name) for name in poses])
    return World(
        bodies=make_bodies(basis, families, training=training),
        rows=np.array([rows.get(name, -1) for name in THINGS], dtype=np.int16),
        actions=actions,
        poses=tuple(
            np.flatnonzero(by_action == number).astype(np.int32) for number in range(len(actions))
        ),
        training=training,
        made=frozenset(names),
    )


def sample(random: np.random.Generator, world: World, count: int) -> Scene:
    """`count` pictures; the same generator state gives the same ones."""
    dice = stdlib.Random(int(random.integers(2**62)))
    groups = round(GROUP_SHARE * count / MEMBERS) if count >= 2 * MEMBERS else 0
    drawn = [one for number in range(groups) for one in group(dice, world, number)]
    drawn += [single(dice, world) for _ in range(count - len(drawn))]
    return arranged(random, world, drawn)


def single(dice: Random, world: World) -> Drawn:
    """One picture."""
    bodies = world.bodies
    body = min(int(np.searchsorted(bodies.shares, dice.random())), len(bodies.shares) - 1)
    age, female = bodies.body[body, :2].tolist()
    worn = outfit(dice, world.made, female > 0.5, age)
    view = dice.choices(_VIEWS, _VIEW_SHARES)[0]
    if view == "hands" and not {"hands", "right hand", "left hand"} & set(worn):
        view = "body"
    if view == "feet" and "feet" not in worn:
        view = "body"
    return dressed(dice, world, body, worn, view)


_VIEWS = ("body", "metric", "face", "back", "head", "hands", "feet")
_VIEW_SHARES = (0.44, 0.1, 0.09, 0.1, 0.11, 0.11, 0.05)


def group(dice: Random, world: World, number: int) -> list[Drawn]:
    """Pictures that differ in the body alone."""
    bodies = world.bodies
    kinds = [kind for kind in VARIED if len(bodies.families[kind])]
    kind = dice.choice(kinds)
    first = int(dice.choice(bodies.families[kind]))
    female = bool(bodies.body[first, 1] > 0.5) or kind in ("female", "all")
    worn = outfit(dice, world.made, female, 20.0)
    if kind in ("muscle", "weight") or dice.random() < 0.4:
        worn = close_fitting(dice, world.made, female)
    view = "metric" if kind == "height" else dice.choice(("body", "body", "metric", "back"))
    one = dressed(dice, world, first, worn, view)
    one.thing.pop("beard", None)
    one.shading = 2 if dice.random() < 0.35 else dice.randrange(2)
    one.group = number
    return [replace(one, body=first + member) for member in range(MEMBERS)]


def dressed(dice: Random, world: World, body: int, worn: Outfit, view: str) -> Drawn:
    """Someone in these clothes with hair, in a pose and a view."""
    age, female = world.bodies.body[body, :2].tolist()
    thing = {slot: name for slot, name in worn.items() if name in world.made}
    color, pattern = paints.clothes(dice, thing, world.training)
    grown = {"skin": "skin", "iris": "eyes", **_grown(dice, world, female > 0.5, age)}
    action = dice.randrange(len(world.actions))
    wide = 1.2 if view in ("body", "metric") else 0.8
    azimuth = {
        "back": lambda: np.pi + dice.uniform(-0.9, 0.9),
        "head": lambda: dice.uniform(-np.pi, np.pi) if dice.random() < 0.4 else dice.gauss(0, 0.6),
        "hands": lambda: dice.uniform(-np.pi, np.pi),
        "feet": lambda: dice.uniform(-np.pi, np.pi),
    }.get(view, lambda: dice.uniform(-wide, wide))()
    return Drawn(
        body=body,
        thing={**thing, **grown},
        color={**color, **paints.body(dice, age)},
        pattern=pattern,
        action=action,
        pose=int(dice.choice(world.poses[action])),
        view=view,
        azimuth=float(azimuth),
        elevation=dice.uniform(-0.1, 0.35),
        shading=dice.choices((0, 1, 2), (0.75, 0.2, 0.05))[0],
    )


def _grown(dice: Random, world: World, female: bool, age: float) -> Outfit:
    made = [style for style in HAIR if style in world.made]
    grown: Outfit = {}
    if age < 1.2 or dice.random() < 0.07:
        grown["hair"] = BALD
    elif made:
        grown["hair"] = dice.choice(made)
        if grown["hair"] in ("hair:tonsure", "hair:balding") and (female or age < 25):
            grown["hair"] = dice.choice(made[:20])
    beards = [style for style in BEARDS if style in world.made]
    if beards and not female and age > 18 and dice.random() < 0.5:
        grown["beard"] = dice.choice(beards)
    return grown
