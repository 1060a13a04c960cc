# SPDX-License-Identifier: Apache-2.0
"""Limited-memory BFGS for several independent starts at once (Nocedal 1980)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import torch

Tensor = torch.Tensor
Valued = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Places (B, N) to their costs (B,) and slopes (B, N)."""

MEMORY = 20
ENOUGH = 1e-4
"""Of the fall that the slope promises, what a step must bring (Armijo)."""
SHORTER = 0.35
LEAST_STEP = 1e-4
STALLED = 1e-7
"""A fall by less than this share of the cost is no progress."""
PATIENCE = 6
FIRST_MOVE = 0.3
"""How far the first step goes in its steepest direction."""


@dataclass(frozen=True)
class _Pair:
    """A step taken (B, N), how the slope changed by it (B, N), and 1 over their product (B,)."""

    step: Tensor
    change: Tensor
    weight: Tensor


def minimise(
    valued: Valued, start: Tensor, evaluations: int, report: Callable[[float], None]
) -> tuple[Tensor, Tensor]:
    """The best places (B, N) and costs (B,) that so many evaluations find; never worse than
    `start`, even where costs are no numbers."""
    here = start.clone()
    cost, slope = _finite(*valued(here))
    pairs: deque[_Pair] = deque(maxlen=MEMORY)
    size, stalled, before = torch.ones_like(cost), 0, cost
    way = _first_way(slope)
    for number in range(1, evaluations):
        there = here + size[:, None] * way
        new_cost, new_slope = _finite(*valued(there))
        promised = (slope * way).sum(-1)
        good = new_cost <= cost + ENOUGH * size * promised
        # Those that took a step go on from there; the others try a shorter one.
        pairs.append(_pair(torch.where(good[:, None], there - here, 0.0), new_slope - slope))
        here = torch.where(good[:, None], there, here)
        slope = torch.where(good[:, None], new_slope, slope)
        cost = torch.where(good, new_cost, cost)
        lost = size < LEAST_STEP
        way = torch.where(good[:, None], _way(slope, pairs), way)
        way = torch.where((lost & ~good)[:, None], _first_way(slope), way)
        size = torch.where(good | lost, 1.0, size * SHORTER)
        if number % PATIENCE == 0:
            report(number / evaluations)
            stalled = stalled + 1 if bool((before - cost <= STALLED * cost.abs()).all()) else 0
            before = cost
            if stalled > 2:
                break
    return here, cost


def _finite(cost: Tensor, slope: Tensor) -> tuple[Tensor, Tensor]:
    good = cost.isfinite() & slope.isfinite().all(-1)
    return torch.where(good, cost, torch.inf), torch.where(good[:, None], slope, 0.0)


def _first_way(slope: Tensor) -> Tensor:
    size = slope.square().sum(-1, keepdim=True).sqrt().clamp(min=1e-12)
    return -FIRST_MOVE * slope / size


def _pair(step: Tensor, change: Tensor) -> _Pair:
    """Of a start that made no step, or met no rising slope, nothing is remembered."""
    product = (step * change).sum(-1)
    curved = product > 1e-9 * change.square().sum(-1).clamp(min=1e-30)
    return _Pair(step, change, torch.where(curved, 1 / product.clamp(min=1e-30), 0.0))


def _way(slope: Tensor, pairs: deque[_Pair]) -> Tensor:
    """(B, N) the quasi-Newton direction by the two loops over the remembered pairs."""
    way, shares = slope.clone(), []
    for pair in reversed(pairs):
        share = pair.weight * (pair.step * way).sum(-1)
        way = way - share[:, None] * pair.change
        shares.append(share)
    scale = torch.zeros_like(slope[:, 0])
    for pair in pairs:
        own = 1 / (pair.weight * pair.change.square().sum(-1)).clamp(min=1e-30)
        scale = torch.where(pair.weight > 0, own, scale)
    first = FIRST_MOVE / slope.norm(dim=-1).clamp(min=1e-12)
    way = torch.where(scale > 0, scale, first)[:, None] * way
    for pair, share in zip(pairs, reversed(shares), strict=True):
        again = pair.weight * (pair.change * way).sum(-1)
        way = way + (share - again)[:, None] * pair.step
    falls = (slope * way).sum(-1) > 0
    return torch.where(falls[:, None], -way, _first_way(slope))
