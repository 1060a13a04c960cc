# SPDX-License-Identifier: Apache-2.0
"""The server's front door: an encrypted socket that opens to known keys only.

libzmq asks the handler at `inproc://zeromq.zap.01` about every handshake (ZAP, RFC 27); we answer
from the same loop that serves, so there is no second thread to keep in step.
"""

from __future__ import annotations

import errno
import logging
import struct
from collections.abc import Callable
from pathlib import Path

import zmq
from zmq.utils import z85

from ..shared.errors import KinoraError, UnreachableError
from ..shared.keys import KeyPair, authorized_keys
from ..shared.wire import MAX_FRAME_BYTES

log = logging.getLogger("kinora.access")
ZAP_ADDRESS = "inproc://zeromq.zap.01"
ZAP_VERSION = b"1.0"
HEARTBEAT_MS = 5000
FAREWELL_MS = 2000
"""So long the last answer may take to leave."""
LOOPBACK = ("127.", "localhost", "::1")

Socket = zmq.Socket[bytes]


class Door:
    """The ROUTER socket with its guard and its count of who is there."""

    def __init__(
        self,
        context: zmq.Context[Socket],
        keys: KeyPair,
        is_welcome: Callable[[str], bool],
        place: tuple[str, int],
    ) -> None:
        """`is_welcome` is asked with a public key; `place` is where to listen, port 0 for any.

        Raises `UnreachableError` where the port is taken or not ours.
        """
        bind, port = place
        self.keys = keys
        self._is_welcome = is_welcome
        self._present: set[int] = set()
        # The guard must stand before the door opens: without it libzmq lets every key in.
        self.guard = context.socket(zmq.REP)
        self.guard.linger = 0
        self.guard.bind(ZAP_ADDRESS)
        self.router = context.socket(zmq.ROUTER)
        # Only where asked for: an IPv4 address would show itself in IPv6 clothes.
        self.router.ipv6 = ":" in bind
        self._set_up(keys)
        self.monitor = self.router.get_monitor_socket(zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED)
        try:
            self.router.bind(_endpoint(bind, port))
        except zmq.ZMQError as error:
            self.close()
            raise _cannot_bind(bind, port, error) from error
        self.address = self.router.get_string(zmq.LAST_ENDPOINT).rstrip("\0")

    def _set_up(self, keys: KeyPair) -> None:
        router = self.router
        router.curve_server = 1
        router.curve_publickey = keys.public
        router.curve_secretkey = keys.secret
        router.zap_domain = b"kinora"
        router.router_mandatory = 1
        router.linger = 0
        router.maxmsgsize = MAX_FRAME_BYTES
        router.heartbeat_ivl = HEARTBEAT_MS
        router.heartbeat_timeout = 4 * HEARTBEAT_MS
        # Whoever connects and says nothing is not kept.
        router.handshake_ivl = 10_000

    @property
    def local_address(self) -> str:
        """The address from this machine."""
        return self.address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")

    @property
    def present(self) -> int:
        """How many connections there are."""
        return len(self._present)

    def answer_guard(self) -> None:
        """Decide on one handshake. The key becomes the connection's `User-Id`."""
        version, number, domain, _, _, mechanism, *credentials = self.guard.recv_multipart()
        key = z85.encode(credentials[0]) if len(credentials) == 1 else b""
        known = (
            version == ZAP_VERSION
            and domain == b"kinora"
            and mechanism == b"CURVE"
            and self._knows(key.decode("ascii"))
        )
        status = [b"200", b"OK", key] if known else [b"400", b"Unknown key", b""]
        self.guard.send_multipart([ZAP_VERSION, number, *status, b""])

    def _knows(self, key: str) -> bool:
        try:
            return self._is_welcome(key)
        except KinoraError as error:
            # The guard must answer whatever happens, or no handshake would ever end again.
            log.warning("a key was refused: %s", error)
            return False

    def note_presence(self) -> None:
        event, descriptor = struct.unpack("=hi", self.monitor.recv_multipart()[0])
        if event == zmq.EVENT_ACCEPTED:
            self._present.add(descriptor)
        else:
            self._present.discard(descriptor)

    def close(self) -> None:
        self.router.disable_monitor()
        self.monitor.close(linger=0)
        self.router.close(linger=FAREWELL_MS)
        self.guard.close(linger=0)


def welcome(keys: KeyPair, data: Path, takes_authorized: bool) -> Callable[[str], bool]:
    """Who may come in: the user, and with `takes_authorized` the keys in `authorized_keys`."""
    own = keys.public.decode("ascii")
    return lambda key: key == own or (takes_authorized and key in authorized_keys(data))


def is_loopback(bind: str) -> bool:
    return bind.strip("[]").startswith(LOOPBACK)


def _endpoint(bind: str, port: int) -> str:
    host = bind.strip("[]")
    host = f"[{host}]" if ":" in host else host
    return f"tcp://{host}:{port or '*'}"


def _cannot_bind(bind: str, port: int, error: zmq.ZMQError) -> UnreachableError:
    if error.errno == zmq.EADDRINUSE:
        return UnreachableError(
            f"The port {port} is taken by another program.", "Choose another with --port."
        )
    if error.errno == errno.EACCES:
        return UnreachableError(
            f"The system does not let this user open port {port}.", "Choose one above 1023."
        )
    return UnreachableError(
        f"{bind} is not an address of this machine.", "Use 127.0.0.1, or 0.0.0.0 for all of them."
    )
