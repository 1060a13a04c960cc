# SPDX-License-Identifier: Apache-2.0
"""What is said of a codebook's poses, compared with a sentence by its meaning."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..words import load_lexicon
from .codebook import Codebook
from .material import ACTION


class Reader(Protocol):
    def encode(self, sentences: list[str]) -> NDArray[np.float32]:
        """(N, D) unit vectors."""


def likeness(book: Codebook, sentence: str, reader: Reader) -> NDArray[np.float32]:
    """(K,) cosines of a sentence and the best of what is said of each pose; 0 where nothing is."""
    if not book.captions:
        return np.zeros(len(book.codes), np.float32)
    texts, owners = sayings(book.captions)
    cosines = _vectors(_Reading(reader), texts) @ reader.encode([sentence])[0]
    best = np.full(len(book.captions) + 1, -1.0, np.float32)
    np.maximum.at(best, np.array(owners), cosines)
    best[-1] = 0.0
    found: NDArray[np.float32] = best[book.caption.numpy()]
    return found


@lru_cache(maxsize=4)
def sayings(captions: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Sentences, and which caption each belongs to: a clip's own words, or those by which the
    motion lexicon describes an action."""
    entries = load_lexicon().entries
    texts, owners = [], []
    for row, caption in enumerate(captions):
        name = caption.removeprefix(ACTION)
        said = [caption.replace(" - ", ", ")]
        if name != caption:
            said = [f"a person {doing(name)}"]
            said += entries[name].describe if name in entries else ()
        texts += said
        owners += [row] * len(said)
    return tuple(texts), tuple(owners)


def doing(name: str) -> str:
    return name.replace("_", " ")


class _Reading:
    """A reader as the key of a cache: readers hold arrays, which cannot be compared."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def __hash__(self) -> int:
        return id(self.reader)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reading) and other.reader is self.reader


@lru_cache(maxsize=4)
def _vectors(same: _Reading, texts: tuple[str, ...]) -> NDArray[np.float32]:
    return same.reader.encode(list(texts))
