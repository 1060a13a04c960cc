# SPDX-License-Identifier: Apache-2.0
"""Servers for benchmarks: real processes with data folders of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from kinora.backend.catalog import DEFAULT_MODULE
from kinora.shared import launch
from kinora.shared.client import Client
from kinora.shared.errors import KinoraError
from kinora.shared.messages import Ping, Pong, Shutdown

HERE = Path(__file__).parent
KINORA = (sys.executable, "-m", "kinora.backend")
WAIT_SECONDS = 120


@contextlib.contextmanager
def fresh_folder() -> Iterator[Path]:
    """A new, empty data folder and Anny cache, for this process and those that it starts."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        before = dict(os.environ)
        os.environ["KINORA_DATA"] = str(Path(folder) / "data")
        os.environ["ANNY_CACHE_DIR"] = str(Path(folder) / "anny")
        os.environ["KINORA_COMMAND"] = " ".join(KINORA)
        try:
            yield Path(folder)
        finally:
            os.environ.clear()
            os.environ.update(before)


def start_server(systems: str = DEFAULT_MODULE) -> subprocess.Popen[bytes]:
    paths = [str(HERE), str(HERE.parent / "tests")]
    with log_file().open("wb") as log:
        return subprocess.Popen(
            [*KINORA, "serve", "--systems", systems],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )


def log_file() -> Path:
    """Where the server of this fresh folder writes, so that a failed start can be explained."""
    return Path(os.environ["ANNY_CACHE_DIR"]).with_name("server.log")


def wait_for_client(process: subprocess.Popen[bytes] | None = None) -> Client:
    """A client as soon as the server answers one."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if (client := launch.find("benchmark")) is not None:
            return client
        if process is not None and process.poll() is not None:
            raise SystemExit(f"The server ended: {log_file().read_text()[-2000:]}")
        time.sleep(0.002)
    raise SystemExit("The server did not start.")


def wait_for_workers(client: Client, states: Sequence[str] = ("cpu", "cuda")) -> None:
    """Until every worker has its models in memory."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        pong = client.ask(Ping(), Pong)
        if pong.devices and all(device in states for device in pong.devices):
            return
        time.sleep(0.05)
    raise SystemExit("The worker did not become ready.")


def stop_server(process: subprocess.Popen[bytes] | None = None) -> None:
    """Ask the server of this data folder to end, and wait for its process if it is ours."""
    with contextlib.suppress(KinoraError):
        client = launch.find("benchmark")
        if client is not None:
            with client:
                client.call(Shutdown())
    if process is not None:
        process.wait(timeout=30)


@contextlib.contextmanager
def running_server(systems: str = DEFAULT_MODULE) -> Iterator[Client]:
    """A server in a fresh folder with its models loaded, and a client of it."""
    with fresh_folder():
        process = start_server(systems)
        try:
            with wait_for_client(process) as client:
                wait_for_workers(client)
                yield client
        finally:
            stop_server(process)
