# SPDX-License-Identifier: Apache-2.0
"""Words that no list holds take the entry whose description means the same, if any does."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from .words import Clause, Lexicon, load_lexicon

MEANINGS = Path(__file__).with_name("meanings.safetensors")
LEAST_LIKENESS = 0.42
"""Below this cosine an unknown word is not like any action."""
STANDS = "the character stands and breathes"
SURE_LIKENESS = 0.55
"""What an unknown part of a sentence needs beside a part that is known."""


class Encoder(Protocol):
    def encode(self, sentences: list[str]) -> NDArray[np.float32]:
        """(N, D) unit vectors."""


class _Same:
    """An encoder as a key of a cache: encoders hold arrays, which cannot be compared."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def __hash__(self) -> int:
        return id(self.encoder)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.encoder is self.encoder


@lru_cache(maxsize=2)
def _meanings(same: _Same) -> NDArray[np.float32]:
    """(N, D) unit vectors of all the lexicon's descriptions, in its order.

    Those of the embedded encoder are kept in a file; another encoder, or an edited lexicon,
    takes a moment longer.
    """
    texts = descriptions()
    kept = load_file(MEANINGS) if MEANINGS.is_file() else {}
    probe = same.encoder.encode(texts[:1])[0]
    if kept and bytes(kept["digest"]) == _digest(texts):
        vectors = kept["vectors"].astype(np.float32)
        if vectors.shape[1] == len(probe) and float(vectors[0] @ probe) > 0.99:
            return vectors
    return same.encoder.encode(texts)


def descriptions() -> list[str]:
    entries = load_lexicon().entries.values()
    return [text for entry in entries for text in entry.describe]


def _digest(texts: list[str]) -> bytes:
    return hashlib.sha256("\n".join(texts).encode()).digest()


def write_meanings(encoder: Encoder, path: Path) -> None:
    """Keep the encoder's vectors of the lexicon's descriptions, in half precision."""
    texts = descriptions()
    digest = np.frombuffer(_digest(texts), np.uint8).copy()
    save_file({"vectors": encoder.encode(texts).astype(np.float16), "digest": digest}, path)


def guess(
    clause: Clause, lexicon: Lexicon, encoder: Encoder, notes: list[str], least: float
) -> None:
    """Give an unknown part the entry of the nearest meaning, if any is near, and say so; say of
    one that has none how near the nearest is."""
    said = " ".join(clause.unknown)[:60]
    owners = [name for name, entry in lexicon.entries.items() for _ in entry.describe]
    sentence = "a person " + " ".join(clause.words[:40])
    likeness = _meanings(_Same(encoder)) @ encoder.encode([sentence])[0]
    best = int(np.argmax(likeness))
    nearest = f'"{owners[best].replace("_", " ")}"'
    if likeness[best] >= least:
        clause.entry = owners[best]
        notes.append(f'I do not know "{said}" as a motion; the nearest is {nearest} (unsure).')
    elif least == LEAST_LIKENESS:
        share = max(0, round(100 * float(likeness[best])))
        notes.append(
            f'I do not know "{said}" as a motion and nothing is near it (the nearest, {nearest}, '
            f"is {share} % like it); {STANDS}."
        )
    else:
        notes.append(f'I do not know "{said}" as a motion and left it out.')
