# SPDX-License-Identifier: Apache-2.0
"""The network that sees a drawn person: heat maps of joints, and how like a person it is."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..drawing import PERSON

PIXELS = 128
"""Side of the picture that it sees."""
CELLS = 64
"""Side of the heat maps."""
WIDTHS = (24, 48, 80, 112)
"""Channels at a half, a quarter, an eighth and a sixteenth of the picture."""
DEPTHS = (1, 2, 3, 2)
AROUND = 2
"""Cells to each side of the highest whose mean is the place."""


class Block(nn.Module):
    """A depthwise 5 x 5 look around, then a mix of channels, added to what came."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(width, width, 5, padding=2, groups=width)
        self.norm = nn.GroupNorm(1, width)
        self.rise = nn.Conv2d(width, 2 * width, 1)
        self.fall = nn.Conv2d(2 * width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.fall(functional.gelu(self.rise(self.norm(self.around(x)))))
        return x + mixed


class PersonNetwork(nn.Module):
    """(N, 4, 128, 128) premultiplied RGBA to logits: heat maps (N, 13, 64, 64), likeness (N,)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(4, WIDTHS[0], 3, 2, 1)
        self.stages = nn.ModuleList(
            nn.Sequential(*(Block(width) for _ in range(depth)))
            for width, depth in zip(WIDTHS, DEPTHS, strict=True)
        )
        pairs = list(pairwise(WIDTHS))
        self.downs = nn.ModuleList(nn.Conv2d(first, second, 2, 2) for first, second in pairs)
        self.ups = nn.ModuleList(nn.Conv2d(second, first, 1) for first, second in pairs)
        self.joins = nn.ModuleList(Block(first) for first, _ in pairs)
        self.heat = nn.Conv2d(WIDTHS[0], len(PERSON), 1)
        self.likeness = nn.Linear(WIDTHS[-1], 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(pictures)
        seen = []
        for number, stage in enumerate(self.stages):
            x = stage(x)
            if number < len(self.downs):
                seen.append(x)
                x = self.downs[number](x)
        likeness = self.likeness(x.mean((2, 3)))[:, 0]
        for number in reversed(range(len(self.downs))):
            wider = functional.interpolate(self.ups[number](x), scale_factor=2.0, mode="nearest")
            x = self.joins[number](seen[number] + wider)
        return self.heat(x), likeness


def places(heat: Tensor) -> tuple[Tensor, Tensor]:
    """Where heat maps (N, K, S, S) are highest, (N, K, 2) in 0..1 of the picture, and how much of
    the whole lies there, (N, K) in 0..1."""
    side = heat.shape[-1]
    chance = heat.flatten(2).softmax(-1).view(heat.shape)
    best = chance.flatten(2).argmax(-1)
    row, column = best // side, best % side
    steps = torch.arange(-AROUND, AROUND + 1, device=heat.device)
    rows = row[..., None] + steps + AROUND
    columns = column[..., None] + steps + AROUND
    padded = functional.pad(chance, (AROUND,) * 4)
    many = torch.arange(padded.shape[0], device=heat.device)[:, None, None, None]
    joint = torch.arange(padded.shape[1], device=heat.device)[None, :, None, None]
    patch = padded[many, joint, rows[..., :, None], columns[..., None, :]]
    whole = patch.sum((2, 3))
    y = (patch.sum(3) * steps).sum(2) / whole + row
    x = (patch.sum(2) * steps).sum(2) / whole + column
    return (torch.stack([x, y], -1) + 0.5) / side, whole
