# SPDX-License-Identifier: Apache-2.0
"""The text head: token states of the frozen sentence encoder become the vector of a sentence."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blocks import Block, Pool, Spread, initialise
from .tower import GLOBAL, GLOBAL_QUERIES, PHRASE

STATES = 384
"""Width of the sentence encoder's states."""
WIDTH = 320
LAYERS = 2
WARMEST = 100.0
"""What a cosine is multiplied by at most."""


class TextHead(nn.Module):
    """About 3 million weights; also holds the learned scales of both losses."""

    def __init__(self, width: int = WIDTH, layers: int = LAYERS) -> None:
        super().__init__()
        self.enter = nn.Linear(STATES, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(layers))
        self.pool = Pool(width, GLOBAL_QUERIES + 1)
        self.spread = Spread(width, GLOBAL_QUERIES, GLOBAL)
        self.phrase = nn.Linear(width, PHRASE)
        self.scale = nn.Parameter(torch.tensor(14.0).log())
        self.phrase_scale = nn.Parameter(torch.tensor(10.0).log())
        self.phrase_bias = nn.Parameter(torch.tensor(-4.0))
        self.apply(initialise)

    def forward(self, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Token states (N, T, 384) and `mask` (N, T), true where a token is real, to unit vectors
        (N, GLOBAL) of sentences and (N, PHRASE) of phrases."""
        allowed = mask[:, None, None, :]
        inner = self.enter(states)
        for block in self.blocks:
            inner = block(inner, allowed)
        pooled = self.pool(inner, allowed)
        whole = self.spread(pooled[:, :-1])
        phrase = self.phrase(pooled[:, -1])
        return (
            functional.normalize(whole.float(), dim=-1),
            functional.normalize(phrase.float(), dim=-1),
        )

    def logits(self, texts: Tensor, pictures: Tensor) -> Tensor:
        """(M, GLOBAL) and (N, GLOBAL) unit vectors to their scaled cosines (M, N)."""
        return self.scale.exp().clamp(max=WARMEST) * (texts @ pictures.T)

    def phrase_logits(self, cosines: Tensor) -> Tensor:
        """Cosines of phrases and patches to logits that a patch shows what the phrase says."""
        return self.phrase_scale.exp().clamp(max=WARMEST) * cosines + self.phrase_bias
