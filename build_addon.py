# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the zips that install in Blender: add-on, shared code, catalogue, wheels, backend.

python build_addon.py                            every platform, wheels from pip's package index
python build_addon.py --platform linux-x64       one platform
python build_addon.py --wheels FOLDER            offline: wheels are taken from FOLDER
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kinora.backend.catalog import build_catalog, listed_systems
from kinora.shared import __version__
from kinora.shared.catalog import to_json

ROOT = Path(__file__).resolve().parent
CATALOG = ROOT / "catalog.json"
PURE_WHEELS = ("attrs", "cattrs", "typing_extensions")
# Python 3.11 (Blender 4.2 to 5.0) has a wheel of its own; one stable-ABI wheel serves all after it.
PYTHONS = (("3.11", "cp311"), ("3.12", "abi3"))
NEWEST_MINOR = 15
"""The newest Python 3 that a Blender may bring; one more than is known costs nothing."""

log = logging.getLogger("build_addon")


@dataclass(frozen=True)
class Platform:
    """A platform by Blender's name for it, and by the names that wheels use."""

    name: str
    wheel_tags: tuple[str, ...]


PLATFORMS = (
    Platform("linux-x64", ("manylinux_2_28_x86_64", "manylinux_2_26_x86_64")),
    Platform("windows-x64", ("win_amd64",)),
    Platform("windows-arm64", ("win_arm64",)),
    Platform("macos-arm64", ("macosx_11_0_arm64", "macosx_10_15_universal2")),
    Platform("macos-x64", ("macosx_10_15_x86_64", "macosx_10_15_universal2")),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [platform.name for platform in PLATFORMS]
    parser.add_argument("--platform", action="append", choices=names, help="default: all of them")
    parser.add_argument("--wheels", type=Path, help="take wheels from this folder, not the index")
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    chosen = [p for p in PLATFORMS if not options.platform or p.name in options.platform]
    write_catalog()
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        backend = build_backend_wheel(Path(scratch), options.wheels)
        for platform in chosen:
            wheels = download_wheels(platform, Path(scratch) / platform.name, options.wheels)
            archive = options.output / f"kinora-{__version__}-{platform.name}.zip"
            write_zip(archive, manifest_text(platform, wheels), wheels, backend)
            log.info("%s  %.1f MB", archive, archive.stat().st_size / 1e6)
            validate(archive)
    return 0


def write_catalog() -> None:
    """Bring catalog.json up to what the systems' own options say."""
    CATALOG.write_text(to_json(build_catalog(listed_systems())) + "\n", encoding="utf-8")


def build_backend_wheel(scratch: Path, offline: Path | None) -> Path:
    """The distribution itself, which a managed install puts into an environment of its own."""
    # In a copy: setuptools would leave its work in the tree, and find old work there.
    source = scratch / "source"
    for folder in ("backend", "blender_addon", "shared", "LICENSES"):
        shutil.copytree(
            ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    for file in ("pyproject.toml", "README.md"):
        shutil.copy2(ROOT / file, source)
    isolation = ["--no-build-isolation"] if offline else []
    _pip("wheel", "--no-deps", *isolation, "--wheel-dir", str(scratch), str(source))
    return next(scratch.glob("kinora-*.whl"))


def download_wheels(platform: Platform, folder: Path, offline: Path | None) -> list[Path]:
    """The wheels for one platform, pinned by the constraints file."""
    source = ["--no-index", "--find-links", str(offline)] if offline else []
    pins = ROOT / "constraints.txt"
    common = ["download", "--no-deps", "--only-binary=:all:", "--dest", str(folder), *source]
    common += ["--constraint", str(pins)] if pins.is_file() else []
    _pip(*common, "--python-version", "3.11", *PURE_WHEELS)
    tags = [part for tag in platform.wheel_tags for part in ("--platform", tag)]
    for version, abi in PYTHONS:
        python = ["--implementation", "cp", "--python-version", version, "--abi", abi]
        _pip(*common, *python, *tags, "pyzmq")
    name_pythons(next(folder.glob("typing_extensions-*-py3-none-any.whl")))
    return sorted(folder.glob("*.whl"))


def name_pythons(wheel: Path) -> None:
    """Name in one pure wheel's file name every Python that the wheels together serve.

    Blender collects the Pythons that an extension fits from these names, and one that names a
    minor version (pyzmq's for 3.11) hides what "abi3" and "py3" say of all the others.
    """
    tags = ".".join(("py3", *(f"cp3{minor}" for minor in range(11, NEWEST_MINOR + 1))))
    wheel.rename(wheel.with_name(wheel.name.replace("-py3-", f"-{tags}-")))


def manifest_text(platform: Platform, wheels: Sequence[Path]) -> str:
    """The add-on's manifest with what only the build knows, placed before its first table."""
    template = (ROOT / "blender_addon" / "blender_manifest.toml").read_text(encoding="utf-8")
    lines = "".join(f'    "./wheels/{wheel.name}",\n' for wheel in wheels)
    built = f'version = "{__version__}"\nplatforms = ["{platform.name}"]\nwheels = [\n{lines}]\n\n'
    text = template.replace("[permissions]", f"{built}[permissions]", 1)
    tomllib.loads(text)
    return text


def write_zip(archive: Path, manifest: str, wheels: Sequence[Path], backend: Path) -> None:
    """Write the zip aside and rename it, so that a broken build leaves no half of one."""
    aside = archive.with_suffix(".part")
    with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("blender_manifest.toml", manifest)
        target.writestr("__init__.py", _entry_module())
        target.write(CATALOG, CATALOG.name)
        for package in ("blender_addon", "shared"):
            for source in sorted((ROOT / package).rglob("*.py")):
                target.write(source, source.relative_to(ROOT))
        target.write(ROOT / "LICENSES" / "GPL-3.0-or-later.txt", "LICENSE")
        for wheel in wheels:
            target.write(wheel, f"wheels/{wheel.name}")
        target.write(backend, f"backend/{backend.name}")
    aside.replace(archive)


def validate(archive: Path) -> None:
    """Ask Blender itself, where there is one: `KINORA_BLENDER`, else `blender` on the PATH."""
    blender = os.environ.get("KINORA_BLENDER") or shutil.which("blender")
    if blender is None:
        log.info("No Blender found, so its own validation is left out.")
        return
    command = [blender, "--factory-startup", "--command", "extension", "validate", str(archive)]
    subprocess.run(command, check=True)


def _entry_module() -> str:
    return (
        "# SPDX-License-Identifier: GPL-3.0-or-later\n"
        '"""Kinora, as Blender loads it."""\n'
        "from .blender_addon.registration import register, unregister\n"
    )


def _pip(*arguments: str) -> None:
    quiet = [sys.executable, "-m", "pip", "--disable-pip-version-check", arguments[0], "--quiet"]
    subprocess.run([*quiet, *arguments[1:]], check=True)


if __name__ == "__main__":
    sys.exit(main())
