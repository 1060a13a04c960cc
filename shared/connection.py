# SPDX-License-Identifier: Apache-2.0
"""An encrypted connection that knows whether it stands, and says in words why it does not."""

from __future__ import annotations

import contextlib
import struct
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import zmq

from . import errors, wire
from .errors import AccessDeniedError, UnreachableError, VersionMismatchError
from .keys import KeyPair
from .messages import Received

HEARTBEAT_MS = 5000
DOUBTS = 3
"""So many handshakes without a reason for their end mean another server key."""
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


class Connection:
    """Frames out and messages in, without ever blocking.

    Reading raises `UnreachableError` once the connection has been lost for `patience` seconds (or
    did not come about in that time; at once with `is_local`, if nobody listens there), and
    `AccessDeniedError` when the server refuses this user's key.
    """

    def __init__(self, server: Server, keys: KeyPair, patience: float, is_local: bool) -> None:
        self.server = server
        self.patience = patience
        self.is_local = is_local
        self.is_connected = False
        self.heard = 0.0
        """When the last message came, by `time.monotonic`; 0 when the connection is new."""
        self._unsent: deque[list[wire.Frame]] = deque()
        self._lost_since = time.monotonic()
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
        # What waits for a connection waits with us, not in the socket: see `_flush`.
        socket.immediate = True

    def close(self) -> None:
        """Let go of the connection; jobs go on."""
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close(linger=0)
        self._context.term()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send_frames(self, frames: list[wire.Frame]) -> None:
        """Now, or as soon as there is a connection."""
        self._unsent.append(frames)
        self._flush()

    def receive(self) -> Iterator[Received]:
        """What has come, one by one. Raises `BadMessageError` for what is no message."""
        while self._monitor.poll(0):
            self._note(*struct.unpack("=hi", self._monitor.recv_multipart()[0]))
        self._flush()
        came_to_nothing = True
        with contextlib.suppress(zmq.Again):
            while True:
                frames = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
                came_to_nothing = False
                self.heard = time.monotonic()
                yield wire.decode([frame.buffer for frame in frames])
        if came_to_nothing:
            self._raise_if_lost()

    def sleep(self, seconds: float) -> None:
        """Until something comes, at most so long."""
        self._poller.poll(max(0, int(seconds * 1000)))

    def _flush(self) -> None:
        with contextlib.suppress(zmq.Again):
            while self._unsent:
                self._socket.send_multipart(self._unsent[0], zmq.NOBLOCK, copy=False)
                self._unsent.popleft()

    def _note(self, event: int, _: int) -> None:
        where = self.server.address
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self.is_connected = True
            self._doubts = 0
            self.heard = 0.0
        elif event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            self._refused = AccessDeniedError(
                f"The server at {where} does not know this user's key."
            )
        elif event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
            self._refused = VersionMismatchError(
                f"What answers at {where} is not a Kinora server of this version."
            )
        elif event == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            self._doubt()
        elif event == zmq.EVENT_DISCONNECTED and self.is_connected:
            self.is_connected = False
            self._lost_since = time.monotonic()
        elif event == zmq.EVENT_CLOSED and self.is_local:
            # Nobody listens where the server was: on one machine there is nothing to wait for.
            self._refused = UnreachableError(f"The server at {where} has gone.")

    def _doubt(self) -> None:
        """Once may be a server that is just ending; again and again is a wrong key."""
        self._doubts += 1
        if self._doubts >= DOUBTS:
            self._refused = AccessDeniedError(
                f"What answers at {self.server.address} has another public key than the one given.",
                "Copy the public key that `kinora serve` shows there.",
            )

    def _raise_if_lost(self) -> None:
        if self.is_connected:
            return
        if self._refused is not None:
            raise self._refused
        if time.monotonic() - self._lost_since > self.patience:
            raise UnreachableError(f"The server at {self.server.address} does not answer.")
