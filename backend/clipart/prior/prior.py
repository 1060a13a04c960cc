# SPDX-License-Identifier: Apache-2.0
"""What the loop knows of a video prior: it pulls a clip towards a caption."""

from __future__ import annotations

from typing import Protocol

from torch import Generator, Tensor


class Prior(Protocol):
    """A video model bound to one caption (and, if it looks at it, to one drawing).

    A clip of T frames may show few of them several times: `frames` are the S distinct ones,
    (S, 3, pixels, pixels) within 0..1 on white, and frame t of the clip is `frames[playback[t]]`,
    `playback` (T,) int64. Where all are distinct, it counts from 0 to T - 1.
    """

    name: str
    """As results call it."""
    pixels: int
    """Side of the frames that it wants to see."""
    is_augmented: bool
    """Whether it is to see them in perspective and in crops, as the published loop shows them."""

    def step(
        self, frames: Tensor, playback: Tensor, progress: float, generator: Generator
    ) -> Tensor:
        """The loss's gradient with respect to `frames`, of their shape and on their device.

        `progress` is the share of the loop that is done; `generator` is on the CPU.
        """

    def score(self, frames: Tensor, playback: Tensor) -> float:
        """How well the clip fits the caption: higher is better; the same clip, the same number."""
