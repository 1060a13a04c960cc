# SPDX-License-Identifier: Apache-2.0
"""Smooth randomness in space: the same place and seed always give the same value."""

from __future__ import annotations

import functools

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import grid_sample

Floats = NDArray[np.float32]
_PERIOD = 48


@functools.lru_cache(maxsize=32)
def _lattice(seed: int) -> torch.Tensor:
    """(1, 1, P + 1, P + 1, P + 1) random values that repeat after P cells."""
    values = np.random.default_rng(seed).uniform(-1, 1, (_PERIOD,) * 3).astype(np.float32)
    return torch.from_numpy(np.pad(values, (0, 1), mode="wrap"))[None, None]


def noise(places: Floats, size: float | tuple[float, float, float], seed: int) -> Floats:
    """(N,) value noise in -1 to 1 at places (N, 3), with features of `size` metres (per axis)."""
    # In place, because these arrays are as large as the atlas.
    smooth = np.asarray(places, dtype=np.float32) / np.asarray(size, dtype=np.float32)
    whole = np.floor(smooth)
    smooth -= whole
    # Smoothstep inside each cell: without it the lattice shows as creases in normal maps.
    squared = smooth * smooth
    smooth *= -2
    smooth += 3
    smooth *= squared
    whole -= _PERIOD * np.floor(whole * (1 / _PERIOD))
    smooth += whole
    smooth *= 2 / _PERIOD
    smooth -= 1
    grid = torch.from_numpy(np.ascontiguousarray(smooth))
    found = grid_sample(_lattice(seed), grid[None, None, None], mode="bilinear", align_corners=True)
    return np.asarray(found.reshape(-1).numpy())


def layered(
    places: Floats, size: float, seed: int, octaves: int = 3, smallest: float | Floats = 0.0
) -> Floats:
    """(N,) noise of several octaves; those finer than `smallest` metres fade out."""
    total = np.zeros(len(places), dtype=np.float32)
    for octave in range(octaves):
        fine = size / 2**octave
        share = np.clip(fine / np.maximum(smallest, 1e-9) - 1, 0, 1) * 0.5**octave
        total += np.asarray(share * noise(places, fine, seed + octave), dtype=np.float32)
    return total


def step(low: float, high: float, value: NDArray[np.floating]) -> Floats:
    """0 below `low`, 1 above `high` (or the other way round if high < low), smooth between."""
    part = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(part * part * (3 - 2 * part), dtype=np.float32)


def bump(center: float | NDArray[np.floating], width: float, value: NDArray[np.floating]) -> Floats:
    """1 at `center`, falling smoothly to 0 at `width` from it: a Gaussian bell."""
    return np.asarray(np.exp(-(((value - center) / width) ** 2) * 2), dtype=np.float32)


def rgb(*values: float) -> Floats:
    """A colour, or a factor for each of its channels."""
    return np.array(values, dtype=np.float32)
