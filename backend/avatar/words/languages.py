# SPDX-License-Identifier: Apache-2.0
"""Whether a prompt is in a language that Kinora does not read."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from functools import cache

from . import lexicon
from .tokens import is_punctuation

MOSTLY = 0.5
"""Share of unknown words from which a prompt is looked at more closely."""


def foreign(listed: list[str], unknown: Collection[str]) -> str | None:
    """The language of the tokens where they are not English: its name, "another script" where
    they are not in Latin letters, None where they are English or cannot be told."""
    words = [word for word in listed if not is_punctuation(word) and not word.isdigit()]
    if not words:
        return None
    if sum(not _is_latin(word) for word in words) > MOSTLY * len(words):
        return "another script"
    if not unknown:
        return None
    counts = {name: sum(word in common for word in words) for name, common in _common().items()}
    name = max(counts, key=lambda one: counts[one])
    english = sum(word in _english() for word in words)
    lost = sum(word in unknown for word in words) + counts[name]
    if counts[name] > max(1, english) and lost > MOSTLY * len(words):
        return name
    return None


def _is_latin(word: str) -> bool:
    return any("LATIN" in unicodedata.name(letter, "") for letter in word)


@cache
def _common() -> dict[str, frozenset[str]]:
    listed = lexicon.read("common")["foreign"]
    return {name: frozenset(lexicon.words(words)) for name, words in listed.items()}


@cache
def _english() -> frozenset[str]:
    return frozenset(lexicon.words(lexicon.read("common")["english"]["words"]))
