# SPDX-License-Identifier: Apache-2.0
"""What is asked of a motion besides its words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ....shared.rotations import Floats
from ....shared.steering import Steering


@dataclass(frozen=True)
class Wishes:
    """`seconds` 0 is as long as the words say; `encoder` is the job's picture-text encoder, whose
    published companions are used where the user has them; `preset` says how hard is tried. `poses`
    finds poses (22, 4) for what is done ("opens an umbrella"), best first; without it actions that
    nobody taught are left out. `device` is where torch optimises."""

    seconds: float = 0.0
    in_place: bool = False
    steering: Steering = field(default_factory=Steering)
    encoder: str = "kinora"
    preset: str = "draft"
    poses: Callable[[str], Sequence[Floats]] | None = None
    device: str = "cpu"
