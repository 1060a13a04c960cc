# SPDX-License-Identifier: Apache-2.0
"""Clips as a video prior is shown them: in random perspective, cropped, the same in every frame."""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional

DISTORTION = 0.5
"""Corners move inwards by up to this share of half a side."""
CROP = (0.4, 1.0)
"""Share of the picture's area that a crop keeps."""
_CORNERS = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]], dtype=torch.float64)


def augment(frames: Tensor, generator: Generator) -> Tensor:
    """Frames (S, C, H, H) seen through one random view, white beyond their edges."""
    return view(frames, random_view(generator))


def view(frames: Tensor, matrix: Tensor) -> Tensor:
    """Frames (S, C, H, H) resampled: `matrix` (3, 3) leads from the new picture to the old.

    Both are squares from -1 to 1. Resampled once, whatever the matrix is composed of.
    """
    size = frames.shape[-1]
    centers = (torch.arange(size, device=frames.device, dtype=frames.dtype) + 0.5) * (2 / size) - 1
    y, x = torch.meshgrid(centers, centers, indexing="ij")
    places = torch.stack([x, y, torch.ones_like(x)], dim=-1) @ matrix.to(frames).T
    grid = (places[..., :2] / places[..., 2:]).expand(len(frames), -1, -1, -1)
    return 1 - functional.grid_sample(1 - frames, grid, align_corners=False)


def random_view(generator: Generator) -> Tensor:
    """The matrix of a random perspective and then a random crop, (3, 3)."""
    draws = torch.rand(11, generator=generator, dtype=torch.float64)
    moved = _CORNERS * (1 - DISTORTION * draws[:8].reshape(4, 2))
    side = (CROP[0] + (CROP[1] - CROP[0]) * draws[8]).sqrt()
    left, top = (1 - side) * (2 * draws[9:] - 1)
    zero, one = torch.zeros_like(side), torch.ones_like(side)
    crop = torch.stack([side, zero, left, zero, side, top, zero, zero, one]).reshape(3, 3)
    return homography(moved, _CORNERS) @ crop


def homography(here: Tensor, there: Tensor) -> Tensor:
    """The matrix (3, 3) that leads four points (4, 2) to four others."""
    rows = []
    for (x, y), (u, v) in zip(here.tolist(), there.tolist(), strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    system = torch.tensor(rows, dtype=torch.float64)
    solved = torch.linalg.solve(system, there.double().flatten())
    return torch.cat([solved, solved.new_ones(1)]).reshape(3, 3)
