# SPDX-License-Identifier: Apache-2.0
"""The queue: which job is in which state, and what may happen to it next.

queued -> running -> finished | failed | cancelled
   ^---------'  after the first crash of its worker, and when the server comes back
"""

from __future__ import annotations

import secrets
import time
from dataclasses import replace

from ..shared.errors import InternalError, JobCancelledError, KinoraError
from ..shared.messages import (
    Event,
    Failed,
    Finished,
    JobId,
    JobRow,
    Progress,
    Queued,
    State,
    Submit,
)
from .store import Job, Store

MAX_CRASHES = 2
MAX_STARTS = 6
"""A job that was running so often when its server ended is not tried again."""
TITLE_LENGTH = 80
FORETOLD_FROM = 0.1
"""Before this share of a job, loading models says little about the time that the rest takes."""


class Queue:
    """Jobs that wait or run, in order; every change is in the store before anybody hears of it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.waiting: list[JobId] = []
        self.running: dict[JobId, Progress] = {}
        self._since: dict[JobId, float] = {}
        self.recover()

    def recover(self) -> None:
        """Queue again what a killed server left."""
        for job in self.store.unfinished():
            if job.code == JobCancelledError.code:
                self.cancel_waiting(job.job_id)
            elif job.starts >= MAX_STARTS:
                self._fail(job, InternalError("The server ended each time that it ran this job."))
            else:
                self.store.update(replace(job, state="queued"))
                self.waiting.append(job.job_id)

    def submit(self, request: Submit, title: str) -> Job:
        """`title` is what people recognise the job by."""
        job = Job(
            job_id=JobId(secrets.token_hex(8)),
            number=0,
            system=request.system,
            title=title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…",
            device=request.device,
            created=time.time(),
        )
        added = self.store.add(job, request)
        self.waiting.append(added.job_id)
        return added

    def position(self, job_id: JobId) -> int:
        """How many jobs wait or run before this one."""
        before = self.waiting.index(job_id) if job_id in self.waiting else 0
        return before + len(self.running)

    def start_next(self) -> Job | None:
        """Move the first waiting job to running."""
        if not self.waiting:
            return None
        job = self.store.get(self.waiting[0])
        started = replace(job, state="running", started=time.time(), starts=job.starts + 1)
        self.store.update(started)
        self.waiting.pop(0)
        self.running[job.job_id] = Progress(job.job_id, 0.0, "Starting")
        self._since[job.job_id] = time.monotonic()
        return started

    def progress(self, report: Progress) -> Progress:
        """The report with the time that is left, judged by what has passed."""
        passed = time.monotonic() - self._since[report.job_id]
        known = report.fraction >= FORETOLD_FROM and passed > 0.5
        left = passed * (1 - report.fraction) / report.fraction if known else None
        told = replace(report, eta_s=left)
        self.running[report.job_id] = told
        return told

    def finish(self, event: Finished) -> Finished:
        job = self.store.get(event.job_id)
        self.store.forget_checkpoint(job.job_id)
        ended = replace(
            job,
            state="finished",
            code="",
            ended=time.time(),
            kind=event.kind,
            files=event.files,
            seconds=event.seconds,
            bytes=self.store.size(job.job_id),
        )
        self.store.update(ended)
        self.leave(job.job_id)
        return event

    def fail(self, event: Failed) -> Failed:
        """Also a cancellation, which is a failure with the code "cancelled"."""
        job = self.store.get(event.job_id)
        self.store.forget_checkpoint(job.job_id)
        state: State = "cancelled" if event.code == JobCancelledError.code else "failed"
        self.store.update(
            replace(
                job,
                state=state,
                ended=time.time(),
                code=event.code,
                message=event.message,
                hint=event.hint,
                field=event.field,
                bytes=self.store.size(job.job_id),
            )
        )
        self.leave(job.job_id)
        return event

    def crash(self, job_id: JobId) -> Event:
        """The worker died under this job: once it is tried again, then it has failed."""
        job = self.store.get(job_id)
        crashed = replace(job, state="queued", crashes=job.crashes + 1)
        if crashed.crashes >= MAX_CRASHES:
            self.store.update(crashed)
            return self._fail(
                crashed,
                InternalError(
                    "The worker process ended twice while it ran this job.",
                    "Most often the memory ran out: close other programs or choose the draft "
                    "preset. The server's log holds the details.",
                ),
            )
        self.store.update(crashed)
        self.leave(job_id)
        self.waiting.insert(0, job_id)
        return Queued(job_id, self.position(job_id))

    def note_cancel(self, job: Job) -> None:
        """The worker has been told; a server that is killed meanwhile must not run it again."""
        self.store.update(replace(job, code=JobCancelledError.code))

    def note_keep(self, job: Job) -> None:
        """Whoever runs it again has only to bring the best so far to its end."""
        self.store.update(replace(job, keeps_best=True))

    def cancel_waiting(self, job_id: JobId) -> Failed:
        return self._fail(self.store.get(job_id), JobCancelledError("The job was cancelled."))

    def present(self, job: Job) -> Event:
        """The event that tells this job's state to somebody who has just come."""
        if job.state == "queued":
            return Queued(job.job_id, self.position(job.job_id))
        if job.state == "running":
            return self.running[job.job_id]
        if job.state == "finished" and job.kind is not None:
            return Finished(job.job_id, job.kind, job.files, job.seconds)
        return Failed(job.job_id, job.code, job.message, job.hint, job.field)

    def rows(self, limit: int) -> tuple[JobRow, ...]:
        """Newest first, running ones with how far they are."""
        found = []
        for job in self.store.newest(limit):
            now = self.running.get(job.job_id)
            row = job.row
            found.append(replace(row, fraction=now.fraction, note=now.note) if now else row)
        return tuple(found)

    def _fail(self, job: Job, error: KinoraError) -> Failed:
        return self.fail(Failed(job.job_id, error.code, error.message, error.hint))

    def leave(self, job_id: JobId) -> None:
        """The job neither waits nor runs any more."""
        self.running.pop(job_id, None)
        self._since.pop(job_id, None)
        if job_id in self.waiting:
            self.waiting.remove(job_id)
