# SPDX-License-Identifier: Apache-2.0
"""Run the tests marked `blender` inside Blender's own Python modules, old and new.

    python tests/run_blender_lane.py                 makes the environments in .cache/ when absent
    KINORA_BPY45=PYTHON KINORA_BPY52=PYTHON python tests/run_blender_lane.py      uses these

The server that the add-on starts there runs in the Python that runs this file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache"
ARCHIVES = ROOT / "dist"


@dataclass(frozen=True)
class Lane:
    """A release of the bpy module, the Python that it needs, and who may name an environment."""

    variable: str
    bpy: str
    python: str


PACKAGES = ("cattrs", "pytest", "pyzmq")
LANES = (
    Lane("KINORA_BPY45", "bpy==4.5.15", "python3.11"),
    Lane("KINORA_BPY52", "bpy==5.2.3", "python3.13"),
)


def main(arguments: list[str]) -> int:
    """0 when every lane that could run was green and at least one could."""
    chosen = [lane for lane in LANES if (os.environ.get(lane.variable) or can_make(lane))]
    for lane in LANES:
        if lane not in chosen:
            say(f"{lane.bpy}: left out, because there is no {lane.python} and no {lane.variable}.")
    build_archive()
    pythons = {lane: environment(lane) for lane in chosen}
    codes = [run(lane, python, arguments) for lane, python in pythons.items()]
    if not arguments:
        codes.append(run_from_outside(list(pythons.values())))
    return max(codes, default=1)


def can_make(lane: Lane) -> bool:
    return shutil.which(lane.python) is not None


def environment(lane: Lane) -> str:
    """The lane's interpreter, with bpy and what the tests need."""
    if named := os.environ.get(lane.variable):
        return named
    folder = CACHE / lane.variable.lower()
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (folder / "complete").exists():
        say(f"{lane.bpy}: making an environment (1 GB)")
        subprocess.run([lane.python, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, lane.bpy, *PACKAGES], check=True)
        subprocess.run([*pip, "--no-deps", "--editable", str(ROOT)], check=True)
        (folder / "complete").touch()
    return str(python)


def build_archive() -> None:
    """The zip that the tests install, made new so that it is of this tree."""
    platform = {"linux": "linux-x64", "win32": "windows-x64"}.get(sys.platform, "macos-arm64")
    subprocess.run(
        [sys.executable, str(ROOT / "build_addon.py"), "--platform", platform], check=True
    )


def run(lane: Lane, python: str, arguments: list[str]) -> int:
    archive = max(ARCHIVES.glob("kinora-*.zip"), key=lambda path: path.stat().st_mtime)
    with tempfile.TemporaryDirectory() as scratch:
        settings = {
            "BLENDER_USER_RESOURCES": str(Path(scratch) / "blender"),
            "KINORA_ARCHIVE": str(archive),
            "KINORA_DATA": str(Path(scratch) / "data"),
            "KINORA_COMMAND": f"{sys.executable} {ROOT / 'tests' / 'serve_tubes.py'}",
            "KINORA_AVATAR_COMMAND": f"{sys.executable} -m kinora.backend",
        }
        command = [python, "-m", "pytest", "-m", "blender"]
        say(f"{lane.bpy}: {python}")
        tests = arguments or blender_tests(is_inside=True)
        return subprocess.run([*command, *tests], cwd=ROOT, env=os.environ | settings).returncode


def run_from_outside(pythons: list[str]) -> int:
    """Tests that need the backend too run here, and start Blender's Python themselves."""
    settings = {"KINORA_BPY": os.pathsep.join(pythons)}
    command = [sys.executable, "-m", "pytest", "-m", "blender", *blender_tests(is_inside=False)]
    say("Outside of Blender's Python")
    return subprocess.run(command, cwd=ROOT, env=os.environ | settings).returncode


def blender_tests(is_inside: bool) -> list[str]:
    """The files with tests marked `blender` that import bpy themselves, or that do not."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    texts = {str(path): path.read_text(encoding="utf-8") for path in files}
    return [
        name
        for name, text in texts.items()
        if "mark.blender" in text and ('importorskip("bpy"' in text) == is_inside
    ]


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
