# SPDX-License-Identifier: Apache-2.0
"""Values on a fine lattice, stored only where they are needed: in bricks of 4 x 4 x 4 nodes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ...kit.raster.fragments import triton_works

SIDE = 4
"""Nodes along a brick's side."""
NODES = SIDE**3
CHANNELS = 8
"""Values at a node: in half precision one load of 16 bytes."""


@dataclass(frozen=True, eq=False)
class Bricks:
    """A lattice whose node (0, 0, 0) is at `low` (3,) and whose nodes are `cell` metres apart.

    `index` (X, Y, Z) int32 says which brick of `rows` (K * 64, 8) a place in the lattice has; many
    places may share one. Within a brick z runs fastest.
    """

    low: Tensor
    cell: float
    index: Tensor
    rows: Tensor

    def to(self, device: str | torch.device) -> Bricks:
        moved = {name: getattr(self, name).to(device) for name in ("low", "index", "rows")}
        return replace(self, **moved)

    @property
    def nodes(self) -> tuple[int, int, int]:
        """How many nodes there are along x, y and z."""
        across, deep, high = self.index.shape
        return across * SIDE, deep * SIDE, high * SIDE


def lookup(bricks: Bricks, places: Tensor, first: int, count: int) -> Tensor:
    """(count, P) float32: `count` channels from the `first` on, trilinear at places (P, 3); beyond
    the lattice as at its border. No gradient."""
    if places.is_cuda and triton_works():
        # Importing Triton takes long, and only CUDA needs it.
        from . import kernel

        return kernel.lookup(bricks, places, first, count)
    return plain_lookup(bricks, places, first, count)


@torch.no_grad()
def plain_lookup(bricks: Bricks, places: Tensor, first: int, count: int) -> Tensor:
    """What `lookup` gives, in plain PyTorch."""
    exact = ((places - bricks.low) / bricks.cell).unbind(1)
    exact = tuple(x.clamp(0, n - 1.001) for x, n in zip(exact, bricks.nodes, strict=True))
    near = [x.int() for x in exact]
    share = [x - low for x, low in zip(exact, near, strict=True)]
    _, deep, high = bricks.index.shape
    strides = ((deep * high, SIDE * SIDE), (high, SIDE), (1, 1))
    index = bricks.index.view(-1)
    total = places.new_zeros(len(places), count)
    for corner in range(8):
        brick = inside = torch.zeros_like(near[0])
        weight = torch.ones_like(share[0])
        for axis, (wide, narrow) in enumerate(strides):
            step = corner >> axis & 1
            at = near[axis] + step
            brick = brick + (at >> 2) * wide
            inside = inside + (at & 3) * narrow
            weight = weight * (share[axis] if step else 1 - share[axis])
        row = index.index_select(0, brick) * NODES + inside
        values = bricks.rows.index_select(0, row)[:, first : first + count]
        total += values * weight[:, None]
    return total.T
