# SPDX-License-Identifier: Apache-2.0
"""Random numbers that follow from seeds alone: the same on every device and in every batch."""

from __future__ import annotations

import torch
from torch import Tensor

_24_BITS = 1 << 24
# Odd numbers by which neighbouring seeds and places are apart.
_STEPS = (-0x61C8864680B583EB, 0x2545F4914F6CDD1D)


def uniform(seed: Tensor, count: int, stream: int = 0) -> Tensor:
    """(B, count) float32 in [0, 1) from seeds (B,) int64; other streams are independent of it."""
    first = stream << 32
    place = torch.arange(first, first + count, device=seed.device)
    bits = (seed.to(torch.int64) * _STEPS[0])[:, None] + place * _STEPS[1]
    return (_mixed(bits) & (_24_BITS - 1)).to(torch.float32) / _24_BITS


def normal(seed: Tensor, count: int, stream: int = 0) -> Tensor:
    """(B, count) float32 of mean 0 and variance 1."""
    bell: Tensor = torch.special.ndtri(uniform(seed, count, stream).clamp(min=0.5 / _24_BITS))
    return bell


def _mixed(bits: Tensor) -> Tensor:
    """Scramble int64 as splitmix64 ends (Steele, Lea and Flood 2014), but for signed shifts, which
    lose three of the 64 bits."""
    bits = (bits ^ (bits >> 30)) * -0x40A7B892E31B1A47
    bits = (bits ^ (bits >> 27)) * -0x6B2FB644ECCEEE15
    return bits ^ (bits >> 31)
