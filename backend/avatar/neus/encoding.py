# SPDX-License-Identifier: Apache-2.0
"""Positional encoding (NeRF, Mildenhall et al. 2020), here without the factor pi."""

from __future__ import annotations

import torch
from torch import Tensor


def encoded_width(inputs: int, octaves: int) -> int:
    return inputs * (1 + 2 * octaves)


def encode(places: Tensor, octaves: int) -> Tensor:
    """(N, D) to (N, D (1 + 2 m)): x, sin(x), cos(x), sin(2 x), cos(2 x), ... up to 2^(m - 1)."""
    waves = [places]
    for octave in range(octaves):
        scaled = places * 2**octave
        waves += [scaled.sin(), scaled.cos()]
    return torch.cat(waves, dim=-1)
