# SPDX-License-Identifier: Apache-2.0
"""Lexicons from the TOML files beside this one, and the search for their phrases in a prompt."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Generic, TypeVar

from .tokens import forms, is_punctuation

Meaning = TypeVar("Meaning")


LONGEST_PHRASE = 6
"""Words of the longest phrase of any lexicon, with room for one more."""


@dataclass(frozen=True)
class Found(Generic[Meaning]):
    """A phrase of the lexicon at tokens `start` to `end` (excluded)."""

    start: int
    end: int
    phrase: str
    meaning: Meaning


@cache
def read(name: str) -> dict[str, Any]:
    """One of the TOML files of this folder."""
    text = resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def words(listed: str) -> list[str]:
    """The phrases of a comma-separated list."""
    return [" ".join(phrase.split()) for phrase in listed.split(",") if phrase.strip()]


def find(
    tokens: list[str], lexicon: Mapping[str, Meaning], taken: Collection[int] = ()
) -> list[Found[Meaning]]:
    """Every phrase in order, the longest where they overlap; `taken` tokens are left alone."""
    found = []
    start = 0
    while start < len(tokens):
        for length in range(min(LONGEST_PHRASE, len(tokens) - start), 0, -1):
            span = range(start, start + length)
            phrase = _phrase(tokens[start : start + length], lexicon)
            if phrase is not None and not any(place in taken for place in span):
                found.append(Found(start, start + length, phrase, lexicon[phrase]))
                start += length
                break
        else:
            start += 1
    return found


def _phrase(tokens: list[str], lexicon: Collection[str]) -> str | None:
    for last in forms(tokens[-1]):
        phrase = " ".join([*tokens[:-1], last])
        if phrase in lexicon:
            return phrase
    return None


@cache
def intensities() -> dict[str, float]:
    return {
        phrase: float(factor)
        for factor, listed in read("common")["intensity"].items()
        for phrase in words(listed)
    }


@cache
def negations() -> frozenset[str]:
    return frozenset(words(read("common")["negation"]["words"]))


@cache
def fillers() -> frozenset[str]:
    return frozenset(words(read("common")["filler"]["words"]))


def emphasis(tokens: list[str], start: int) -> float:
    """The factor of the words of degree right before `start`; 1 where there are none."""
    factor = 1.0
    while True:
        for length in (3, 2, 1):
            phrase = " ".join(tokens[max(0, start - length) : start])
            if start >= length and phrase in intensities():
                factor *= intensities()[phrase]
                start -= length
                break
        else:
            return factor


def is_negated(tokens: list[str], start: int, is_known: Callable[[str], bool]) -> bool:
    """Whether a "not" reaches the word at `start`: over degrees, articles, known words, and what
    "or" ties to it."""
    place = start - 1
    while place >= 0 and start - place <= 6:
        token = tokens[place]
        if token in negations():
            return True
        crossed = token in intensities() or token in ("a", "an", "the", "or", "nor", "any", "bit")
        crossed = crossed or tokens[place + 1] in ("or", "nor")
        if is_punctuation(token) or not (crossed or is_known(token)):
            return False
        place -= 1
    return False


def unknown(tokens: list[str], taken: Collection[int]) -> list[str]:
    """Words that are in no lexicon: neither `taken`, nor words of degree, nor empty ones."""
    degrees = {word for phrase in intensities() for word in phrase.split()}
    return [
        word
        for place, word in enumerate(tokens)
        if place not in taken
        and not is_punctuation(word)
        and word not in fillers()
        and word not in negations()
        and word not in degrees
    ]


def listing(parts: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)


def guessed(read: Mapping[str, str]) -> str:
    """One sentence about words that were taken for others."""
    pairs = [f'"{word[:40]}" as "{known}"' for word, known in read.items()]
    what = "these words" if len(pairs) > 1 else "this word"
    return f"I do not know {what} and read {listing(pairs)}; unsure."


def not_understood(lost: list[str], what: str) -> str:
    """One sentence about words that nothing came of."""
    named = [f'"{word[:40]}"' for word in lost[:8]]
    if len(lost) > 8:
        named.append(f"{len(lost) - 8} more")
    pronoun = "them" if len(lost) > 1 else "it"
    return f"I did not understand {listing(named)} in the {what} prompt, and left {pronoun} out."
