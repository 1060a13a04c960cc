# SPDX-License-Identifier: Apache-2.0
"""all-MiniLM-L6-v2 in torch, for training on a GPU: the same states as `kit/text.py` in numpy.

It can be cut to the tokens that a set of sentences uses, which makes its file a quarter as large.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from ....shared.errors import MissingWeightsError

WIDTH = 384
LAYERS = 6
HEADS = 12
HIDDEN = 1536
EPSILON = 1e-12
PAD, UNKNOWN, FIRST, LAST = 0, 100, 101, 102
"""Tokens that every cut keeps."""
KEPT_TOKENS = "kept_tokens"
WORDS = "embeddings.word_embeddings.weight"
LONGEST = 64
"""Tokens of a training sentence that are read."""


class Layer(nn.Module):
    """One layer of BERT, with the names of its weights in the published file."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.attended_norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.expand = nn.Linear(WIDTH, HIDDEN)
        self.contract = nn.Linear(HIDDEN, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(N, T, WIDTH) to the same; `mask` (N, 1, 1, T) is true where a token is real."""
        query, key, value = (
            part(states).unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        states = self.attended_norm(states + self.attended(found.transpose(1, 2).flatten(2)))
        result: Tensor = self.norm(states + self.contract(functional.gelu(self.expand(states))))
        return result


_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "attended_norm": "attention.output.LayerNorm",
    "expand": "intermediate.dense",
    "contract": "output.dense",
    "norm": "output.LayerNorm",
}


class MiniLM(nn.Module):
    """The frozen sentence encoder; `row` maps a token of the whole vocabulary to its embedding."""

    row: Tensor

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        kept = weights.get(KEPT_TOKENS)
        self.words = nn.Parameter(weights[WORDS])
        self.places = nn.Parameter(
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self.first_norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.first_norm.load_state_dict(_part(weights, "embeddings.LayerNorm"))
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        for number, layer in enumerate(self.layers):
            for ours, theirs in _NAMES.items():
                part = _part(weights, f"encoder.layer.{number}.{theirs}")
                layer.get_submodule(ours).load_state_dict(part)
        self.register_buffer("row", _rows(kept, len(self.words)), persistent=False)
        self.requires_grad_(False)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """The last states (N, T, WIDTH) of tokens (N, T), where `mask` (N, T) is true."""
        states: Tensor = self.words[self.row[tokens]] + self.places[: tokens.shape[1]]
        states = self.first_norm(states)
        for layer in self.layers:
            states = layer(states, mask[:, None, None, :])
        return states


@dataclass(frozen=True, eq=False)
class TokenReader:
    """Sentences to the states of their tokens, on the network's device."""

    tokenizer: Tokenizer
    network: MiniLM

    def __call__(self, sentences: Sequence[str]) -> tuple[Tensor, Tensor]:
        """States (N, T, WIDTH) and the mask (N, T) of what is real."""
        tokens, mask = tokenise(self.tokenizer, sentences)
        device = self.network.words.device
        real = torch.from_numpy(mask).to(device)
        with torch.no_grad():
            states: Tensor = self.network(torch.from_numpy(tokens).to(device), real)
        return states, real

    def notes(self, sentences: Sequence[str]) -> tuple[str, ...]:
        """What was not read of sentences that are too long."""
        return notes_of_cuts(self.tokenizer, sentences)


def notes_of_cuts(tokenizer: Tokenizer, sentences: Sequence[str]) -> tuple[str, ...]:
    """One note for each sentence whose end the tokenizer cuts off."""
    notes = []
    for sentence in sentences:
        encoded = tokenizer.encode(sentence)
        if encoded.overflowing:
            end = max(stop for _, stop in encoded.offsets)
            notes.append(
                f"A prompt is longer than {len(encoded.ids)} tokens; not read: "
                f"“{sentence[end:].strip()}”."
            )
    return tuple(notes)


def tokenise(
    tokenizer: Tokenizer, sentences: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(N, T) tokens of the whole vocabulary, PAD behind the shorter ones, and which are real."""
    rows = [encoding.ids for encoding in tokenizer.encode_batch(list(sentences))]
    longest = max((len(row) for row in rows), default=1)
    tokens = np.full((len(rows), longest), PAD, np.int64)
    mask = np.zeros((len(rows), longest), np.bool_)
    for number, row in enumerate(rows):
        tokens[number, : len(row)] = row
        mask[number, : len(row)] = True
    return tokens, mask


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of the file `tokenizer.json`. Raises MissingWeightsError."""
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # all that the library raises
        raise MissingWeightsError(
            f"The tokenizer {path} is missing or not whole.",
            "Remove it: `kinora train encoder` makes it anew.",
        ) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def load_minilm(path: Path, device: torch.device, precision: torch.dtype) -> MiniLM:
    """The network from the published file or from a cut one. Raises MissingWeightsError."""
    try:
        weights = load_file(path)
        network = MiniLM({name: _float(value) for name, value in weights.items()})
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        raise MissingWeightsError(
            f"The sentence encoder's file {path} is missing or not whole.",
            "Remove it: `kinora train encoder` makes it anew.",
        ) from error
    return network.to(device, precision)


def cut_minilm(source: Path, tokens: Iterable[int], output: Path) -> None:
    """Write the published file `source` in half precision, with the embeddings of `tokens` only."""
    weights = load_file(source)
    kept = sorted({PAD, UNKNOWN, FIRST, LAST, *tokens})
    cut = {
        name: value.half()
        for name, value in weights.items()
        if name.startswith(("embeddings.", "encoder.")) and value.is_floating_point()
    }
    cut[WORDS] = cut[WORDS][kept].contiguous()
    places = "embeddings.position_embeddings.weight"
    cut[places] = cut[places][:LONGEST].contiguous()
    cut[KEPT_TOKENS] = torch.tensor(kept, dtype=torch.int32)
    save_file(cut, output)


def _part(weights: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {kind: weights[f"{name}.{kind}"] for kind in ("weight", "bias")}


def _float(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def _rows(kept: Tensor | None, count: int) -> Tensor:
    """For each token of the whole vocabulary its row among the embeddings that were kept."""
    if kept is None:
        return torch.arange(count)
    rows = torch.full((1 << 15,), int((kept == UNKNOWN).nonzero()[0, 0]))
    rows[kept.long()] = torch.arange(count)
    return rows
