# SPDX-License-Identifier: Apache-2.0
"""How the command line speaks of errors: a sentence, a next step and an exit code."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import ParamSpec

import typer
from rich.console import Console

from ..shared.errors import BadOptionError, InternalError, JobCancelledError, KinoraError
from ..shared.launch import log_path

Parameters = ParamSpec("Parameters")
FAILED, USAGE, CANCELLED = 1, 2, 130


def errors() -> Console:
    """The console for whatever is not the answer itself; made anew, for tests that redirect it."""
    return Console(stderr=True, highlight=False)


def answers() -> Console:
    return Console(highlight=False)


def speak(error: KinoraError) -> int:
    """Say what happened and what to do, and give the exit code for it."""
    if isinstance(error, JobCancelledError):
        errors().print("Cancelled.", style="yellow")
        return CANCELLED
    errors().print(error.message, style="bold red", markup=False, soft_wrap=True)
    if error.hint:
        errors().print(error.hint, markup=False, soft_wrap=True)
    return USAGE if isinstance(error, BadOptionError) else FAILED


def spoken(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Turn what a command raises into words and an exit code: no traceback reaches a user."""

    @functools.wraps(command)
    def wrapper(*args: Parameters.args, **options: Parameters.kwargs) -> None:
        try:
            command(*args, **options)
        except KinoraError as error:
            raise typer.Exit(speak(error)) from None
        except KeyboardInterrupt:
            raise typer.Exit(speak(JobCancelledError(""))) from None

    return wrapper


def record_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """The last hook: the traceback of a fault of ours goes to the log, not to the user."""
    place = log_path().with_name("command.log")
    lines = "".join(traceback.format_exception(kind, error, trace))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("a", encoding="utf-8") as log:
            log.write(lines)
        where = f"The details are in {place}."
    except OSError:
        where = lines  # A log that cannot be written must not hide the fault.
    speak(InternalError(f"Something went wrong inside Kinora ({kind.__name__}).", where))


def speak_of_crashes() -> None:
    sys.excepthook = record_crash
