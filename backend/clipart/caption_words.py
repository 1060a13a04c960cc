# SPDX-License-Identifier: Apache-2.0
"""The words of `caption.toml`, by all their forms."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from .motion.actions import Kind, Role


@dataclass(frozen=True)
class Lexicon:
    """`bases` are the base forms that each verb may be called by, `nouns` the subjects in the
    singular; `idle` what a kind does when nothing is said, `same` what a verb means of a kind.
    `light` verbs leave the doing to a noun; `phrases` are what a plain verb is also said by."""

    verbs: Mapping[str, str]
    subjects: Mapping[str, Kind]
    nouns: Mapping[str, Kind]
    parts: Mapping[str, Role]
    plurals: frozenset[str]
    still: frozenset[str]
    manners: Mapping[str, tuple[float, float]]
    same: Mapping[str, Mapping[str, str]]
    idle: Mapping[str, str]
    bases: Mapping[str, tuple[str, ...]]
    auxiliaries: frozenset[str]
    determiners: frozenset[str]
    links: frozenset[str]
    light: tuple[str, ...]
    phrases: Mapping[str, tuple[str, ...]]


@cache
def read_lexicon() -> Lexicon:
    raw = tomllib.loads(Path(__file__).with_name("caption.toml").read_text(encoding="utf-8"))
    verbs = {
        form: verb for verb, bases in raw["verbs"].items() for base in bases for form in forms(base)
    }
    nouns = {noun: cast(Kind, kind) for kind, those in raw["subjects"].items() for noun in those}
    subjects = {form: kind for noun, kind in nouns.items() for form in _both_numbers(noun)}
    parts = {
        form: cast(Role, role)
        for role, nouns in raw["parts"].items()
        for noun in nouns
        for form in _both_numbers(noun)
    }
    return Lexicon(
        verbs=verbs,
        subjects=subjects,
        nouns=nouns,
        parts=parts,
        plurals=frozenset(
            form
            for nouns in raw["parts"].values()
            for noun in nouns
            for form in _both_numbers(noun)[1:]
        )
        | frozenset(raw["function"]["plurals"]),
        still=frozenset(raw["still"]["parts"]),
        manners={word: (pair[0], pair[1]) for word, pair in raw["manners"].items()},
        same=raw["same"],
        idle=raw["idle"],
        auxiliaries=frozenset(raw["function"]["auxiliaries"]),
        determiners=frozenset(raw["function"]["determiners"]),
        links=frozenset(raw["function"]["links"]),
        bases={verb: tuple(bases) for verb, bases in raw["verbs"].items()},
        light=tuple(raw["function"]["light"]),
        phrases={verb: tuple(those) for verb, those in raw["phrases"].items()},
    )


def forms(base: str) -> Iterator[str]:
    """ "wag": wag, wags, wagging, wagged; of several words the first is bent."""
    first, _, rest = base.partition(" ")
    doubled = re.fullmatch(r"[^aeiou]*[aeiou][bdgklmnprtv]|.*quit", first) is not None
    stem = first[:-1] if first.endswith("e") and not first.endswith("ee") else first
    stem = first[:-2] + "y" if first.endswith("ie") else stem
    stem = stem + first[-1] if doubled else stem
    many = first + "es" if first.endswith(("s", "sh", "ch", "x", "z")) else first + "s"
    many = first[:-1] + "ies" if re.search(r"[^aeiou]y$", first) else many
    past = first[:-1] + "ied" if re.search(r"[^aeiou]y$", first) else stem + "ed"
    for form in (first, many, stem + "ing", past):
        yield f"{form} {rest}" if rest else form


def _both_numbers(noun: str) -> tuple[str, ...]:
    """ "puppy": puppy, puppies."""
    if noun.endswith(("s", "sh", "ch", "x", "z")):
        return noun, noun + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun, noun[:-1] + "ies"
    if noun.endswith("man"):
        return noun, noun[:-3] + "men"
    return noun, noun + "s"
