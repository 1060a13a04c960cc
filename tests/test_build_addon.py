# SPDX-License-Identifier: Apache-2.0
"""The zip is made of this tree, and the catalogue in it is the one that the server offers."""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

import pytest

import build_addon
from kinora.backend.catalog import build_catalog, listed_systems
from kinora.shared.catalog import from_json

ROOT = Path(__file__).parent.parent
PLATFORM = build_addon.PLATFORMS[0]
WHEELS = (
    "pyzmq-27.3.0-cp311-cp311-manylinux_2_28_x86_64.whl",
    "pyzmq-27.3.0-cp312-abi3-manylinux_2_28_x86_64.whl",
    "typing_extensions-4.16.0-py3-none-any.whl",
)


@pytest.fixture
def wheels(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in WHEELS:
        (folder / name).write_bytes(b"a wheel")
    return sorted(folder.iterdir())


@pytest.fixture
def archive(tmp_path: Path, wheels: list[Path]) -> zipfile.ZipFile:
    backend = tmp_path / "kinora-0.1.0-py3-none-any.whl"
    backend.write_bytes(b"the backend")
    path = tmp_path / "kinora.zip"
    build_addon.write_zip(path, build_addon.manifest_text(PLATFORM, wheels), wheels, backend)
    return zipfile.ZipFile(path)


def test_catalog_is_current() -> None:
    """Run `python build_addon.py` when a system's options have changed."""
    written = from_json(build_addon.CATALOG.read_text(encoding="utf-8"))
    assert written.digest == build_catalog(listed_systems()).digest


def test_the_zip_holds_what_blender_and_a_backend_need(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    assert {"blender_manifest.toml", "__init__.py", "catalog.json", "LICENSE"} <= names
    assert {"blender_addon/registration.py", "shared/wire.py", "shared/client.py"} <= names
    assert "backend/kinora-0.1.0-py3-none-any.whl" in names
    assert {f"wheels/{name}" for name in WHEELS} <= names
    assert not any("__pycache__" in name or name.startswith("backend/kit") for name in names)


def test_the_manifest_lists_exactly_the_wheels(archive: zipfile.ZipFile) -> None:
    manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
    listed = {name.removeprefix("./") for name in manifest["wheels"]}
    assert listed == {name for name in archive.namelist() if name.startswith("wheels/")}
    assert manifest["platforms"] == ["linux-x64"]
    assert manifest["version"] == "0.1.0"
    assert set(manifest["permissions"]) == {"network", "files"}
    assert all(len(reason) <= 64 for reason in manifest["permissions"].values())


def test_no_module_in_the_zip_names_the_installed_package(archive: zipfile.ZipFile) -> None:
    """In Blender the packages live under another name, so only relative imports work there."""
    for name in archive.namelist():
        if name.endswith(".py"):
            text = archive.read(name).decode()
            assert "import kinora" not in text and "from kinora" not in text, name


def test_one_wheel_names_every_python_so_that_blender_accepts_them_all(tmp_path: Path) -> None:
    wheel = tmp_path / WHEELS[-1]
    wheel.write_bytes(b"a wheel")
    build_addon.name_pythons(wheel)
    (renamed,) = tmp_path.iterdir()
    tags = renamed.name.split("-")[2].split(".")
    assert {"py3", "cp311", "cp313", "cp314"} <= set(tags)


def test_every_platform_takes_wheels_that_blender_knows() -> None:
    names = {platform.name for platform in build_addon.PLATFORMS}
    assert names == {"linux-x64", "windows-x64", "windows-arm64", "macos-arm64", "macos-x64"}
