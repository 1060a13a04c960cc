# SPDX-License-Identifier: GPL-3.0-or-later
"""One line to the backend, started if need be: what is sent waits until it stands."""

from __future__ import annotations

import time
from typing import Protocol

from ..shared import __version__, errors
from ..shared.client import Client
from ..shared.errors import UnreachableError
from ..shared.messages import Failed, Hello, Message, Request, Welcome
from .job import Link

START_SECONDS = 30.0
"""So long may a backend that was started take until it can be found."""
GREET_SECONDS = 10.0
"""So long may a server that was found take until it has said who it is."""
PAUSE_SECONDS = 0.05


class Backend(Protocol):
    """Where the server is found: on this machine, or at an address."""

    def find(self) -> Client | None:
        """A client of the server, connected or about to connect, if there is one."""

    def start(self) -> None:
        """Start a server that `find` will find. Does not wait."""

    def check_started(self) -> None:
        """Raise what went wrong if the started server has ended already."""


class Connection:
    """`open`, then `poll` until `link` is CONNECTED. Nothing here waits but `pause`."""

    def __init__(self, catalog_digest: str = "") -> None:
        self.catalog_digest = catalog_digest
        self.link = Link.NONE
        self.outbox: list[Request] = []
        self._backend: Backend | None = None
        self._client: Client | None = None
        self._hello = 0
        self._deadline = 0.0
        self._sent: dict[int, Request] = {}

    def open(self, backend: Backend | None = None) -> None:
        """Begin to connect to this backend, or to the last one again."""
        self.close()
        self._backend = backend or self._backend
        if self._backend is None:
            raise UnreachableError("No backend was chosen.")
        if not self._find(self._backend):
            self._backend.start()
            self.link = Link.STARTING
            self._deadline = time.monotonic() + START_SECONDS

    def close(self) -> None:
        """Let go; what was not sent yet stays in the outbox."""
        if self._client is not None:
            self._client.close()
        self._client = None
        self._sent.clear()
        self.link = Link.NONE

    def send(self, request: Request) -> None:
        """Now, or as soon as the connection stands."""
        self.outbox.append(request)
        if self.link is Link.CONNECTED:
            self._empty_outbox()

    def has_sent(self, kind: type[Request]) -> bool:
        """Whether such a request is still unanswered."""
        return any(isinstance(request, kind) for request in self._sent.values())

    def poll(self) -> list[tuple[Message, Request | None]]:
        """What has come, each with the request that it answers. Raises why there is no line."""
        if self.link is Link.STARTING and self._backend is not None:
            self._look_for_started(self._backend)
        if self._client is None:
            return []
        found = []
        for received in self._client.poll():
            self._greet(received.answers, received.message)
            found.append((received.message, self._sent.pop(received.answers, None)))
        if self.link is Link.CONNECTING and self._client.is_connected and not self._hello:
            hello = Hello(__version__, self.catalog_digest, self._client.name)
            self._hello = self._client.send(hello)
        if self.link is Link.CONNECTED:
            self._empty_outbox()
        elif time.monotonic() > self._deadline:
            raise UnreachableError(f"The backend said nothing within {GREET_SECONDS:.0f} s.")
        return found

    def pause(self) -> None:
        """For scripts: sleep until something comes, but not for long."""
        if self._client is not None:
            self._client.wait(PAUSE_SECONDS)
        else:
            time.sleep(PAUSE_SECONDS)

    def _find(self, backend: Backend) -> bool:
        self._client = backend.find()
        if self._client is None:
            return False
        self._hello = 0
        self.link = Link.CONNECTING
        self._deadline = time.monotonic() + GREET_SECONDS
        return True

    def _look_for_started(self, backend: Backend) -> None:
        if self._find(backend):
            return
        backend.check_started()
        if time.monotonic() > self._deadline:
            raise UnreachableError(
                f"The backend was started but did not answer within {START_SECONDS:.0f} s.",
                "Run `kinora doctor` in a terminal: it says what is wrong.",
            )

    def _greet(self, answers: int, message: Message) -> None:
        if isinstance(message, Welcome):
            self.link = Link.CONNECTED
        elif isinstance(message, Failed) and self._hello and answers == self._hello:
            raise errors.rebuild(message.code, message.message, message.hint, message.field)

    def _empty_outbox(self) -> None:
        while self.outbox and self._client is not None:
            number = self._client.send(self.outbox[0])
            self._sent[number] = self.outbox.pop(0)
