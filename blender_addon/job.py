# SPDX-License-Identifier: GPL-3.0-or-later
"""How it stands with the backend and with the job, as values that panels show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from ..shared.messages import JobId, Value
from ..shared.results import CoarseMesh, Media


class Link(Enum):
    """How it stands with the backend; the value is what the panel says."""

    NONE = "Not connected"
    STARTING = "Starting the backend"
    CONNECTING = "Connecting"
    CONNECTED = "Connected"


class Stage(Enum):
    """How it stands with the job; the value is what the panel says."""

    NONE = "No job yet"
    SUBMITTING = "Sending"
    QUEUED = "Waiting in the queue"
    RUNNING = "Working"
    KEEPING = "Stopping; the best so far is kept"
    CANCELLING = "Cancelling"
    FETCHING = "Receiving the result"
    READY = "Ready: Place"
    PLACED = "Done"
    CANCELLED = "Cancelled"
    FAILED = "Failed"


ACTIVE = frozenset(
    {
        Stage.SUBMITTING,
        Stage.QUEUED,
        Stage.RUNNING,
        Stage.KEEPING,
        Stage.CANCELLING,
        Stage.FETCHING,
    }
)


@dataclass(frozen=True)
class Job:
    """What the panel shows of a job. `values` are the options it was submitted with, if known.

    `scene` is the name of the one that asked for it, `armature` of the character that it dresses
    anew, if any.
    """

    stage: Stage = Stage.NONE
    job_id: JobId | None = None
    fraction: float = 0.0
    note: str = ""
    eta_s: float | None = None
    system: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    scene: str = ""
    armature: str = ""

    @property
    def is_active(self) -> bool:
        return self.stage in ACTIVE


@dataclass(frozen=True, eq=False)
class Shown:
    """What a running job looks like so far: the last picture and the last mesh that it sent."""

    picture: Media | None = None
    mesh: CoarseMesh | None = None

    def then(self, content: Media | CoarseMesh) -> Shown:
        """With this in the place of what it follows."""
        if isinstance(content, CoarseMesh):
            return replace(self, mesh=content)
        return replace(self, picture=content)


NOTHING_SHOWN = Shown()
