# SPDX-License-Identifier: GPL-3.0-or-later
"""`scene.kinora`: one property for each option in the catalogue, and their values for a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import bpy

from ..shared.catalog import Catalog, Field, SystemEntry
from ..shared.errors import BadOptionError
from ..shared.messages import Value
from ..shared.results import Media


def make_settings(catalog: Catalog, when_edited: Callable[[str], None]) -> type[Any]:
    """The property group with `system` and every option of every system.

    `when_edited` is called with the name of an option that was given another value.
    """
    systems = [(entry.name, entry.label, entry.summary) for entry in catalog.systems]
    annotations = {
        "system": bpy.props.EnumProperty(
            name="System", description="What to make", items=systems, default=systems[0][0]
        )
    }
    for entry in catalog.systems:
        for field in entry.fields:
            annotations.setdefault(field.name, make_property(field, when_edited))
    name = "KINORA_PG_settings"
    return type(name, (bpy.types.PropertyGroup,), {"__annotations__": annotations})


def make_property(field: Field, when_edited: Callable[[str], None] = lambda name: None) -> Any:
    """A Blender property. Limits are soft: the catalogue's own sentence says what is wrong."""
    texts: dict[str, Any] = {
        "name": title(field),
        "description": field.doc,
        "update": lambda group, context: when_edited(field.name),
    }
    numbers: dict[str, Any] = {}
    if field.low is not None and field.high is not None:
        kind = int if field.type == "integer" else float
        numbers = {"soft_min": kind(field.low), "soft_max": kind(field.high)}
    match field.type:
        case "text" | "job":
            return bpy.props.StringProperty(**texts, default=field.default or "")
        case "file":
            return bpy.props.StringProperty(**texts, subtype="FILE_PATH")
        case "integer":
            return bpy.props.IntProperty(**texts, **numbers, default=field.default or 0)
        case "number":
            return bpy.props.FloatProperty(**texts, **numbers, default=field.default or 0.0)
        case "boolean":
            return bpy.props.BoolProperty(**texts, default=bool(field.default))
        case "choice":
            items = [(choice, _label(choice), "") for choice in field.choices]
            return bpy.props.EnumProperty(**texts, items=items, default=field.default)


def _label(choice: str) -> str:
    """A word of the catalogue as Blender shows it; names with hyphens stay as they are typed."""
    return choice if "-" in choice else choice.replace("_", " ").title()


def title(field: Field) -> str:
    """The option's label in Blender's style: "shape_prompt" reads "Shape"."""
    return field.name.removesuffix("_prompt").replace("_", " ").title()


def read_values(settings: Any, entry: SystemEntry) -> dict[str, Value]:
    """The options as a job wants them; files are read here. Raises `BadOptionError`."""
    values: dict[str, Value] = {}
    for field in entry.fields:
        value = getattr(settings, field.name)
        if field.type == "job":
            values[field.name] = value.strip()
        elif field.type != "file":
            values[field.name] = value
        elif value:
            values[field.name] = _read_file(field, bpy.path.abspath(value))
    return values


def defaults(entry: SystemEntry) -> dict[str, Value]:
    """The options of a job of which nothing is said."""
    return {field.name: field.default for field in entry.fields if field.default is not None}


def write_values(settings: Any, entry: SystemEntry, values: Mapping[str, Value]) -> None:
    """Show a job's options in the panel again; files are left alone."""
    for field in entry.fields:
        if field.name in values and field.type != "file":
            setattr(settings, field.name, values[field.name])


def _read_file(field: Field, name: str) -> Media:
    path = Path(name)
    try:
        return Media.of(path.name, path.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadOptionError(
            f"{title(field)}: {path} cannot be read ({reason}).", "Choose another file.", field.name
        ) from error
