# SPDX-License-Identifier: Apache-2.0
"""A batch to learn from: drawn pictures, sentences, and which of them belong together."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .losses import Targets

SHORT = 16
"""Tokens of a short caption: most are, and reading them apart from the others halves the work."""


@dataclass(frozen=True)
class Lesson:
    """B pictures with M captions and K phrases, all on one device."""

    pictures: Tensor
    """(B, 3, S, S) sRGB 0..1."""
    part: Tensor
    """(B, S, S) int8 column of the part that is seen, -1 for the background."""
    tokens: Tensor
    """(M, T) of the captions, hard negatives included."""
    mask: Tensor
    """(M, T) true where a token is real."""
    short: int
    """So many captions, the first ones, have at most SHORT tokens."""
    matches: Tensor
    """(M, B) int8: 1 holds, 0 does not, -1 cannot be told."""
    phrase_tokens: Tensor
    """(K, T)."""
    phrase_mask: Tensor
    """(K, T)."""
    phrase_matches: Tensor
    """(K, B) int8, as `matches`."""
    phrase_column: Tensor
    """(K, B) int64: the column of `part` that a phrase speaks of in a picture; -1 is none."""
    asked: Tensor
    """(B, Q) int64: the phrases whose places are asked of each picture."""
    targets: Targets
    columns: int
    """Parts that a person has at most."""


def coverage(part: Tensor, patch: int, columns: int) -> Tensor:
    """(B, columns, patches) the share of each patch of `patch` pixels a side that a part covers."""
    count, size, _ = part.shape
    across = size // patch
    side = torch.arange(size, device=part.device) // patch
    patches = (side[:, None] * across + side).expand(count, -1, -1)
    # Row 0 gathers the background.
    places = (part.long() + 1) * across**2 + patches
    found = torch.zeros(count, (columns + 1) * across**2, device=part.device)
    found.scatter_add_(1, places.flatten(1), torch.ones_like(places.flatten(1), dtype=found.dtype))
    return found.view(count, columns + 1, across**2)[:, 1:] / patch**2


def asked_coverage(lesson: Lesson, part: Tensor, patch: int) -> tuple[Tensor, Tensor]:
    """Where the phrases asked of each picture are: the share of each patch (B, Q, patches) that
    they cover, which is none where they do not hold, and whether that is known (B, Q)."""
    covered = coverage(part, patch, lesson.columns)
    pictures = torch.arange(len(part), device=part.device)[:, None]
    match = lesson.phrase_matches[lesson.asked, pictures]
    column = lesson.phrase_column[lesson.asked, pictures]
    holds = (match == 1) & (column >= 0)
    found = covered[pictures, column.clamp(min=0)] * holds[..., None]
    told = (match == 0) | holds
    return found, told.float()
