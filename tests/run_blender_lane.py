# SPDX-License-Identifier: Apache-2.0
"""Run the tests marked `blender` inside Blender's own Python modules, old and new.

    python tests/run_blender_lane.py                 makes the environments in .cache/ when absent
    KINORA_BPY45=PYTHON KINORA_BPY52=PYTHON python tests/run_blender_lane.py      uses these

The server that the add-on starts there runs in the Python that runs this file.
"""

from __future__ import annotations

import ctypes
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
# What Blender's module loads from the system, and the Debian package that has it.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
LANES = (
    Lane("KINORA_BPY45", "bpy==4.5.15", "python3.11"),
    Lane("KINORA_BPY52", "bpy==5.2.3", "python3.13"),
)


def main(arguments: list[str]) -> int:
    """0 when every lane that could run was green and at least one could."""
    add_libraries()
    chosen = [lane for lane in LANES if os.environ.get(lane.variable) or find_python(lane.python)]
    for lane in LANES:
        if lane not in chosen:
            say(f"{lane.bpy}: left out, because there is no {lane.python} and no {lane.variable}.")
    build_archive()
    pythons = {lane: environment(lane) for lane in chosen}
    codes = [run(lane, python, arguments) for lane, python in pythons.items()]
    if not arguments:
        codes.append(run_from_outside(list(pythons.values())))
    return max(codes, default=1)


def add_libraries() -> None:
    """Install the libraries that are missing where that is allowed and possible, else name them."""
    packages = [LIBRARIES[name] for name in LIBRARIES if is_missing(name)]
    if not sys.platform.startswith("linux") or not packages:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        say(f"Blender's module will miss libraries; install Debian's {' '.join(packages)}.")
        return
    say(f"Installing {' '.join(packages)}")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "--quiet"], install):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=True)


def is_missing(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return True
    return False


def find_python(name: str) -> str | None:
    """An interpreter that starts and can make environments: on the PATH, or one of pyenv's.

    pyenv puts a `python3.13` on the PATH that only tells how to choose 3.13, so each is tried.
    """
    first = shutil.which(name)
    roots = [Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")]
    if first and Path(first).parent.name == "shims":
        roots.append(Path(first).parents[1])
    version = name.removeprefix("python")
    kept = [path for root in roots for path in root.glob(f"versions/{version}.*/bin/{name}")]
    for python in [first, *map(str, sorted(kept))]:
        if python and can_make_environments(python):
            return python
    return None


def can_make_environments(python: str) -> bool:
    trial = [python, "-c", "import ensurepip, venv"]
    return subprocess.run(trial, capture_output=True).returncode == 0


def environment(lane: Lane) -> str:
    """The lane's interpreter, with bpy and what the tests need."""
    if named := os.environ.get(lane.variable):
        return named
    folder = CACHE / lane.variable.lower()
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (folder / "complete").exists():
        say(f"{lane.bpy}: making an environment (1 GB)")
        made_with = find_python(lane.python) or lane.python
        subprocess.run([made_with, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, lane.bpy, *pinned()], check=True)
        subprocess.run([*pip, "--no-deps", "--editable", str(ROOT)], check=True)
        (folder / "complete").touch()
    return str(python)


def pinned() -> list[str]:
    """The packages as constraints.txt pins them; all of it would clash with Blender's numpy."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.partition("==")[0] in PACKAGES]


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
            "KINORA_COMMAND": f'"{sys.executable}" "{ROOT / "tests" / "serve_tubes.py"}"',
            "KINORA_AVATAR_COMMAND": f'"{sys.executable}" -m kinora.backend',
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
