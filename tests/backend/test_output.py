# SPDX-License-Identifier: Apache-2.0
"""The output folder: whole results, no lost ones, and a sentence for every way it can fail."""

import errno
import json
import os
from pathlib import Path

import pytest

from kinora.backend.output import (
    SUMMARY,
    close_output,
    open_output,
    write_preview,
    write_result,
)
from kinora.shared.errors import BadMessageError, BadOptionError, StorageError

FILES = {"result.json": b'{"files": {"avatar.glb": ""}}', "avatar.glb": b"glTF"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def raises_no_space(*_args, **_options):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_folder_is_made_with_its_parents_and_filled(tmp_path):
    target = open_output(tmp_path / "a" / "b", force=False)
    write_result(target, FILES)
    assert contents(tmp_path / "a" / "b") == FILES


def test_a_folder_with_a_result_is_refused_and_left_alone(tmp_path):
    (tmp_path / "result.json").write_bytes(b"{}")
    with pytest.raises(BadOptionError, match=r"already holds a result.*--force"):
        open_output(tmp_path, force=False)
    assert contents(tmp_path) == {"result.json": b"{}"}


def test_force_replaces_the_result_and_what_only_the_old_one_had_but_no_foreign_file(tmp_path):
    old = {"files": {"clip.mp4": "", "../outside.txt": "", "avatar.glb": ""}}
    (tmp_path / "out").mkdir()
    (tmp_path / "outside.txt").write_bytes(b"mine")
    for name, data in {"clip.mp4": b"old", "notes.txt": b"mine"}.items():
        (tmp_path / "out" / name).write_bytes(data)
    (tmp_path / "out" / "result.json").write_text(json.dumps(old))
    write_result(open_output(tmp_path / "out", force=True), FILES)
    assert contents(tmp_path / "out") == {**FILES, "notes.txt": b"mine"}
    assert (tmp_path / "outside.txt").exists()


@pytest.mark.parametrize("old", [b"", b"[]", b"nonsense", b'{"files": 3}'])
def test_force_copes_with_any_old_result(tmp_path, old):
    (tmp_path / "result.json").write_bytes(old)
    write_result(open_output(tmp_path, force=True), FILES)
    assert contents(tmp_path) == FILES


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_bytes(b"mine")
    with pytest.raises(BadOptionError, match="is a file"):
        open_output(tmp_path / "out", force=True)
    assert (tmp_path / "out").read_bytes() == b"mine"


def test_a_folder_that_cannot_be_made_says_why(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=r"cannot be written \(Not a directory\).*Choose"):
        open_output(tmp_path / "file" / "out", force=False)


def test_a_nearly_full_disk_is_refused_before_any_work(tmp_path, monkeypatch):
    full = os.statvfs_result((4096, 4096, 100, 5, 5, 10, 10, 10, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda path: full)
    with pytest.raises(StorageError, match="only 0 MiB free"):
        open_output(tmp_path / "out", force=False)
    assert not (tmp_path / "out").exists()


def test_a_disk_that_fills_up_loses_neither_the_old_result_nor_leaves_parts(tmp_path, monkeypatch):
    write_result(open_output(tmp_path, force=False), FILES)
    target = open_output(tmp_path, force=True)
    monkeypatch.setattr(Path, "write_bytes", raises_no_space)
    with pytest.raises(StorageError, match="is full"):
        write_result(target, {"result.json": b"new", "motion.npz": b"new"})
    assert contents(tmp_path) == FILES


def test_the_summary_is_the_last_file_to_appear(tmp_path, monkeypatch):
    order = []
    replace = Path.replace

    def remember(path, target):
        order.append(Path(target).name)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", remember)
    write_result(open_output(tmp_path, force=False), {**FILES, "a.bvh": b"", "z.bvh": b""})
    assert order[-1] == "result.json" and len(order) == 4


@pytest.mark.parametrize(
    "name", ["../up", "a/b/c", "a/..", "a/", "/a", "", ".", "..", "/etc/x", "a\\b"]
)
def test_a_name_from_the_wire_never_leaves_the_folder(tmp_path, name):
    target = open_output(tmp_path / "out", force=False)
    with pytest.raises(BadMessageError):
        write_result(target, {name: b"x"})
    assert not any((tmp_path / "out").iterdir())


def test_the_preview_goes_when_the_job_ends_and_so_does_an_empty_new_folder(tmp_path):
    target = open_output(tmp_path / "out", force=False)
    write_preview(target, b"png")
    assert contents(tmp_path / "out") == {"progress.png": b"png"}
    close_output(target)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_was_there_stays(tmp_path):
    target = open_output(tmp_path, force=False)
    close_output(target)
    assert tmp_path.is_dir()


def test_a_preview_that_cannot_be_written_does_not_stop_the_job(tmp_path, monkeypatch):
    target = open_output(tmp_path, force=False)
    monkeypatch.setattr(Path, "write_bytes", raises_no_space)
    write_preview(target, b"png")
    assert contents(tmp_path) == {}


def test_a_result_may_hold_a_folder_which_goes_with_it(tmp_path):
    summary = b'{"files": {"frames/0001.svg": ""}}'
    folder = tmp_path / "out"
    write_result(open_output(folder, force=False), {"frames/0001.svg": b"<svg/>", SUMMARY: summary})
    assert (folder / "frames" / "0001.svg").read_bytes() == b"<svg/>"
    write_result(open_output(folder, force=True), {"clip.mp4": b"film", SUMMARY: b"{}"})
    assert sorted(path.name for path in folder.iterdir()) == ["clip.mp4", SUMMARY]
