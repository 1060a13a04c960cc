# SPDX-License-Identifier: Apache-2.0
"""The field that is sculpted: the start, and what is learnt on top of it, at first nothing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .bricks import lookup
from .distance import COLOR, COUNT, DISTANCE, BaseField
from .hashgrid import FEATURES, encode, layout

_MARGIN = 0.1  # metres of the hash grid around the start's lattice, for taps beside it
_UNIT = 0.01  # metres that the network's output of 1 moves the surface
_LEAST = 1e-5  # metres: leeway below this is none
_SPREAD = 1e-4  # of the first features
_TAPS = ((1.0, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))


@dataclass(frozen=True)
class Grid:
    """How fine the learnt field is: `levels` from a `coarse` to a `fine` cell in metres, each of
    at most 2 ** `bits` entries, and networks with so many `hidden` features."""

    levels: int = 14
    coarse: float = 0.128
    fine: float = 0.003
    bits: int = 17
    hidden: int = 64


class Learnt(nn.Module):
    """A hash grid and a network with one hidden layer, whose last layer starts at zero."""

    def __init__(self, box: tuple[Tensor, Tensor], grid: Grid, outputs: int, seed: int) -> None:
        super().__init__()
        cells = (grid.coarse, grid.fine)
        self.layout = layout(box[0], box[1], cells, grid.levels, 1 << grid.bits)
        random = torch.Generator().manual_seed(seed)
        inputs = grid.levels * FEATURES
        table = (torch.rand(self.layout.entries, FEATURES, generator=random) * 2 - 1) * _SPREAD
        first = torch.randn(grid.hidden, inputs, generator=random) * (2 / inputs) ** 0.5
        device = box[0].device
        self.table = nn.Parameter(table.to(device))
        self.first = nn.Parameter(first.to(device))
        self.bias = nn.Parameter(torch.zeros(grid.hidden, device=device))
        self.last = nn.Parameter(torch.zeros(outputs, grid.hidden, device=device))

    def forward(self, places: Tensor, shown: Tensor) -> Tensor:
        """(P, outputs) float32, gradients to the parameters alone."""
        features = encode(self.table, places, self.layout, shown).T
        kind = features.dtype
        hidden = functional.linear(features, self.first.to(kind), self.bias.to(kind)).relu_()
        return functional.linear(hidden, self.last.to(kind)).float()


class Field(nn.Module):
    """Distance and color of the start with what is learnt; on the device on which `base` lies.

    `shown` (levels,) is how much of each level counts, 0 to 1: `show` sets it. The shape's and
    the color's parameters are apart, so that either may be held.
    """

    shown: Tensor
    taps: Tensor
    """(4, 3) corners of a tetrahedron: values there give a gradient."""

    def __init__(self, base: BaseField, grid: Grid, seed: int) -> None:
        super().__init__()
        self.base, self.grid = base, grid
        bricks = base.bricks
        high = bricks.low + bricks.low.new_tensor(bricks.nodes) * bricks.cell
        box = (bricks.low - _MARGIN, high + _MARGIN)
        self.shape = Learnt(box, grid, 1, 2 * seed)
        self.paint = Learnt(box, grid, 3, 2 * seed + 1)
        self.register_buffer("shown", torch.ones(grid.levels, device=bricks.low.device))
        self.register_buffer("taps", bricks.low.new_tensor(_TAPS), persistent=False)

    def show(self, levels: float) -> None:
        """Let the first so many levels count, the last of them by the fraction."""
        number = torch.arange(len(self.shown), device=self.shown.device)
        self.shown.copy_((levels - number).clamp(0, 1))

    @property
    def tap(self) -> float:
        """Metres from a point at which differences show its normal."""
        return max(self.grid.fine, self.base.bricks.cell)

    def measure(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """(P,) the start's distance at places (P, 3), and how far out the surface has moved."""
        start, outward, inward = lookup(self.base.bricks, places, DISTANCE, 3)
        learnt = self.shape(places, self.shown)[:, 0] * _UNIT
        most = torch.where(learnt.detach() > 0, outward, inward)
        # Of unit slope at nothing and never beyond the leeway.
        bounded = most * torch.tanh(learnt / most.clamp(min=_LEAST))
        return start, torch.where(most > _LEAST, bounded, learnt * 0)

    def distance(self, places: Tensor) -> Tensor:
        """(P,) metres, negative inside."""
        start, moved = self.measure(places)
        return start - moved

    def moved(self, places: Tensor) -> Tensor:
        """(P,) metres that the surface has moved outward at places (P, 3)."""
        return self.measure(places)[1]

    def color(self, places: Tensor) -> Tensor:
        """(P, 3) sRGB from 0 to 1. What is clamped keeps its gradient, so that it can return."""
        start = lookup(self.base.bricks, places, COLOR, COUNT - COLOR).T
        color: Tensor = start + self.paint(places, self.shown).tanh()
        return color + (color.clamp(0, 1) - color).detach()


def new_field(base: BaseField, grid: Grid | None = None, seed: int = 0) -> Field:
    """A field that is exactly its start."""
    return Field(base, grid or Grid(), seed)
