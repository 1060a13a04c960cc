# SPDX-License-Identifier: Apache-2.0
"""What an optimisation is asked and what it answers: plain values, metres and seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from .....shared.rotations import Floats
from .....shared.steering import Steering
from ..performance import Performance
from ..posture import Body

Picture = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Local rotations (B, T, 22, 4) and pelvis path (B, T, 3) to a loss (B,): CLIP's, for one."""


@dataclass(frozen=True)
class Task:
    """A motion on a body, and what is to become of it.

    `anywhere` are poses (22, 4) with weights, the pelvis leaning as it does facing -Y: each appears
    at some time. `seconds` is the length that was asked for, None where the motion may last as its
    path needs.
    """

    start: Performance
    body: Body
    steering: Steering = field(default_factory=Steering)
    anywhere: tuple[tuple[Floats, float], ...] = ()
    picture: Picture | None = None
    seconds: float | None = None

    @property
    def is_empty(self) -> bool:
        asked = self.steering
        return not (asked.path or asked.waypoints or self.is_posed)

    @property
    def is_posed(self) -> bool:
        """Whether anything is asked of the body itself, not of its way alone."""
        asked = self.steering
        return bool(asked.poses or asked.pins or self.anywhere or self.picture)


@dataclass(frozen=True)
class Plan:
    """How hard is tried. No `steps` leave it at the closed form. `starts` differ in the prior's
    latent. `delta` is the published reward for movement (0.01; below zero it calms). `is_thorough`
    betters also what the closed form does alone: paths, waypoints, and what nobody steers.
    """

    steps: int = 120
    starts: int = 1
    seed: int = 0
    delta: float = 0.0
    is_thorough: bool = False
    device: str = "cpu"


PLANS = {
    "draft": Plan(60),
    "standard": Plan(120, is_thorough=True),
    "quality": Plan(240, starts=4, is_thorough=True),
    "published": Plan(120, is_thorough=True),
}
"""By preset, for motions that are steered."""


@dataclass(frozen=True)
class Optimised:
    """`performance` is placed in the world, so `retarget` must know the steering; `frames` (T,) are
    those of the start that it shows, where it walks longer or at another pace; `before` and
    `after` are `measures.measure` of the closed form and of the result; `notes` are for the user.
    """

    performance: Performance
    frames: NDArray[np.int64]
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
