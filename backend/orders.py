# SPDX-License-Identifier: Apache-2.0
"""What the server and its workers say to each other over a pipe, in the wire's own framing."""

from __future__ import annotations

from dataclasses import dataclass

from ..shared.messages import Device, Failed, Finished, JobId, Preview, Progress


@dataclass(frozen=True)
class RunJob:
    job_id: JobId
    system: str
    device: Device
    keeps_best: bool = False
    """It was told to stop before a worker died under it: the best so far is all that is wanted."""


@dataclass(frozen=True)
class StopJob:
    """Give a job up, or end it with the best so far."""

    job_id: JobId
    keeps_best: bool = False


@dataclass(frozen=True)
class Ready:
    """The models are in memory and the worker waits for its first job."""

    device: str


ORDERS: dict[str, type] = {kind.__name__: kind for kind in (RunJob, StopJob)}
REPORTS: dict[str, type] = {
    kind.__name__: kind for kind in (Ready, Progress, Preview, Finished, Failed)
}
