# SPDX-License-Identifier: Apache-2.0
"""What motion may not do: stretch bones, fold the sheet, leave the canvas, stand still or tremble.

Tracks are (T, K, 2) in canvas units and closed: after the last frame comes the first.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..drawing import CANVAS
from .paths import MARGIN


def lengths_of(points: Tensor, edges: Tensor) -> Tensor:
    """The lengths of edges (M, 2) between points (..., K, 2): (..., M)."""
    bones: Tensor = points[..., edges[:, 0], :] - points[..., edges[:, 1], :]
    lengths: Tensor = torch.linalg.vector_norm(bones, dim=-1)
    return lengths


def stretching(poses: Tensor, edges: Tensor, lengths: Tensor) -> Tensor:
    """The published skeleton loss: squared change of length, meant over edges, summed over frames.

    `poses` are the distinct frames; `lengths` (M,) or (S, M) are those that the edges should have.
    """
    return ((lengths_of(poses, edges) - lengths) ** 2).mean(dim=-1).sum()


def folding(places: Tensor, rest: Tensor, triangles: Tensor, least: float = 0.1) -> Tensor:
    """How far triangles (F, 3) turned over or shrank below `least` of their area at rest.

    `places` (S, V, 2), `rest` (V, 2). Summed over triangles, meant over frames; 0 is a sound sheet.
    """
    share = signed_areas(places, triangles) / signed_areas(rest, triangles)
    return (functional.relu(least - share) ** 2).sum(dim=-1).mean()


def signed_areas(places: Tensor, triangles: Tensor) -> Tensor:
    """(..., F) of triangles (F, 3) of places (..., V, 2)."""
    first, second, third = (places[..., triangles[:, n], :] for n in range(3))
    across, along = second - first, third - first
    return 0.5 * (across[..., 0] * along[..., 1] - across[..., 1] * along[..., 0])


def trembling(tracks: Tensor, start: Tensor) -> Tensor:
    """Mean squared second difference in time of what was changed about the start."""
    change = tracks - start
    bend = change.roll(-1, 0) - 2 * change + change.roll(1, 0)
    return (bend**2).sum(dim=-1).mean()


def path_length(tracks: Tensor) -> Tensor:
    """How far the keypoints go in a loop, meant over them; differentiable where nothing moves."""
    steps = (tracks.roll(-1, 0) - tracks).square().sum(dim=-1)
    return (steps + 1e-12).sqrt().sum(dim=0).mean()


def standing(tracks: Tensor, least: float) -> Tensor:
    """Squared lack of path below the motion floor."""
    return functional.relu(least - path_length(tracks)) ** 2


def leaving(tracks: Tensor) -> Tensor:
    """Mean squared distance of keypoints beyond the canvas' margin."""
    outside = functional.relu(MARGIN - tracks) + functional.relu(tracks - (CANVAS - MARGIN))
    return (outside**2).sum(dim=-1).mean()


def straying(tracks: Tensor, start: Tensor) -> Tensor:
    """Mean squared distance from the start."""
    return ((tracks - start) ** 2).sum(dim=-1).mean()
