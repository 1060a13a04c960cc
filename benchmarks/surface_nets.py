# SPDX-License-Identifier: Apache-2.0
"""A mesh of a field's zero level, for machines without scikit-image: naive surface nets."""

from __future__ import annotations

import torch
from torch import Tensor

_AXES = ((0, 1, 2), (1, 2, 0), (2, 0, 1))


def surface_net(values: Tensor) -> tuple[Tensor, Tensor]:
    """Vertices (V, 3) in cells and triangles (F, 3), wound outwards, where values (X, Y, Z), less
    than 0 inside, cross 0. A vertex is the mean of its cell's crossings (Gibson 1998)."""
    size = torch.tensor(values.shape, device=values.device)
    points, quads = [], []
    for axis, across, along in _AXES:
        count = values.shape[axis] - 1
        one, two = values.narrow(axis, 0, count), values.narrow(axis, 1, count)
        node = ((one < 0) != (two < 0)).nonzero()
        low = one[tuple(node.T)]
        share = low / (low - two[tuple(node.T)])
        point = node.to(values.dtype)
        point[:, axis] += share
        steps = torch.zeros(4, 3, dtype=torch.int64, device=values.device)
        steps[[0, 3], across] = -1
        steps[[0, 1], along] = -1
        # Around the edge, counterclockwise as seen from where it leads.
        cells = node[:, None] + steps
        within = ((cells >= 0) & (cells < size - 1)).all(2).all(1)
        cells = torch.where((low < 0)[:, None, None], cells, cells.flip(1))[within]
        quads.append((cells[..., 0] * size[1] + cells[..., 1]) * size[2] + cells[..., 2])
        points.append(point[within])
    corner, every = torch.cat(quads), torch.cat(points)
    cell, number = corner.reshape(-1).unique(return_inverse=True)
    sums = every.new_zeros(len(cell), 4)
    told = torch.cat([every, torch.ones_like(every[:, :1])], dim=1)
    sums.index_add_(0, number, told.repeat_interleave(4, 0))
    number = number.view(-1, 4)
    triangles = torch.cat([number[:, [0, 1, 2]], number[:, [0, 2, 3]]])
    return sums[:, :3] / sums[:, 3:], triangles
