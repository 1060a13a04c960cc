# SPDX-License-Identifier: Apache-2.0
"""A data folder of its own for every test that asks, and a real server that offers trial jobs."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinora.shared import launch
from kinora.shared.client import Client

TESTS = Path(__file__).parent


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's data folder; whatever server the test leaves running in it is ended."""
    folder = tmp_path / "data"
    monkeypatch.setenv("KINORA_DATA", str(folder))
    monkeypatch.setenv("KINORA_COMMAND", f'"{sys.executable}" "{TESTS / "serve_trial.py"}"')
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    yield folder
    server = launch.read_server()
    if server is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGKILL)


@pytest.fixture
def client(data: Path) -> Iterator[Client]:
    """Connected to a real server process with the trial system and one worker."""
    with launch.connect(name="test") as connected:
        yield connected
