# SPDX-License-Identifier: Apache-2.0
"""The pieces that the picture tower and the text head are built of."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

HEAD_WIDTH = 64


class HeadNorm(nn.Module):
    """RMS normalisation of each head's vectors, in the precision that they come in."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, states: Tensor) -> Tensor:
        """(..., size) to the same."""
        weight = self.weight.to(states.dtype)
        return functional.rms_norm(states, (len(weight),), weight, eps=1e-6)


class Attention(nn.Module):
    """Self-attention whose queries and keys are normalised, so that no product can run away."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = max(1, width // HEAD_WIDTH)
        self.mix = nn.Linear(width, 3 * width)
        self.query_norm = HeadNorm(width // self.heads)
        self.key_norm = HeadNorm(width // self.heads)
        self.out = nn.Linear(width, width)

    def forward(self, states: Tensor, mask: Tensor | None = None) -> Tensor:
        """(N, T, W) to the same; `mask` (N, 1, 1, T) is true where a token may be looked at."""
        count, length, width = states.shape
        mixed = self.mix(states).view(count, length, 3, self.heads, -1)
        query, key, value = mixed.permute(2, 0, 3, 1, 4).unbind(0)
        query, key = self.query_norm(query).to(value), self.key_norm(key).to(value)
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        result: Tensor = self.out(found.transpose(1, 2).reshape(count, length, width))
        return result


class Block(nn.Module):
    """One pre-norm transformer layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first_norm = nn.LayerNorm(width)
        self.attention = Attention(width)
        self.second_norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, 4 * width)
        self.contract = nn.Linear(4 * width, width)

    def forward(self, states: Tensor, mask: Tensor | None = None) -> Tensor:
        """(N, T, W) to the same."""
        states = states + self.attention(self.first_norm(states), mask)
        hidden = functional.gelu(self.expand(self.second_norm(states)))
        result: Tensor = states + self.contract(hidden)
        return result


class Pool(nn.Module):
    """Learned queries, each of which gathers from the tokens what it looks for."""

    def __init__(self, width: int, queries: int) -> None:
        super().__init__()
        self.heads = max(1, width // HEAD_WIDTH)
        self.query = nn.Parameter(torch.randn(queries, width))
        self.norm = nn.LayerNorm(width)
        self.pair = nn.Linear(width, 2 * width)
        self.query_norm = HeadNorm(width // self.heads)
        self.key_norm = HeadNorm(width // self.heads)

    def forward(self, states: Tensor, mask: Tensor | None = None) -> Tensor:
        """(N, T, W) to (N, queries, W)."""
        count, length, width = states.shape
        pair = self.pair(self.norm(states)).view(count, length, 2, self.heads, -1)
        key, value = pair.permute(2, 0, 3, 1, 4).unbind(0)
        query = self.query.view(1, -1, self.heads, key.shape[-1]).transpose(1, 2)
        query = query.expand(count, -1, -1, -1)
        query, key = self.query_norm(query).to(value), self.key_norm(key).to(value)
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return found.transpose(1, 2).reshape(count, -1, width)


class Spread(nn.Module):
    """Each pooled query fills its own share of one vector: what is said of parts stays apart."""

    def __init__(self, width: int, queries: int, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(queries, width, size // queries) / width**0.5)

    def forward(self, pooled: Tensor) -> Tensor:
        """(N, queries, W) to (N, size)."""
        parts = torch.einsum("nqw,qws->nqs", pooled, self.weight.to(pooled))
        return parts.flatten(1)


def initialise(module: nn.Module) -> None:
    """Small weights in every layer, so that the first steps are calm; to be used with `apply`."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
