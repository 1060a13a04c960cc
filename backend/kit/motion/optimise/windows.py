# SPDX-License-Identifier: Apache-2.0
"""A motion of any length as overlapping windows of the motion prior, and put together again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

Tensor = torch.Tensor


@dataclass(frozen=True)
class Windows:
    """`frames` (W, L) of the motion that each window holds, `shares` (W, L) that it has in them;
    the shares of a frame add up to one."""

    frames: Tensor
    shares: Tensor

    @staticmethod
    def over(count: int, length: int, is_cyclic: bool) -> Windows:
        """Windows of `length` frames, each half over the next. A shorter motion waits at its end;
        a cyclic one goes on with its beginning."""
        hop = max(length // 2, 1)
        last = count if is_cyclic else max(count - length, 0)
        starts = list(range(0, last, hop)) if last else [0]
        if not is_cyclic and starts[-1] != last:
            starts.append(last)
        frames = np.array(starts)[:, None] + np.arange(length)
        rise = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
        shares = np.tile(rise, (len(starts), 1))
        if is_cyclic:
            frames = frames % count
        else:
            shares[frames >= count] = 0.0
            frames = np.minimum(frames, count - 1)
        total = np.zeros(count)
        np.add.at(total, frames, shares)
        return Windows(torch.as_tensor(frames), torch.as_tensor(shares / total[frames]))

    def to(self, like: Tensor) -> Windows:
        return Windows(self.frames.to(like.device), self.shares.to(like))

    def blended(self, values: Tensor, count: int) -> Tensor:
        """(..., W, L, F) of windows to (..., count, F) of the motion."""
        flat = (values * self.shares[..., None]).flatten(-3, -2)
        none = flat.new_zeros(*flat.shape[:-2], count, flat.shape[-1])
        return none.index_add(-2, self.frames.flatten(), flat)
