# SPDX-License-Identifier: Apache-2.0
"""Windows of two seconds, cut out of takes where it is learnt: any tempo, mirrored or not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

from ..clips import FEATURES, HEIGHT, MIRROR, YAW
from .network import FRAMES
from .takes import Take

TEMPO = 1.25
"""A take is played up to so many times faster or slower than it was."""
PERFORMED = 0.45
"""Share of the windows that Kinora's own performances give."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Takes laid end to end: `values` (N, 140), where each starts and how long it is (K,), and in
    `reach` (K,) up to where in 0..1 a chance number means it."""

    values: Tensor
    starts: Tensor
    lengths: Tensor
    reach: Tensor

    def draw(self, count: int) -> Tensor:
        """(count, 60, 140) by chance."""
        chance = torch.rand(4, count, device=self.values.device)
        take = torch.searchsorted(self.reach, chance[0]).clamp(max=len(self.reach) - 1)
        longest = self.lengths[take] - 1.0
        pace = torch.exp((2 * chance[1] - 1) * math.log(TEMPO))
        pace = torch.minimum(pace, longest / (FRAMES - 1))
        begin = chance[2] * (longest - pace * (FRAMES - 1))
        found = self.played(take, begin, pace)
        return torch.where(chance[3, :, None, None] < 0.5, found, mirrored(found))

    def played(self, take: Tensor, begin: Tensor, pace: Tensor) -> Tensor:
        """(W, 60, 140) of takes (W,), each from a frame on, so many times as fast."""
        steps = torch.arange(FRAMES, device=begin.device)
        at = begin[:, None] + pace[:, None] * steps
        whole = at.floor()
        first = self.starts[take, None] + whole.long()
        last = (self.starts + self.lengths - 1)[take, None]
        share = (at - whole)[..., None]
        one, other = (
            self.values[torch.minimum(first, last)],
            self.values[torch.minimum(first + 1, last)],
        )
        found = torch.lerp(one, other, share)
        found[..., YAW:HEIGHT] *= pace[:, None, None]
        return found

    def each(self, stride: int) -> Tensor:
        """(W, 60, 140) of all takes as they are, one every `stride` frames; takes that are shorter
        than a window are played slower."""
        takes, begins, paces = [], [], []
        for number, length in enumerate(self.lengths.tolist()):
            for begin in range(0, max(1, length - FRAMES + 1), stride):
                takes.append(number)
                begins.append(float(begin))
                paces.append(min(1.0, (length - 1) / (FRAMES - 1)))
        place = self.values.device
        return self.played(
            torch.tensor(takes, device=place),
            torch.tensor(begins, device=place),
            torch.tensor(paces, device=place),
        )


def windows_of(takes: Sequence[Take], device: str) -> Windows:
    """Lay takes out. Of each kind of movement there are as many windows as the square root of its
    frames says, so that salsa, a third of all, is not a third of what is learnt."""
    lengths = np.array([len(take.values) for take in takes])
    frames: Counter[str] = Counter()
    for take, length in zip(takes, lengths, strict=True):
        frames[take.group] += int(length)
    share = lengths / np.array([math.sqrt(frames[take.group]) for take in takes])
    own = np.array([take.group.startswith("performed ") for take in takes])
    for kind, part in ((own, PERFORMED), (~own, 1 - PERFORMED)):
        if kind.any() and not kind.all():
            share[kind] *= part / share[kind].sum()
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    values = np.concatenate([take.values for take in takes])
    return Windows(
        torch.from_numpy(values).to(device),
        torch.from_numpy(starts).to(device),
        torch.from_numpy(lengths).to(device),
        torch.from_numpy(np.cumsum(share / share.sum())).float().to(device),
    )


def mirrored(values: Tensor) -> Tensor:
    """(..., 140) of the same movement with left and right exchanged."""
    order, signs = _mirror(values.device)
    return values.index_select(-1, order) * signs


@cache
def _mirror(device: torch.device) -> tuple[Tensor, Tensor]:
    """Where each of the 140 numbers of a mirrored frame comes from, and its sign."""
    six = np.array(MIRROR)[:, None] * 6 + np.arange(6)
    order = [*six.ravel(), *range(YAW, FEATURES), *(FEATURES + np.array([2, 3, 0, 1]))]
    signs = [*np.tile([1, -1, -1, -1, 1, 1], len(MIRROR)), -1, -1, 1, 1, 1, 1, 1, 1]
    return torch.tensor(order, device=device), torch.tensor(signs, device=device).float()
