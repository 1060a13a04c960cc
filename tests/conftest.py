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

# The same examples in every run, and no clock: a red check is then about the change, not luck.
# `pytest --hypothesis-profile=default` draws new ones.
# The tests inside Blender's Python, which need no hypothesis, read this file too.
with contextlib.suppress(ImportError):
    from hypothesis import settings

    settings.register_profile("check", derandomize=True, deadline=None)
    settings.load_profile("check")


def use_data_folder(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make it the user's; whatever server is left running in it at the end is ended."""
    patch.setenv("KINORA_DATA", str(folder))
    patch.setenv("KINORA_COMMAND", f'"{sys.executable}" "{TESTS / "serve_trial.py"}"')
    patch.setenv("PYTHONPATH", str(TESTS))
    yield folder
    server = launch.read_server()
    if server is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGKILL)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder for this test alone; `launch.connect` starts a trial server in it."""
    yield from use_data_folder(tmp_path / "data", monkeypatch)


@pytest.fixture(scope="module")
def module_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder for all tests of a module that only talk to a server."""
    with pytest.MonkeyPatch.context() as patch:
        yield from use_data_folder(tmp_path_factory.mktemp("data"), patch)


@pytest.fixture
def client(module_data: Path) -> Iterator[Client]:
    """Connected to the module's server, which has nothing to do, then or afterwards."""
    with launch.connect(name="test") as connected:
        yield connected
        for row in connected.jobs():
            if row.state in ("queued", "running"):
                connected.cancel(row.job_id)
