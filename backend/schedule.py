# SPDX-License-Identifier: Apache-2.0
"""Brings waiting jobs to idle workers, ends those that are cancelled, and survives every crash."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable

from ..shared.errors import InternalError, JobCancelledError
from ..shared.messages import Event, Failed, Finished, JobId, Preview, Progress, Queued
from .executors.local import LocalExecutor, Report
from .faults import translate
from .jobs import Queue
from .orders import RunJob
from .store import Job

log = logging.getLogger("kinora.schedule")
CANCEL_SECONDS = 1.2
"""A worker that has not given up its job by then is killed and replaced."""


class Schedule:
    """`tell` is called with everything that happens to a job."""

    def __init__(
        self, queue: Queue, executor: LocalExecutor, tell: Callable[[Event], None]
    ) -> None:
        self.queue = queue
        self.executor = executor
        self._tell = tell
        self._cancelling: dict[JobId, float] = {}

    def cancel(self, job: Job) -> None:
        """Let go of a waiting job at once, of a running one within two seconds."""
        if job.job_id in self.queue.waiting:
            self._tell(self.queue.cancel_waiting(job.job_id))
            self._tell_positions()
        elif (worker := self.executor.working_on(job.job_id)) is not None:
            self._cancelling.setdefault(job.job_id, time.monotonic() + CANCEL_SECONDS)
            self.queue.note_cancel(job)
            self.executor.stop(worker)

    def keep(self, job: Job) -> None:
        """Let a job that has begun end with the best so far; one that has not is let go."""
        worker = self.executor.working_on(job.job_id)
        if worker is not None:
            self.queue.note_keep(job)
            self.executor.stop(worker, keeps_best=True)
        elif job.job_id in self.queue.waiting and job.starts:
            self.queue.note_keep(job)  # Its worker died; the next one finds the checkpoint.
        else:
            self.cancel(job)

    def hear(self) -> None:
        """Take in all that the workers have reported."""
        while (report := self.executor.receive()) is not None:
            if report.message is None:
                self._note_death(report)
            elif isinstance(report.message, Progress):
                self._tell(self.queue.progress(report.message))
            elif isinstance(report.message, Preview):
                self._tell(report.message)
            elif isinstance(report.message, Finished | Failed):
                report.worker.job_id = None
                self._settle(report.message)

    def tend(self) -> None:
        """What is due: kill what does not stop, replace what died, start what can start."""
        now = time.monotonic()
        for job_id, deadline in self._cancelling.items():
            worker = self.executor.working_on(job_id)
            if worker is not None and now > deadline:
                self.executor.kill(worker)
        if self.executor.is_hopeless:
            self._give_up()
            return
        self.executor.start()
        while (worker := self.executor.idle()) is not None:
            job = self.queue.start_next()
            if job is None:
                return
            self.executor.run(worker, RunJob(job.job_id, job.system, job.device, job.keeps_best))
            self._tell(self.queue.running[job.job_id])
            self._tell_positions()

    def _note_death(self, report: Report) -> None:
        job_id = report.worker.job_id
        if job_id is None:
            return
        if job_id in self._cancelling:
            error = JobCancelledError("The job was cancelled.")
            self._settle(Failed(job_id, error.code, error.message))
            return
        event = self.queue.crash(job_id)
        log.warning("job %s: its worker died", job_id)
        self._tell(event)

    def _settle(self, event: Finished | Failed) -> None:
        """A job has ended. A full disk must not keep its followers waiting."""
        self._cancelling.pop(event.job_id, None)
        told: Event
        try:
            if isinstance(event, Finished):
                told = self.queue.finish(event)
                self.queue.store.make_room()
            else:
                told = self.queue.fail(event)
        except (sqlite3.Error, OSError) as error:
            log.exception("job %s has ended but cannot be noted", event.job_id)
            ours = translate(error)
            self.queue.leave(event.job_id)
            told = Failed(event.job_id, ours.code, ours.message, ours.hint)
        self._tell(told)

    def _give_up(self) -> None:
        """No worker lives long enough to take a job."""
        error = InternalError("The worker process ends as soon as it starts.")
        for job_id in tuple(self.queue.waiting):
            self._settle(Failed(job_id, error.code, error.message, error.hint))

    def _tell_positions(self) -> None:
        for job_id in self.queue.waiting:
            self._tell(Queued(job_id, self.queue.position(job_id)))
