# SPDX-License-Identifier: Apache-2.0
"""What the encoder is trained to do: tell apart, point at, and name what pictures show."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.encoders.tower import Attributes

PHRASE_WEIGHT = 10.0
ATTRIBUTE_WEIGHT = 0.1
BLANK = -1e4
"""A logit that says no."""
SMALL_PART = 10.0
"""Patches: the phrases of parts smaller than some ten patches count up to `SMALL_GAIN` times."""
SMALL_GAIN = 4.0


@dataclass(frozen=True)
class Targets:
    """What is true of B pictures, for S slots; every mask is 1 where it can be seen."""

    presence: Tensor
    """(B, S) 1 where something is worn."""
    presence_mask: Tensor
    """(B, S)."""
    color: Tensor
    """(B, S, 3) Lab / 100 of the first color."""
    color_mask: Tensor
    """(B, S)."""
    garment: Tensor
    """(B, S) class."""
    worn_mask: Tensor
    """(B, S) of the garment."""
    body: Tensor
    """(B, len(BODY_AXES))."""
    body_mask: Tensor
    """(B, len(BODY_AXES))."""
    action: Tensor
    """(B,) class."""
    action_mask: Tensor
    """(B,)."""


def contrast(logits: Tensor, matches: Tensor) -> Tensor:
    """InfoNCE of captions (M) and pictures (B) where any number match; a scalar.

    `logits` (M, B); `matches` (M, B) is 1 where a caption holds for a picture, 0 where it does not,
    -1 where it cannot be told, which is left out. A matching pair is set against all that do not
    match, once among the caption's pictures and once among the picture's captions. Every caption
    counts as much as any other, however many pictures it holds for.
    """
    logits = logits.float()
    holds = (matches == 1).float()
    against = logits.masked_fill(matches != 0, BLANK)
    among_pictures = against.logsumexp(1, keepdim=True)
    among_captions = against.logsumexp(0, keepdim=True)
    share = holds / holds.sum(1, keepdim=True).clamp(min=1)
    both = functional.softplus(among_pictures - logits) + functional.softplus(
        among_captions - logits
    )
    return (share * both).sum() / (2 * share.sum()).clamp(min=1)


def point(logits: Tensor, coverage: Tensor, told: Tensor) -> Tensor:
    """Cross-entropy of each patch's score with the share of it that a phrase covers; a scalar.

    `logits`, `coverage` (B, Q, patches) for Q phrases of each picture; `told` (B, Q) is 1 where it
    is known whether a phrase holds. Small parts weigh more, so that shoes are not lost.
    """
    each = functional.binary_cross_entropy_with_logits(logits.float(), coverage, reduction="none")
    area = coverage.sum(-1)
    gain = torch.where(
        area > 0, (SMALL_PART * SMALL_PART / (area + SMALL_PART)).clamp(1, SMALL_GAIN), 1.0
    )
    return (each.mean(-1) * gain * told).sum() / told.sum().clamp(min=1)


def name(found: Attributes, targets: Targets) -> Tensor:
    """The sum of the attribute heads' losses, each over what can be seen; a scalar."""
    presence = functional.binary_cross_entropy_with_logits(
        found.presence, targets.presence, reduction="none"
    )
    color = functional.smooth_l1_loss(found.color, targets.color, beta=0.05, reduction="none").mean(
        -1
    )
    garment = functional.cross_entropy(
        found.garment.flatten(0, 1), targets.garment.flatten(), reduction="none"
    ).view_as(targets.worn_mask)
    action = functional.cross_entropy(found.action, targets.action, reduction="none")
    return (
        _mean(presence, targets.presence_mask)
        + 10 * _mean(color, targets.color_mask)
        + _mean(garment, targets.worn_mask)
        + _mean(_body(found.body, targets.body), targets.body_mask)
        + _mean(action, targets.action_mask)
    )


def _body(found: Tensor, truth: Tensor) -> Tensor:
    """(B, axes): the levels' errors, and the cross-entropy of the sex, which is second."""
    off = functional.smooth_l1_loss(found, truth, reduction="none")
    sex = functional.binary_cross_entropy_with_logits(found[:, 1], truth[:, 1], reduction="none")
    return torch.cat([off[:, :1], sex[:, None], off[:, 2:]], 1)


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum() / mask.sum().clamp(min=1)
