# SPDX-License-Identifier: Apache-2.0
"""Puts drawn people into the arrays of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..wardrobe.garments import GARMENTS
from . import hues
from .batch import VIEWS, People, Shots
from .families import Bodies
from .framing import shown, told, told_axes
from .heldout import held_garments, held_pairs
from .labels import AXES, Labels, Scene
from .outfits import Outfit
from .paints import UPPER, Colors
from .things import BALD, PLACE, PLACES, THING, THINGS

PARTS = 20
"""Columns of `People.parts`."""
_FIRST = ("skin", "iris", "beard", "hair")
_JITTER = 0.013
"""Standard deviation of what is added to sRGB, cut at twice that."""
STILL = ("face", "head", "hands", "feet")
"""Views that do not tell what is done."""


@dataclass(frozen=True, eq=False)
class World:
    """What scenes are drawn from.

    `rows` (T,) of `Wardrobe.names` by number of `THINGS`, -1 for what is not made; `actions` are
    the names of actions, `poses` the rows of the pose bank of each.
    """

    bodies: Bodies
    rows: NDArray[np.int16]
    actions: tuple[str, ...]
    poses: tuple[NDArray[np.int32], ...]
    training: bool
    made: frozenset[str] = field(default=frozenset())


@dataclass
class Drawn:
    """One picture before it is put into arrays; things, colors and patterns by place."""

    body: int
    thing: Outfit
    color: Colors
    pattern: dict[str, int]
    action: int
    pose: int
    view: str
    azimuth: float
    elevation: float
    shading: int
    group: int = -1


def arranged(random: np.random.Generator, world: World, drawn: Sequence[Drawn]) -> Scene:
    """The batch of these pictures."""
    bodies, rows = world.bodies, world.rows
    count, places = len(drawn), len(PLACES)
    thing = np.full((count, places), -1, dtype=np.int16)
    color = np.full((count, places, 2), -1, dtype=np.int32)
    pattern = np.zeros((count, places), dtype=np.int8)
    framed = np.zeros((count, places), dtype=bool)
    can_tell = np.zeros((count, places), dtype=bool)
    body = np.full((count, len(AXES)), np.nan, dtype=np.float32)
    for row, one in enumerate(drawn):
        for place, name in one.thing.items():
            column = PLACE[place]
            thing[row, column] = THING[name]
            color[row, column] = one.color[place]
            pattern[row, column] = one.pattern.get(place, 0)
        framed[row, [PLACE[place] for place in shown(one.view, one.azimuth)]] = True
        places_told = told(one.view, one.azimuth, one.thing)
        can_tell[row, [PLACE[place] for place in places_told]] = True
        age = float(bodies.body[one.body, 0])
        for axis in told_axes(one.view, one.azimuth, one.thing, age):
            body[row, AXES.index(axis)] = bodies.body[one.body, AXES.index(axis)]
    doubt(body, bodies.body[[one.body for one in drawn]])
    rgb = _painted(random, color, drawn)
    if world.training:
        _restore(rgb, color, thing)
    lab = np.where(color[..., None] >= 0, hues.to_lab(rgb), np.nan).astype(np.float32)
    people, part = _people(bodies, rows, drawn, thing, rgb, pattern)
    still = [one.view in STILL for one in drawn]
    labels = Labels(
        thing=thing,
        lab=lab,
        pattern=pattern,
        word=color,
        told=can_tell,
        framed=framed,
        part=part,
        colored=np.array([one.shading != 2 for one in drawn]),
        body=body,
        action=np.where(still, -1, [one.action for one in drawn]).astype(np.int16),
        actions=world.actions,
        measures=bodies.measures[[one.body for one in drawn]],
        group=np.array([one.group for one in drawn], dtype=np.int32),
    )
    return Scene(people, _shots(random, drawn), labels)


def doubt(body: NDArray[np.float32], true: NDArray[np.float32]) -> None:
    """Make unknown in `body` (N, 5) what a `true` body hides: fat does muscles, muscles weigh."""
    weight, muscle = AXES.index("weight"), AXES.index("muscle")
    body[true[:, weight] > 1.6, muscle] = np.nan
    body[(true[:, muscle] > 1.4) & (true[:, weight] > 0.4) & (true[:, weight] < 2.4), weight] = (
        np.nan
    )


def _painted(
    random: np.random.Generator, color: NDArray[np.int32], drawn: Sequence[Drawn]
) -> NDArray[np.float32]:
    """(B, S, 2, 3) sRGB, a little off what the words say; alike in a group."""
    off = np.clip(random.normal(0, _JITTER, (*color.shape, 3)), -2 * _JITTER, 2 * _JITTER)
    first: dict[int, int] = {}
    for row, one in enumerate(drawn):
        if one.group >= 0:
            off[row] = off[first.setdefault(one.group, row)]
    return np.asarray(np.clip(hues.color_words().rgb[color] + off, 0, 1), dtype=np.float32)


def _restore(rgb: NDArray[np.float32], color: NDArray[np.int32], thing: NDArray[np.int16]) -> None:
    """Take what was added off again where it makes a held-out combination of an allowed one."""
    near = hues.nearest_of_twelve(hues.to_lab(rgb[:, :, 0].reshape(-1, 3))).reshape(thing.shape)
    lower = PLACE["bottom"]
    bad = np.zeros(len(thing), dtype=bool)
    for slot in UPPER:
        worn = (thing[:, PLACE[slot]] >= 0) & (thing[:, lower] >= 0)
        bad |= worn & _held_pairs()[near[:, PLACE[slot]], near[:, lower]]
    bad |= (_held_things()[thing, near] & (thing >= 0)).any(axis=1)
    rgb[bad] = np.clip(hues.color_words().rgb[color[bad]], 0, 1)


def _held_pairs() -> NDArray[np.bool_]:
    return np.array([[(a, b) in held_pairs() for b in hues.TWELVE] for a in hues.TWELVE])


def _held_things() -> NDArray[np.bool_]:
    """(T, 12)"""
    held = np.zeros((len(THINGS), len(hues.TWELVE)), dtype=bool)
    for garment, color in held_garments():
        held[THING[garment], hues.TWELVE.index(color)] = True
    return held


def _people(
    bodies: Bodies, rows: NDArray[np.int16], drawn: Sequence[Drawn], thing: NDArray[np.int16],
    rgb: NDArray[np.float32], pattern: NDArray[np.int8],
) -> tuple[People, NDArray[np.int8]]:  # fmt: skip
    """The parts from the skin outwards, and the column of each place."""
    count = len(drawn)
    parts = np.full((count, PARTS), -1, dtype=np.int16)
    colors = np.zeros((count, PARTS, 2, 3), dtype=np.float32)
    patterns = np.zeros((count, PARTS), dtype=np.int8)
    part = np.full(thing.shape, -1, dtype=np.int8)
    for row, one in enumerate(drawn):
        inner = [place for place in _FIRST if place in one.thing and one.thing[place] != BALD]
        worn = [place for place in one.thing if place not in _FIRST]
        worn.sort(key=lambda place: GARMENTS[one.thing[place]].layer)
        for number, place in enumerate((*inner, *worn)[:PARTS]):
            column = PLACE[place]
            parts[row, number] = rows[thing[row, column]]
            colors[row, number] = rgb[row, column]
            patterns[row, number] = pattern[row, column]
            part[row, column] = number
    _finish(colors, drawn, part, rgb)
    shape = bodies.shape[[one.body for one in drawn]]
    pose = np.array([one.pose for one in drawn], dtype=np.int32)
    return People(shape, parts, colors, patterns, pose), part


def _finish(
    colors: NDArray[np.float32], drawn: Sequence[Drawn], part: NDArray[np.int8],
    rgb: NDArray[np.float32],
) -> None:  # fmt: skip
    """Brows darker than the hair; one color in both places where there is no second."""
    every = np.arange(len(drawn))
    for place in _FIRST[1:]:
        column = part[:, PLACE[place]]
        has = column >= 0
        colors[every[has], column[has], 1] = colors[every[has], column[has], 0]
    colors[every, part[:, PLACE["skin"]], 1] = 0.65 * rgb[:, PLACE["hair"], 0]


def _shots(random: np.random.Generator, drawn: Sequence[Drawn]) -> Shots:
    """The same shot for all of a group."""
    count = len(drawn)
    zoom = random.uniform(0.78, 1.12, count)
    shift = random.uniform(-0.06, 0.06, (count, 2))
    background = random.integers(4, size=count)
    seed = random.integers(2**40, size=count)
    first: dict[int, int] = {}
    for row, one in enumerate(drawn):
        if one.group >= 0:
            model = first.setdefault(one.group, row)
            for values in (zoom, shift, background, seed):
                values[row] = values[model]
    return Shots(
        view=np.array([VIEWS.index(one.view) for one in drawn], dtype=np.int8),
        azimuth=np.array([one.azimuth for one in drawn], dtype=np.float32),
        elevation=np.array([one.elevation for one in drawn], dtype=np.float32),
        zoom=zoom.astype(np.float32),
        shift=shift.astype(np.float32),
        shading=np.array([one.shading for one in drawn], dtype=np.int8),
        background=background.astype(np.int8),
        seed=seed.astype(np.int64),
    )
