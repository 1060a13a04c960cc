# SPDX-License-Identifier: Apache-2.0
"""Pictures as the encoder must withstand them: blurred, noisy, and changed against it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SHIFT = 0.05
ZOOM = 0.1
NOISE = 0.03
TINT = 0.06
ROUGH_SHARE = 0.5
"""Share of pictures that are blurred, and of those that get noise."""


def vary(pictures: Tensor, part: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Crop, blur, tint and roughen pictures (B, 3, S, S); the part map (B, S, S) moves with them.

    What comes into view at the edges continues the edge; the part there is none (-1).
    """
    count, device = len(pictures), pictures.device

    def draw(*shape: int) -> Tensor:
        return torch.rand(shape, generator=random, device=device)

    zoom = 1 + ZOOM * (2 * draw(count) - 1)
    move = SHIFT * 2 * (2 * draw(count, 2) - 1)
    grid = _grid(zoom, move, pictures.shape[-1])
    pictures = functional.grid_sample(
        pictures, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    numbers = (part[:, None] + 1).to(pictures.dtype)
    moved = functional.grid_sample(numbers, grid, mode="nearest", align_corners=False)
    blurred = functional.avg_pool2d(
        functional.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, stride=1
    )
    share = (draw(count, 1, 1, 1) < ROUGH_SHARE) * draw(count, 1, 1, 1)
    pictures = torch.lerp(pictures, blurred, share)
    gain = 1 + TINT * (2 * draw(count, 3, 1, 1) - 1)
    lift = TINT * (2 * draw(count, 1, 1, 1) - 1)
    rough = NOISE * (draw(count, 1, 1, 1) < ROUGH_SHARE) * draw(count, 1, 1, 1)
    noise = torch.randn(pictures.shape, generator=random, device=device)
    pictures = (pictures * gain + lift + rough * noise).clamp(0, 1)
    return pictures, moved[:, 0].to(part.dtype) - 1


def _grid(zoom: Tensor, move: Tensor, size: int) -> Tensor:
    """(B, S, S, 2) places to sample a picture at, for `functional.grid_sample`."""
    side = (torch.arange(size, device=zoom.device) + 0.5) * (2 / size) - 1
    places = torch.stack(torch.meshgrid(side, side, indexing="xy"), -1)
    grid: Tensor = places[None] * zoom[:, None, None, None] + move[:, None, None, :]
    return grid


def disturb(pictures: Tensor, slope: Tensor, foreground: Tensor, radius: Tensor) -> Tensor:
    """One step uphill: pictures (B, 3, S, S) changed along `slope`, the gradient of a loss, by at
    most `radius` (B,) in the L2 norm, and only where `foreground` (B, S, S) is true."""
    step = torch.nan_to_num(slope.float()) * foreground[:, None]
    length = step.flatten(1).norm(dim=1).clamp(min=1e-12)
    changed: Tensor = pictures + step * (radius / length)[:, None, None, None]
    return changed.clamp(0, 1)
