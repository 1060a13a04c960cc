# SPDX-License-Identifier: Apache-2.0
"""Other libraries' exceptions stop here and become ours, each with a sentence and a next step."""

from __future__ import annotations

import errno
import sqlite3

from ..shared.errors import GpuMemoryError, InternalError, KinoraError, StorageError

FULL = {errno.ENOSPC, errno.EDQUOT}
DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


def translate(error: BaseException) -> KinoraError:
    """Our error for anybody's. Torch is told by its words, because nothing here imports it."""
    if isinstance(error, KinoraError):
        return error
    if is_of_gpu(error) and _is_out_of_memory(error):
        return GpuMemoryError("The GPU's memory is full: this job needs more than there is.")
    if isinstance(error, MemoryError) or _is_out_of_memory(error):
        return GpuMemoryError("The memory is full: this job needs more than there is.")
    if isinstance(error, OSError):
        return _from_system(error)
    if isinstance(error, sqlite3.Error):
        return _from_sqlite(error)
    return InternalError(f"Something failed inside Kinora ({type(error).__name__}).")


def is_of_gpu(error: BaseException) -> bool:
    """Whether CUDA or one of its libraries has failed."""
    words = ("cuda", "cublas_status", "cudnn_status")
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in words)


def is_lasting(error: BaseException) -> bool:
    """Whether nothing can be computed on the GPU any more by the process that met this error."""
    is_fault = is_of_gpu(error) and "cuda error" in str(error).lower()
    return is_fault and not _is_out_of_memory(error)


def _is_out_of_memory(error: BaseException) -> bool:
    words = ("out of memory", "can't allocate memory", "status_alloc_failed")
    return type(error).__name__ == "OutOfMemoryError" or (
        isinstance(error, RuntimeError) and any(each in str(error).lower() for each in words)
    )


def _from_system(error: OSError) -> KinoraError:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in FULL:
        return StorageError(f"The disk is full{where}.")
    if error.errno in DENIED:
        return StorageError(
            f"A file or folder may not be written or read{where}.",
            "Change its permissions or choose another folder.",
        )
    return InternalError(f"The system refused something{where}: {error.strerror or error}.")


def _from_sqlite(error: sqlite3.Error) -> KinoraError:
    text = str(error)
    if "full" in text:
        return StorageError("The disk is full: the job list cannot be written.")
    if "readonly" in text or "unable to open" in text:
        return StorageError(
            "The job list cannot be written.",
            "Make the data folder writable, or name another one in KINORA_DATA.",
        )
    if "malformed" in text or "not a database" in text:
        return StorageError(
            "The job list is damaged.", "Move the file jobs.sqlite out of the data folder."
        )
    return StorageError(f"The job list does not work: {text}.")
