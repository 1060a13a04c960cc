# SPDX-License-Identifier: Apache-2.0
"""The folder that the command line leaves a result in: whole, or as it was before."""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..shared.errors import BadMessageError, BadOptionError, StorageError
from ..shared.folders import is_result_name

SUMMARY = "result.json"
PREVIEW = "progress.png"
NEEDED_BYTES = 64 * 2**20
"""Free space asked for before a job starts: a few times what an avatar's files take."""


@dataclass(frozen=True)
class Output:
    """A folder that was found fit to hold a result. `is_new`: this run made it."""

    folder: Path
    is_new: bool


def open_output(folder: Path, force: bool) -> Output:
    """Create the folder and prove that it can be written, before any time is spent on a job.

    Raises BadOptionError for a file and for a folder with a result in it (unless `force`), and
    StorageError where nothing can be written or the disk is nearly full.
    """
    if folder.exists() and not folder.is_dir():
        raise BadOptionError(f"{folder} is a file.", "Name a folder with -o.", "output")
    if (folder / SUMMARY).exists() and not force:
        raise BadOptionError(
            f"{folder} already holds a result.",
            "Choose another folder, or replace it with --force.",
            "output",
        )
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"kinora")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise cannot_write(folder, error) from error
    if free < NEEDED_BYTES:
        close_output(Output(folder, is_new))
        raise StorageError(f"The disk of {folder} has only {free // 2**20} MiB free.")
    return Output(folder, is_new)


def write_preview(output: Output, picture: bytes) -> None:
    """Show how far the job is. A preview that cannot be written is not worth losing the job."""
    aside = output.folder / f".{PREVIEW}"
    try:
        aside.write_bytes(picture)
        aside.replace(output.folder / PREVIEW)
    except OSError:
        aside.unlink(missing_ok=True)


def write_result(output: Output, files: Mapping[str, bytes]) -> None:
    """Put all files in place, `result.json` last, so that a folder which holds it is complete.

    They are written in a folder inside the output's (the same disk, also when the output is a mount
    point) and renamed. Files that an earlier result left there and this one lacks are removed.
    """
    for name in files:
        if not is_result_name(name):
            raise BadMessageError(f"The server sent a file of the name {name!r}.")
    folder = output.folder
    try:
        with tempfile.TemporaryDirectory(prefix=".kinora-", dir=folder) as aside:
            for name, data in files.items():
                (Path(aside) / name).parent.mkdir(exist_ok=True)
                (Path(aside) / name).write_bytes(data)
            _remove(folder, _names_of_earlier_result(folder) - set(files))
            (folder / SUMMARY).unlink(missing_ok=True)
            for name in sorted(files, key=lambda name: name == SUMMARY):
                (folder / name).parent.mkdir(exist_ok=True)
                (Path(aside) / name).replace(folder / name)
    except OSError as error:
        raise cannot_write(folder, error) from error


def close_output(output: Output) -> None:
    """Take away the preview of a job that has ended, and a folder that stayed empty."""
    try:
        (output.folder / PREVIEW).unlink(missing_ok=True)
        if output.is_new and not any(output.folder.iterdir()):
            output.folder.rmdir()
    except OSError:
        return  # nothing is lost by what stays


def cannot_write(folder: Path, error: OSError) -> StorageError:
    """Say in words why the folder cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"The disk of {folder} is full.")
    reason = error.strerror or "the system refused"
    return StorageError(
        f"{folder} cannot be written ({reason}).", "Choose another folder, or allow writing there."
    )


def _names_of_earlier_result(folder: Path) -> set[str]:
    """The names that the folder's own `result.json` lists, as far as it can be read."""
    try:
        summary = json.loads((folder / SUMMARY).read_bytes())
        names = set(summary["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in names if isinstance(name, str) and is_result_name(name)}


def _remove(folder: Path, names: set[str]) -> None:
    """What an earlier result left, and its folders where nothing else lies in them."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
    for inner in {folder / name for name in names}:
        if inner.parent != folder and inner.parent.is_dir() and not any(inner.parent.iterdir()):
            inner.parent.rmdir()
