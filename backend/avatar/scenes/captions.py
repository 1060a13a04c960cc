# SPDX-License-Identifier: Apache-2.0
"""Sentences on pictures, each with what it claims; some surely false; and phrases on one part."""

from __future__ import annotations

import random as stdlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from . import sayings
from .arrays import World
from .clauses import CLAUSES, Picture, Said
from .falsifier import Falsifier
from .labels import Labels, Scene
from .things import PLACE, PLACES
from .writer import Writer


@dataclass(frozen=True)
class Captions:
    """M texts and what they claim.

    `owner` (M,) is the picture that each was written for, of which a hard negative is false.
    `noun` and `pattern` (M, 4) and `color` (M, 4, 2) say what is worn: numbers of `things.nouns`,
    `labels.PATTERNS` and `hues.color_words`, -1 where unsaid; `ranges` (M, 5, 4) claim values of
    `labels.AXES` as `sayings.ANY`; `action` (M,) is -1 where unsaid.
    """

    texts: tuple[str, ...]
    owner: NDArray[np.int32]
    is_hard_negative: NDArray[np.bool_]
    noun: NDArray[np.int16]
    color: NDArray[np.int16]
    pattern: NDArray[np.int8]
    ranges: NDArray[np.float32]
    action: NDArray[np.int16]


@dataclass(frozen=True)
class Phrases:
    """Captions on one part alone; `place` (M,) of `things.PLACES` and `part` (M,), the column of
    `People.parts` that each covers in its owner's picture; -1 where it covers nothing there."""

    captions: Captions
    place: NDArray[np.int8]
    part: NDArray[np.int8]


def captions(
    random: np.random.Generator, scene: Scene, world: World, each: int = 4, negatives: int = 2
) -> Captions:
    """`each` true captions of every picture, then up to `negatives` false ones."""
    writer = _writer(random, world)
    falsifier = Falsifier(writer)
    true: list[tuple[int, Said]] = []
    false: list[tuple[int, Said]] = []
    for row, seen in enumerate(pictures(scene.labels, world)):
        if not seen.thing and not seen.builds and len(seen.persons) < 2 and seen.action < 0:
            continue
        own = [said for _ in range(each) if (said := writer.said(seen)) != Said()]
        true += [(row, said) for said in own]
        for _ in range(negatives if own else 0):
            changed = falsifier.false(seen, writer.dice.choice(own))
            if changed is not None:
                false.append((row, changed))
    return _arrays(writer, true, false)


def phrases(random: np.random.Generator, scene: Scene, world: World, each: int = 3) -> Phrases:
    """Of every picture phrases on its parts, and for every third one on what is not there."""
    writer = _writer(random, world)
    falsifier = Falsifier(writer)
    said: list[tuple[int, Said]] = []
    places: list[int] = []
    for row, seen in enumerate(pictures(scene.labels, world)):
        for number in range(each if seen.thing else 0):
            is_absent = number % 3 == 2
            clause = falsifier.absent(seen) if is_absent else writer.phrase(seen)
            if clause is not None:
                said.append((row, Said((clause,), is_bare=True)))
                places.append(-1 if is_absent else clause.place)
    place = np.array(places, dtype=np.int8)
    owner = np.array([row for row, _ in said], dtype=np.int64)
    part = np.where(place >= 0, scene.labels.part[owner, place], -1).astype(np.int8)
    return Phrases(_arrays(writer, said, []), place, part)


def _writer(random: np.random.Generator, world: World) -> Writer:
    dice = stdlib.Random(int(random.integers(2**62)))
    return Writer(dice, world.actions, world.training)


def written(writer: Writer, said: Sequence[tuple[int, Said]]) -> Captions:
    """Captions of pictures, by row, into words and arrays."""
    return _arrays(writer, said, [])


def pictures(labels: Labels, world: World) -> list[Picture]:
    """What may be said of each picture."""
    people = sayings.judged_bodies(sayings.persons().ranges, labels.body).T
    builds = sayings.judged_bodies(sayings.builds().ranges, labels.body).T
    holds = _listed(people == 1), _listed(builds == 1)
    fails = _listed(people == 0), _listed(builds == 0)
    there = _listed(labels.thing >= 0)
    framed = _listed(labels.framed)
    hides_colors = ~labels.colored[:, None] & np.isin(np.arange(len(PLACES)), _COLORS_ONLY)
    told = _listed(labels.told & ~hides_colors)
    thing, word = labels.thing.tolist(), labels.word.tolist()
    pattern = labels.pattern.tolist()
    found = []
    for row, worn in enumerate(there):
        found.append(
            Picture(
                thing={place: thing[row][place] for place in told[row]},
                every=tuple(thing[row][place] for place in worn),
                framed=frozenset(framed[row]),
                color={place: tuple(word[row][place]) for place in worn},
                pattern={place: pattern[row][place] for place in worn},
                colored=bool(labels.colored[row]),
                action=int(labels.action[row]),
                persons=holds[0][row],
                builds=holds[1][row],
                not_persons=fails[0][row],
                not_builds=fails[1][row],
                is_shape=bool(labels.group[row] >= 0),
            )
        )
    return found


def _listed(flags: NDArray[np.bool_]) -> list[tuple[int, ...]]:
    """The columns that are set, by row."""
    row, column = np.nonzero(flags)
    ends = np.searchsorted(row, np.arange(len(flags) + 1)).tolist()
    columns = column.tolist()
    return [tuple(columns[a:b]) for a, b in pairwise(ends)]


_COLORS_ONLY = (PLACE["skin"], PLACE["iris"])
"""Of which nothing can be said where no colors show."""


def _arrays(
    writer: Writer, true: Sequence[tuple[int, Said]], false: Sequence[tuple[int, Said]]
) -> Captions:
    every = [*true, *false]
    count = len(every)
    persons, builds = sayings.persons(), sayings.builds()
    at: list[tuple[int, int]] = []
    claims: list[tuple[int, int, int, int]] = []
    ranges = persons.ranges[[said.person for _, said in every]]
    for row, (_, said) in enumerate(every):
        for number, clause in enumerate(said.clauses):
            first, second = (*clause.colors, -1, -1)[:2]
            at.append((row, number))
            claims.append((clause.noun, first, second, clause.pattern or -1))
        for word in said.build:
            ranges[row] = _both(ranges[row], builds.ranges[word])
    table = np.full((count, CLAUSES, 4), -1, dtype=np.int16)
    if at:
        table[tuple(np.array(at).T)] = claims
    return Captions(
        texts=tuple(writer.text(said) for _, said in every),
        owner=np.array([row for row, _ in every], dtype=np.int32),
        is_hard_negative=np.arange(count) >= len(true),
        noun=table[..., 0],
        color=table[..., 1:3],
        pattern=table[..., 3].astype(np.int8),
        ranges=ranges,
        action=np.array([said.action for _, said in every], dtype=np.int16),
    )


def _both(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """(5, 4) what is claimed by both."""
    low = np.maximum(first[:, :2], second[:, :2])
    return np.concatenate([low, np.minimum(first[:, 2:], second[:, 2:])], axis=1)
