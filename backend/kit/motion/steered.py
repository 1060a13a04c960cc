# SPDX-License-Identifier: Apache-2.0
"""A motion of words goes on to where the animator steers it: path, waypoints, poses, pins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ....shared.folders import data_folder
from .performance import Performance
from .posture import Body
from .spans import Span
from .wishes import Wishes


def is_worked_on(wishes: Wishes) -> bool:
    """Whether anything but prompts is set down, or the preset has time to better what is done."""
    return wishes.preset != "draft" or not replace(wishes.steering, prompts=()).is_empty


def steered(
    done: Performance,
    spans: tuple[Span, ...],
    body: Body,
    wishes: Wishes,
    seed: int,
) -> tuple[Performance, tuple[Span, ...], tuple[str, ...]]:
    """The performance optimised for the wishes' steering, its spans, and notes; `retarget` must be
    told the steering as well, since only there pins are met. The prior serves what is asked of a
    motion; what nobody steers stays near itself without."""
    # Importing torch takes long, and most drafts are not steered.
    from .optimise.optimise import optimise
    from .optimise.task import PLANS, Task
    from .prior.prior import load_motion_prior, prior_for

    asked = wishes.seconds or None
    task = Task(done, body, wishes.steering, seconds=asked)
    models = data_folder() / "models"
    plan = PLANS[wishes.preset]
    prior = None
    if plan.is_thorough and not task.is_empty:
        prior = load_motion_prior(prior_for(wishes.encoder, models), models, wishes.device)
    found = optimise(task, prior, replace(plan, seed=seed, device=wishes.device))
    moved = _moved(spans, found.frames)
    return found.performance, moved, (*found.notes, *_left_out(spans, moved))


def _left_out(asked: Sequence[Span], done: Sequence[Span]) -> tuple[str, ...]:
    """A note for each action that the path leaves no time for."""
    still_done = {span.name for span in done}
    lost = dict.fromkeys(span.name for span in asked if span.name not in still_done)
    return tuple(
        f'"{name.replace("_", " ")}" is not done: the path takes all the time there is. '
        "Shorten the path, or say when it begins."
        for name in lost
    )


def _moved(spans: Sequence[Span], frames: NDArray[np.int64]) -> tuple[Span, ...]:
    """The spans over frames (T,) that each show one of the frames they were told of."""
    moved = []
    for span in spans:
        inside = (frames >= span.start) & (frames < span.end)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
        moved += [
            replace(span, start=int(start), end=int(end))
            for start, end in zip(edges[::2], edges[1::2], strict=True)
        ]
    return tuple(sorted(moved, key=lambda span: span.start))
