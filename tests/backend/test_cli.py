# SPDX-License-Identifier: Apache-2.0
"""The command line by itself: what it refuses before any server is asked, and how it speaks."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from kinora.backend import cli, cli_errors, cli_jobs
from kinora.backend.cli_jobs import age
from kinora.backend.cli_options import option_name
from kinora.backend.cli_run import find_job, notes_in
from kinora.backend.progress import time_left
from kinora.backend.systems import SYSTEMS
from kinora.shared import __version__, launch
from kinora.shared.errors import UnknownJobError, UnreachableError
from kinora.shared.messages import JobId, JobRow


@pytest.fixture
def kinora(tmp_path, monkeypatch):
    """Runs a command that must not need a server: starting one fails the test."""
    monkeypatch.setenv("KINORA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "100")

    def refuse(*_args, **_options):
        raise AssertionError("a server was asked for")

    monkeypatch.setattr(launch, "connect", refuse)
    app = cli.make_app(SYSTEMS)
    return lambda *words: CliRunner().invoke(app, words)


def test_the_version_is_the_one_that_the_package_has(kinora):
    assert kinora("--version").stdout.startswith(f"kinora {__version__} ")


def test_every_command_has_a_help_that_says_what_it_does(kinora):
    for words in (["avatar"], ["jobs"], ["result"], ["cancel"], ["serve"], ["doctor"], ["models"]):
        answer = kinora(*words, "--help")
        assert answer.exit_code == 0
        assert "Usage:" in answer.stdout and len(answer.stdout.splitlines()) > 6


def test_the_options_of_a_system_are_those_of_its_params_with_their_sentences(kinora):
    params = SYSTEMS[0].load_params()
    text = kinora("avatar", "--help").stdout
    assert all(f"{option_name(name)} " in text for name in params.__annotations__)
    assert "age, sex," in text and "draft|standard|quality" in text and "2147483647" in text


def test_a_prompt_that_is_not_utf_8_is_refused_in_words(kinora, tmp_path):
    not_text = b"caf\xe9".decode("utf-8", "surrogateescape")
    answer = kinora("avatar", "--shape", not_text, "-o", str(tmp_path / "out"))
    assert answer.exit_code == 2
    assert "--shape is not UTF-8 text" in answer.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("prompts", [[], ["--shape", ""], ["--shape", " ", "--motion", "\n\t"]])
def test_nothing_asked_for_is_a_usage_error(kinora, tmp_path, prompts):
    answer = kinora("avatar", *prompts, "-o", str(tmp_path / "out"))
    assert answer.exit_code == 2
    assert "every prompt is empty" in answer.stderr
    assert "--shape, --appearance, --motion" in answer.stderr
    assert not (tmp_path / "out").exists()


def test_a_prompt_of_ten_thousand_characters_is_refused_with_the_limit(kinora, tmp_path):
    answer = kinora("avatar", "--shape", "a" * 10_000, "-o", str(tmp_path / "out"))
    assert answer.exit_code == 2
    assert "10,000 characters; at most 2,000" in answer.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("seed", ["-1", "2147483648", "a", "1.5"])
def test_a_seed_out_of_range_is_a_usage_error_that_names_the_option(kinora, tmp_path, seed):
    answer = kinora("avatar", "--shape", "a man", "--seed", seed, "-o", str(tmp_path / "out"))
    assert answer.exit_code == 2
    assert "--seed" in answer.stderr
    assert not (tmp_path / "out").exists()


def test_an_unknown_preset_is_answered_with_the_choices(kinora, tmp_path):
    answer = kinora("avatar", "--shape", "a", "--preset", "best", "-o", str(tmp_path / "out"))
    assert answer.exit_code == 2 and "draft" in answer.stderr


def test_a_folder_must_be_named(kinora):
    answer = kinora("avatar", "--shape", "a man")
    assert answer.exit_code == 2 and "--output" in answer.stderr


def test_a_folder_with_a_result_is_refused_before_any_work(kinora, tmp_path):
    (tmp_path / "result.json").write_text("{}")
    answer = kinora("avatar", "--shape", "a man", "-o", str(tmp_path))
    assert answer.exit_code == 2 and "--force" in answer.stderr
    assert (tmp_path / "result.json").read_text() == "{}"


def test_a_file_in_the_place_of_the_folder_is_a_usage_error(kinora, tmp_path):
    (tmp_path / "out").write_text("mine")
    answer = kinora("avatar", "--shape", "a man", "-o", str(tmp_path / "out"))
    assert answer.exit_code == 2 and "is a file" in answer.stderr.replace("\n", " ")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_that_cannot_be_written_fails_before_any_work(kinora, tmp_path):
    (tmp_path / "file").write_text("")
    answer = kinora("avatar", "--shape", "a man", "-o", str(tmp_path / "file" / "out"))
    assert answer.exit_code == 1 and "cannot be written" in answer.stderr.replace("\n", " ")


def test_what_a_command_raises_is_said_in_words_with_the_next_step(kinora, monkeypatch):
    def lost(*_args, **_options):
        raise UnreachableError("Nobody answers.", "Start the server [now].")

    monkeypatch.setattr(launch, "connect", lost)
    answer = kinora("jobs")
    assert answer.exit_code == 1
    assert answer.stderr == "Nobody answers.\nStart the server [now].\n"


def test_ctrl_c_ends_any_command_with_130(kinora, monkeypatch):
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(launch, "connect", interrupted)
    answer = kinora("jobs")
    assert answer.exit_code == 130 and answer.stderr == "Cancelled.\n"


def test_a_fault_of_ours_shows_no_traceback_and_names_the_file_that_has_it(tmp_path):
    code = (
        "from kinora.backend import cli, cli_jobs\n"
        "def fault(*a, **o): raise ZeroDivisionError('deep inside')\n"
        "cli_jobs.launch.connect = fault\n"
        "import sys; sys.argv = ['kinora', 'jobs']; cli.main()"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"KINORA_DATA": str(tmp_path), "PATH": "/usr/bin:/bin", "COLUMNS": "300"},
    )
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr and "ZeroDivisionError" in answer.stderr
    log = tmp_path / "logs" / "command.log"
    assert str(log) in answer.stderr and "deep inside" in log.read_text()


def test_a_fault_is_told_even_when_its_log_cannot_be_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KINORA_DATA", str(tmp_path / "file"))
    cli_errors.record_crash(ValueError, ValueError("deep inside"), None)
    assert "deep inside" in capsys.readouterr().err


def test_no_command_but_the_worker_loads_torch():
    code = (
        "import sys; from kinora.backend import cli; from kinora.backend.systems import SYSTEMS; "
        "cli.make_app(SYSTEMS); sys.exit(bool({'torch', 'anny', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def row(job_id: str) -> JobRow:
    return JobRow(JobId(job_id), "avatar", "a man", "finished", 0.0)


def test_a_job_is_found_by_the_beginning_of_its_id():
    rows = (row("abc1"), row("abd2"), row("ab"))
    assert find_job("abc", rows) == "abc1"
    assert find_job("ab", rows) == "ab"


def test_an_id_that_is_not_in_the_list_is_left_to_the_server():
    assert find_job("abx", (row("abc1"), row("abd2"))) == "abx"
    assert find_job("", (row("abc1"),)) == ""


def test_two_jobs_that_begin_alike_are_not_guessed_between():
    with pytest.raises(UnknownJobError, match="2 jobs begin with ab"):
        find_job("ab", (row("abc1"), row("abd2")))


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59, "59 s"), (61, "1 min"), (7200, "2 h"), (2e5, "2 d")]
)
def test_an_age_is_told_in_its_largest_unit(seconds, words):
    assert age(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (0.4, "nearly done"), (31.6, "about 32 s left"), (240, "about 4 min left")],
)
def test_the_time_left_is_told_as_a_person_would(seconds, words):
    assert time_left(seconds) == words


def test_titles_with_brackets_and_emoji_are_shown_as_they_are(capsys):
    odd = JobRow(JobId("a1"), "avatar", "[bold]a 🦊[/bold] und ein Müller", "failed", 0.0)
    cli_errors.answers().print(cli_jobs.job_table((odd,), 60.0))
    assert "[bold]a 🦊[/bold] und ein Müller" in capsys.readouterr().out


def test_a_title_of_thousands_of_characters_does_not_flood_the_list(capsys):
    long = JobRow(JobId("a1"), "avatar", "word " * 1000, "finished", 0.0)
    cli_errors.answers().print(cli_jobs.job_table((long,), 60.0))
    assert len(capsys.readouterr().out) < 1500


@pytest.mark.parametrize("summary", [b"", b"[]", b'{"notes": 3}', b'{"notes": [1]}', b"\xff"])
def test_a_summary_without_notes_may_be_anything(summary):
    assert notes_in(summary) == []


def test_notes_of_a_result_are_passed_on():
    assert notes_in(json.dumps({"notes": ["I do not know the word qipao."]}).encode())
