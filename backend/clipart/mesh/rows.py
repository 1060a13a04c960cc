# SPDX-License-Identifier: Apache-2.0
"""Which pixels flat triangles cover, row by row, each pixel once where they lie side by side."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Rows:
    """S rows of `count` pixels from the pixel (`left`, `row`), each within a triangle `face`."""

    face: Tensor
    row: Tensor
    left: Tensor
    count: Tensor


@dataclass(frozen=True)
class Pixels:
    """N pixels: the row that each is part of and the steps from that row's left end."""

    row: Tensor
    step: Tensor

    def chosen(self, which: Tensor) -> Pixels:
        return Pixels(self.row[which], self.step[which])


def rows_within(corners: Tensor, height: int, width: int) -> Rows:
    """The pixels whose centers lie in triangles (F, 3, 2), in pixels, the first's at (0.5, 0.5).

    Triangles that share an edge share no pixel and leave none out; which way round they are does
    not matter. Those that are not finite cover nothing.
    """
    order = corners[..., 1].argsort(1)
    top, middle, bottom = corners.gather(1, order[..., None].expand_as(corners)).unbind(1)
    first = _first_center(top[:, 1], height)
    finite = corners.isfinite().flatten(1).all(1)
    counts = torch.where(finite, _first_center(bottom[:, 1], height) - first, 0)
    face, steps = spread(counts)
    row = first[face] + steps
    lines = torch.cat([_line(top, bottom), _line(top, middle), _line(middle, bottom)], 1)[face]
    center = row + 0.5
    long, upper, lower = (
        lines[:, at] + (center - lines[:, at + 1]) * lines[:, at + 2] for at in (0, 3, 6)
    )
    short = torch.where(center < lines[:, 7], upper, lower)
    left = _first_center(torch.minimum(long, short), width)
    count = _first_center(torch.maximum(long, short), width) - left
    kept = count.nonzero()[:, 0]
    return Rows(face[kept], row[kept], left[kept], count[kept])


def pixels_of(rows: Rows) -> Pixels:
    return Pixels(*spread(rows.count))


def spread(counts: Tensor) -> tuple[Tensor, Tensor]:
    """Each index as often as its count says, and 0, 1, 2, ... within each."""
    owner = torch.repeat_interleave(counts)
    first = counts.cumsum(0) - counts
    return owner, torch.arange(len(owner), device=counts.device) - first[owner]


def _first_center(place: Tensor, end: int) -> Tensor:
    """The first pixel whose center is not before a place, kept within 0 to `end`."""
    return (place - 0.5).ceil().clamp(0, end).nan_to_num(0).long()


def _line(start: Tensor, end: Tensor) -> Tensor:
    """(F, 3): x and y of the upper end, and how x goes with y."""
    along = end - start
    return torch.cat([start, along[:, :1] / along[:, 1:]], 1)
