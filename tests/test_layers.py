# SPDX-License-Identifier: Apache-2.0
"""The imports go one way, the licences are stated and no file outgrows reading."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("shared", "backend", "blender_addon")
SYSTEMS = {"avatar", "clipart"}
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
HEAVY = {"torch", "anny", "transformers", "scipy", "PIL", "av", "trimesh"}

# What the modules of each layer may import from Kinora.
ALLOWED = {
    "shared": {"shared"},
    "blender_addon": {"shared", "blender_addon"},
    "kit": {"shared", "kit"},
    "system": {"shared", "kit", "own system", "system.py"},
    "backend": {"shared", "backend", "kit", "system.py", "any system"},
}


def layer(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    if parts[0] != "backend":
        return parts[0]
    if parts[1] == "kit":
        return "kit"
    return "system" if parts[1] in SYSTEMS else "backend"


def imported(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    """(line, place below the root) of every relative import, and of absolute ones by their name."""
    found = []
    here = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = here[: len(here) - (node.level - 1)]
            tail = tuple(node.module.split(".")) if node.module else ()
            names = [()] if tail else [(alias.name,) for alias in node.names]
            found += [(node.lineno, above + tail + name) for name in names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.lineno, ("absolute", *str(node.module).split("."))))
        elif isinstance(node, ast.Import):
            found += [(node.lineno, ("absolute", *alias.name.split("."))) for alias in node.names]
    return found


def target(path: Path, place: tuple[str, ...]) -> str | None:
    """The layer that an import reaches, or None outside Kinora."""
    if not place or place[0] not in PACKAGES:
        return None
    if place[0] != "backend" or len(place) < 2:
        return place[0]
    if place[1] == "kit":
        return "kit"
    if place[1] in SYSTEMS:
        own = path.relative_to(ROOT).parts[1] == place[1]
        return "own system" if own else "any system"
    return "system.py" if place[1] == "system" else "backend"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    allowed = ALLOWED[layer(path)]
    wrong = [
        f"line {line}: {'.'.join(place)}"
        for line, place in imported(path)
        if (reached := target(path, place)) is not None
        and reached not in allowed
        # The command that trains a system's model belongs to the command line.
        and not (reached == "any system" and layer(path) == "backend")
    ]
    assert not wrong


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_inside_the_packages_kinora_is_imported_relatively(path: Path) -> None:
    assert not [place for _, place in imported(path) if place[:2] == ("absolute", "kinora")]


def test_shared_and_the_add_on_need_nothing_heavy() -> None:
    for path in SOURCES:
        if layer(path) in ("shared", "blender_addon"):
            names = {place[1] for _, place in imported(path) if place[0] == "absolute"}
            assert not names & HEAVY, path


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_licence_and_purpose_open_every_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    licence = "GPL-3.0-or-later" if path.is_relative_to(ROOT / "blender_addon") else "Apache-2.0"
    assert text.startswith(f"# SPDX-License-Identifier: {licence}\n")
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 350
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno
            assert lines <= 60, f"{node.name} has {lines} lines"


def test_every_system_folder_is_listed_and_complete() -> None:
    from kinora.backend.systems import SYSTEMS as LISTED

    assert {system.name for system in LISTED} == SYSTEMS
    for system in LISTED:
        folder = ROOT / "backend" / system.name
        for name in ("params.py", "pipeline.py", "README.md"):
            assert (folder / name).is_file(), f"{system.name}/{name}"
