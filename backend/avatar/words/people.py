# SPDX-License-Identifier: Apache-2.0
"""What words say of a body: levels of weight, muscle and height, sex, age and ancestry."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from . import lexicon
from .lexicon import Found

LEVELS = ("weight", "muscle", "height", "bust", "proportions")
ANCESTRIES: dict[str, dict[str, float]] = {
    "african": {"african": 1, "asian": 0, "caucasian": 0},
    "asian": {"african": 0, "asian": 1, "caucasian": 0},
    "caucasian": {"african": 0, "asian": 0, "caucasian": 1},
    "south_asian": {"african": 0.3, "asian": 0.2, "caucasian": 0.5},
    "latin": {"african": 0.15, "asian": 0.35, "caucasian": 0.5},
}


@dataclass(frozen=True)
class Trait:
    """What one phrase says. A noun ("grandfather") yields to adjectives and numbers."""

    levels: dict[str, float] = field(default_factory=dict)
    female: bool | None = None
    age: float | None = None
    ancestry: str = ""
    is_noun: bool = False
    is_weak: bool = False
    """A pronoun: it tells the sex only where no noun does."""
    usually_female: bool | None = None
    """The likelier sex of a role, where nothing tells it."""


@dataclass(frozen=True)
class Said:
    """A trait at its place, with its degree: 1 plain, above 1 stronger, negative for "not"."""

    phrase: str
    trait: Trait
    degree: float


@dataclass(frozen=True)
class Person:
    """All that a prompt says; None and absent levels are unsaid."""

    female: bool | None
    age: float | None
    levels: dict[str, float]
    ancestry: str
    conflicts: tuple[str, ...]


@cache
def traits() -> dict[str, Trait]:
    """Every phrase of `body.toml`."""
    source = lexicon.read("body")
    levels = _levels_of_phrases(source)
    found = {phrase: Trait(levels=said) for phrase, said in levels.items()}
    for age, listed in source["age"].items():
        for phrase in lexicon.words(listed):
            found[phrase] = Trait(levels.get(phrase, {}), age=float(age))
    for ancestry, listed in source["ancestry"].items():
        found.update((phrase, Trait(ancestry=ancestry)) for phrase in lexicon.words(listed))
    for listed, meaning in source["person"].items():
        trait = _noun(meaning)
        found.update((phrase, trait) for phrase in lexicon.words(listed))
    return found


def _levels_of_phrases(source: dict[str, Any]) -> dict[str, dict[str, float]]:
    levels: dict[str, dict[str, float]] = {}
    for axis in LEVELS:
        for level, listed in source[axis].items():
            for phrase in lexicon.words(listed):
                levels.setdefault(phrase, {})[axis] = float(level)
    for phrase, several in source["several"].items():
        levels[phrase] = {axis: float(level) for axis, level in several.items()}
    return levels


def _noun(meaning: dict[str, Any]) -> Trait:
    return Trait(
        levels={axis: float(meaning[axis]) for axis in LEVELS if axis in meaning},
        female=meaning.get("female"),
        age=float(meaning["age"]) if "age" in meaning else None,
        ancestry="asian" if meaning.get("asian") else "",
        is_noun=True,
        is_weak=bool(meaning.get("weak")),
        usually_female=meaning.get("usually_female"),
    )


def said(tokens: list[str], found: Iterable[Found[Trait]]) -> list[Said]:
    """The traits with their degrees."""
    result = []
    for one in found:
        degree = lexicon.emphasis(tokens, one.start)
        if lexicon.is_negated(tokens, one.start, lambda _word: False):
            degree = -0.2 * degree
        result.append(Said(one.phrase, one.meaning, degree))
    return result


def combine(traits_said: list[Said]) -> Person:
    """One person out of all traits: adjectives over nouns, the stronger of what agrees."""
    conflicts: list[str] = []
    levels = {}
    for axis in LEVELS:
        level = _level(traits_said, axis, conflicts)
        if level is not None:
            levels[axis] = level
    ancestries = [one.trait.ancestry for one in traits_said if one.trait.ancestry]
    spoken = [one for one in traits_said if one.trait.ancestry and one.degree > 0]
    adjectives = [one.trait.ancestry for one in spoken if not one.trait.is_noun]
    ancestry = adjectives[0] if adjectives else (ancestries[0] if spoken else "")
    return Person(
        _sex(traits_said, conflicts), _age(traits_said), levels, ancestry, tuple(conflicts)
    )


def _level(traits_said: list[Said], axis: str, conflicts: list[str]) -> float | None:
    by_kind: dict[bool, list[tuple[str, float]]] = {False: [], True: []}
    for one in traits_said:
        if axis in one.trait.levels:
            level = one.trait.levels[axis] * one.degree
            by_kind[one.trait.is_noun].append((one.phrase, level))
    merged = {}
    for is_noun, listed in by_kind.items():
        if listed:
            high = max(0.0, *(level for _, level in listed))
            low = min(0.0, *(level for _, level in listed))
            merged[is_noun] = high + low
            if high > 0.7 and low < -0.7 and not is_noun:
                names = " and ".join(f'"{phrase}"' for phrase, _ in listed)
                last, merged[is_noun] = listed[-1]
                conflicts.append(
                    f'{names} pull the {axis} apart; I took what was said last: "{last}".'
                )
    if len(merged) == 2 and merged[False] * merged[True] > 0:
        return max(merged.values(), key=abs)
    return merged.get(False, merged.get(True))


def _sex(traits_said: list[Said], conflicts: list[str]) -> bool | None:
    strong = [one for one in traits_said if one.trait.female is not None and not one.trait.is_weak]
    weak = [one for one in traits_said if one.trait.is_weak and one.degree > 0]
    sexes = [one.trait.female == (one.degree > 0) for one in strong]
    if True in sexes and False in sexes:
        conflicts.append(
            f'I make one person at a time, so I took "{strong[0].phrase}" and left out the rest.'
        )
    if sexes:
        return sexes[0]
    if weak:
        return weak[0].trait.female
    usual = [one.trait.usually_female for one in traits_said if one.degree > 0]
    return next((sex for sex in usual if sex is not None), None)


def _age(traits_said: list[Said]) -> float | None:
    """Adjectives over nouns, but "young" and "old" children stay children."""
    agreed = [one for one in traits_said if one.trait.age is not None and one.degree > 0]
    nouns = [one.trait.age for one in agreed if one.trait.is_noun and one.trait.age is not None]
    adjectives = [one for one in agreed if not one.trait.is_noun]
    if not adjectives:
        return nouns[0] if nouns else None
    first = adjectives[0]
    age = first.trait.age or 0.0
    if age >= 18 and nouns and nouns[0] < 18:
        return nouns[0] * (0.8 if age < 30 else 1.0)
    if age > 45:
        return min(100.0, 30 + (age - 30) * math.pow(first.degree, 0.6))
    return age / math.pow(first.degree, 0.4) if age < 30 else age
