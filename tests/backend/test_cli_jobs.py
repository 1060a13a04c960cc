# SPDX-License-Identifier: Apache-2.0
"""The command line against a real server process with the trial system."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from fake_systems.systems import SYSTEMS
from typer.testing import CliRunner

from kinora.backend import cli
from kinora.backend.catalog import build_catalog
from kinora.backend.cli_options import KEEP_SIGNAL
from kinora.backend.doctor import check_server
from kinora.backend.output import Output
from kinora.shared import launch
from kinora.shared.errors import StorageError, VersionMismatchError
from kinora.shared.messages import PROTOCOL, Shutdown

HERE = Path(__file__).parents[1]
TRIAL_COMMAND = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
from fake_systems.systems import SYSTEMS
from kinora.backend import cli
cli.SYSTEMS = SYSTEMS
cli.main()
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder of this module's own; its server is started by the first command."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KINORA_DATA", str(folder))
        patch.setenv("KINORA_COMMAND", f"{sys.executable} {HERE / 'serve_trial.py'}")
        patch.setenv("PYTHONPATH", str(HERE))
        yield folder
        stop_server()


def stop_server() -> None:
    client = launch.find("test")
    if client is not None:
        with client:
            client.call(Shutdown())


@pytest.fixture
def trial(data):
    app = cli.make_app(SYSTEMS)
    return lambda *words: CliRunner().invoke(app, words)


@pytest.fixture
def waiting(data, tmp_path):
    """Starts the command for a job that never ends by itself, as a process that is never left."""
    with started("wait", tmp_path) as process:
        read_until(process, " 50%  Waiting")
        yield process
        process.kill()


@pytest.fixture
def improving(data, tmp_path):
    """The same with a job that ends when its best so far will do."""
    with started("improve", tmp_path) as process:
        read_until(process, " 50%  Improving")
        yield process
        process.kill()


def started(behaviour: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", TRIAL_COMMAND, "trial", "--behaviour", behaviour]
    command += ["--prompt", "the best", "-o", str(folder / "out")]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def read_until(process: subprocess.Popen[str], wanted: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        # The time left follows where the client came late enough to be told one.
        if line.startswith(wanted):
            return
    pytest.fail(f"the command ended before it said {wanted!r}")


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """(exit code, what it said since) of a command that is about to end."""
    said = process.communicate(timeout=30)[1]
    return process.returncode, said


def newest_job() -> str:
    with launch.connect() as client:
        return client.jobs(1)[0].job_id


def test_a_job_leaves_its_files_and_says_which_and_shows_steps_without_a_terminal(trial, tmp_path):
    answer = trial("trial", "--prompt", "hello", "-o", str(tmp_path / "out"))
    assert answer.exit_code == 0, answer.stderr
    assert (tmp_path / "out" / "answer.txt").read_text() == "hello"
    assert "100%  Step 3" in answer.stderr and "answer.txt" in answer.stdout


@pytest.mark.parametrize(
    "prompt", ["🦊🎉", "ein großer Mann mit Hut", "背の高い女性", "[/red] x'\""]
)
def test_any_language_passes_whole_through_the_server(trial, tmp_path, prompt):
    answer = trial("trial", "--prompt", prompt, "-o", str(tmp_path / "out"))
    assert answer.exit_code == 0, answer.stderr
    assert (tmp_path / "out" / "answer.txt").read_text(encoding="utf-8") == prompt


def test_the_result_is_written_again_from_a_shortened_id_and_never_over_another(trial, tmp_path):
    trial("trial", "--prompt", "again", "-o", str(tmp_path / "first"))
    short = newest_job()[:10]
    assert trial("result", short, "-o", str(tmp_path / "second")).exit_code == 0
    assert (tmp_path / "second" / "answer.txt").read_text() == "again"
    (tmp_path / "second" / "result.json").write_text("{}")
    assert trial("result", short, "-o", str(tmp_path / "second")).exit_code == 2


def test_the_list_of_jobs_shows_prompt_and_state(trial, tmp_path):
    trial("trial", "--prompt", "to be listed", "-o", str(tmp_path / "out"))
    lines = trial("jobs", "--limit", "1").stdout.splitlines()
    assert "finished" in lines[1] and "to be listed" in lines[1]


@pytest.mark.parametrize("command", [("result", "zzz", "-o", "{}"), ("cancel", "zzz")])
def test_an_unknown_job_is_a_sentence_and_leaves_no_folder(trial, tmp_path, command):
    answer = trial(*(word.format(tmp_path / "out") for word in command))
    assert (
        answer.exit_code == 1
        and "There is no job" in answer.stderr
        and "kinora jobs" in answer.stderr
    )
    assert not (tmp_path / "out").exists()


def test_a_failed_job_fails_the_command_with_its_reason_and_next_step(trial, tmp_path):
    answer = trial("trial", "--behaviour", "refuse", "-o", str(tmp_path / "out"))
    assert answer.exit_code == 1
    assert "trial.safetensors is missing" in answer.stderr and "models list" in answer.stderr
    assert not (tmp_path / "out").exists()


def test_a_fault_in_the_pipeline_shows_no_traceback(trial, tmp_path):
    answer = trial("trial", "--behaviour", "raise", "-o", str(tmp_path / "out"))
    assert answer.exit_code == 1
    assert "Traceback" not in answer.stderr + answer.stdout and "doctor" in answer.stderr


def test_a_job_that_has_ended_is_not_cancelled_again(trial, tmp_path):
    trial("trial", "-o", str(tmp_path / "out"))
    answer = trial("cancel", newest_job())
    assert answer.exit_code == 0 and "had finished already" in answer.stdout


def test_a_full_disk_at_the_end_loses_nothing(trial, tmp_path, monkeypatch):
    def full(output: Output, files: object) -> None:
        raise StorageError(f"The disk of {output.folder} is full.")

    with monkeypatch.context() as patch:
        patch.setattr("kinora.backend.cli_run.write_result", full)
        answer = trial("trial", "--prompt", "kept", "-o", str(tmp_path / "out"))
    text = answer.stderr.replace("\n", " ")
    assert answer.exit_code == 1 and f"kinora result {newest_job()} -o" in text
    assert trial("result", newest_job(), "-o", str(tmp_path / "out")).exit_code == 0
    assert (tmp_path / "out" / "answer.txt").read_text() == "kept"


def test_ctrl_c_cancels_the_job_on_the_server(waiting, tmp_path):
    waiting.send_signal(signal.SIGINT)
    code, said = end(waiting)
    assert code == 130 and said.endswith("Cancelled.\n") and "Traceback" not in said
    with launch.connect() as client:
        assert client.jobs(1)[0].state == "cancelled"
    assert not (tmp_path / "out").exists()


def test_cancelling_from_elsewhere_ends_the_waiting_command_with_130(waiting, trial):
    answer = trial("cancel", newest_job())
    assert answer.exit_code == 0, answer.stderr
    code, said = end(waiting)
    assert code == 130 and said.endswith("Cancelled.\n")


def test_the_key_that_quits_ends_the_job_with_the_best_so_far(improving, tmp_path):
    improving.send_signal(KEEP_SIGNAL)
    code, said = end(improving)
    assert code == 0 and "the best so far is kept" in said
    assert (tmp_path / "out" / "answer.txt").read_text() == "the best"


def test_keeping_from_elsewhere_ends_the_waiting_command_well(improving, trial, tmp_path):
    answer = trial("cancel", newest_job(), "--keep")
    assert answer.exit_code == 0 and "ends with the best so far" in answer.stdout
    code, _ = end(improving)
    assert code == 0 and (tmp_path / "out" / "answer.txt").read_text() == "the best"
    assert not (tmp_path / "out" / "progress.png").exists()


def test_the_picture_is_renewed_while_the_job_runs(improving, trial, tmp_path):
    picture = tmp_path / "out" / "progress.png"
    seen = set()
    while len(seen) < 3:
        with contextlib.suppress(FileNotFoundError):
            seen.add(picture.read_bytes())
    assert all(each.startswith(b"picture ") for each in seen)
    trial("cancel", newest_job())
    end(improving)


def test_a_job_goes_on_from_one_whose_id_is_shortened(trial, tmp_path):
    trial("trial", "--prompt", "sit", "-o", str(tmp_path / "first"))
    answer = trial(
        "trial", "--prompt", "stand", "--after", newest_job()[:9], "-o", str(tmp_path / "b")
    )
    assert answer.exit_code == 0, answer.stderr
    assert (tmp_path / "b" / "answer.txt").read_text() == "sit, then stand"


def test_a_job_that_is_not_there_cannot_be_gone_on_from(trial, tmp_path):
    answer = trial("trial", "--after", "0123456789", "-o", str(tmp_path / "out"))
    assert answer.exit_code == 2
    assert "0123456789" in answer.stderr and "kinora jobs" in answer.stderr
    assert not (tmp_path / "out").exists()


def test_the_picture_of_a_job_in_progress_reaches_the_folder(trial, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "kinora.backend.cli_run.write_preview", lambda output, picture: seen.append(picture)
    )
    assert trial("trial", "--behaviour", "preview", "-o", str(tmp_path / "out")).exit_code == 0
    assert seen == [b"not really a picture"]


def test_a_server_that_is_killed_is_started_again_and_the_job_is_not_lost(waiting):
    job_id, first = newest_job(), launch.read_server()
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    with next(found for found in iter(lambda: launch.find("test"), ...) if found) as client:
        assert client.server.pid != first.pid  # started by the command that waits, not by us
        client.cancel(job_id)
    code, said = end(waiting)
    assert code == 130 and "Traceback" not in said


def test_a_server_of_another_protocol_is_told_apart_from_none(trial, tmp_path, monkeypatch):
    monkeypatch.setattr("kinora.shared.wire.PROTOCOL", PROTOCOL + 1)
    answer = trial("jobs")
    assert answer.exit_code == 1
    assert "protocol" in answer.stderr and "Update" in answer.stderr


def test_a_server_with_other_options_is_told_apart(data):
    with pytest.raises(VersionMismatchError, match="other options"):
        launch.connect(catalog=build_catalog(()).digest)


def test_a_taken_port_is_a_sentence_with_a_way_out(tmp_path, monkeypatch):
    monkeypatch.setenv("KINORA_DATA", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = CliRunner().invoke(cli.make_app(()), ["serve", "--port", port])
    assert answer.exit_code == 1
    assert f"port {port} is taken" in answer.stderr and "--port" in answer.stderr


def test_a_key_that_is_none_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("KINORA_DATA", str(tmp_path))
    answer = CliRunner().invoke(cli.make_app(()), ["serve", "--allow", "rubbish"])
    assert answer.exit_code == 1 and "not a public key" in answer.stderr


def test_the_doctor_pings_the_server_that_runs(trial):
    trial("jobs")
    finding, server = check_server(), launch.read_server()
    assert server is not None
    assert finding.state == "good" and f"process {server.pid}" in finding.found
