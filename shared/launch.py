# SPDX-License-Identifier: Apache-2.0
"""Find the user's server, start one when there is none, or reach one elsewhere.

`connect` waits and is for scripts and the command line. Blender's timer calls `find` until it
brings a client, after one `start`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from . import __version__
from .client import Client, Server
from .errors import AccessDeniedError, StorageError, UnreachableError
from .folders import check_space, data_folder, make_folder, write_private
from .keys import is_key, user_key

DEFAULT_PORT = 7717
IDLE_SECONDS = 60.0
START_SECONDS = 20.0
FIND_SECONDS = 1.5
# Windows' CREATE_NEW_PROCESS_GROUP and CREATE_NO_WINDOW.
WITHOUT_WINDOW = 0x08000200 if sys.platform == "win32" else 0
MAX_LOG_BYTES = 4 << 20
LEAST_FREE_BYTES = 4 << 20
"""Without these a server could not even write why it ends."""
NO_BACKEND_HINT = (
    "Install the backend with `pip install kinora`, or name its command in the preferences or in "
    "the environment variable KINORA_COMMAND."
)


def connect(
    command: Sequence[str] | None = None, name: str = "command line", catalog: str = ""
) -> Client:
    """A client of this user's server, which is started if need be. Raises `UnreachableError`.

    `command` runs the backend (["kinora"]); None looks for it. `catalog` is a digest or "".
    """
    if (client := find(name, catalog)) is not None:
        return client
    log_start = log_size()
    process = start(command)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if (client := find(name, catalog)) is not None:
            return client
        if process.poll() is not None and read_server() is None:
            break
        time.sleep(0.02)
    raise UnreachableError(
        f"The server did not start. {last_words(log_start)}".strip(),
        f"The file {log_path()} holds the details.",
    )


def find(name: str = "command line", catalog: str = "") -> Client | None:
    """A client of the server that runs already, or None. Returns at once on this machine."""
    server = read_server()
    if server is None:
        return None
    client = Client(server, user_key(data_folder()), name, FIND_SECONDS, is_local=True)
    try:
        welcome = client.hello(catalog)
    except (UnreachableError, AccessDeniedError):
        # The file is of a dead server, whatever answers at that port now.
        client.close()
        return None
    except BaseException:
        client.close()
        raise
    if welcome.nonce != server.nonce:
        client.close()
        return None
    client.patience = 5.0
    return client


def start(command: Sequence[str] | None = None) -> subprocess.Popen[bytes]:
    """Start a server that ends itself when nobody has needed it for a minute. Does not wait."""
    words = [*(command or backend_command()), "serve", "--idle-seconds", str(IDLE_SECONDS)]
    make_folder(data_folder())
    check_space(data_folder(), LEAST_FREE_BYTES)
    make_folder(log_path().parent)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONHOME"}
    try:
        _shorten_log()
        with open(log_path(), "ab") as log:
            return subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=data_folder(),
                # A server outlives the program that started it, and its Ctrl+C.
                start_new_session=os.name == "posix",
                creationflags=WITHOUT_WINDOW,
            )
    except FileNotFoundError as error:
        raise UnreachableError(f"There is no program {words[0]}.", NO_BACKEND_HINT) from error
    except OSError as error:
        raise UnreachableError(
            f"{words[0]} cannot be started: {error}.", NO_BACKEND_HINT
        ) from error


def backend_command() -> list[str]:
    """The words that run the backend on this machine. Raises `UnreachableError`."""
    if chosen := os.environ.get("KINORA_COMMAND"):
        return shlex.split(chosen, posix=os.name == "posix")
    if found := shutil.which("kinora"):
        return [found]
    with contextlib.suppress(ImportError):
        if importlib.util.find_spec("kinora.backend") is not None:
            return [sys.executable, "-m", "kinora.backend"]
    raise UnreachableError("The Kinora backend is not installed on this machine.", NO_BACKEND_HINT)


def connect_remote(
    address: str, server_key: str, name: str = "command line", catalog: str = ""
) -> Client:
    """A client of a server elsewhere; waits for its welcome. See `reach` for the other way."""
    client = reach(address, server_key, name)
    try:
        client.hello(catalog)
    except BaseException:
        client.close()
        raise
    return client


def reach(address: str, server_key: str, name: str = "command line") -> Client:
    """A client that is about to connect: `poll` tells when it has, or raises why it cannot."""
    if not is_key(server_key.strip()):
        raise AccessDeniedError(
            f'"{server_key.strip()[:60]}" is not a public key.',
            "Paste the 40 characters that `kinora serve` shows on the server.",
        )
    server = Server(parse_address(address), server_key.strip())
    return Client(server, user_key(data_folder()), name)


def parse_address(text: str) -> str:
    """ "tcp://host:port" from what people type: host, host:port, a URL, an IPv6 address."""
    wrong = UnreachableError(
        f'"{text.strip()[:80]}" is not the address of a server.',
        f"Write it like render.example.org or 192.168.1.20:{DEFAULT_PORT}.",
    )
    place = text.strip().rstrip("/")
    if "://" not in place:
        place = f"[{place}]" if place.count(":") > 1 and not place.startswith("[") else place
        place = f"tcp://{place}"
    try:
        parts = urlsplit(place)
        host, port = parts.hostname, DEFAULT_PORT if parts.port is None else parts.port
    except ValueError:
        raise wrong from None
    is_plain = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    if not host or not is_plain or parts.scheme not in ("tcp", "http", "https") or not port:
        raise wrong
    if not all(c.isalnum() or c in ".-_:%" for c in host):
        raise wrong
    return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"


# The file by which everybody finds the server


def server_path() -> Path:
    return data_folder() / f"server-{__version__}.json"


def log_path() -> Path:
    return data_folder() / "logs" / "server.log"


def read_server() -> Server | None:
    """What the running server wrote about itself, or the last one if it was killed."""
    try:
        content = json.loads(server_path().read_text(encoding="utf-8"))
        server = Server(**content)
    except (OSError, ValueError, TypeError):
        return None
    if not isinstance(server.public_key, str) or not is_key(server.public_key):
        return None
    return server if str(server.address).startswith("tcp://") else None


def write_server(server: Server) -> None:
    """Called by the server, which holds the store's lock."""
    write_private(server_path(), json.dumps(asdict(server)).encode())


def log_size() -> int:
    return log_path().stat().st_size if log_path().exists() else 0


def _shorten_log() -> None:
    if log_size() > MAX_LOG_BYTES:
        os.replace(log_path(), log_path().with_suffix(".old.log"))


def last_words(log_start: int) -> str:
    """The last line that the server wrote before it gave up."""
    try:
        with open(log_path(), "rb") as log:
            log.seek(min(log_start, log_size()))
            lines = log.read().decode("utf-8", "replace").split("\n")
    except OSError as error:
        raise StorageError(f"{log_path()} cannot be read: {error.strerror}.") from error
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
