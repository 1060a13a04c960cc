# SPDX-License-Identifier: Apache-2.0
"""What the server says: one answer to every request, and events to who follows a job.

One thread and one loop; nothing in it computes, so it answers at once while workers are busy.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Sequence

import zmq

from ..shared import __version__, launch, wire
from ..shared.catalog import Catalog, Field, validate
from ..shared.errors import (
    AccessDeniedError,
    BadMessageError,
    BadOptionError,
    KinoraError,
    UnknownJobError,
    VersionMismatchError,
)
from ..shared.messages import (
    Accepted,
    Attach,
    Cancel,
    Done,
    Event,
    Failed,
    FetchedResult,
    FetchFiles,
    FetchOptions,
    FetchResult,
    Finished,
    Hello,
    JobId,
    Jobs,
    ListJobs,
    Message,
    Pin,
    Ping,
    Pong,
    Preview,
    Shutdown,
    Submit,
    Welcome,
)
from .access import Door
from .executors.local import LocalExecutor
from .faults import translate
from .jobs import Queue
from .schedule import Schedule

log = logging.getLogger("kinora.server")
TICK_MS = 250
LOOK_SECONDS = 2.0
MAX_LISTED = 300


class Server:
    """Everything that lives as long as the server does."""

    def __init__(self, door: Door, queue: Queue, executor: LocalExecutor, catalog: Catalog) -> None:
        self.door = door
        self.queue = queue
        self.executor = executor
        self.schedule = Schedule(queue, executor, self.tell)
        self.catalog = catalog
        self.nonce = secrets.token_hex(8)
        self.is_stopping = False
        self._needed = time.monotonic()
        self._look_again = 0.0
        self._followers: dict[JobId, set[bytes]] = {}
        self._previews: dict[JobId, Preview] = {}
        self._sent = 0

    def run(self, idle_seconds: float | None) -> None:
        """Serve until stopped, or until nobody has needed the server for so long."""
        door = self.door
        steps: list[tuple[zmq.Socket[bytes], Callable[[], None]]] = [
            (door.guard, door.answer_guard),
            (door.monitor, door.note_presence),
            (self.executor.inbox, self.schedule.hear),
            (door.router, self._answer_next),
        ]
        poller = zmq.Poller()
        for socket, _ in steps:
            poller.register(socket, zmq.POLLIN)
        while not (self.is_stopping or self._is_idle(idle_seconds) or self._is_forgotten()):
            ready = dict(poller.poll(TICK_MS))
            for socket, step in steps:
                if socket in ready:
                    self._guarded(step)
            self._guarded(self.schedule.tend)

    def tell(self, event: Event) -> None:
        """Send an event to everybody who follows its job."""
        if isinstance(event, Preview):
            self._previews[event.job_id] = event
        for peer in tuple(self._followers.get(event.job_id, ())):
            self._send(peer, event, event.job_id)
        if isinstance(event, Finished | Failed):
            self._followers.pop(event.job_id, None)
            self._previews.pop(event.job_id, None)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:
            log.exception("a step failed")

    def _is_idle(self, idle_seconds: float | None) -> bool:
        now = time.monotonic()
        if self.door.present or self.queue.waiting or self.queue.running:
            self._needed = now
        return idle_seconds is not None and now - self._needed > idle_seconds

    def _is_forgotten(self) -> bool:
        """Whether the file by which clients find this server has gone, with the whole data folder
        perhaps: then nobody comes any more and nothing can be kept."""
        now = time.monotonic()
        if now < self._look_again:
            return False
        self._look_again = now + LOOK_SECONDS
        written = launch.read_server()
        if written is None or written.nonce != self.nonce:
            log.warning("the file %s has gone; this server ends", launch.server_path())
            return True
        return False

    def _answer_next(self) -> None:
        frames = self.door.router.recv_multipart(copy=False)
        peer, key = frames[0].bytes, str(frames[-1].get("User-Id"))
        content = [frame.buffer for frame in frames[1:]]
        question = wire.id_of(content)
        try:
            received = wire.decode(content)
            question = received.id
            if isinstance(received.message, FetchResult):
                self._send_result(peer, received.message.job_id, question)
                return
            answer = self._answer(peer, key, received.message)
        except Exception as error:
            if not isinstance(error, KinoraError):
                log.exception("a request failed")
            answer = _refusal(error)
        self._send(peer, answer, answers=question)

    def _answer(self, peer: bytes, key: str, message: Message) -> Message:
        match message:
            case Submit():
                return self._submit(peer, message)
            case Attach(job_id):
                return self._attach(peer, job_id)
            case Cancel(job_id, keeps_best):
                job = self.queue.store.get(job_id)
                (self.schedule.keep if keeps_best else self.schedule.cancel)(job)
                return Done()
            case Pin(job_id, pinned):
                self.queue.store.pin(job_id, pinned)
                return Done()
            case ListJobs(limit):
                return Jobs(self.queue.rows(max(0, min(limit, MAX_LISTED))))
            case FetchFiles(job_id):
                return self.queue.store.files(self.queue.store.get(job_id))
            case FetchOptions(job_id):
                return self.queue.store.options(self.queue.store.get(job_id))
            case _:
                return self._answer_about_itself(key, message)

    def _answer_about_itself(self, key: str, message: Message) -> Message:
        match message:
            case Ping():
                devices = tuple(worker.device for worker in self.executor.workers.values())
                waiting, running = len(self.queue.waiting), len(self.queue.running)
                return Pong(self.nonce, waiting, running, devices)
            case Hello():
                check_versions(message, self.catalog)
                return Welcome(__version__, self.catalog.digest, self.nonce, os.getpid())
            case Shutdown():
                if key.encode() != self.door.keys.public:
                    raise AccessDeniedError("Only the user who started the server may end it.", "")
                self.is_stopping = True
                return Done()
        raise BadMessageError(f"{type(message).__name__} is not a request.")

    def _submit(self, peer: bytes, message: Submit) -> Accepted:
        values = validate(self.catalog, message.system, message.values)
        fields = self.catalog.system(message.system).fields
        for field in fields:
            if field.type == "job" and values[field.name]:
                self._check_finished(JobId(str(values[field.name])), field)
        texts = [field.name for field in fields if field.type == "text"]
        title = " / ".join(text for name in texts if (text := " ".join(str(values[name]).split())))
        job = self.queue.submit(Submit(message.system, values, message.device), title)
        self._followers.setdefault(job.job_id, set()).add(peer)
        if self.executor.is_hopeless:
            self.executor.try_again()
        return Accepted(job.job_id, self.queue.position(job.job_id))

    def _check_finished(self, job_id: JobId, field: Field) -> None:
        """Raises `BadOptionError`."""
        try:
            state: str = self.queue.store.get(job_id).state
        except UnknownJobError:
            state = "unknown"
        if state != "finished":
            raise BadOptionError(
                f"The job {job_id[:40]} to go on from is {state}.",
                "Choose one that `kinora jobs` lists as finished.",
                field.name,
            )

    def _attach(self, peer: bytes, job_id: JobId) -> Event:
        present = self.queue.present(self.queue.store.get(job_id))
        if not isinstance(present, Finished | Failed):
            followers = self._followers.setdefault(job_id, set())
            if job_id in self._previews and peer not in followers:
                self._send(peer, self._previews[job_id])
            followers.add(peer)
        return present

    def _send_result(self, peer: bytes, job_id: JobId, question: int) -> None:
        """Straight from the file: the envelope is new, the rest is sent as the worker left it."""
        frames = self.queue.store.result_frames(self.queue.store.get(job_id))
        self._sent += 1
        head = wire.envelope(FetchedResult.__name__, self._sent, question)
        self._send_frames(peer, [head, *frames])

    def _send(
        self, peer: bytes, message: Message, follows: JobId | None = None, answers: int = 0
    ) -> None:
        self._sent += 1
        is_there = self._send_frames(peer, wire.encode(message, self._sent, answers))
        if not is_there and follows is not None:
            self._followers[follows].discard(peer)

    def _send_frames(self, peer: bytes, frames: Sequence[wire.Frame]) -> bool:
        """Whether the peer is still there. A message that finds no room is dropped: who follows a
        job asks again when it hears nothing."""
        try:
            self.door.router.send_multipart([peer, *frames], zmq.NOBLOCK, copy=False)
        except zmq.Again:
            log.warning("a client does not read; a message to it was dropped")
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            return False
        return True


def check_versions(hello: Hello, catalog: Catalog) -> None:
    """Raises `VersionMismatchError` that says which side to update."""
    if hello.catalog in ("", catalog.digest):
        return
    ours, theirs = _numbers(__version__), _numbers(hello.release)
    if ours == theirs:
        hint = "Install both from the same build."
    else:
        hint = "Update the backend." if ours < theirs else f"Update the {hello.client[:40]}."
    raise VersionMismatchError(
        f"The server of release {__version__} offers other options than the {hello.client[:40]} "
        f"of release {hello.release[:20]} expects.",
        hint,
    )


def _numbers(release: str) -> list[int]:
    return [int(part) for part in release.split(".") if part.isdecimal()]


def _refusal(error: Exception) -> Failed:
    ours = translate(error)
    field = ours.field if isinstance(ours, BadOptionError) else ""
    return Failed(JobId(""), ours.code, ours.message, ours.hint, field)
