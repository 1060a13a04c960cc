# SPDX-License-Identifier: Apache-2.0
"""A system's options as the options of its command: taken from the catalogue, declared once."""

from __future__ import annotations

import inspect
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ..shared.catalog import Field, SystemEntry
from ..shared.errors import BadOptionError, StorageError
from ..shared.messages import Device, Value
from ..shared.results import Media

KEEP_SIGNAL: int = getattr(signal, "SIGQUIT", 0) or getattr(signal, "SIGBREAK", 0)
KEEP_KEY = {"SIGQUIT": "Ctrl+\\", "SIGBREAK": "Ctrl+Break"}[signal.Signals(KEEP_SIGNAL).name]
"""What ends a job with the best so far, as Ctrl+C cancels it."""


@dataclass(frozen=True)
class Order:
    """What the user asks for: a system, the values of its options, and where the files go."""

    system: str
    values: Mapping[str, Value]
    device: Device
    output: Path
    force: bool


_PYTHON_TYPES: dict[str, Any] = {
    "text": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "file": Path | None,
    "job": str,
}


def system_command(system: SystemEntry, run: Callable[[Order], None]) -> Callable[..., None]:
    """A function that typer turns into the system's command: its parameters are the options."""

    def command(output: Path, device: Device, force: bool, **given: Value | Path | None) -> None:
        values = {name: _value(name, value) for name, value in given.items() if value is not None}
        run(Order(system.name, values, device, output, force))

    parameters = [*map(_option, system.fields), *_options_of_every_system()]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    keys = f"Ctrl+C cancels the job, {KEEP_KEY} ends it with the best so far."
    command.__doc__ = f"{system.summary}.\n\n{keys}"
    return command


def _value(name: str, given: Value | Path) -> Value:
    """Files are read here: no path crosses the wire. Raises BadOptionError, StorageError."""
    if isinstance(given, str) and not _is_text(given):
        raise BadOptionError(
            f"{option_name(name)} is not UTF-8 text.", "Type it again in a UTF-8 terminal.", name
        )
    if not isinstance(given, Path):
        return given
    try:
        return Media.of(given.name, given.read_bytes())
    except OSError as error:
        raise StorageError(
            f"{given} cannot be read ({error.strerror}).", "Check its name and its permissions."
        ) from error


def _is_text(given: str) -> bool:
    """Bytes of the command line that are not UTF-8 come as lone surrogates."""
    return not any(0xD800 <= ord(letter) <= 0xDFFF for letter in given)


def _option(field: Field) -> inspect.Parameter:
    """One option of the catalogue; `shape_prompt` is typed as `--shape`, and what must be given
    stands by its place."""
    if not field.is_optional:
        given: Any = Path if field.type == "file" else _PYTHON_TYPES[field.type]
        place = typer.Argument(help=f"{field.doc}.", metavar=field.name.upper())
        return _keyword(field.name, Annotated[given, place], inspect.Parameter.empty)
    kind: Any = Literal[field.choices] if field.choices else _PYTHON_TYPES[field.type]
    option = typer.Option(
        option_name(field.name),
        help=f"{field.doc}.",
        metavar="JOB" if field.type == "job" else None,
        min=None if field.low is None else kind(field.low),
        max=None if field.high is None else kind(field.high),
        show_default=field.default != "",
        rich_help_panel=field.group or None,
    )
    return _keyword(field.name, Annotated[kind, option], field.default)


def option_name(name: str) -> str:
    """How the option is typed: `shape_prompt` as `--shape`."""
    return f"--{name.removesuffix('_prompt').replace('_', '-')}"


def _options_of_every_system() -> list[inspect.Parameter]:
    output = typer.Option("--output", "-o", help="The folder for the files.", metavar="FOLDER")
    force = typer.Option("--force", help="Replace the result that the folder holds.")
    device = typer.Option("--device", help="Where to compute; auto takes a GPU if there is one.")
    return [
        _keyword("output", Annotated[Path, output], inspect.Parameter.empty),
        _keyword("force", Annotated[bool, force], False),
        _keyword("device", Annotated[Device, device], "auto"),
    ]


def _keyword(name: str, annotation: Any, default: object) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)
