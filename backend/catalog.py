# SPDX-License-Identifier: Apache-2.0
"""The catalogue, read from each system's `Params`: nothing is declared twice."""

from __future__ import annotations

import importlib
import types
from collections.abc import Sequence
from dataclasses import MISSING, fields
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ..shared.catalog import Catalog, Field, FieldType, SystemEntry
from ..shared.messages import JobId
from ..shared.results import Media
from .system import Doc, Group, MaxLength, Range, System

Note = TypeVar("Note", Doc, Group, MaxLength, Range)
TYPES: dict[Any, FieldType] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    Media: "file",
    JobId: "job",
}
DEFAULT_MODULE = f"{__package__}.systems"


def listed_systems(module: str = DEFAULT_MODULE) -> tuple[System, ...]:
    """The `SYSTEMS` of a module; tests name their own."""
    systems: tuple[System, ...] = importlib.import_module(module).SYSTEMS
    return systems


def build_catalog(systems: Sequence[System]) -> Catalog:
    return Catalog(tuple(_entry(system) for system in systems))


def _entry(system: System) -> SystemEntry:
    params = system.load_params()
    hints = get_type_hints(params, include_extras=True)
    found = tuple(_field(field.name, hints[field.name], field.default) for field in fields(params))
    return SystemEntry(system.name, system.label, system.summary, system.makes, found)


def _field(name: str, hint: Any, default: Any) -> Field:
    kind, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if get_origin(kind) in (Union, types.UnionType):  # A file that may be left out.
        kind = next(each for each in get_args(kind) if each is not type(None))
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    span, doc, length = _find(notes, Range), _find(notes, Doc), _find(notes, MaxLength)
    group = _find(notes, Group)
    if not choices and kind not in TYPES:
        raise TypeError(f"the option {name} is of a type that the catalogue does not know")
    if doc is None:
        raise TypeError(f"the option {name} has no sentence that says what it does")
    return Field(
        name=name,
        type="choice" if choices else TYPES[kind],
        label=name.replace("_", " ").capitalize(),
        doc=doc.text,
        default=None if default is MISSING else default,
        low=span.low if span else None,
        high=span.high if span else None,
        choices=choices,
        max_length=length.characters if length else None,
        is_optional=default is not MISSING,
        group=group.title if group else "",
    )


def _find(notes: Sequence[object], kind: type[Note]) -> Note | None:
    return next((note for note in notes if isinstance(note, kind)), None)
