# SPDX-License-Identifier: Apache-2.0
"""The learning rate over a run: a linear warm-up, then half a cosine."""

from __future__ import annotations

import math

from .config import Train

PUBLISHED_STOP = 30_010
"""The published loop ends here whatever `end_iter` says."""


def steps_of(train: Train) -> int:
    """How many steps a run has. Its schedule is of that length, where the published one, made for
    `end_iter`, breaks off."""
    return min(train.end_iter, PUBLISHED_STOP)


def rate(train: Train, step: int, end: int) -> float:
    """The learning rate of a step of a run that the schedule ends at `end`."""
    if step < train.warm_up_end:
        return train.learning_rate * step / train.warm_up_end
    share = (step - train.warm_up_end) / max(end - train.warm_up_end, 1)
    floor = train.learning_rate_alpha
    falling = (math.cos(math.pi * min(share, 1.0)) + 1) / 2
    return train.learning_rate * (falling * (1 - floor) + floor)


def anneal(train: Train, step: int) -> float:
    """How far the slope of rendering is the surface's own (`rendering.annealed`)."""
    return min(1.0, step / train.anneal_end) if train.anneal_end else 1.0
