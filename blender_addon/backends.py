# SPDX-License-Identifier: GPL-3.0-or-later
"""The two places where a backend can be: this machine, where it is started, or an address."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass, field

from ..shared import launch
from ..shared.client import Client
from ..shared.errors import UnreachableError

CLIENT_NAME = "Blender"


@dataclass
class LocalBackend:
    """The user's own server, shared with the command line. An empty `command` looks for it."""

    command: str = ""
    catalog_digest: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _log_start: int = field(default=0, init=False)

    def find(self) -> Client | None:
        return launch.find(CLIENT_NAME, self.catalog_digest)

    def start(self) -> None:
        words = shlex.split(self.command) if self.command.strip() else None
        self._log_start = launch.log_size()
        self._process = launch.start(words)

    def check_started(self) -> None:
        # Code 0: another server was faster, and will be found.
        if self._process is not None and self._process.poll():
            words = launch.last_words(self._log_start)
            raise UnreachableError(
                f"The backend ended as soon as it was started: {words}",
                f"The file {launch.log_path()} holds the details.",
            )


@dataclass(frozen=True)
class RemoteBackend:
    """A server elsewhere, which knows this user's public key and is known by its own."""

    address: str
    server_key: str

    def find(self) -> Client | None:
        return launch.reach(self.address, self.server_key, CLIENT_NAME)

    def start(self) -> None:
        """A server elsewhere is started there."""

    def check_started(self) -> None:
        """Nothing was started, so nothing can have ended."""
