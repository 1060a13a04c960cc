# SPDX-License-Identifier: Apache-2.0
"""The words that are kept from the word table and from training, to measure by."""

from __future__ import annotations

from dataclasses import dataclass

from . import lexicon
from .known import KINDS, Kind, meanings


@dataclass(frozen=True)
class HeldOut:
    """A word, the kind it is of, and the known phrases that it may rightly be read as."""

    word: str
    kind: Kind
    right: tuple[str, ...]


def held_out() -> tuple[HeldOut, ...]:
    """Those of `heldout.toml`, less what a lexicon has learnt since or has no answer for."""
    source = lexicon.read("heldout")
    found = []
    for kind in KINDS[:-1]:
        for word, listed in source.get(kind, {}).items():
            right = tuple(p for p in lexicon.words(listed) if kind in meanings(p))
            if right and kind not in meanings(word):
                found.append(HeldOut(word, kind, right))
    ordinary = lexicon.words(source["other"]["words"])
    return (*found, *(HeldOut(word, "other", ()) for word in ordinary))


def words() -> tuple[str, ...]:
    """All of the file's words, whatever the lexicons know."""
    source = lexicon.read("heldout")
    listed = [word for kind in KINDS[:-1] for word in source.get(kind, {})]
    return (*listed, *lexicon.words(source["other"]["words"]))
