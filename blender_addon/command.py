# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender --command kinora generate ...` or `clipart ...`: words, or a drawing and words, become a
.blend file, without a window."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ..shared.catalog import SystemEntry
from ..shared.errors import KinoraError
from . import properties
from .catalog import CATALOG
from .heartbeat import SESSION

DONE, FAILED, USAGE = 0, 1, 2
PLACE_AS = {"grease-pencil": "GREASE_PENCIL", "planes": "PLANES"}


def run(arguments: Sequence[str]) -> int:
    """Exit codes: 0 done, 1 failed, 2 usage."""
    parser = _make_parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        # argparse ends the program; Blender wants the code.
        return int(stop.code or 0)
    output = Path(options.output).absolute()
    if output.exists() and not options.force:
        return _say(f"{output} exists already. Add --force to write over it.", USAGE)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    settings = bpy.context.scene.kinora
    entry = CATALOG.system(options.system)
    settings.system = entry.name
    bpy.context.scene.kinora_clip.place_as = PLACE_AS[getattr(options, "place_as", "grease-pencil")]
    given = {field.name: getattr(options, field.name) for field in entry.fields}
    try:
        properties.write_values(settings, entry, {k: v for k, v in given.items() if v is not None})
        for field in entry.fields:
            if field.type == "file" and given[field.name]:
                setattr(settings, field.name, str(Path(given[field.name]).absolute()))
        bpy.ops.kinora.generate()
        bpy.ops.wm.save_as_mainfile(filepath=str(output))
    except (KinoraError, RuntimeError, OverflowError) as error:
        return _say(str(SESSION.error or error).strip(), FAILED)
    return _say(f"Wrote {output}.", DONE)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("blender --command kinora")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for entry in CATALOG.systems:
        # The first system came first, and its verb stays.
        verb = "generate" if entry is CATALOG.systems[0] else entry.name
        words = entry.summary[:1].lower() + entry.summary[1:]
        chosen = verbs.add_parser(verb, help=f"{words}, saved as a .blend file")
        chosen.set_defaults(system=entry.name)
        _add_options(chosen, entry)
        if "VectorClip" in entry.makes:
            chosen.add_argument("--place-as", choices=PLACE_AS, default="grease-pencil")
        chosen.add_argument("--output", "-o", required=True, help="the .blend file to write")
        chosen.add_argument("--force", action="store_true", help="write over an existing file")
    return parser


def _add_options(parser: argparse.ArgumentParser, entry: SystemEntry) -> None:
    for field in entry.fields:
        kind = {"integer": int, "number": float}.get(field.type, str)
        flag = "--" + field.name.removesuffix("_prompt").replace("_", "-")
        taken: dict[str, Any] = {"type": kind}
        if field.choices:
            taken["choices"] = field.choices
        if field.type == "boolean":
            taken = {"action": argparse.BooleanOptionalAction}
        parser.add_argument(flag, dest=field.name, help=field.doc, **taken)


def _say(words: str, code: int) -> int:
    (sys.stdout if code == DONE else sys.stderr).write(words + "\n")
    return code
