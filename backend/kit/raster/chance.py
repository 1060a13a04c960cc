# SPDX-License-Identifier: Apache-2.0
"""Random numbers that follow from seeds alone: the same on every device and in every batch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_24_BITS = 1 << 24


def uniform(seed: Tensor, count: int, stream: int = 0) -> Tensor:
    """(B, count) float32 in [0, 1) from seeds (B,) int64; other streams are independent of it."""
    counter = torch.arange(count, device=seed.device, dtype=torch.int64)
    mixed = _mix(_mix(seed.to(torch.int64) + stream * 0x632BE59B)[:, None] + counter)
    return (mixed & (_24_BITS - 1)).to(torch.float32) / _24_BITS


def normal(seed: Tensor, count: int, stream: int = 0) -> Tensor:
    """(B, count) float32 of mean 0 and variance 1 (Box and Muller's transform)."""
    radius = (-2 * (1 - uniform(seed, count, 2 * stream + 101)).log()).sqrt()
    return radius * (2 * math.pi * uniform(seed, count, 2 * stream + 102)).cos()


def _mix(bits: Tensor) -> Tensor:
    """Scramble int64: the finaliser of splitmix64 (Steele, Lea and Flood 2014)."""
    bits = bits * -0x61C8864680B583EB
    bits = (bits ^ _shifted(bits, 30)) * -0x40A7B892E31B1A47
    bits = (bits ^ _shifted(bits, 27)) * -0x6B2FB644ECCEEE15
    return bits ^ _shifted(bits, 31)


def _shifted(bits: Tensor, by: int) -> Tensor:
    """An unsigned shift to the right; the sign is not drawn along."""
    return (bits >> by) & ((1 << (64 - by)) - 1)
