# SPDX-License-Identifier: Apache-2.0
"""Finds the known word that a misspelled one was meant to be: one slip of the keys away."""

from __future__ import annotations

from functools import cache

from tokenizers import Tokenizer

from . import table
from .known import classes, meanings

SHORTEST = 5
"""Shorter words are one slip from too many others."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def respelled(word: str, tokenizer: Tokenizer) -> str | None:
    """The one known word that is a letter left out, doubled, swapped or changed away.

    None for what is a word of its own: the encoder's vocabulary, which holds the common words of
    English, has it whole.
    """
    if len(word) < SHORTEST or not word.isalpha() or tokenizer.token_to_id(word) is not None:
        return None
    near = sorted(_slips(word) & _known_words())
    return near[0] if len({_meant(one) for one in near}) == 1 else None


def _meant(word: str) -> str:
    return repr(sorted(meanings(word).items()))


def _slips(word: str) -> set[str]:
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    left_out = {a + b[1:] for a, b in halves if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1}
    changed = {a + letter + b[1:] for a, b in halves if a and b for letter in _LETTERS}
    added = {a + letter + b for a, b in halves if a for letter in _LETTERS}
    return left_out | swapped | changed | added


@cache
def _known_words() -> frozenset[str]:
    return frozenset(
        phrase
        for one in classes()
        for phrase in one.phrases
        if phrase.isalpha() and len(phrase) >= SHORTEST - 1 and not table.look_up(phrase)
    )
