# SPDX-License-Identifier: Apache-2.0
"""Processes are killed without warning, as systems do; nothing accepted may be lost."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinora.shared import errors, launch
from kinora.shared.client import Client
from kinora.shared.messages import Finished, JobId, Ping, Pong, Progress, Shutdown

TRIAL = Path(__file__).parent.parent / "serve_trial.py"


@pytest.fixture
def client(data: Path) -> Iterator[Client]:
    """Connected to a server of this test's own, which it may kill."""
    with launch.connect(name="test") as connected:
        yield connected


def wait_for_note(client: Client, job_id: JobId, note: str) -> None:
    for event in client.watch(job_id):
        if isinstance(event, Progress) and event.note == note:
            return


def finish(client: Client, job_id: JobId) -> None:
    *_, last = client.watch(job_id)
    assert isinstance(last, Finished)


def worker_pid(data: Path, job_id: JobId) -> int:
    """The worker that runs a job, as the trial pipeline noted it."""
    (path,) = data.glob(f"store-*/jobs/{job_id}/files/started.txt")
    return int(path.read_text())


def wait_for_end(pid: int, seconds: float = 10) -> None:
    """Until a process that is not our child has ended; fails if it does not."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([descriptor], [], [], seconds)
    os.close(descriptor)
    assert ended, f"process {pid} still runs"


def test_a_job_whose_worker_is_killed_once_is_tried_again(client: Client) -> None:
    job_id = client.submit("trial", {"behaviour": "crash_once"}).job_id
    finish(client, job_id)


def test_a_job_that_kills_its_worker_twice_fails_and_the_next_one_runs(client: Client) -> None:
    deadly = client.submit("trial", {"behaviour": "crash"}).job_id
    harmless = client.submit("trial", {}).job_id
    with pytest.raises(errors.InternalError, match="twice"):
        finish(client, deadly)
    finish(client, harmless)


def test_a_worker_killed_from_outside_is_replaced_and_its_job_goes_on(
    client: Client, data: Path
) -> None:
    job_id = client.submit("trial", {"behaviour": "wait"}).job_id
    wait_for_note(client, job_id, "Waiting")
    first = worker_pid(data, job_id)
    os.kill(first, signal.SIGKILL)
    wait_for_note(client, job_id, "Waiting")
    while worker_pid(data, job_id) == first:
        wait_for_note(client, job_id, "Waiting")
    client.cancel(job_id)


def wait_for_step(client: Client, job_id: JobId, step: int) -> None:
    """Until this step of a counting job is begun, so that those before it are kept."""
    for event in client.watch(job_id):
        words = event.note.split() if isinstance(event, Progress) else []
        if words[:1] == ["Step"] and int(words[1]) >= step:
            return


def counted(client: Client, job_id: JobId) -> tuple[int, int]:
    """With how many steps in its checkpoint the last worker of a counting job began, and ended."""
    files = {file.name: file.data.tobytes() for file in client.fetch_files(job_id)}
    first, last = files["counted.txt"].split()
    return int(first), int(last)


def test_a_killed_worker_s_job_goes_on_from_its_checkpoint(client: Client, data: Path) -> None:
    job_id = client.submit("trial", {"behaviour": "count", "steps": 150}).job_id
    wait_for_step(client, job_id, 30)
    os.kill(worker_pid(data, job_id), signal.SIGKILL)
    finish(client, job_id)
    first, last = counted(client, job_id)
    assert 29 <= first < 150 and last == 150


def test_a_killed_server_s_job_goes_on_from_its_checkpoint(data: Path) -> None:
    with launch.connect() as client:
        job_id = client.submit("trial", {"behaviour": "count", "steps": 150}).job_id
        wait_for_step(client, job_id, 30)
        worker = worker_pid(data, job_id)
        os.kill(client.server.pid, signal.SIGKILL)
    wait_for_end(worker)
    with launch.connect() as client:
        finish(client, job_id)
        first, last = counted(client, job_id)
    assert 29 <= first < 150 and last == 150


def test_a_job_that_was_to_keep_its_best_keeps_it_over_the_death_of_the_server(data: Path) -> None:
    with launch.connect() as client:
        job_id = client.submit("trial", {"behaviour": "wait"}).job_id
        wait_for_note(client, job_id, "Waiting")
        counting = client.submit("trial", {"behaviour": "count", "steps": 100_000}).job_id
        client.cancel(job_id)
        wait_for_step(client, counting, 30)
        worker = worker_pid(data, counting)
        # It cannot obey while it is stopped, so the wish reaches nobody but the store.
        os.kill(worker, signal.SIGSTOP)
        client.cancel(counting, keeps_best=True)
        os.kill(client.server.pid, signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)
    wait_for_end(worker)
    with launch.connect() as client:
        finish(client, counting)
        first, last = counted(client, counting)
    assert 29 <= first == last


@pytest.mark.parametrize("values", [{}, {"behaviour": "raise"}, {"behaviour": "crash"}])
def test_no_checkpoint_is_left_of_a_job_that_has_ended(
    client: Client, data: Path, values: dict[str, str]
) -> None:
    job_id = client.submit("trial", values).job_id
    with contextlib.suppress(errors.InternalError):
        finish(client, job_id)
    (folder,) = data.glob(f"store-*/jobs/{job_id}")
    assert not (folder / "checkpoint").exists()


def test_a_killed_server_finds_its_queue_and_its_results_again(data: Path) -> None:
    with launch.connect() as client:
        done = client.submit("trial", {"prompt": "done before"}).job_id
        finish(client, done)
        running = client.submit("trial", {"behaviour": "crash_once", "prompt": "first"}).job_id
        blocking = client.submit("trial", {"behaviour": "wait"}).job_id
        waiting = client.submit("trial", {"prompt": "waits"}).job_id
        finish(client, running)
        wait_for_note(client, blocking, "Waiting")
        worker = worker_pid(data, blocking)
        os.kill(client.server.pid, signal.SIGKILL)
        with pytest.raises(errors.UnreachableError):
            finish(client, waiting)
    wait_for_end(worker)
    with launch.connect() as client:
        assert client.fetch_result(done).notes == ("done before",)
        wait_for_note(client, blocking, "Waiting")
        client.cancel(blocking)
        finish(client, waiting)
        assert client.fetch_result(waiting).notes == ("waits",)


def test_nothing_is_left_running_when_the_server_is_killed(client: Client, data: Path) -> None:
    job_id = client.submit("trial", {"behaviour": "obstinate"}).job_id
    wait_for_note(client, job_id, "Not listening")
    worker = worker_pid(data, job_id)
    os.kill(client.server.pid, signal.SIGKILL)
    wait_for_end(client.server.pid)
    wait_for_end(worker)


def test_an_idle_server_ends_itself_and_takes_its_worker_along(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "IDLE_SECONDS", 0.2)
    with launch.connect() as client:
        job_id = client.submit("trial", {"prompt": "kept"}).job_id
        finish(client, job_id)
        worker, server = worker_pid(data, job_id), client.server.pid
    wait_for_end(server)
    wait_for_end(worker)
    assert launch.read_server() is None
    with launch.connect() as client:
        assert client.server.pid != server
        assert client.fetch_result(job_id).notes == ("kept",)


def test_a_server_finishes_what_is_queued_before_it_idles_out(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "IDLE_SECONDS", 0.2)
    with launch.connect() as client:
        jobs = [client.submit("trial", {"steps": 300}).job_id for _ in range(3)]
        server = client.server.pid
    wait_for_end(server)
    with launch.connect() as client:
        assert {row.job_id: row.state for row in client.jobs()} == dict.fromkeys(jobs, "finished")


def test_everybody_finds_the_same_server(client: Client) -> None:
    with launch.connect(name="another") as another:
        assert another.server == client.server


# A program waits for its own server if that one came too late: it would take the place of the
# first as soon as that is ended, and outlive the test.
CONNECT = """
from kinora.shared import launch
started, start = [], launch.start
launch.start = lambda command=None: started.append(start(command)) or started[-1]
with launch.connect() as client:
    for server in started:
        if server.pid != client.server.pid:
            server.wait()
    print(client.server.nonce)
"""


def test_programs_that_start_at_once_share_one_server(data: Path) -> None:
    programs = [
        subprocess.Popen([sys.executable, "-c", CONNECT], stdout=subprocess.PIPE) for _ in range(4)
    ]
    nonces = {program.communicate()[0] for program in programs}
    assert len(nonces) == 1
    assert b"" not in nonces


def test_the_file_of_a_dead_server_does_not_stop_the_next_one(data: Path) -> None:
    with launch.connect() as client:
        os.kill(client.server.pid, signal.SIGKILL)
        wait_for_end(client.server.pid)
    assert launch.read_server() is not None
    assert launch.find() is None
    with launch.connect() as client:
        assert client.ask(Ping(), Pong).running == 0


def test_a_second_server_is_refused_in_words(client: Client) -> None:
    second = subprocess.run(
        [sys.executable, str(TRIAL), "serve"], capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert "running already" in second.stderr
    assert "Traceback" not in second.stderr
    assert client.ask(Ping(), Pong)


def test_its_owner_can_end_the_server(client: Client) -> None:
    client.call(Shutdown())
    wait_for_end(client.server.pid)
    assert launch.read_server() is None


def test_a_worker_that_dies_while_it_loads_is_started_without_loading(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINORA_TRIAL_PRELOAD", "crash")
    with launch.connect() as client:
        finish(client, client.submit("trial", {}).job_id)


def test_workers_that_never_come_up_fail_the_job_instead_of_hanging(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINORA_TRIAL_PRELOAD", "never")
    with launch.connect() as client:
        job_id = client.submit("trial", {}).job_id
        with pytest.raises(errors.InternalError, match="as soon as it starts"):
            finish(client, job_id)


def test_a_server_whose_data_folder_was_deleted_ends_itself(client: Client, data: Path) -> None:
    client.submit("trial", {"behaviour": "wait"})
    shutil.rmtree(data)
    wait_for_end(client.server.pid)
