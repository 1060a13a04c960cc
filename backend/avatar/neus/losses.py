# SPDX-License-Identifier: Apache-2.0
"""The published losses: the template's color and silhouette, the eikonal one, and likeness."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

_LEAST_OPACITY = 1e-3


def color_loss(color: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    """How far head 1 (..., 3) is from the template's picture, per pixel of the mask (...)."""
    apart = (color - wanted).abs().sum(-1)
    return (apart * mask).sum() / (mask.sum() + 1e-5)


def mask_loss(opacity: Tensor, mask: Tensor) -> Tensor:
    """Cross entropy of opacities and the template's silhouette (...): growth costs like loss."""
    clipped = opacity.clamp(_LEAST_OPACITY, 1 - _LEAST_OPACITY)
    return functional.binary_cross_entropy(clipped, mask.to(clipped))


def likeness_loss(vectors: Tensor, text: Tensor) -> Tensor:
    """The sum of 1 - cosine of unit vectors (N, D) and one of a sentence (D,)."""
    return (1 - vectors @ text).sum()
