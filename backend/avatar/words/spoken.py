# SPDX-License-Identifier: Apache-2.0
"""A prompt as a row of known phrases: things, what is said of them, and what ties them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from . import lexicon
from .vocabulary import ADJECTIVES, THINGS, Word, links, persons, vocabulary

NOUNS = (*THINGS, "part", "role", "bare", "lacking", "whole")


@dataclass(frozen=True)
class Spoken:
    """A phrase at tokens `start` to `end` (excluded). `kind` is that of a `Word`, one of the links
    of `clothes.toml`, or "" for words that mean nothing here."""

    kind: str
    key: str
    phrase: str
    start: int
    end: int


@cache
def _known() -> dict[str, Word | str]:
    return {**links(), **persons(), **vocabulary()}


def spoken(listed: list[str]) -> list[Spoken]:
    """Every token in a phrase, in order."""
    row: list[Spoken] = []
    end = 0
    for one in lexicon.find(listed, _known()):
        row += [Spoken("", "", listed[n], n, n + 1) for n in range(end, one.start)]
        meaning = one.meaning
        kind, key = (meaning, "") if isinstance(meaning, str) else (meaning.kind, meaning.key)
        row.append(Spoken(kind, key, one.phrase, one.start, one.end))
        end = one.end
    return row + [Spoken("", "", listed[n], n, n + 1) for n in range(end, len(listed))]


def noun_ahead(row: Sequence[Spoken], start: int, over: tuple[str, ...] = ()) -> Spoken | None:
    """The noun that the adjectives from `start` on lead to, if they lead to one; links in `over`
    may stand between."""
    for number in range(start, len(row)):
        one = row[number]
        if one.kind in NOUNS or one.kind == "one":
            return one
        if one.kind in ADJECTIVES or one.kind == "" or one.kind == "same":
            continue
        if one.kind not in over or (number + 1 < len(row) and row[number + 1].kind in NOUNS):
            return None
    return None


def ends_in_or(row: Sequence[Spoken], start: int) -> bool:
    """Whether a list such as ", gloves or a scarf" goes on from `start`."""
    for one in row[start:]:
        if one.kind == "or":
            return True
        if one.kind not in ("comma", "a", "the", "", *NOUNS, *ADJECTIVES):
            return False
    return False
