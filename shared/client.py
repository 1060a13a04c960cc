# SPDX-License-Identifier: Apache-2.0
"""A connection to a server, for the command line and the add-on alike.

`send` and `poll` never block: they are for Blender's timer. `call`, `watch` and the rest wait:
they are for scripts. A `Client` belongs to one thread.
"""

from __future__ import annotations

import contextlib
import struct
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

import zmq

from . import __version__, errors, wire
from .errors import AccessDeniedError, BadMessageError, UnreachableError, VersionMismatchError
from .folders import is_plain_name
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
    Received,
    Request,
    Submit,
    Value,
    Welcome,
)
from .results import Media, Result

Answer = TypeVar("Answer", bound=Message)

ANSWER_SECONDS = 10.0
FETCH_SECONDS = 120.0
QUIET_SECONDS = 3.0
"""After this long without a word about a job that is followed, the client asks again."""
HEARTBEAT_MS = 5000
DOUBTS = 3
_EVENTS = (
    zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_CLOSED
    | zmq.EVENT_DISCONNECTED
)


@dataclass(frozen=True)
class Server:
    """Where a server is and by which public key (Z85) it proves itself."""

    address: str
    public_key: str
    nonce: str = ""
    pid: int = 0


class Client:
    """One encrypted connection.

    Every method that reads raises `UnreachableError` once the connection has been lost for
    `patience` seconds (or did not come about in that time), and `AccessDeniedError` when the server
    refuses this user's key.
    """

    def __init__(
        self,
        server: Server,
        keys: KeyPair,
        name: str = "command line",
        patience: float = 5.0,
        is_local: bool = False,
    ) -> None:
        self.server = server
        self.name = name
        self.patience = patience
        self.is_local = is_local
        self.is_connected = False
        self.followed: set[JobId] = set()
        self._next_id = 1
        self._unsent: deque[list[wire.Frame]] = deque()
        self._waiting: deque[Received] = deque()
        self._lost_since = self._heard = time.monotonic()
        self._refused: errors.KinoraError | None = None
        self._doubts = 0
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._set_up(keys)
        self._monitor = self._socket.get_monitor_socket(_EVENTS)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._monitor, zmq.POLLIN)
        self._socket.connect(server.address)

    def _set_up(self, keys: KeyPair) -> None:
        socket = self._socket
        socket.curve_publickey = keys.public
        socket.curve_secretkey = keys.secret
        socket.curve_serverkey = self.server.public_key.encode("ascii")
        socket.linger = 0
        socket.ipv6 = True
        socket.maxmsgsize = wire.MAX_FRAME_BYTES
        socket.rcvhwm = 0
        socket.reconnect_ivl = 50
        socket.reconnect_ivl_max = 2000
        socket.heartbeat_ivl = HEARTBEAT_MS
        socket.heartbeat_timeout = 4 * HEARTBEAT_MS
        # A refusal leaves nothing behind in the socket that a later connection would send.
        socket.immediate = True

    def close(self) -> None:
        """Let go of the connection; jobs go on."""
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close(linger=0)
        self._context.term()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Without waiting

    def send(self, message: Request) -> int:
        """Send a request, or keep it until there is a connection.

        Returns the request's id, which its answer repeats in `Received.answers`.
        """
        number = self._next_id
        self._next_id += 1
        self._unsent.append(wire.encode(message, number))
        self._flush()
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
            self._poller.poll(max(0, int(seconds * 1000)))

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
        accepted = self.ask(Submit(system, dict(values), device), Accepted, FETCH_SECONDS)
        return accepted

    def watch(self, job_id: JobId) -> Iterator[Event]:
        """The job's events, from its present state to `Finished`; its failure is raised."""
        event = _or_raise(self.call(Attach(job_id)))
        while True:
            yield cast(Event, event)
            if isinstance(event, Finished):
                return
            event = _or_raise(self._next_about(job_id))

    def fetch_result(self, job_id: JobId) -> Result:
        return self.ask(FetchResult(job_id), FetchedResult, FETCH_SECONDS).result

    def fetch_files(self, job_id: JobId) -> tuple[Media, ...]:
        """Everything the job left, under names that are safe to write. Raises `BadMessageError`."""
        files = self.ask(FetchFiles(job_id), FetchedFiles, FETCH_SECONDS).files
        for file in files:
            if not is_plain_name(file.name):
                raise BadMessageError(f'The server sent a file with the name "{file.name[:60]}".')
        return files

    def cancel(self, job_id: JobId) -> None:
        self.call(Cancel(job_id))

    def jobs(self, limit: int = 100) -> tuple[JobRow, ...]:
        """Newest first."""
        return self.ask(ListJobs(limit), Jobs).rows

    # Inside

    def _flush(self) -> None:
        with contextlib.suppress(zmq.Again):
            while self._unsent:
                self._socket.send_multipart(self._unsent[0], zmq.NOBLOCK, copy=False)
                self._unsent.popleft()

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

    def _receive(self) -> None:
        while self._monitor.poll(0):
            self._note_connection(self._monitor.recv_multipart())
        self._flush()
        while True:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                break
            self._heard = time.monotonic()
            received = wire.decode([frame.buffer for frame in frames])
            self._note_followed(received.message)
            self._waiting.append(received)
        if not self._waiting:
            self._look_at_connection()

    def _note_connection(self, frames: list[bytes]) -> None:
        event, _ = struct.unpack("=hi", frames[0])
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self.is_connected = True
            self._doubts = 0
            self._heard = 0.0
        elif event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            self._refused = AccessDeniedError(
                f"The server at {self.server.address} does not know this user's key."
            )
        elif event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
            self._refused = VersionMismatchError(
                f"What answers at {self.server.address} is not a Kinora server of this version."
            )
        elif event == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL and not self.is_local:
            self._refused = AccessDeniedError(
                f"The server at {self.server.address} has another public key than the one given.",
                "Copy the public key that `kinora serve` shows.",
            )
        elif event == zmq.EVENT_DISCONNECTED and self.is_connected:
            self.is_connected = False
            self._lost_since = time.monotonic()
        elif self.is_local and event in (
            zmq.EVENT_CLOSED,
            zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL,
        ):
            # Nobody listens where the server was, or it died while greeting, or another program has
            # its port now: on one machine there is nothing to wait for.
            self._refused = UnreachableError(f"The server at {self.server.address} has gone.")

    def _look_at_connection(self) -> None:
        if self.is_connected:
            return
        if self._refused is not None:
            raise self._refused
        if time.monotonic() - self._lost_since > self.patience:
            raise UnreachableError(f"The server at {self.server.address} does not answer.")

    def _note_followed(self, message: Message) -> None:
        if isinstance(message, Accepted):
            self.followed.add(message.job_id)
        elif isinstance(message, Finished | Failed):
            self.followed.discard(message.job_id)

    def _ask_again_about_quiet_jobs(self) -> None:
        """An event may be lost with a connection or a full queue; the present state never is."""
        now = time.monotonic()
        if self.is_connected and self.followed and now - self._heard > QUIET_SECONDS:
            self._heard = now
            for job_id in tuple(self.followed):
                self.send(Attach(job_id))


def _or_raise(message: Message) -> Message:
    if isinstance(message, Failed):
        raise errors.rebuild(message.code, message.message, message.hint, message.field)
    return message
