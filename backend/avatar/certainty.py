# SPDX-License-Identifier: Apache-2.0
"""How sure the embedded encoder is of a prompt: it knows its training captions' words, no others.

A word that is none of them is the less sure the farther it lies from all of them in the sentence
encoder's space, and less still where no lexicon holds it. What that means was measured on words
held out of training (`seeing/calibrate.py`); the least sure word counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ...shared.errors import MissingWeightsError
from ..kit.text import SentenceEncoder
from .words import lexicon, tokens
from .words.known import meanings

Floats = NDArray[np.float32]

TABLE = Path(__file__).with_name("certainty.safetensors")
_SCALE = 400
"""Parts of a unit vector (at most about 0.25) are kept in bytes."""
UNSURE = 0.5
"""Below this the user is told."""
OFFER = (
    "CLIP knows more words: run `kinora models download clip-vit-b32` and choose it as encoder, "
    "with another preset than draft."
)


@dataclass(frozen=True, eq=False)
class Known:
    """The W words of the training captions, their unit vectors (W, 384), how often one of them is
    understood, and the `slopes` (3,) of the odds: plain, by likeness, by being in no lexicon."""

    words: tuple[str, ...]
    vectors: Floats
    rate: float
    slopes: Floats


@dataclass(frozen=True)
class Certainty:
    """0 to 1, and the words that are below `UNSURE`."""

    value: float
    unsure: tuple[str, ...]

    def notes(self, is_draft: bool) -> tuple[str, ...]:
        """A sentence for the user, if any. A draft is made by the lexicons alone, so what they hold
        is no concern there."""
        words = [word for word in self.unsure if not is_draft or is_lost(word)]
        if not words:
            return ()
        named = lexicon.listing([f'"{word[:40]}"' for word in words[:6]])
        return (f"The embedded encoder is not sure of {named} ({self.value:.2f} of 1). {OFFER}",)


def certainty(prompts: Iterable[str], known: Known, encoder: SentenceEncoder) -> Certainty:
    """Of all words of the prompts that say something."""
    words = [word for prompt in prompts for word in content_words(prompt)]
    strange = [word for word in dict.fromkeys(words) if not is_trained(word, known)]
    shares = dict(zip(strange, chances(strange, known, encoder).tolist(), strict=True))
    value = min([known.rate, *shares.values()]) if words else 1.0
    return Certainty(value, tuple(word for word, share in shares.items() if share < UNSURE))


def content_words(prompt: str) -> list[str]:
    """Words but for articles, words of degree, negations, numbers and signs."""
    listed = tokens.split(tokens.normalise(prompt))
    return [word for word in lexicon.unknown(listed, ()) if word.isalpha()]


def is_trained(word: str, known: Known) -> bool:
    """Whether the word, or what it is a form of, was in a training caption."""
    return any(form in _places(known.words) for form in tokens.forms(word))


def is_lost(word: str) -> bool:
    """Whether no lexicon holds the word."""
    return not any(meanings(form) for form in tokens.forms(word))


@cache
def _places(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(words)


def features(words: Sequence[str], known: Known, encoder: SentenceEncoder) -> Floats:
    """(N, 3) of words: 1, the likeness to the nearest trained word, and 1 where no lexicon holds
    it."""
    if not words:
        return np.zeros((0, 3), np.float32)
    nearest = (encoder.encode(list(words)) @ known.vectors.T).max(1)
    lost = np.array([float(is_lost(word)) for word in words])
    return np.stack([np.ones(len(words)), nearest, lost], axis=1).astype(np.float32)


def chances(words: Sequence[str], known: Known, encoder: SentenceEncoder) -> Floats:
    """(N,) how likely each of these words, none of them trained, is understood."""
    odds = features(words, known, encoder) @ known.slopes
    return np.asarray(np.minimum(1 / (1 + np.exp(-odds)), known.rate), dtype=np.float32)


@cache
def load_known(path: Path = TABLE) -> Known:
    """Raises MissingWeightsError."""
    try:
        found = load_file(path)
        words = found["words"].tobytes().decode("utf-8").split("\n")
        vectors = found["vectors"].astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return Known(tuple(words), vectors, float(found["rate"][0]), found["slopes"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise MissingWeightsError(
            f"{path.name}, which tells how sure the encoder is, is missing or damaged.",
            "Install Kinora again.",
        ) from error


def save_known(known: Known, path: Path) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "words": np.frombuffer("\n".join(known.words).encode(), dtype=np.uint8),
        "vectors": np.clip(np.rint(known.vectors * _SCALE), -127, 127).astype(np.int8),
        "rate": np.array([known.rate], dtype=np.float32),
        "slopes": known.slopes.astype(np.float32),
    }
    save_file(arrays, path)
