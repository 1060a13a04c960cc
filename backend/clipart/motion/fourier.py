# SPDX-License-Identifier: Apache-2.0
"""Keypoints on closed curves: what a few harmonics change about the start, each point by itself."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .model import Model

ORDER = 3
"""Harmonics of the loop that are learnt at least, """
HIGHEST = 6
"""and at most, where the start is so quick."""
_HEARD = 0.05
"""Of a start's energy: what a harmonic must have to be learnt too."""


def order_of(start: Tensor) -> int:
    """How many harmonics it takes to change what the start (T, K, 2) does."""
    energy = torch.fft.rfft(start.detach(), dim=0).abs().square().sum(dim=(1, 2))[1:]
    heard = (energy > _HEARD * energy.sum()).nonzero()
    quickest = int(heard.max()) + 1 if len(heard) else 0
    return min(max(quickest, ORDER), HIGHEST, (len(start) - 1) // 2)


def harmonics(frames: int, order: int, like: Tensor) -> Tensor:
    """The constant, then cosines and sines of the loop, (frames, 2 order + 1).

    The n-th harmonic is scaled by 1 / n: where all coefficients are learnt at one rate, none of
    them makes a point faster than another.
    """
    phase = torch.arange(frames, dtype=like.dtype, device=like.device) * (2 * math.pi / frames)
    rows = [torch.ones_like(phase)]
    for n in range(1, order + 1):
        rows += [torch.cos(n * phase) / n, torch.sin(n * phase) / n]
    return torch.stack(rows, dim=1)


class Waves(Model):
    """p(t) = start(t) + c + sum over n of a_n cos(n w t) + b_n sin(n w t), w a turn in the loop.

    At first it is the start itself, (T, K, 2), exactly: a harmonic of the start is a number to
    change like any other, and what is too quick for them stays.
    """

    start: Tensor
    basis: Tensor

    def __init__(self, start: Tensor) -> None:
        super().__init__()
        order = order_of(start)
        frames, points, _ = start.shape
        self.coefficients = nn.Parameter(start.new_zeros(2 * order + 1, points, 2))
        self.register_buffer("start", start.detach().clone())
        self.register_buffer("basis", harmonics(frames, order, start))
        self.register_buffer("playback", torch.arange(frames, device=start.device))

    def poses(self) -> Tensor:
        return self.start + torch.einsum("tn,nkc->tkc", self.basis, self.coefficients)
