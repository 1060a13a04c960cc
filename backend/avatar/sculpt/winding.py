# SPDX-License-Identifier: Apache-2.0
"""Which nodes of a lattice lie inside of closed surfaces that may overlap: winding numbers."""

from __future__ import annotations

import torch
from torch import Tensor

# Off the lattice's own lines, on which round numbers lie: no corner shall be met exactly.
_OFF = (0.3819660e-4, 0.2360680e-4)


def inside(corners: Tensor, low: Tensor, cell: float, nodes: tuple[int, int, int]) -> Tensor:
    """(X, Y, Z) bool: whether triangles (F, 3, 3), wound outwards, wind around a node.

    Each column of nodes is a line; what it crosses from below counts up, from above down.
    """
    flat = ((corners - low) / cell).double()
    flat = flat + flat.new_tensor([*_OFF, 0.0])
    owner, x, y = _columns(flat, nodes)
    a, b, c = (flat[:, one].index_select(0, owner) for one in range(3))
    place = torch.stack([x, y], dim=1).double()
    shares = torch.stack([_area(b, c, place), _area(c, a, place), _area(a, b, place)])
    total = shares.sum(0)
    hit = ((shares > 0).all(0) | (shares < 0).all(0)) & (total != 0)
    height = (shares * torch.stack([a[:, 2], b[:, 2], c[:, 2]])).sum(0) / total
    first = height.ceil().clamp(0, nodes[2]).long()
    steps = torch.zeros(nodes[0] * nodes[1] * (nodes[2] + 1), dtype=torch.int8, device=flat.device)
    at = (x * nodes[1] + y) * (nodes[2] + 1) + first
    turn = torch.where(total > 0, -1, 1).to(torch.int8)
    steps.index_add_(0, at[hit], turn[hit])
    turns = steps.view(nodes[0], nodes[1], -1)[:, :, :-1].cumsum(2, dtype=torch.int8)
    return turns > 0


def _columns(flat: Tensor, nodes: tuple[int, int, int]) -> tuple[Tensor, Tensor, Tensor]:
    """For each column in a triangle's box: which triangle, and the column's x and y."""
    end = torch.tensor(nodes[:2], device=flat.device) - 1
    low = flat[:, :, :2].amin(1).ceil().long().clamp(min=0)
    high = flat[:, :, :2].amax(1).floor().long().minimum(end)
    wide, deep = (high - low + 1).clamp(min=0).unbind(1)
    many = wide * deep
    owner = torch.repeat_interleave(many)
    place = torch.arange(len(owner), device=flat.device) - (many.cumsum(0) - many)[owner]
    across = place // deep[owner]
    return owner, low[owner, 0] + across, low[owner, 1] + place - across * deep[owner]


def _area(a: Tensor, b: Tensor, place: Tensor) -> Tensor:
    """Twice the area that a place makes with an edge; exactly opposite for the edge turned."""
    one, two = a[:, :2] - place, b[:, :2] - place
    return one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
