# SPDX-License-Identifier: Apache-2.0
"""What holds a sculpture near its start: no holes, little growth, smooth, few surprises."""

from __future__ import annotations

from torch import Tensor

_HOLE, _GROWTH = 1.0, 0.05


def silhouette(opacity: Tensor, covered: Tensor, valid: Tensor) -> Tensor:
    """One-sided: what the start covered (n, M), 0 to 1, must stay opaque; what it left free may
    fill up for little, so that skirts, capes and hair can grow. `valid` are the rays that exist."""
    hole = (covered - opacity).clamp(min=0).square()
    growth = (opacity - covered).clamp(min=0).square()
    count = valid.sum().clamp(min=1)
    loss: Tensor = ((_HOLE * hole + _GROWTH * growth) * valid).sum() / count
    return loss


def evenness(difference: Tensor) -> Tensor:
    """Of differences along edges (E,)."""
    return difference.square().mean() if difference.numel() else difference.new_zeros(())


def tie(share: Tensor) -> Tensor:
    """Of shares (V,) of what is allowed."""
    return share.square().mean() if share.numel() else share.new_zeros(())


def care(change: Tensor, texture: Tensor, inside: Tensor) -> tuple[Tensor, Tensor]:
    """Of a change in Lab (3, T, T): how far texels (T, T) of what is painted go, in hundreds of
    units squared, and how far beyond what a screen can show their colors (3, T, T) lie."""
    count = inside.sum().clamp(min=1)
    beyond = ((texture - texture.clamp(0, 1)) * inside).square().sum() / count
    return change.square().sum() / count / 100**2, beyond
