# SPDX-License-Identifier: GPL-3.0-or-later
"""The one conversation with a backend: connect, submit, follow a job, hold its result for placing.

Nothing here knows Blender. `poll` is called from a Blender timer: it reads the socket until it is
empty, never waits, and what panels show is a value that it replaces.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

from ..shared import __version__, errors
from ..shared.client import Client
from ..shared.errors import InternalError, KinoraError, UnknownJobError, UnreachableError
from ..shared.messages import (
    Accepted,
    Attach,
    Cancel,
    Done,
    Failed,
    FetchedOptions,
    FetchedResult,
    FetchOptions,
    FetchResult,
    Finished,
    Hello,
    JobId,
    JobRow,
    Jobs,
    ListJobs,
    Message,
    Pin,
    Progress,
    Queued,
    Received,
    Request,
    Submit,
    Value,
    Welcome,
)
from ..shared.results import Result

log = logging.getLogger(__name__)

START_SECONDS = 30.0
"""So long may a backend that was started take until it can be found."""
HISTORY_LENGTH = 50


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
    CANCELLING = "Cancelling"
    FETCHING = "Receiving the result"
    READY = "Ready: Place"
    PLACED = "Done"
    CANCELLED = "Cancelled"
    FAILED = "Failed"


ACTIVE = frozenset(
    {Stage.SUBMITTING, Stage.QUEUED, Stage.RUNNING, Stage.CANCELLING, Stage.FETCHING}
)


@dataclass(frozen=True)
class Job:
    """What the panel shows of a job. `values` are the options it was submitted with, if known."""

    stage: Stage = Stage.NONE
    job_id: JobId | None = None
    fraction: float = 0.0
    note: str = ""
    eta_s: float | None = None
    system: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def is_active(self) -> bool:
        return self.stage in ACTIVE


class Backend(Protocol):
    """Where a session finds its server: one on this machine, or an address."""

    def find(self) -> Client | None:
        """A client of the server, connected or about to connect, if there is one."""

    def start(self) -> None:
        """Start a server that `find` will find. Does not wait."""

    def check_started(self) -> None:
        """Raise what went wrong if the started server has ended already."""


class Session:
    """State that lives between timer ticks. `job`, `link`, `history`, `error` are for reading."""

    def __init__(self, catalog_digest: str = "") -> None:
        self.catalog_digest = catalog_digest
        self.link = Link.NONE
        self.job = Job()
        self.history: tuple[JobRow, ...] = ()
        self.has_history = False
        self.error: KinoraError | None = None
        self.result: Result | None = None
        self.notes: tuple[str, ...] = ()
        """What there is to tell about the result that was placed last."""
        self.options: FetchedOptions | None = None
        """What was asked of a job in the history, from the answer until it is shown."""
        self.is_placed_unasked = True
        """Whether a result that arrives goes into the scene by itself."""
        self._backend: Backend | None = None
        self._client: Client | None = None
        self._hello = 0
        self._deadline = 0.0
        self._sent: dict[int, Request] = {}
        self._outbox: list[Request] = []
        self._has_restarted = False

    # What the user does

    def connect(self, backend: Backend) -> None:
        """Begin to connect, starting the backend if there is none; `poll` goes on with it."""
        self.disconnect()
        self.error = None
        self._has_restarted = False
        self._backend = backend
        self._open()

    def disconnect(self) -> None:
        """Let go of the connection. A running job goes on and its result waits in the history."""
        if self._client is not None:
            self._client.close()
        self._client = None
        self._sent.clear()
        self.link = Link.NONE

    def submit(self, system: str, values: Mapping[str, Value]) -> None:
        """Send a job, now or as soon as the connection stands."""
        self.error = None
        self.result = None
        self.notes = ()
        self.is_placed_unasked = True
        self.job = Job(Stage.SUBMITTING, system=system, values=dict(values))
        self._send(Submit(system, dict(values)))

    def cancel(self) -> None:
        """Stop the job on the backend too; before it was accepted it is simply not sent."""
        if self.job.job_id is None:
            self._outbox = [each for each in self._outbox if not isinstance(each, Submit)]
            was_sent = any(isinstance(each, Submit) for each in self._sent.values())
            stage = Stage.CANCELLING if was_sent else Stage.CANCELLED
            self.job = replace(self.job, stage=stage)
        elif self.job.is_active:
            self.job = replace(self.job, stage=Stage.CANCELLING)
            self._send(Cancel(self.job.job_id))

    def fetch(self, job_id: JobId) -> None:
        """Bring a finished job's result here, to be placed (again)."""
        self.error = None
        self.result = None
        self.is_placed_unasked = True
        self.job = Job(Stage.FETCHING, job_id, 1.0)
        self._send(FetchResult(job_id))

    def newest_finished(self) -> JobId:
        """The job whose result came last. Raises `UnknownJobError` when there is none."""
        for row in self.history:
            if row.state == "finished":
                return row.job_id
        raise UnknownJobError("The history has no finished job.", "Click Generate first.")

    def pin(self, job_id: JobId, pinned: bool) -> None:
        self._send(Pin(job_id, pinned))
        self._send(ListJobs(HISTORY_LENGTH))

    def ask_options(self, job_id: JobId) -> None:
        """Ask what a job was told to do; `options` will hold the answer."""
        self.error = None
        self.options = None
        self._send(FetchOptions(job_id))

    def refresh_history(self) -> None:
        self._send(ListJobs(HISTORY_LENGTH))

    def take_result(self) -> Result:
        """The result that is ready, which from now on counts as placed."""
        if self.result is None:
            raise InternalError("There is no result to place.", "Click Generate first.")
        result, self.result = self.result, None
        self.job = replace(self.job, stage=Stage.PLACED)
        return result

    def hold_result(self, result: Result) -> None:
        """Give a result back that could not be placed."""
        self.result = result
        self.job = replace(self.job, stage=Stage.READY)
        self.is_placed_unasked = False

    def show_error(self, error: KinoraError) -> None:
        """An error from before anything was sent, such as an option out of its range."""
        self.error = error

    def follow_again(self) -> None:
        """After another file was loaded: its scene did not ask for the result, so only offer it."""
        if self.job.is_active or self.result is not None:
            self.is_placed_unasked = False
        if self.job.is_active and self.job.job_id is not None:
            self._send(Attach(self.job.job_id))

    # What the timer and waiting scripts do

    def poll(self) -> bool:
        """One step without waiting; returns whether anything that panels show has changed."""
        before = self._shown()
        try:
            self._step()
        except KinoraError as error:
            self._lose_connection(error)
        except Exception:
            log.exception("The connection to the backend broke")
            self._lose_connection(
                InternalError("The add-on met an error of its own.", "Blender's log holds it.")
            )
        return before != self._shown()

    def wait(self, is_done: Callable[[], bool]) -> Iterator[Job]:
        """For scripts: poll until `is_done`, yielding the job when it changes; raises its error."""
        while not is_done():
            if self.poll():
                yield self.job
            if self.error is not None:
                raise self.error
            self._pause()

    @property
    def is_busy(self) -> bool:
        return self.job.is_active or self.link in (Link.STARTING, Link.CONNECTING)

    # Inside: the connection

    def _shown(self) -> tuple[object, ...]:
        return self.link, self.job, self.history, self.error, self.options

    def _open(self) -> None:
        if self._backend is None:
            raise UnreachableError("No backend was chosen.")
        if self._find():
            return
        self._backend.start()
        self.link = Link.STARTING
        self._deadline = time.monotonic() + START_SECONDS

    def _find(self) -> bool:
        self._client = self._backend.find() if self._backend is not None else None
        if self._client is None:
            return False
        self._hello = 0
        self.link = Link.CONNECTING
        return True

    def _step(self) -> None:
        if self.link is Link.STARTING:
            self._look_for_started()
        if self._client is None:
            return
        for received in self._client.poll():
            self._take(received)
        if self.link is Link.CONNECTING and self._client.is_connected and not self._hello:
            self._hello = self._client.send(
                Hello(__version__, self.catalog_digest, self._client.name)
            )
        if self.link is Link.CONNECTED:
            self._empty_outbox()

    def _look_for_started(self) -> None:
        if self._backend is None or self._find():
            return
        self._backend.check_started()
        if time.monotonic() > self._deadline:
            raise UnreachableError(
                f"The backend was started but did not answer within {START_SECONDS:.0f} s.",
                "Run `kinora doctor` in a terminal: it says what is wrong.",
            )

    def _lose_connection(self, error: KinoraError) -> None:
        followed = self.job.job_id if self.job.is_active else None
        self.disconnect()
        if isinstance(error, UnreachableError) and followed and not self._has_restarted:
            # The server keeps every accepted job, so a new one goes on where it was killed.
            self._has_restarted = True
            self._outbox = [Attach(followed)]
            self.job = replace(self.job, note="The connection was lost; connecting again")
            try:
                self._open()
            except KinoraError as again:
                self._fail(again)
            return
        self._fail(error)

    def _fail(self, error: KinoraError) -> None:
        self._outbox.clear()
        self.link = Link.CONNECTED if self._client is not None else Link.NONE
        self.error = error
        if self.job.is_active:
            self.job = replace(self.job, stage=Stage.FAILED, eta_s=None)

    def _send(self, request: Request) -> None:
        self._outbox.append(request)
        if self.link is Link.CONNECTED:
            self._empty_outbox()

    def _empty_outbox(self) -> None:
        while self._outbox and self._client is not None:
            number = self._client.send(self._outbox[0])
            self._sent[number] = self._outbox.pop(0)

    def _pause(self) -> None:
        if self._client is not None:
            self._client.wait(0.05)
        else:
            time.sleep(0.05)

    # Inside: what comes

    def _take(self, received: Received) -> None:
        request = self._sent.pop(received.answers, None)
        message = received.message
        if isinstance(message, Failed):
            self._take_failure(message, received, request)
        elif isinstance(message, Welcome):
            self.link = Link.CONNECTED
            self._has_restarted = False
            self._send(ListJobs(HISTORY_LENGTH))
        elif isinstance(message, Jobs):
            self.history = message.rows
            self.has_history = True
        elif isinstance(message, FetchedOptions):
            self.options = message
        elif isinstance(message, Accepted):
            self._take_accepted(message, request)
        elif isinstance(message, Done):
            self._take_done(request)
        elif getattr(message, "job_id", None) == self.job.job_id:
            self._take_event(message)

    def _take_accepted(self, message: Accepted, request: Request | None) -> None:
        if not isinstance(request, Submit):
            return
        was_cancelled = self.job.stage is Stage.CANCELLING
        self.job = replace(self.job, job_id=message.job_id, stage=Stage.QUEUED)
        if was_cancelled:
            self.cancel()
        self._send(ListJobs(HISTORY_LENGTH))

    def _take_done(self, request: Request | None) -> None:
        if isinstance(request, Cancel) and request.job_id == self.job.job_id:
            # What the job became is told by its own event; asking makes sure that it comes.
            self._send(Attach(request.job_id))
            self._send(ListJobs(HISTORY_LENGTH))

    def _take_failure(self, message: Failed, received: Received, request: Request | None) -> None:
        error = errors.rebuild(message.code, message.message, message.hint, message.field)
        if self._hello and received.answers == self._hello:
            self.disconnect()
            self._fail(error)
            return
        is_ours = message.job_id == self.job.job_id or isinstance(request, Submit | FetchResult)
        if isinstance(error, errors.JobCancelledError):
            if is_ours:
                self.job = replace(self.job, stage=Stage.CANCELLED, eta_s=None, note="")
        elif is_ours or not message.job_id:
            self._fail(error)
        if received.answers == 0:
            self._send(ListJobs(HISTORY_LENGTH))

    def _take_event(self, message: Message) -> None:
        if isinstance(message, FetchedResult):
            message.result.check()
            self.result = message.result
            self.job = replace(self.job, stage=Stage.READY, fraction=1.0, eta_s=None, note="")
        elif isinstance(message, Finished):
            if self.job.stage is not Stage.FETCHING and self.result is None:
                self.job = replace(self.job, stage=Stage.FETCHING, fraction=1.0, eta_s=0.0)
                self._send(FetchResult(message.job_id))
                self._send(ListJobs(HISTORY_LENGTH))
        elif self.job.stage is Stage.CANCELLING:
            return
        elif isinstance(message, Queued):
            ahead = f"{message.position} before this one" if message.position else ""
            self.job = replace(self.job, stage=Stage.QUEUED, note=ahead)
        elif isinstance(message, Progress):
            self.job = replace(
                self.job,
                stage=Stage.RUNNING,
                fraction=message.fraction,
                note=message.note,
                eta_s=message.eta_s,
            )
