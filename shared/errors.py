# SPDX-License-Identifier: Apache-2.0
"""Every error that a user can meet, each with what happened and what to do.

KinoraError
|-- UnreachableError        no answer from the server
|-- VersionMismatchError    protocol or catalogue differ
|-- BadMessageError         malformed frames
|-- AccessDeniedError       the server does not know this key
|-- BadOptionError          a value outside its range; names the field
|-- UnknownSystemError      no system of that name
|-- UnknownJobError         no job of that id
|-- MissingWeightsError     a model file is absent
|-- GpuMemoryError          the device is full
|-- BadResultError          a pipeline returned impossible numbers
|-- StorageError            a folder cannot be written, or the disk is full
|-- JobCancelledError       asked for by the user; never shown as an error
`-- InternalError           anything else; the traceback stays in the server's log
"""

from __future__ import annotations


class KinoraError(Exception):
    """Something a user can understand and act on.

    `code` crosses the wire; `message` says what happened; `hint` says what to do.
    """

    code = "internal"
    default_hint = ""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UnreachableError(KinoraError):
    code = "unreachable"
    default_hint = "Start the server with `kinora serve`, or check the address."


class VersionMismatchError(KinoraError):
    code = "version_mismatch"
    default_hint = "Install the add-on and the backend from the same release."


class BadMessageError(KinoraError):
    code = "bad_message"
    default_hint = "Update the add-on or the server, so that both are of one version."


class AccessDeniedError(KinoraError):
    code = "access_denied"
    default_hint = "Add this user's public key on the server with `kinora serve --allow='KEY'`."


class BadOptionError(KinoraError):
    """A value outside its range. `field` is the option's name, or "" when several are meant."""

    code = "bad_option"

    def __init__(self, message: str, hint: str | None = None, field: str = "") -> None:
        super().__init__(message, hint)
        self.field = field


class UnknownSystemError(KinoraError):
    code = "unknown_system"
    default_hint = "Choose one of the systems that `kinora doctor` lists."


class UnknownJobError(KinoraError):
    code = "unknown_job"
    default_hint = "List the jobs with `kinora jobs`."


class MissingWeightsError(KinoraError):
    code = "missing_weights"
    default_hint = "See `kinora models list`."


class GpuMemoryError(KinoraError):
    code = "gpu_memory"
    default_hint = "Choose the draft preset, use the CPU, or close other programs."


class BadResultError(KinoraError):
    code = "bad_result"
    default_hint = "Please report this with the prompts and the seed."


class StorageError(KinoraError):
    code = "storage"
    default_hint = "Free some disk space or choose another folder."


class JobCancelledError(KinoraError):
    code = "cancelled"


class InternalError(KinoraError):
    code = "internal"
    default_hint = "The server's log holds the details; `kinora doctor` says where it is."


BY_CODE: dict[str, type[KinoraError]] = {
    kind.code: kind
    for kind in (
        UnreachableError,
        VersionMismatchError,
        BadMessageError,
        AccessDeniedError,
        BadOptionError,
        UnknownSystemError,
        UnknownJobError,
        MissingWeightsError,
        GpuMemoryError,
        BadResultError,
        StorageError,
        JobCancelledError,
        InternalError,
    )
}


def rebuild(code: str, message: str, hint: str, field: str = "") -> KinoraError:
    """Turn the words of a `Failed` message back into the error that the server raised."""
    kind = BY_CODE.get(code, InternalError)
    if issubclass(kind, BadOptionError):
        return kind(message, hint, field)
    return kind(message, hint)
