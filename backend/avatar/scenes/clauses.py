# SPDX-License-Identifier: Apache-2.0
"""A caption as what it claims, before it is put into words; and whether that is held out."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from . import paints
from .heldout import held_garments, held_pairs
from .things import PLACE, THING, nouns

CLAUSES = 4
"""Parts that one caption speaks of, at most."""
HALVED = (1, 2, 7)
"""Patterns that are of both colors alike: stripes, checks, zigzag."""
SHADED = (8, 9)
"""Patterns that are of shades of the first color: camouflage, leopard."""
_UPPER = tuple(PLACE[slot] for slot in paints.UPPER)
LOWER = PLACE["bottom"]


class Clause(NamedTuple):
    """One part as it is spoken of; `pattern` is 0 where none is."""

    place: int
    thing: int
    noun: int
    colors: tuple[int, ...] = ()
    pattern: int = 0


class Said(NamedTuple):
    """A caption before it is put into words; `person` and `build` are rows of `sayings`."""

    clauses: tuple[Clause, ...] = ()
    person: int = 0
    build: tuple[int, ...] = ()
    action: int = -1
    is_bare: bool = False
    """Whether nobody is spoken of, as in "red shoes"."""


class Picture(NamedTuple):
    """What may be said of one picture, by place; and people and builds that are it, or are not."""

    thing: dict[int, int]
    every: tuple[int, ...]
    framed: frozenset[int]
    color: dict[int, tuple[int, int]]
    pattern: dict[int, int]
    colored: bool
    action: int
    persons: tuple[int, ...]
    builds: tuple[int, ...]
    not_persons: tuple[int, ...]
    not_builds: tuple[int, ...]
    is_shape: bool


def is_held(clause: Clause) -> bool:
    """Whether the clause says a garment in a color that it never has in training."""
    if not clause.colors:
        return False
    held = _held_families()
    family = paints.family(clause.colors[0])
    return family in held[0].get(clause.thing, ()) or family in held[1].get(clause.noun, ())


@cache
def _held_families() -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    """By thing, and by the noun that is a garment's plain name: "green shirt" is held out on a
    blouse too."""
    table = nouns()
    plain = {{"t shirt": "tshirt"}.get(name, name).replace(" ", "_"): row
             for row, name in enumerate(table.names)}  # fmt: skip
    things: dict[int, set[str]] = {}
    named: dict[int, set[str]] = {}
    for garment, family in held_garments():
        things.setdefault(THING[garment], set()).add(family)
        if garment in plain:
            named.setdefault(plain[garment], set()).add(family)
    return things, named


def is_held_pair(clauses: tuple[Clause, ...]) -> bool:
    if len(clauses) < 2:
        return False
    uppers = [paints.family(one.colors[0]) for one in clauses if one.place in _UPPER and one.colors]
    lowers = [paints.family(one.colors[0]) for one in clauses if one.place == LOWER and one.colors]
    return any((upper, lower) in held_pairs() for upper in uppers for lower in lowers)


def any_held(clauses: tuple[Clause, ...]) -> bool:
    return any(map(is_held, clauses)) or is_held_pair(clauses)
