# SPDX-License-Identifier: Apache-2.0
"""A character in bind pose as Wavefront OBJ with its materials, and as one PLY with colors.

OBJ keeps quads and UVs and is Y up, facing +Z, as most programs read it; PLY is Z up as our world.
"""

from __future__ import annotations

import io
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...shared.results import Character, Material, Media, Mesh
from .surface import triangulate, vertex_normals

Floats = NDArray[np.floating]


def write_obj(character: Character, name: str) -> dict[str, bytes]:
    """The files `NAME.obj`, `NAME.mtl` and the pictures that these name, an object each part."""
    files: dict[str, bytes] = {}
    materials = [
        _material(material, f"{name}_{number}" if number else name, files)
        for number, material in enumerate(character.materials)
    ]
    lines, places, corners = [f"mtllib {name}.mtl"], 1, 1
    for mesh in character.meshes:
        if len(mesh.faces):
            own, uvs = _object(mesh, (places, corners))
            material = character.materials[mesh.material].name.replace(" ", "_")
            lines += [f"o {mesh.name.replace(' ', '_')}", *own[:-1], f"usemtl {material}", own[-1]]
            places, corners = places + len(mesh.vertices), corners + uvs
    files[f"{name}.mtl"] = "\n".join(materials).encode()
    files[f"{name}.obj"] = ("\n".join(lines) + "\n").encode()
    return files


def _object(mesh: Mesh, first: tuple[int, int]) -> tuple[list[str], int]:
    """Blocks of lines, the faces last, numbered from `first` vertex and UV; and how many UVs."""
    face, which = triangulate(mesh.faces)
    normals = vertex_normals(mesh.vertices, mesh.faces[face[:, None], which])
    used = mesh.faces >= 0
    cells = np.round(mesh.uvs[used] * 65536).astype(np.int64)
    _, chosen, number = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    uvs = mesh.uvs[used][chosen]
    corners = np.zeros(mesh.faces.shape, np.int64)
    corners[used] = number.reshape(-1) + first[1]
    vertices = mesh.faces.astype(np.int64) + first[0]
    blocks = [
        _rows("v {:.5f} {:.5f} {:.5f}", _y_up(mesh.vertices)),
        _rows("vt {:.6f} {:.6f}", uvs),
        _rows("vn {:.4f} {:.4f} {:.4f}", _y_up(normals)),
    ]
    pairs: list[list[list[int]]] = np.stack([vertices, corners], axis=2).tolist()
    faces = ["f " + " ".join(f"{v}/{t}/{v}" for v, t in face if t) for face in pairs]
    return [*blocks, "\n".join(faces)], len(uvs)


def _rows(form: str, values: Floats) -> str:
    rows: list[list[float]] = values.tolist()
    return "\n".join(form.format(*row) for row in rows)


def _y_up(places: Floats) -> Floats:
    x, y, z = places.T
    return np.stack([x, z, -y], axis=1)


def _material(material: Material, prefix: str, files: dict[str, bytes]) -> str:
    """The lines of one material; puts its pictures into `files`."""

    def kept(media: Media) -> str:
        name = f"{prefix}_{PurePath(media.name).name}"
        files[name] = media.data.tobytes()
        return name

    roughness, metallic = material.roughness, material.metallic
    if material.roughness_map is not None:
        # OBJ has no map of two channels; the means are what it can say.
        surface = _pixels(material.roughness_map).reshape(-1, 3).mean(0)
        roughness, metallic = float(surface[1]), float(surface[2])
    lines = [
        f"newmtl {material.name.replace(' ', '_')}",
        "Kd 1 1 1",
        f"Pr {roughness:.3f}",
        f"Pm {metallic:.3f}",
        f"map_Kd {kept(material.base_color)}",
    ]
    if material.normal is not None:
        lines.append(f"norm {kept(material.normal)}")
    return "\n".join(lines) + "\n"


def vertex_colors(character: Character) -> tuple[Floats, NDArray[np.int64], Floats]:
    """All parts as one: vertices (V, 3), triangles (F, 3), and colors (V, 3), sRGB from 0 to 1, the
    texture's where each vertex has its UV."""
    pictures = [_pixels(material.base_color) for material in character.materials]
    vertices, triangles, colors, row = [], [], [], 0
    for mesh in character.meshes:
        face, which = triangulate(mesh.faces)
        vertices.append(mesh.vertices)
        triangles.append(mesh.faces[face[:, None], which].astype(np.int64) + row)
        colors.append(_colors(mesh, pictures[mesh.material]))
        row += len(mesh.vertices)
    return np.concatenate(vertices), np.concatenate(triangles), np.concatenate(colors)


def _colors(mesh: Mesh, picture: Floats) -> Floats:
    """(V, 3) of the corners that a vertex has the last; at a seam all are the same color."""
    used = mesh.faces >= 0
    size = np.array(picture.shape[1::-1])
    texel = np.floor(mesh.uvs[used] * [1, -1] * size + [0, size[1]]).astype(int)
    column, line = texel.clip(0, size - 1).T
    found = np.full((len(mesh.vertices), 3), 0.5)
    found[mesh.faces[used]] = picture[line, column]
    return found


def _pixels(media: Media) -> Floats:
    with Image.open(io.BytesIO(media.data.tobytes())) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.float32) / 255
