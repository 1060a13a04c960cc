# SPDX-License-Identifier: Apache-2.0
"""What is said of a codebook's poses: what their clips are called, and what they look like."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from torch import Tensor

from ..words import load_lexicon
from .codebook import Codebook
from .material import ACTION
from .postures import Posture, looks
from .prior import PosePrior

FILE = Path(__file__).with_name("captions.safetensors")
"""The embedded sentence encoder's vectors of all sentences."""
HEARD, FAINT = 0.3, 0.75
"""Cosine of sentences below which they speak of different things; and which share of the best
cosine is heard where none reaches that far."""

PROBE = "a person"
"""A sentence that tells two encoders apart."""
DULL = 0.6
"""How much less a pose that stands with hanging arms shows what its clip is called."""
ON_THE_WAY = 0.5
"""How much a pose that one only goes through shows of what one in which one stays does."""


class Reader(Protocol):
    def encode(self, sentences: list[str]) -> NDArray[np.float32]:
        """(N, D) unit vectors."""


@dataclass(frozen=True, eq=False)
class Captions:
    """S sentences: their unit `vectors` (S, D), and how true (S, K) each is of each pose."""

    sentences: tuple[str, ...]
    vectors: NDArray[np.float32]
    truths: NDArray[np.float32]

    def answer(self, asked: NDArray[np.float32]) -> NDArray[np.float32]:
        """(K,) by how much the best of what is said of a pose is heard in a sentence (D,): its
        cosine beyond HEARD, as far as it is true. Of a sentence that nothing is like, the least
        unlike is heard a little."""
        cosines = self.vectors @ asked
        heard = np.maximum(cosines - min(HEARD, FAINT * max(0.0, float(cosines.max()))), 0)
        some = heard > 0
        if not some.any():
            return np.zeros(self.truths.shape[1], np.float32)
        found: NDArray[np.float32] = (heard[some, None] * self.truths[some]).max(0)
        return found


def caption(book: Codebook, prior: PosePrior, offsets: Tensor, reader: Reader) -> Captions:
    """All that is said of the poses, of a body whose joints lie apart by `offsets` (22, 3)."""
    sentences, truths = _named(book)
    with torch.no_grad():
        turns = book.poses(prior, torch.arange(len(book.codes)))
        seen = looks(turns, offsets.cpu())
        # In most of what people do they also just stand, before or after, and that shows nothing.
        still = Posture(turns, offsets.cpu()).standing.numpy()
    sentences += seen
    named = truths * (1 - DULL * still)
    whole = np.concatenate([named, np.stack([truth.numpy() for truth in seen.values()])])
    return Captions(tuple(sentences), _vectors(sentences, reader), whole.astype(np.float32))


def _named(book: Codebook) -> tuple[list[str], NDArray[np.float32]]:
    """A clip's own words, or those by which the motion lexicon describes an action; true as far as
    they are of the poses that an entry is the mean of."""
    entries = load_lexicon().entries
    own = book.caption.numpy()
    share = (book.share.sqrt() * (ON_THE_WAY + (1 - ON_THE_WAY) * book.often)).numpy()
    sentences, truths = [], [np.zeros((0, len(own)), np.float32)]
    for row, text in enumerate(book.captions):
        name = text.removeprefix(ACTION)
        said = [text.replace(" - ", ", ")]
        if name != text:
            said = list(entries[name].describe) if name in entries else [name.replace("_", " ")]
        sentences += said
        truths.append(np.tile(np.where(own == row, share, 0.0), (len(said), 1)))
    return sentences, np.concatenate(truths)


def _vectors(sentences: list[str], reader: Reader) -> NDArray[np.float32]:
    """(S, D) unit vectors. Those of the embedded encoder are kept in a file, so that only those of
    sentences that are new, or another encoder's, take their time."""
    kept = _kept(reader)
    keys = [_key(sentence) for sentence in sentences]
    new = [row for row, key in enumerate(keys) if key not in kept]
    if new:
        encoded = reader.encode([sentences[row] for row in new])
        kept.update((keys[row], vector) for row, vector in zip(new, encoded, strict=True))
    return np.stack([kept[key] for key in keys])


def _kept(reader: Reader) -> dict[int, NDArray[np.float32]]:
    """The file's vectors by their sentences' keys; none if another encoder made them."""
    try:
        held = load_file(FILE)
        vectors = held["vectors"].astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        found = dict(zip(held["keys"].tolist(), vectors, strict=True))
    except (SafetensorError, OSError, KeyError, ValueError):
        return {}
    [probe] = reader.encode([PROBE])
    same = found.get(_key(PROBE), probe * 0)
    return found if same.shape == probe.shape and float(same @ probe) > 0.98 else {}


def _key(sentence: str) -> int:
    return int.from_bytes(hashlib.sha256(sentence.encode()).digest()[:7], "big")


def save_captions(book: Codebook, reader: Reader, path: Path = FILE) -> None:
    """Keep the vectors of all that is said of the book's poses, a byte a number."""
    still = torch.zeros(1, 22, 4)
    still[..., 0] = 1
    sentences = [PROBE, *_named(book)[0], *looks(still, torch.ones(22, 3))]
    vectors = np.round(reader.encode(sentences) * 127).astype(np.int8)
    keys = np.array([_key(sentence) for sentence in sentences], np.int64)
    save_file({"vectors": vectors, "keys": keys}, path)
