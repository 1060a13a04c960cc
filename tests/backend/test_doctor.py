# SPDX-License-Identifier: Apache-2.0
"""The doctor finds what is broken, tells it from what is only absent, and knows what to do."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kinora.backend import doctor, weights
from kinora.backend.doctor import Finding


def program(folder: Path, name: str, lines: str) -> Path:
    """A small program on disk, as a stand-in for an installed one."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def private_data(tmp_path, monkeypatch):
    monkeypatch.setenv("KINORA_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_this_python_is_new_enough_and_its_packages_are_here():
    assert doctor.check_python().state == "good"
    assert doctor.check_packages().state == "good"


def test_an_old_python_is_broken_and_told_what_to_install(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    finding = doctor.check_python()
    assert finding.state == "broken" and "3.11" in finding.advice and finding.found == "3.9.1"


def test_a_missing_package_is_named_with_the_command_that_brings_it(monkeypatch):
    wanted = ["numpy>=1", "surely-not-installed[fast]>=2; python_version > '3'", "x; extra == 'y'"]
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: wanted)
    finding = doctor.check_packages()
    assert finding.state == "broken" and finding.found == "missing: surely-not-installed"
    assert finding.advice.endswith("-m pip install surely-not-installed`.")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("echo Blender 5.2.3; echo '\tbuild date: x'", "good"),
        ("echo Blender 4.2.0 LTS", "good"),
        ("echo Blender 4.1.1", "note"),
        ("echo Blender 3.6.0", "note"),
        ("echo hello", "note"),
        ("exit 3", "note"),
    ],
)
def test_blender_is_judged_by_its_version_and_never_breaks_kinora(
    tmp_path, monkeypatch, answer, state
):
    program(tmp_path, "blender", answer)
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = doctor.check_blender()
    assert finding.state == state
    assert ("4.2" in finding.advice) == (state == "note")


def test_no_blender_is_worth_a_note(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.check_blender().found == "not on the PATH"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("echo 'ImportError: libgomp is missing' >&2; exit 1", "ImportError: libgomp is missing"),
        ("kill -9 $$", "it ended without a word"),
    ],
)
def test_a_torch_that_does_not_load_is_broken_whatever_way_it_dies(
    tmp_path, monkeypatch, answer, found
):
    monkeypatch.setattr(sys, "executable", str(program(tmp_path, "python", answer)))
    finding = doctor.check_torch()
    assert (finding.state, finding.found) == ("broken", found)


def test_a_gpu_is_named_with_its_memory(tmp_path, monkeypatch):
    facts = '{"version": "2.9", "threads": 2, "gpu": "Some GPU", "gpu_gib": 23.7}'
    monkeypatch.setattr(sys, "executable", str(program(tmp_path, "python", f"echo '{facts}'")))
    assert doctor.check_torch() == Finding("PyTorch", "good", "2.9, on Some GPU, 24 GiB")


def test_a_torch_that_hangs_is_given_up(monkeypatch):
    def hang(command, **options):
        raise subprocess.TimeoutExpired(command, options["timeout"])

    monkeypatch.setattr(subprocess, "run", hang)
    assert doctor.check_torch().state == "broken"


def test_every_broken_model_is_named_with_the_way_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "locate", lambda model, folder: tmp_path / "nothing")
    findings = doctor.check_models(tmp_path)
    assert len(findings) == len(weights.EMBEDDED)
    assert all(each.state == "broken" and "install" in each.advice for each in findings)


def test_a_data_folder_that_cannot_be_made_is_broken(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    finding = doctor.check_data_folder(tmp_path / "file" / "data")
    assert finding.state == "broken" and "KINORA_DATA" in finding.advice


def test_little_space_is_worth_a_note(tmp_path, monkeypatch):
    little = os.statvfs_result((4096, 4096, 10**6, 10**5, 10**5, 10, 10, 10, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda path: little)
    assert doctor.check_data_folder(tmp_path).state == "note"


def test_loopback_carries_a_byte_here():
    assert doctor.check_loopback().state == "good"


def test_a_machine_that_refuses_loopback_is_broken(monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_connection", refuse)
    finding = doctor.check_loopback()
    assert finding.state == "broken" and "firewall" in finding.advice


def test_a_taken_port_is_worth_a_note(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(doctor.launch, "DEFAULT_PORT", taken.getsockname()[1])
        assert doctor.check_port().state == "note"
    assert doctor.check_port().state == "good"


def test_without_a_server_the_doctor_starts_none(private_data):
    assert doctor.check_server().found.startswith("none runs")
    assert not list(private_data.glob("server-*"))


def test_the_public_key_is_shown_and_stays_the_same(private_data):
    key = doctor.check_key(private_data).found
    assert len(key) == 40 and doctor.check_key(private_data).found == key


def test_a_damaged_key_is_broken(private_data):
    private_data.mkdir()
    (private_data / "user.key").write_text("nonsense")
    assert doctor.check_key(private_data).state == "broken"


def test_only_broken_findings_make_the_doctor_fail():
    good, note, broken = (Finding("x", state, "") for state in ("good", "note", "broken"))
    assert not doctor.is_broken([good, note])
    assert doctor.is_broken([good, broken])
