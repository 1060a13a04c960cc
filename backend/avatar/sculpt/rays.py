# SPDX-License-Identifier: Apache-2.0
"""Rays of pictures, each with the stretch on which it may meet the surface cut into strata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Rays:
    """Of N pictures, `pixels` square, M rays each; those that are not `valid` only fill up.

    A ray is at `origin` + depth * `direction`. Samples are drawn one in each of the K strata
    between `knots`.
    """

    pixels: int
    place: Tensor
    """(N, M) the pixel, row by row; pixels ** 2 for what is not valid."""
    origin: Tensor
    """(N, 3)"""
    direction: Tensor
    """(N, M, 3) unit."""
    knots: Tensor
    """(N, M, K + 1) metres, rising."""
    valid: Tensor
    """(N, M)"""
    part: Tensor
    """(N, M) which part of the start the pixel shows; -1 is none."""

    def __len__(self) -> int:
        return len(self.place)

    def of(self, which: Tensor) -> Rays:
        """The pictures `which` (n,)."""
        return self._each(lambda values: values.index_select(0, which))

    def to(self, device: str | torch.device) -> Rays:
        return self._each(lambda values: values.to(device))

    def _each(self, change: Callable[[Tensor], Tensor]) -> Rays:
        names = [field.name for field in fields(self) if field.name != "pixels"]
        return Rays(self.pixels, **{name: change(getattr(self, name)) for name in names})

    def places(self, depth: Tensor) -> Tensor:
        """(N, M, ..., 3) at depths (N, M, ...)."""
        more = (1,) * (depth.dim() - 2)
        origin = self.origin.view(-1, 1, *more, 3)
        direction = self.direction.view(*self.direction.shape[:2], *more, 3)
        return origin + depth[..., None] * direction

    def spread(self, values: Tensor, empty: float = 0.0) -> Tensor:
        """(N, C, S, S) pictures of values (N, M, C)."""
        count, _, channels = values.shape
        whole = values.new_full((count, self.pixels**2 + 1, channels), empty)
        at = self.place.long()[..., None].expand(-1, -1, channels)
        flat = whole.scatter(1, at, values)[:, :-1]
        return flat.mT.reshape(count, channels, self.pixels, self.pixels)

    def coverage(self, parts: int, grid: int) -> Tensor:
        """(N, P, G, G) the share of each cell of a grid over the picture that shows a part of the
        start."""
        pixel = self.place.long()
        row = pixel // self.pixels * grid // self.pixels
        column = pixel % self.pixels * grid // self.pixels
        cell = self.part.long() * grid**2 + row * grid + column
        seen = self.valid & (self.part >= 0)
        last = parts * grid**2
        count = torch.zeros(len(self), last + 1, device=pixel.device)
        count.scatter_add_(1, torch.where(seen, cell, last), seen.float())
        return count[:, :-1].view(-1, parts, grid, grid) / (self.pixels / grid) ** 2
