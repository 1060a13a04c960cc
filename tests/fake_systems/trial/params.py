# SPDX-License-Identifier: Apache-2.0
"""The options of the trial system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from kinora.backend.system import Doc, Group, MaxLength, Range
from kinora.shared.messages import NO_JOB, JobId
from kinora.shared.results import Media


@dataclass(frozen=True)
class Params:
    """How it shall behave."""

    prompt: Annotated[str, MaxLength(200), Doc("What to do")] = ""
    behaviour: Annotated[
        Literal["finish", "wait", "compute", "obstinate", "crash", "crash_once", "raise",
                "refuse", "out_of_memory", "impossible", "float64", "preview", "show", "chatter",
                "count", "improve", "gpu_full", "gpu_fault"],
        Doc("What happens in the pipeline"),
    ] = "finish"  # fmt: skip
    steps: Annotated[int, Range(1, 100_000), Doc("How long it takes")] = 3
    weight: Annotated[float, Range(0, 1), Doc("A number with a fraction")] = 0.5
    is_loud: Annotated[bool, Doc("Print to the standard output")] = False
    picture: Annotated[Media | None, Doc("A picture that may be left out")] = None
    after: Annotated[JobId, Group("Rare"), Doc("A finished job to go on from")] = NO_JOB
