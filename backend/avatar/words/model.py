# SPDX-License-Identifier: Apache-2.0
"""The text head's network in torch, as it is trained; `network.py` runs the same one in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .known import KINDS, PARTS, Class
from .network import BODY, CLASS_WIDTH, HEADS, HIDDEN, LAYERS, QUERIES, REACH, SHARPNESS, WIDTH

INPUT = 768
DROPOUT = 0.15
WORD_NOISE = 0.25
"""Standard deviations of noise on the words' inputs: the states of rare words are unsure."""


@dataclass(frozen=True, eq=False)
class Said:
    """Scores (logarithms) of words (B, W, ...) and of sentences (B, ...), as in `network.Output`;
    of `body` (B, 6, 2) whether each number is said, and the number."""

    kinds: Tensor
    classes: Tensor
    parts: Tensor
    denied: Tensor
    body: Tensor
    sex: Tensor


class Layer(nn.Module):
    """One layer of attention over the words of a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.first_norm = nn.LayerNorm(WIDTH)
        self.mix = nn.Linear(WIDTH, 3 * WIDTH)
        self.near = nn.Parameter(torch.zeros(HEADS, 2 * REACH + 1))
        self.out = nn.Linear(WIDTH, WIDTH)
        self.second_norm = nn.LayerNorm(WIDTH)
        self.expand = nn.Linear(WIDTH, 2 * WIDTH)
        self.contract = nn.Linear(2 * WIDTH, WIDTH)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        count, length, _ = states.shape
        mixed = self.mix(self.first_norm(states)).view(count, length, 3, HEADS, -1)
        query, key, value = mixed.permute(2, 0, 3, 1, 4)
        places = torch.arange(length)
        offsets = (places[None] - places[:, None]).clamp(-REACH, REACH) + REACH
        bias = self.near[:, offsets].masked_fill(~mask[:, None, None], -1e4)
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        states = states + self.dropout(self.out(attended.transpose(1, 2).flatten(2)))
        hidden = functional.gelu(self.expand(self.second_norm(states)))
        result: Tensor = states + self.dropout(self.contract(hidden))
        return result


class Net(nn.Module):
    """Words' inputs (B, W, 768) and a mask of those that are real to what is said of them."""

    input_mean: Tensor
    input_deviation: Tensor
    kind_of_class: Tensor

    def __init__(self, mean: Tensor, deviation: Tensor, classes: Sequence[Class]) -> None:
        super().__init__()
        self.register_buffer("input_mean", mean)
        self.register_buffer("input_deviation", deviation)
        self.register_buffer(
            "kind_of_class", torch.tensor([KINDS.index(one.kind) for one in classes])
        )
        both = HIDDEN + WIDTH
        self.own = nn.Linear(INPUT, HIDDEN)
        self.context = nn.Linear(INPUT, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.last_norm = nn.LayerNorm(WIDTH)
        self.query = nn.Linear(both, CLASS_WIDTH)
        self.direct = nn.Linear(INPUT, CLASS_WIDTH)
        self.vectors = nn.Parameter(torch.randn(len(classes), CLASS_WIDTH))
        self.bias = nn.Parameter(torch.zeros(len(classes)))
        self.kind = nn.Linear(both, len(KINDS))
        self.part = nn.Linear(WIDTH, len(PARTS))
        self.denied = nn.Linear(WIDTH, 1)
        self.ask = nn.Linear(WIDTH, QUERIES)
        self.answer = nn.Linear(WIDTH, WIDTH)
        self.body = nn.Parameter(torch.randn(len(BODY), WIDTH, 2) / WIDTH**0.5)
        self.body_bias = nn.Parameter(torch.zeros(len(BODY), 2))
        self.sex = nn.Linear(WIDTH, 3)
        self.dropout = nn.Dropout(DROPOUT)

    def start_at(self, embeddings: Tensor) -> None:
        """Begin with each class where its phrases lie: `embeddings` (classes, 384) of the encoder.

        What is like a phrase in its spelling is then taken for it before anything is learnt.
        """
        with torch.no_grad():
            width = embeddings.shape[1]
            places = (embeddings - self.input_mean[:width]) / self.input_deviation[:width]
            _, _, axes = torch.linalg.svd(places - places.mean(0), full_matrices=False)
            axes = axes[:CLASS_WIDTH]
            self.direct.weight.zero_()
            self.direct.weight[:, :width] = axes
            self.direct.bias.copy_(-(places.mean(0) @ axes.T))
            self.vectors.copy_((places - places.mean(0)) @ axes.T)

    def forward(self, words: Tensor, mask: Tensor) -> Said:
        inputs = (words - self.input_mean) / self.input_deviation
        if self.training:
            inputs = inputs + WORD_NOISE * torch.randn_like(inputs)
        own = self.dropout(functional.gelu(self.own(inputs)))
        states = self.context(inputs)
        for layer in self.layers:
            states = layer(states, mask)
        states = self.last_norm(states)
        both = torch.cat([own, states], -1)
        query = self.query(self.dropout(both)) + self.direct(inputs)
        query = functional.normalize(query, dim=-1)
        shares = self.ask(states).masked_fill(~mask[..., None], -1e4).softmax(1)
        pooled = torch.einsum("bwq,bwd->bqd", shares, self.answer(states))
        return Said(
            kinds=self.kind(both),
            classes=SHARPNESS * query @ functional.normalize(self.vectors, dim=-1).T + self.bias,
            parts=self.part(states),
            denied=self.denied(states)[..., 0],
            body=torch.einsum("bqd,qdo->bqo", pooled[:, :-1], self.body) + self.body_bias,
            sex=self.sex(pooled[:, -1]),
        )
