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
    exact = (places - bricks.low) / bricks.cell
    ends = zip(exact.unbind(1), bricks.nodes, strict=True)
    exact = torch.stack([line.clamp(0, nodes - 1.001) for line, nodes in ends], dim=1)
    node = exact.floor()
    share = (exact - node).unbind(1)
    near = node.long()
    total = places.new_zeros(count, len(places))
    for corner in range(8):
        step = (corner >> 2, corner >> 1 & 1, corner & 1)
        weight = torch.ones_like(share[0])
        for axis in range(3):
            weight = weight * (share[axis] if step[axis] else 1 - share[axis])
        at = [near[:, axis] + step[axis] for axis in range(3)]
        values = bricks.rows[_row(bricks.index, *at)][:, first : first + count]
        total += weight * values.T.float()
    return total


def _row(index: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    _, deep, high = index.shape
    brick = ((x >> 2) * deep + (y >> 2)) * high + (z >> 2)
    inside = ((x & 3) * SIDE + (y & 3)) * SIDE + (z & 3)
    return index.view(-1)[brick].long() * NODES + inside
