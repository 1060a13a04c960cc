# SPDX-License-Identifier: Apache-2.0
"""All that a person may wear or have, by number, and the nouns that captions call it by."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..wardrobe.design import SLOTS
from ..wardrobe.garments import GARMENTS
from ..words import colors, lexicon
from .heldout import is_held_phrase

PLACES = (*SLOTS, "hair", "beard", "skin", "iris")
"""Where a thing is worn or grows; at most one in each."""
PLACE: dict[str, int] = {name: number for number, name in enumerate(PLACES)}
_LONGEST = 3
"""Words of the longest noun."""


def _grown(kind: str, tables: Iterable[str], never: set[str]) -> tuple[str, ...]:
    source = lexicon.read("hair")
    styles = dict.fromkeys(style for table in tables for style in source[table])
    return tuple(f"{kind}:{style}" for style in styles if style not in never)


HAIR = _grown("hair", ("style", "style_noun", "style_joined"), {"bald", "fringe"})
BEARDS = _grown("beard", ("beard", "beard_joined"), {"shaven"})
BALD = "hair:bald"
THINGS: tuple[str, ...] = (*GARMENTS, *HAIR, BALD, *BEARDS, "skin", "eyes")
"""By the wardrobe's names for parts; a bald head is one, though no part is drawn for it."""
THING: dict[str, int] = {name: number for number, name in enumerate(THINGS)}


def place_of(thing: str) -> int:
    """Of PLACES."""
    if thing in GARMENTS:
        return PLACE[GARMENTS[thing].slot]
    return PLACE[{"eyes": "iris"}.get(thing, thing.partition(":")[0])]


PLACE_OF_THING: NDArray[np.int16] = np.array([place_of(name) for name in THINGS], dtype=np.int16)


@cache
def wording() -> dict[str, Any]:
    """The tables of `wording.toml`."""
    text = resources.files(__package__).joinpath("wording.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True, eq=False)
class Nouns:
    """N nouns: `covers` (N, T) is 1 where the noun names the thing, 0 where not, -1 where one might
    say so; `of` lists for each thing the nouns that name it, the usual one first."""

    names: tuple[str, ...]
    is_plural: tuple[bool, ...]
    covers: NDArray[np.int8]
    of: tuple[tuple[int, ...], ...]
    is_trained: NDArray[np.bool_]
    place: tuple[str, ...]
    """Of PLACES, where the first thing that it names is."""
    homes: tuple[frozenset[int], ...]
    """Numbers of PLACES where what it names may be."""
    is_grown: tuple[bool, ...]
    """Whether it names hair, a beard, skin or eyes."""

    def number(self, name: str) -> int:
        return _numbers()[name]


@cache
def _numbers() -> dict[str, int]:
    return {name: number for number, name in enumerate(nouns().names)}


@cache
def nouns() -> Nouns:
    rows = {**_garment_rows(), **_grown_rows()}
    names = tuple(rows)
    covers = np.stack([rows[name] for name in names])
    first = {_usual(garment.name): garment.name for garment in GARMENTS.values()}
    of = []
    for number, thing in enumerate(THINGS):
        found = [row for row in np.flatnonzero(covers[:, number] == 1).tolist()]
        found.sort(key=lambda row: first.get(names[row]) != thing)
        of.append(tuple(found))
    return Nouns(
        names=names,
        is_plural=tuple(is_plural(name) for name in names),
        covers=covers,
        of=tuple(of),
        is_trained=np.array([not is_held_phrase(name) for name in names]),
        place=tuple(_first_place(row) for row in covers),
        homes=tuple(frozenset(PLACE_OF_THING[row == 1].tolist()) for row in covers),
        is_grown=tuple(bool(covers[row, len(GARMENTS) :].any()) for row in range(len(names))),
    )


def _first_place(covers: NDArray[np.int8]) -> str:
    named = PLACE_OF_THING[covers == 1]
    return PLACES[named[0]] if len(named) else ""


def is_plural(noun: str) -> bool:
    singular = ("ss", "mawashi", "corset")
    return noun.endswith("s") and not noun.endswith(singular)


def _usual(garment: str) -> str:
    """The first of a garment's own words that captions use."""
    listed = _phrases(garment)
    label = (GARMENTS[garment].label or garment.replace("_", " ")).lower().replace("-", " ")
    return label if label in listed or not listed else listed[0]


@cache
def _phrases(garment: str) -> tuple[str, ...]:
    """What a garment is called, without what says its color or pattern."""
    never = set(lexicon.words(wording()["never"]["words"]))
    tells = set(colors.named()) | {"camo", "tartan", "plaid", "checked", "argyle", "camouflage"}
    found = []
    for phrase in lexicon.words(GARMENTS[garment].words):
        plain = phrase.replace("-", " ")
        parts = plain.split()
        if plain in never or len(parts) > _LONGEST or (len(parts) > 1 and tells & set(parts)):
            continue
        found.append(plain)
    return tuple(dict.fromkeys(_one_number(found, is_plural(garment))))


def _one_number(listed: list[str], is_pair: bool) -> list[str]:
    """Without "boot" where there is "boots", and without "capes" where there is "cape"."""
    both = [phrase for phrase in listed if f"{phrase}s" in listed]
    never = set(both) if is_pair else {f"{phrase}s" for phrase in both}
    return [phrase for phrase in listed if phrase not in never]


def _garment_rows() -> dict[str, NDArray[np.int8]]:
    rows: dict[str, NDArray[np.int8]] = {}
    heads = {name: {phrase.split()[-1] for phrase in _phrases(name)} for name in GARMENTS}
    loose = set(lexicon.words(wording()["loose"]["words"]))
    alike = _alike(wording()["alike"]["groups"])
    owners: dict[str, list[str]] = {}
    for name in GARMENTS:
        for phrase in _phrases(name):
            owners.setdefault(phrase, []).append(name)
    for phrase, listed in owners.items():
        row = np.zeros(len(THINGS), dtype=np.int8)
        *adjectives, head = phrase.split()
        is_vague = set(adjectives) <= loose
        near = {name for owner in listed for name in alike.get(owner, ())}
        near |= {name for name in GARMENTS if is_vague and head in heads[name]}
        row[[THING[name] for name in near]] = -1
        row[[THING[name] for name in listed]] = 1
        rows[phrase] = row
    for phrase, said in wording()["plain"].items():
        rows[phrase] = _row(said, "")
    return rows


def _alike(groups: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for group in groups:
        listed = lexicon.words(group)
        for name in listed:
            found.setdefault(name, set()).update(listed)
    return found


def _row(said: Mapping[str, str], kind: str) -> NDArray[np.int8]:
    row = np.zeros(len(THINGS), dtype=np.int8)
    for key, value in (("unsure", -1), ("yes", 1)):
        for name in lexicon.words(said[key]):
            if name.startswith("*"):
                row[[n for n, place in enumerate(PLACE_OF_THING) if PLACES[place] == name[1:]]] = (
                    value
                )
            else:
                row[THING[f"{kind}:{name}" if kind else name]] = value
    if kind == "hair" and "*hair" in said["yes"]:
        row[THING[BALD]] = 0
    return row


def _grown_rows() -> dict[str, NDArray[np.int8]]:
    rows = {
        phrase: _row(said, kind)
        for kind in ("hair", "beard")
        for phrase, said in wording()[kind].items()
    }
    for kind in ("skin", "eyes"):
        for phrase in lexicon.words(wording()[kind]["words"]):
            rows[phrase] = _row({"yes": kind, "unsure": ""}, "")
    return rows
