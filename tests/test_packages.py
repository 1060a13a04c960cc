# SPDX-License-Identifier: Apache-2.0
"""What is installed is what lies here: a package that pyproject.toml leaves out is missed by users
alone, since tests read the checkout."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]
SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
PACKAGES = ("shared", "backend", "blender_addon")


def test_every_package_is_installed():
    folders = {file.parent for name in PACKAGES for file in (ROOT / name).rglob("__init__.py")}
    found = {".".join(("kinora", *folder.relative_to(ROOT).parts)) for folder in folders}
    assert set(SETUP["packages"]) == found


def test_every_file_of_the_backend_is_installed():
    patterns = (*SETUP["package-data"]["*"], "*.py")
    files = (file for name in ("shared", "backend") for file in (ROOT / name).rglob("*.*"))
    kept = [file for file in files if "__pycache__" not in file.parts]
    named = [str(Path(*file.relative_to(ROOT).parts[-2:])) for file in kept]
    left = [
        name
        for name in named
        if not any(
            fnmatch(name, pattern) or fnmatch(Path(name).name, pattern) for pattern in patterns
        )
    ]
    assert not left
