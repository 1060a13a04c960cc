# SPDX-License-Identifier: Apache-2.0
"""Multiresolution hash grids (Müller et al. 2022): features of places, fine where there is detail.

Each level is a lattice with two features a node, trilinear in between. Coarse levels have every
node; finer ones share a table of fixed size by a hash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ...kit.raster.fragments import triton_works

PRIMES = (2654435761, 805459861)
FEATURES = 2
_COPIED = 1 << 16  # entries of a level with its copies
_MOST_COPIES = 32


@dataclass(frozen=True, eq=False)
class Layout:
    """L levels in a box that begins at `low` (3,): `scale` (L,) nodes a metre; `sizes` (L, 6)
    int32 the first entry, how many entries, nodes along x and y, 0 where they are hashed, and,
    where gradients are summed, the first entry and how many copies of all there are."""

    low: Tensor
    scale: Tensor
    sizes: Tensor
    rows: tuple[tuple[int, ...], ...]
    """Of `sizes` the first four, as numbers."""
    copies: tuple[int, ...]
    """Of `sizes` the last."""

    def to(self, device: str | torch.device) -> Layout:
        moved = {name: getattr(self, name).to(device) for name in ("low", "scale", "sizes")}
        return replace(self, **moved)

    @property
    def entries(self) -> int:
        """Of all levels."""
        return sum(row[1] for row in self.rows)


def layout(low: Tensor, high: Tensor, cells: tuple[float, float], levels: int, most: int) -> Layout:
    """Levels from a coarse to a fine cell (metres), of at most `most` entries, a power of 2."""
    ratio = (cells[1] / cells[0]) ** (1 / max(levels - 1, 1))
    scale, rows, copies, sizes, start, first = [], [], [], [], 0, 0
    for level in range(levels):
        cell = cells[0] * ratio**level
        nodes = [int(n) for n in ((high - low) / cell).floor() + 2]
        whole = nodes[0] * nodes[1] * nodes[2]
        row = (start, whole, nodes[0], nodes[1]) if whole <= most else (start, most, 0, 0)
        scale.append(1 / cell)
        rows.append(row)
        copies.append(max(1, min(_MOST_COPIES, _COPIED // row[1])))
        sizes.append((*row, first, copies[-1]))
        start += row[1]
        first += row[1] * copies[-1]
    table = low.new_tensor(sizes, dtype=torch.int32)
    return Layout(low, low.new_tensor(scale), table, tuple(rows), tuple(copies))


def encode(table: Tensor, places: Tensor, layout: Layout, shown: Tensor) -> Tensor:
    """(2 L, P) features at places (P, 3), each level times its share `shown` (L,), where 0 saves
    the work. Gradients reach the table (E, 2) alone."""
    if places.is_cuda and triton_works():
        own = (table, places.detach().contiguous(), layout, shown)
        found: Tensor = _Encoded.apply(*own)  # type: ignore[no-untyped-call]
        return found
    return plain_encode(table, places, layout, shown)


def plain_encode(table: Tensor, places: Tensor, layout: Layout, shown: Tensor) -> Tensor:
    """What `encode` gives, in plain PyTorch."""
    features = []
    offset = places.detach() - layout.low
    for level, (start, entries, wide, deep) in enumerate(layout.rows):
        exact = (offset * layout.scale[level]).clamp(min=0)
        node = exact.long()
        share = exact - node
        factors = (1, wide, wide * deep) if wide else (1, *PRIMES)
        ends = [[(node[:, n] + step) * f for step in (0, 1)] for n, f in enumerate(factors)]
        sides = [(1 - share[:, axis], share[:, axis]) for axis in range(3)]
        total = table.new_zeros(len(places), FEATURES)
        for corner in range(8):
            a, b, c = corner >> 2, corner >> 1 & 1, corner & 1
            x, y, z = ends[0][a], ends[1][b], ends[2][c]
            at = (x + y + z).clamp(max=entries - 1) if wide else (x ^ y ^ z) & (entries - 1)
            weight = sides[0][a] * sides[1][b] * sides[2][c]
            total = total + weight[:, None] * table.index_select(0, start + at)
        features.append(total * shown[level])
    return torch.cat(features, dim=1).T


class _Encoded(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, table: Tensor, places: Tensor, layout: Layout, shown: Tensor) -> Tensor:
        from . import kernel

        ctx.save_for_backward(places, shown)
        ctx.layout = layout
        return kernel.encode(table, places, layout, shown)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        from . import kernel

        places, shown = ctx.saved_tensors
        spread = kernel.encode_backward(gradient.contiguous(), places, ctx.layout, shown)
        return spread, None, None, None
