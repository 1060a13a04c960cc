# SPDX-License-Identifier: Apache-2.0
"""Every message that crosses the wire, as `docs/protocol.md` describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NewType

from .results import CoarseMesh, Kind, Media, Result

PROTOCOL = 5
"""Raised with every change to a message, a result or the framing, here and in the document."""

JobId = NewType("JobId", str)
NO_JOB = JobId("")
Value = str | int | float | bool | Media
Device = Literal["auto", "cpu", "cuda"]
State = Literal["queued", "running", "finished", "failed", "cancelled"]


# What a client asks


@dataclass(frozen=True)
class Hello:
    """The first message of a connection: who speaks. `catalog` is a digest, "" if it has none."""

    release: str
    catalog: str
    client: str


@dataclass(frozen=True)
class Submit:
    """Run a system with these options; what is left out gets its default. Answer: `Accepted`."""

    system: str
    values: dict[str, Value]
    device: Device = "auto"


@dataclass(frozen=True)
class Attach:
    """Follow a job from now on. Answer: its present state, as the event that told it."""

    job_id: JobId


@dataclass(frozen=True)
class Cancel:
    """Stop a job that waits or runs; one that has ended stays as it is. Answer: `Done`.

    With `keeps_best` one that runs ends soon with the best that it has, as any other that finishes.
    """

    job_id: JobId
    keeps_best: bool = False


@dataclass(frozen=True)
class Pin:
    """Keep a job's result when old ones make room, or no longer. Answer: `Done`."""

    job_id: JobId
    pinned: bool = True


@dataclass(frozen=True)
class ListJobs:
    """The newest jobs, newest first. Answer: `Jobs`."""

    limit: int = 100


@dataclass(frozen=True)
class FetchResult:
    """Answer: `FetchedResult`."""

    job_id: JobId


@dataclass(frozen=True)
class FetchFiles:
    """Answer: `FetchedFiles`, everything that the job left."""

    job_id: JobId


@dataclass(frozen=True)
class FetchOptions:
    """Answer: `FetchedOptions`, what the job was asked for."""

    job_id: JobId


@dataclass(frozen=True)
class Ping:
    """Answer: `Pong`."""


@dataclass(frozen=True)
class Shutdown:
    """Stop the server; what is queued waits for the next one. Owner only. Answer: `Done`."""


# What the server answers


@dataclass(frozen=True)
class Welcome:
    """The answer to `Hello`. `nonce` is new with every start of the server."""

    release: str
    catalog: str
    nonce: str
    pid: int


@dataclass(frozen=True)
class Accepted:
    """The job is stored and survives a crash; `position` jobs run or wait before it."""

    job_id: JobId
    position: int


@dataclass(frozen=True)
class JobRow:
    """A line of the history. Times are seconds since 1970 in UTC; `title` is for people."""

    job_id: JobId
    system: str
    title: str
    state: State
    created: float
    started: float | None = None
    ended: float | None = None
    fraction: float = 0.0
    note: str = ""
    kind: Kind | None = None
    bytes: int = 0
    pinned: bool = False
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class Jobs:
    rows: tuple[JobRow, ...]


@dataclass(frozen=True)
class FetchedResult:
    job_id: JobId
    result: Result


@dataclass(frozen=True)
class FetchedFiles:
    """Named bytes; every name is a plain file name, or one in a folder of a plain name."""

    job_id: JobId
    files: tuple[Media, ...]


@dataclass(frozen=True)
class FetchedOptions:
    """The system and its options, those by default too, but for files."""

    job_id: JobId
    system: str
    values: dict[str, str | int | float | bool]


@dataclass(frozen=True)
class Pong:
    nonce: str
    queued: int
    running: int
    devices: tuple[str, ...] = ()
    """One per worker: "starting", "cpu" or "cuda"."""


@dataclass(frozen=True)
class Done:
    """The request was carried out and there is no more to say."""


# What happens to a job: sent to whoever submitted it or attached to it


@dataclass(frozen=True)
class Queued:
    job_id: JobId
    position: int


@dataclass(frozen=True)
class Progress:
    """`fraction` 0 to 1; `note` is a sentence; `eta_s` seconds still to go, None while unknown."""

    job_id: JobId
    fraction: float
    note: str
    eta_s: float | None = None


@dataclass(frozen=True)
class Preview:
    """What the job looks like so far: an encoded picture or a coarse mesh."""

    job_id: JobId
    content: Media | CoarseMesh


@dataclass(frozen=True)
class Finished:
    """The result waits under its id; `files` are the names that `FetchFiles` will bring."""

    job_id: JobId
    kind: Kind
    files: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Failed:
    """An event when a job ends without a result, and the answer to a request that is refused.

    `errors.rebuild(code, message, hint, field)` gives back the error; without a job `job_id` is "".
    """

    job_id: JobId
    code: str
    message: str
    hint: str = ""
    field: str = ""


Request = (
    Hello
    | Submit
    | Attach
    | Cancel
    | Pin
    | ListJobs
    | FetchResult
    | FetchFiles
    | FetchOptions
    | Ping
    | Shutdown
)
Reply = Welcome | Accepted | Jobs | FetchedResult | FetchedFiles | FetchedOptions | Pong | Done
Event = Queued | Progress | Preview | Finished | Failed
Message = Request | Reply | Event


@dataclass(frozen=True)
class Received:
    """A decoded message with its envelope. `answers` is the id of the request it answers, or 0."""

    message: Message
    id: int = 0
    answers: int = 0
