# SPDX-License-Identifier: Apache-2.0
"""Where Kinora keeps its data: one folder per user, or the one that `KINORA_DATA` names."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from pathlib import Path

from .errors import StorageError

PRIVATE_FOLDER = 0o700


def data_folder() -> Path:
    """The user's data folder; it need not exist yet."""
    if chosen := os.environ.get("KINORA_DATA"):
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "Kinora"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Kinora"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "kinora"


def check_space(folder: Path, needed: int) -> None:
    """Raises `StorageError` where the disk of the data folder has not so many bytes left."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return  # Some network disks do not tell; writing will.
    if free < needed:
        raise StorageError(
            f"The disk of Kinora's data folder {folder} has only {free >> 20} MiB free.",
            f"Free {needed >> 20} MiB there, or name another data folder in KINORA_DATA.",
        )


def make_folder(folder: Path) -> Path:
    """`folder`, made if need be and closed to other users. Raises `StorageError`."""
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be made: {error.strerror or error}.",
            "Make it writable, or name another data folder in KINORA_DATA.",
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StorageError(
            f"The folder {folder} cannot be written.",
            "Make it writable, or name another data folder in KINORA_DATA.",
        )
    return folder


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only this user can read, whole or not at all. Raises `StorageError`."""
    # Not by process id alone: two threads of Blender may write at once.
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from error


def plain_word(text: str) -> str:
    """Some words as part of a file's name: letters, digits, "_" and "-" alone, never empty."""
    return re.sub(r"[^\w-]+", "_", text).strip("_")[:40] or "drawing"


def is_result_name(name: str) -> bool:
    """Whether a name is that of a file which a result may hold: plain, or plain in one folder."""
    parts = name.split("/")
    return len(parts) <= 2 and all(map(is_plain_name, parts))


def is_plain_name(name: str) -> bool:
    """Whether a name is a file's name and nothing more: no folder, drive, stream or hidden file."""
    return (
        0 < len(name) <= 120
        and name.isprintable()
        and not name.startswith(".")
        and not name.endswith((".", " "))
        and not set(name) & set('/\\:*?"<>|')
    )
