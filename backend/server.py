# SPDX-License-Identifier: Apache-2.0
"""The life of a server: from its lock and its file to its last worker. It never imports torch.

What it says meanwhile is in `conversation.py`, what it does with jobs in `schedule.py`.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import zmq

from ..shared import __version__, launch
from ..shared.connection import Server as ServerFile
from ..shared.errors import StorageError
from ..shared.folders import data_folder, make_folder
from ..shared.keys import allow as allow_key
from ..shared.keys import user_key
from ..shared.messages import Device
from .access import Door, is_loopback, welcome
from .catalog import DEFAULT_MODULE, build_catalog, listed_systems
from .conversation import Server
from .executors.local import LocalExecutor, Plan
from .jobs import Queue
from .store import Store

log = logging.getLogger("kinora.server")
LOCK_SECONDS = 2.0


def serve(
    bind: str = "127.0.0.1",
    port: int = 0,
    allow: Sequence[str] = (),
    idle_seconds: float | None = None,
    systems: str = DEFAULT_MODULE,
    device: Device = "auto",
) -> None:
    """Serve until told to stop, or until idle for `idle_seconds`; port 0 lets the system choose.

    Raises `StorageError` (no place to write, or a server runs already), `UnreachableError` (the
    port is taken), `AccessDeniedError` (a key in `allow` is none).
    """
    data = make_folder(data_folder())
    keys = user_key(data)
    for key in allow:
        allow_key(data, key)
    takes_authorized = bool(allow) or not is_loopback(bind)
    catalog = build_catalog(listed_systems(systems))
    store = _open_store(data)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        door = Door(context, keys, welcome(keys, data, takes_authorized), (bind, port))
        executor = LocalExecutor(context, Plan(store.folder, systems, device))
        server = Server(door, Queue(store), executor, catalog)
        _stop_on_signals(server)
        _serve(server, idle_seconds)
    finally:
        context.destroy(linger=0)
        store.close()


def _serve(server: Server, idle_seconds: float | None) -> None:
    door = server.door
    key = door.keys.public.decode("ascii")
    try:
        # The file tells that the door is open; workers load their models meanwhile.
        launch.write_server(ServerFile(door.local_address, key, server.nonce, os.getpid()))
        log.info("Kinora %s serves at %s with the public key %s", __version__, door.address, key)
        server.run(idle_seconds)
    finally:
        written = launch.read_server()
        if written is not None and written.nonce == server.nonce:
            launch.server_path().unlink(missing_ok=True)
        server.executor.close()
        door.close()


def _open_store(data: Path) -> Store:
    """A server that is just ending gets a moment to let go."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return Store(data)
        except StorageError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _stop_on_signals(server: Server) -> None:
    def stop(*_: object) -> None:
        server.is_stopping = True

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
