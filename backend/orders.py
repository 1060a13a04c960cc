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


@dataclass(frozen=True)
class StopJob:
    job_id: JobId


@dataclass(frozen=True)
class Ready:
    """The models are in memory and the worker waits for its first job."""

    device: str


ORDERS: dict[str, type] = {kind.__name__: kind for kind in (RunJob, StopJob)}
REPORTS: dict[str, type] = {
    kind.__name__: kind for kind in (Ready, Progress, Preview, Finished, Failed)
}
