# SPDX-License-Identifier: Apache-2.0
"""How a job leaves its files (design section 5): written aside, renamed, `result.json` last."""

from __future__ import annotations

import errno
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch

from ...shared.errors import StorageError

if sys.platform != "win32":
    import resource

SUMMARY = "result.json"


def peak_memory_bytes(device: str) -> int | None:
    """The most that this process has held on the device so far; None where nobody counts it."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    if sys.platform == "win32":
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def place_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files to a folder inside `folder`, then move them out, `result.json` last.

    A name may lie in one folder ("frames/0001.svg"). Raises StorageError where there is no room or
    the folder cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".kinora-", dir=folder) as aside:
            for name, data in files.items():
                (Path(aside) / name).parent.mkdir(exist_ok=True)
                (Path(aside) / name).write_bytes(data)
            for name in sorted(files, key=lambda name: name == SUMMARY):
                (folder / name).parent.mkdir(exist_ok=True)
                (Path(aside) / name).replace(folder / name)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(f"The disk of {folder} is full.") from error
        reason = error.strerror or "the system refused"
        raise StorageError(f"The result cannot be written to {folder} ({reason}).") from error
