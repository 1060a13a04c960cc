# SPDX-License-Identifier: GPL-3.0-or-later
"""The one conversation with a backend: connect, submit, follow a job, hold its result for placing.

Nothing here knows Blender. `poll` is called from a Blender timer: it reads the socket until it is
empty, never waits, and what panels show is a value that it replaces.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ..shared import errors
from ..shared.errors import (
    BadOptionError,
    InternalError,
    KinoraError,
    UnknownJobError,
    UnreachableError,
)
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
    JobId,
    JobRow,
    Jobs,
    ListJobs,
    Message,
    Pin,
    Preview,
    Progress,
    Queued,
    Request,
    Submit,
    Value,
    Welcome,
)
from ..shared.results import Result
from .connection import Backend, Connection
from .job import NOTHING_SHOWN, Job, Link, Shown, Stage

log = logging.getLogger(__name__)

HISTORY_LENGTH = 50


class Session:
    """State that lives between timer ticks. `job`, `link`, `history`, `error` are for reading."""

    def __init__(self, catalog_digest: str = "") -> None:
        self.connection = Connection(catalog_digest)
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
        self._last_shown = NOTHING_SHOWN
        self._has_restarted = False

    # What the user does

    def connect(self, backend: Backend) -> None:
        """Begin to connect, starting the backend if there is none; `poll` goes on with it."""
        self.error = None
        self._has_restarted = False
        self.connection.open(backend)

    def disconnect(self) -> None:
        """Let go of the connection. A running job goes on and its result waits in the history."""
        self.connection.close()

    def submit(
        self, system: str, values: Mapping[str, Value], scene: str = "", armature: str = ""
    ) -> None:
        """Send a job, now or as soon as the connection stands. `scene` is where it belongs,
        `armature` the character that it dresses anew."""
        self.error = None
        self.result = None
        self.notes = ()
        self.is_placed_unasked = True
        self._last_shown = NOTHING_SHOWN
        self.job = Job(
            Stage.SUBMITTING, system=system, values=dict(values), scene=scene, armature=armature
        )
        self.connection.send(Submit(system, dict(values)))

    def cancel(self) -> None:
        """Stop the job on the backend too; before it was accepted it is simply not sent."""
        job_id = self.job.job_id
        if job_id is None:
            outbox = self.connection.outbox
            outbox[:] = [each for each in outbox if not isinstance(each, Submit)]
            was_sent = self.connection.has_sent(Submit)
            stage = Stage.CANCELLING if was_sent else Stage.CANCELLED
            self.job = replace(self.job, stage=stage)
        elif self.job.is_active:
            self.job = replace(self.job, stage=Stage.CANCELLING)
            self.connection.send(Cancel(job_id))

    def keep(self) -> None:
        """Let the running job end with the best that it has so far."""
        job_id = self.job.job_id
        if self.job.stage is Stage.RUNNING and job_id is not None:
            self.job = replace(self.job, stage=Stage.KEEPING, eta_s=None)
            self.connection.send(Cancel(job_id, keeps_best=True))

    def fetch(self, job_id: JobId, scene: str = "") -> None:
        """Bring a finished job's result here, to be placed (again)."""
        self.error = None
        self.result = None
        self.is_placed_unasked = True
        self._last_shown = NOTHING_SHOWN
        self.job = Job(Stage.FETCHING, job_id, 1.0, scene=scene)
        self.connection.send(FetchResult(job_id))

    def newest_finished(self) -> JobId:
        """The job whose result came last. Raises `UnknownJobError` when there is none."""
        for row in self.history:
            if row.state == "finished":
                return row.job_id
        raise UnknownJobError("The history has no finished job.", "Click Generate first.")

    def pin(self, job_id: JobId, pinned: bool) -> None:
        self.connection.send(Pin(job_id, pinned))
        self.connection.send(ListJobs(HISTORY_LENGTH))

    def ask_options(self, job_id: JobId) -> None:
        """Ask what a job was told to do; `options` will hold the answer."""
        self.error = None
        self.options = None
        self.connection.send(FetchOptions(job_id))

    def refresh_history(self) -> None:
        self.connection.send(ListJobs(HISTORY_LENGTH))

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

    def forget_option_error(self, field: str) -> None:
        """The option has another value now, so what was said about the old one is void."""
        if isinstance(self.error, BadOptionError) and self.error.field == field:
            self.error = None

    def follow_again(self) -> None:
        """After another file was loaded: its scene did not ask for the result, so only offer it."""
        if self.job.is_active or self.result is not None:
            self.is_placed_unasked = False
        if self.job.is_active and self.job.job_id is not None:
            self.connection.send(Attach(self.job.job_id))

    # What the timer and waiting scripts do

    def poll(self) -> bool:
        """One step without waiting; returns whether anything that panels show has changed."""
        before = self._shown()
        try:
            for message, request in self.connection.poll():
                self._take(message, request)
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
            self.connection.pause()

    @property
    def link(self) -> Link:
        return self.connection.link

    @property
    def shown(self) -> Shown:
        """What the job looks like so far, while the scene that asked for it is there to show it."""
        is_wanted = self.job.is_active and self.is_placed_unasked
        return self._last_shown if is_wanted else NOTHING_SHOWN

    @property
    def is_busy(self) -> bool:
        return self.job.is_active or self.link in (Link.STARTING, Link.CONNECTING)

    # Inside

    def _shown(self) -> tuple[object, ...]:
        return self.link, self.job, self.history, self.error, self.options

    def _lose_connection(self, error: KinoraError) -> None:
        followed = self.job.job_id if self.job.is_active else None
        was_idle = self.link is Link.CONNECTED and not self.job.is_active
        self.connection.close()
        if isinstance(error, UnreachableError) and was_idle:
            return  # Nobody waits for it, and the next job starts it again.
        if isinstance(error, UnreachableError) and followed and not self._has_restarted:
            # The server keeps every accepted job, so a new one goes on where it was killed.
            self._has_restarted = True
            is_fetching = self.job.stage is Stage.FETCHING
            again: list[Request] = [(FetchResult if is_fetching else Attach)(followed)]
            if self.job.stage in (Stage.KEEPING, Stage.CANCELLING):
                # Nobody knows whether the first one was heard, and a second one does no harm.
                again.append(Cancel(followed, keeps_best=self.job.stage is Stage.KEEPING))
            self.connection.outbox = again
            self.job = replace(self.job, note="The connection was lost; connecting again")
            try:
                self.connection.open()
            except KinoraError as refusal:
                self._fail(refusal)
            return
        self.connection.outbox.clear()
        self._fail(error)

    def _fail(self, error: KinoraError) -> None:
        self.error = error
        if self.job.is_active:
            self.job = replace(self.job, stage=Stage.FAILED, eta_s=None)

    def _take(self, message: Message, request: Request | None) -> None:
        if isinstance(message, Failed):
            self._take_failure(message, request)
        elif isinstance(message, Welcome):
            self._has_restarted = False
            self.connection.send(ListJobs(HISTORY_LENGTH))
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
        self.connection.send(ListJobs(HISTORY_LENGTH))

    def _take_done(self, request: Request | None) -> None:
        if isinstance(request, Cancel) and request.job_id == self.job.job_id:
            # What the job became is told by its own event; asking makes sure that it comes.
            self.connection.send(Attach(request.job_id))
            self.connection.send(ListJobs(HISTORY_LENGTH))

    def _take_failure(self, message: Failed, request: Request | None) -> None:
        error = errors.rebuild(message.code, message.message, message.hint, message.field)
        is_ours = message.job_id == self.job.job_id or isinstance(request, Submit | FetchResult)
        if isinstance(error, errors.JobCancelledError):
            if is_ours:
                self.job = replace(self.job, stage=Stage.CANCELLED, eta_s=None, note="")
        elif is_ours or not message.job_id:
            self._fail(error)
        if request is None:
            self.connection.send(ListJobs(HISTORY_LENGTH))

    def _take_event(self, message: Message) -> None:
        if isinstance(message, FetchedResult):
            message.result.check()
            self.result = message.result
            self.job = replace(self.job, stage=Stage.READY, fraction=1.0, eta_s=None, note="")
        elif isinstance(message, Finished):
            if self.job.is_active and self.job.stage is not Stage.FETCHING:
                self.job = replace(self.job, stage=Stage.FETCHING, fraction=1.0, eta_s=0.0)
                self.connection.send(FetchResult(message.job_id))
                self.connection.send(ListJobs(HISTORY_LENGTH))
        elif self.job.stage is Stage.CANCELLING:
            return
        elif isinstance(message, Preview):
            self._last_shown = self._last_shown.then(message.content)
        elif isinstance(message, Queued):
            ahead = f"{message.position} before this one" if message.position else ""
            self.job = replace(self.job, stage=Stage.QUEUED, note=ahead)
        elif isinstance(message, Progress):
            is_kept = self.job.stage is Stage.KEEPING
            self.job = replace(
                self.job,
                stage=Stage.KEEPING if is_kept else Stage.RUNNING,
                fraction=message.fraction,
                note=message.note,
                eta_s=message.eta_s,
            )
