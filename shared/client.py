# SPDX-License-Identifier: Apache-2.0
"""A connection to a server, for the command line and the add-on alike.

`send` and `poll` never block: they are for Blender's timer. `call`, `watch` and the rest wait:
they are for scripts. A `Client` belongs to one thread.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import TypeVar, cast

from . import __version__, errors, wire
from .connection import Connection, Server
from .errors import BadMessageError, UnreachableError
from .folders import is_result_name
from .keys import KeyPair
from .messages import (
    Accepted,
    Attach,
    Cancel,
    Device,
    Event,
    Failed,
    FetchedFiles,
    FetchedResult,
    FetchFiles,
    FetchResult,
    Finished,
    Hello,
    JobId,
    JobRow,
    Jobs,
    ListJobs,
    Message,
    Progress,
    Queued,
    Received,
    Request,
    Submit,
    Value,
    Welcome,
)
from .results import Media, Result

__all__ = ["Client", "Server"]

Answer = TypeVar("Answer", bound=Message)

ANSWER_SECONDS = 10.0
FETCH_SECONDS = 120.0
QUIET_SECONDS = 3.0
"""After this long without a word about a job that is followed, the client asks again."""


class Client(Connection):
    """Questions and answers over a `Connection`, whose errors every method here may raise."""

    def __init__(
        self,
        server: Server,
        keys: KeyPair,
        name: str = "command line",
        patience: float = 5.0,
        is_local: bool = False,
    ) -> None:
        super().__init__(server, keys, patience, is_local)
        self.name = name
        self.followed: set[JobId] = set()
        """Jobs that this client was told of and that have not ended."""
        self._next_id = 1
        self._waiting: deque[Received] = deque()

    # Without waiting

    def send(self, message: Request) -> int:
        """Send a request, or keep it until there is a connection.

        Returns the request's id, which its answer repeats in `Received.answers`.
        """
        number = self._next_id
        self._next_id += 1
        self.send_frames(wire.encode(message, number))
        return number

    def poll(self) -> list[Received]:
        """Everything that has come since the last look. Never blocks."""
        self._receive()
        self._ask_again_about_quiet_jobs()
        found = list(self._waiting)
        self._waiting.clear()
        return found

    # Waiting

    def wait(self, seconds: float) -> None:
        """Sleep until something comes, at most so long."""
        if not self._waiting:
            self.sleep(seconds)

    def call(self, message: Request, timeout: float = ANSWER_SECONDS) -> Message:
        """Send a request and wait for its own answer; a `Failed` answer is raised as its error."""
        number = self.send(message)
        aside: list[Received] = []
        deadline = time.monotonic() + timeout
        try:
            while time.monotonic() < deadline:
                self._receive()
                while self._waiting:
                    received = self._waiting.popleft()
                    if received.answers == number:
                        return _or_raise(received.message)
                    aside.append(received)
                self.wait(min(0.5, deadline - time.monotonic()))
        finally:
            self._waiting.extendleft(reversed(aside))
        raise UnreachableError(
            f"The server at {self.server.address} did not answer within {timeout:.0f} s."
        )

    def ask(self, message: Request, kind: type[Answer], timeout: float = ANSWER_SECONDS) -> Answer:
        """`call` for an answer of one kind. Raises `BadMessageError` for another."""
        answer = self.call(message, timeout)
        if not isinstance(answer, kind):
            raise BadMessageError(
                f"The server answered {type(message).__name__} with {type(answer).__name__}."
            )
        return answer

    def hello(self, catalog: str = "") -> Welcome:
        """Wait for the connection, say who speaks and check that both sides are of one version.

        `catalog` is this side's `Catalog.digest`; "" if it has none to compare.
        """
        while not self.is_connected:
            self._receive()
            self.wait(0.05)
        return self.ask(Hello(__version__, catalog, self.name), Welcome, max(self.patience, 1.0))

    def submit(self, system: str, values: Mapping[str, Value], device: Device = "auto") -> Accepted:
        return self.ask(Submit(system, dict(values), device), Accepted, FETCH_SECONDS)

    def watch(self, job_id: JobId) -> Iterator[Event]:
        """The job's events, from its present state to `Finished`; its failure is raised.

        Who submitted the job has perhaps heard of it before asking: that comes first.
        """
        present = self.call(Attach(job_id))
        events = deque([*self._take_waiting(job_id), present])
        while True:
            event = _or_raise(events.popleft() if events else self._next_about(job_id))
            yield cast(Event, event)
            if isinstance(event, Finished):
                return

    def fetch_result(self, job_id: JobId) -> Result:
        return self.ask(FetchResult(job_id), FetchedResult, FETCH_SECONDS).result

    def fetch_files(self, job_id: JobId) -> tuple[Media, ...]:
        """Everything the job left, under names that are safe to write. Raises `BadMessageError`."""
        files = self.ask(FetchFiles(job_id), FetchedFiles, FETCH_SECONDS).files
        for file in files:
            if not is_result_name(file.name):
                raise BadMessageError(f'The server sent a file with the name "{file.name[:60]}".')
        return files

    def cancel(self, job_id: JobId, keeps_best: bool = False) -> None:
        """Stop a job; with `keeps_best` one that runs finishes with the best so far."""
        self.call(Cancel(job_id, keeps_best))

    def jobs(self, limit: int = 100) -> tuple[JobRow, ...]:
        """Newest first."""
        return self.ask(ListJobs(limit), Jobs).rows

    # Inside

    def _next_about(self, job_id: JobId) -> Message:
        aside: list[Received] = []
        try:
            while True:
                self._receive()
                while self._waiting:
                    received = self._waiting.popleft()
                    if getattr(received.message, "job_id", None) == job_id:
                        return received.message
                    aside.append(received)
                self._ask_again_about_quiet_jobs()
                self.wait(0.5)
        finally:
            self._waiting.extendleft(reversed(aside))

    def _take_waiting(self, job_id: JobId) -> list[Message]:
        ours: list[Message] = []
        others: deque[Received] = deque()
        for received in self._waiting:
            if getattr(received.message, "job_id", None) == job_id:
                ours.append(received.message)
            else:
                others.append(received)
        self._waiting = others
        return ours

    def _receive(self) -> None:
        for received in self.receive():
            self._note_followed(received.message)
            self._waiting.append(received)

    def _note_followed(self, message: Message) -> None:
        if isinstance(message, Accepted | Queued | Progress):
            self.followed.add(message.job_id)
        elif isinstance(message, Finished | Failed):
            self.followed.discard(message.job_id)

    def _ask_again_about_quiet_jobs(self) -> None:
        """An event may be lost with a connection or a full queue; the present state never is."""
        now = time.monotonic()
        if self.is_connected and self.followed and now - self.heard > QUIET_SECONDS:
            self.heard = now
            for job_id in tuple(self.followed):
                self.send(Attach(job_id))


def _or_raise(message: Message) -> Message:
    if isinstance(message, Failed):
        raise errors.rebuild(message.code, message.message, message.hint, message.field)
    return message
