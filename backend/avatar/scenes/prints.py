# SPDX-License-Identifier: Apache-2.0
"""The patterns of `wardrobe.patterns` for pixels: stripes, checks, dots and more, in PyTorch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..wardrobe.patterns import FLOWERS, PATTERNS, POLLEN

CAMOUFLAGE, LEOPARD = PATTERNS.index("camouflage"), PATTERNS.index("leopard")


def printed(
    pattern: Tensor, flat: Tensor, soft: Tensor, places: Tensor, inks: tuple[Tensor, Tensor]
) -> Tensor:
    """(N, 3) what is seen of patterns (N,), rows of PATTERNS, in a first and second ink (N, 3).

    `flat` (N, 4): metres along, turns around, girth there and mean girth; `soft` (N,) metres that
    a pixel spans; `places` (N, 3) on the canonical body.
    """
    first, second = inks
    along, turns, girth, mean = flat.unbind(1)
    stripes = _band(along, 0.05, 0.023, soft)
    columns = (mean / 0.065).round().clamp(min=2)
    period = girth / columns
    checks = (_band(turns * girth, period, period / 2, soft)
              + _band(along, 0.065, 0.0325, soft)) / 2  # fmt: skip
    x, y, _ = _motif(flat, 0.056)
    dots = _inside(0.0155 - torch.hypot(x, y), soft)
    stars = _star(flat, soft)
    x, y, _ = _motif(flat, 0.062)
    hearts = _heart(x, y, 0.017, soft)
    x, y, number = _motif(flat, FLOWERS)
    petals = 0.0135 + 0.0055 * torch.cos(5 * (torch.atan2(y, x) + number))
    flowers = _inside(petals - torch.hypot(x, y), soft)
    teeth = (mean / 0.06).round().clamp(min=4)
    wave = ((turns * teeth) % 1 - 0.5).abs() * 0.05
    zigzag = _band(along + wave, 0.05, 0.02, soft * 1.3)
    shares = torch.stack(
        [torch.zeros_like(along), stripes, checks, dots, stars, hearts, flowers, zigzag], dim=1
    )
    row = pattern.clamp(max=shares.shape[1] - 1)
    share = shares.gather(1, row[:, None])
    color = first + share * (second - first)
    pollen = color.new_tensor(POLLEN.tolist())
    middle = _inside(0.0055 - torch.hypot(x, y), soft)[:, None] * (row == 6)[:, None]
    color = color + middle * (pollen - color)
    # These are dear, and rare.
    rows = (pattern == CAMOUFLAGE).nonzero()[:, 0]
    blotches = _camouflage(places[rows], soft[rows], first[rows], second[rows])
    color = color.index_copy(0, rows, blotches)
    rows = (pattern == LEOPARD).nonzero()[:, 0]
    rosettes = _leopard(flat[rows], soft[rows], first[rows], second[rows])
    return color.index_copy(0, rows, rosettes)


def _band(value: Tensor, period: Tensor | float, width: Tensor | float, soft: Tensor) -> Tensor:
    distance = (value % period - period / 2).abs()
    return _inside(width / 2 - distance, soft)


def _inside(depth: Tensor, soft: Tensor) -> Tensor:
    return (depth / soft + 0.5).clamp(0, 1)


def _motif(flat: Tensor, pitch: float) -> tuple[Tensor, Tensor, Tensor]:
    """As `tubes.Flat.motif`."""
    along, turns, girth = flat[:, 0], flat[:, 1], flat[:, 2]
    row = (along / pitch).floor()
    y = along - (row + 0.5) * pitch
    count = (girth / (pitch * 1.1)).round().clamp(min=2)
    place = turns * count + 0.5 * (row % 2)
    x = (place % 1 - 0.5) * girth / count
    return x, y, row * 131 + place.floor() % count


def _star(flat: Tensor, soft: Tensor, size: float = 0.021) -> Tensor:
    x, y, number = _motif(flat, 0.07)
    fifth = 2 * math.pi / 5
    angle = (torch.atan2(x, y) + 0.35 * number.sin() + fifth / 2) % fifth - fifth / 2
    away, notch = torch.hypot(x, y), 0.45 * size
    across, up = (away * angle.sin()).abs(), away * angle.cos()
    edge = (notch * math.sin(fifth / 2), notch * math.cos(fifth / 2) - size)
    length = math.hypot(*edge)
    return _inside((across * edge[1] - (up - size) * edge[0]) / length, soft)


def _heart(x: Tensor, y: Tensor, size: float, soft: Tensor) -> Tensor:
    u, v = 1.15 * x / size, 1.15 * y / size + 0.15
    round_ = u * u + v * v - 1
    slope = (6 * torch.hypot(u, v) * round_ * round_).clamp(min=0.7) * 1.15 / size
    return _inside(-(round_**3 - u * u * v**3) / slope, soft)


def _camouflage(places: Tensor, soft: Tensor, first: Tensor, second: Tensor) -> Tensor:
    color = first
    inks = (0.55 * first, 0.35 * second + 0.325 * first, 0.75 * first + 0.25)
    flow = places * places.new_tensor([1.0, 1.0, 1.6]) / 0.085
    for seed, ink, rarity in zip((71, 72, 73), inks, (0.02, 0.10, 0.20), strict=True):
        value = noise(flow, seed) + 0.5 * noise(flow * 2.6, seed + 10)
        share = ((value - rarity) / (soft / 0.085 * 3) + 0.5).clamp(0, 1)[:, None]
        color = color + share * (ink - color)
    return color


def _leopard(flat: Tensor, soft: Tensor, first: Tensor, second: Tensor) -> Tensor:
    x, y, number = _motif(flat, 0.042)
    x, y = x + 0.006 * (number * 7.1).sin(), y + 0.006 * (number * 3.7).sin()
    angle = torch.atan2(y, x) + number
    away = torch.hypot(x, y) * (1 + 0.25 * (2 * angle).sin() + 0.12 * (3 * angle + number).sin())
    size = 0.0115 + 0.003 * (number * 5.3).sin()
    gaps = ((3 * angle + 2 * number.sin()).sin() * 3 + 2.2).clamp(0, 1)
    ring = (_inside(0.0032 - (away - size).abs(), soft) * gaps)[:, None]
    darker = (second.mean(1) < first.mean(1))[:, None]
    dark = torch.where(darker, second, second.new_tensor([0.12, 0.08, 0.05]))
    color = first - 0.28 * _inside(size - away, soft)[:, None] * first
    return color + ring * (dark - color)


def noise(places: Tensor, seed: int) -> Tensor:
    """(N,) smooth noise of about -1 to 1 with cells of one unit at places (N, 3)."""
    cell = places.floor()
    within = places - cell
    ease = within * within * (3 - 2 * within)
    total = places.new_zeros(len(places))
    for corner in range(8):
        offset = [corner >> axis & 1 for axis in range(3)]
        value = _scrambled(cell + cell.new_tensor(offset, dtype=cell.dtype), seed)
        for axis, step in enumerate(offset):
            value = value * (ease[:, axis] if step else 1 - ease[:, axis])
        total = total + value
    return 1.6 * total


def _scrambled(cell: Tensor, seed: int) -> Tensor:
    """-1 to 1 for each cell."""
    x, y, z = cell.to(torch.int64).unbind(1)
    bits = (x * 73856093) ^ (y * 19349663) ^ (z * 83492791) ^ (seed * 2654435761)
    bits = (bits ^ (bits >> 13)) * 1274126177 & 0x7FFFFFFF
    bits = (bits ^ (bits >> 15)) * 2246822519 & 0xFFFFFF
    return bits.to(torch.float32) / (1 << 23) - 1
