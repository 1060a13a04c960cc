# SPDX-License-Identifier: Apache-2.0
"""What to do when numbers break or memory runs out: go back, go slower, do less, or say so."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ....shared.errors import BadResultError, GpuMemoryError
from .learning import Learner
from .plan import Plan

MOST = 8
"""Times that a run goes back before it is given up."""
_FEWEST_PIXELS = 48


@dataclass
class Safety:
    """The last good state of a learner, and how often it was needed."""

    learner: Learner
    kept: dict[str, Tensor]
    backs: int = 0

    @classmethod
    def of(cls, learner: Learner) -> Safety:
        safety = cls(learner, {})
        safety.keep()
        return safety

    def keep(self) -> None:
        """What is there now is good."""
        for name, one in self.learner.tensors().items():
            if name in self.kept:
                self.kept[name].copy_(one)
            else:
                self.kept[name] = one.clone()

    def back(self) -> str:
        """Return to the last good state at half the rate, and say so.

        Raises `BadResultError` when that has not helped.
        """
        self.backs += 1
        if self.backs > MOST:
            raise BadResultError(
                "The look could not be refined: the encoder gives impossible numbers.",
                "Choose another encoder or the draft preset.",
            )
        self.learner.load(self.kept)
        self.learner.speed /= 2
        return "Numbers broke while the look was refined: it went on from before, more slowly."


def smaller(plan: Plan, error: Exception) -> tuple[Plan, str]:
    """A plan that takes less memory, and a note; raises `GpuMemoryError` where there is none."""
    torch.cuda.empty_cache()
    note = "The memory of the GPU was full: the look was refined with fewer pictures at a time."
    if plan.views > 1:
        return replace(plan, views=plan.views // 2, pool=max(plan.views, plan.pool // 2)), note
    if plan.pixels > _FEWEST_PIXELS:
        least = max(_FEWEST_PIXELS, plan.pixels // 2)
        return replace(plan, pixels=least, texels=max(128, plan.texels // 2)), note
    raise GpuMemoryError(
        "The memory of the device is full: not even one picture at a time finds room."
    ) from error
