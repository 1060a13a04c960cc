# SPDX-License-Identifier: Apache-2.0
"""The systems and their options as data: what panels draw, and what the server lets in."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .errors import BadOptionError, UnknownSystemError
from .folders import is_plain_name
from .messages import Value
from .results import Kind, Media

FieldType = Literal["text", "integer", "number", "boolean", "choice", "file", "job"]


@dataclass(frozen=True)
class Field:
    """One option. What does not belong to its type keeps its default here.

    `low` and `high` bound a number; `choices` are the words of a choice; `max_length` counts the
    characters of a text. A file has no default: it must be given, unless `is_optional`. A job is
    the id of one, or "". `group` is the heading of what is not asked for every day.
    """

    name: str
    type: FieldType
    label: str
    doc: str
    default: str | int | float | bool | None = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    max_length: int | None = None
    is_optional: bool = True
    group: str = ""


@dataclass(frozen=True)
class SystemEntry:
    name: str
    label: str
    summary: str
    makes: tuple[Kind, ...]
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """Raises `BadOptionError` for a name that is none of the options."""
        for field in self.fields:
            if field.name == name:
                return field
        names = ", ".join(field.name for field in self.fields)
        raise BadOptionError(
            f'{self.label} has no option "{name[:60]}".', f"It has {names}.", name[:60]
        )


@dataclass(frozen=True)
class Catalog:
    systems: tuple[SystemEntry, ...]

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that differ when any option differs."""
        return hashlib.sha256(to_json(self).encode()).hexdigest()[:16]

    def system(self, name: str) -> SystemEntry:
        """Raises `UnknownSystemError`."""
        for system in self.systems:
            if system.name == name:
                return system
        names = ", ".join(system.name for system in self.systems)
        raise UnknownSystemError(f'There is no system "{name[:60]}".', f"Choose one of: {names}.")


def to_json(catalog: Catalog) -> str:
    return json.dumps(asdict(catalog), indent=1, sort_keys=True, ensure_ascii=False)


def from_json(text: str) -> Catalog:
    """Read what `to_json` wrote; it is our own file, so what is odd in it raises as it comes."""
    return Catalog(tuple(_system(entry) for entry in json.loads(text)["systems"]))


def _system(entry: dict[str, Any]) -> SystemEntry:
    fields = tuple(
        Field(**{**field, "choices": tuple(field["choices"])}) for field in entry["fields"]
    )
    return SystemEntry(**{**entry, "makes": tuple(entry["makes"]), "fields": fields})


def validate(catalog: Catalog, system: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """All options of a system, those given checked and the others by default.

    Raises `UnknownSystemError`, or `BadOptionError` that names the field and what it takes.
    """
    entry = catalog.system(system)
    for name in values:
        entry.field(name)
    found: dict[str, Value] = {}
    for field in entry.fields:
        if field.name in values:
            found[field.name] = _check(field, values[field.name])
        elif field.default is not None:
            found[field.name] = field.default
        elif not field.is_optional:
            raise BadOptionError(
                f"{field.label} is missing.", f"Give {field.name}: {field.doc}.", field.name
            )
    return found


def _check(field: Field, value: Value) -> Value:
    if field.type == "text":
        return _text(field, value)
    if field.type in ("integer", "number"):
        return _number(field, value)
    fits, wanted = {
        "boolean": (isinstance(value, bool), "true or false"),
        "choice": (
            isinstance(value, str) and value in field.choices,
            f"one of {', '.join(field.choices)}",
        ),
        "file": (_is_file(value), "a file that is not empty, with a plain name"),
        "job": (_is_job(value), "the id of a finished job, as `kinora jobs` lists them"),
    }[field.type]
    if not fits:
        raise _wrong(field, value, wanted)
    return value


def _is_job(value: Value) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]*", value) is not None


def _is_file(value: Value) -> bool:
    return isinstance(value, Media) and is_plain_name(value.name) and value.data.size > 0


def _text(field: Field, value: Value) -> str:
    if not isinstance(value, str):
        raise _wrong(field, value, "text")
    if field.max_length is not None and len(value) > field.max_length:
        raise BadOptionError(
            f"{field.label} has {len(value):,} characters; at most {field.max_length:,} are read.",
            "Shorten it.",
            field.name,
        )
    return value


def _number(field: Field, value: Value) -> int | float:
    words = "a whole number" if field.type == "integer" else "a number"
    if field.low is not None and field.high is not None:
        words += f" from {field.low:,.12g} to {field.high:,.12g}".replace(",", "")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(field, value, words)
    if field.type == "integer" and not isinstance(value, int):
        raise _wrong(field, value, words)
    # Written so that NaN is out of range.
    if field.low is not None and not value >= field.low:
        raise _wrong(field, value, words)
    if field.high is not None and not value <= field.high:
        raise _wrong(field, value, words)
    return float(value) if field.type == "number" else value


def _wrong(field: Field, value: Value, wanted: str) -> BadOptionError:
    shown = f'the file "{value.name[:60]}"' if isinstance(value, Media) else repr(value)[:60]
    return BadOptionError(f"{field.label} is {shown}.", f"It takes {wanted}.", field.name)
