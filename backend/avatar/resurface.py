# SPDX-License-Identifier: Apache-2.0
"""The sculpt itself as a mesh: extracted, cleaned, unwrapped, painted, and bound to the armature.

What an animator needs clean stays as it was: face, eyes, lashes, teeth, tongue, beard and hands.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...shared.results import Mesh, Shape
from ..kit.binding import Bound, Skinned, bind
from ..kit.closest import Surface
from ..kit.surface import triangulate, vertex_normals
from ..kit.unwrapping import Soup, fewer, packed, seen, unwrapped, without_floaters, without_scraps
from .dress import Dressed
from .rebake import Painted, rebaked
from .sculpt.distance import base_field
from .sculpt.field import Field, Grid, new_field
from .sculpt.offsets import directions
from .sculpt.plan import Sculpted
from .sculpt.relief import displacement, extract
from .sculpt.start import REGIONS, Start
from .wardrobe.atlas import encode

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAME = "Sculpt"
CELLS = {"cpu": 0.006, "cuda": 0.004}
"""Metres between the samples of the field, by where it lies."""
LARGEST = 2048
"""Texels along a side that are painted anew: there is nothing finer to paint them after."""
ROUGHLY, MOST = 90_000, 36_000
"""Triangles of which it is looked which are seen, and at most in the end."""
LEVEL, BACK = 0.0025, 0.002
"""Metres outside of the field's surface at which it is extracted, so that thin cloth has no holes,
and by which it then goes back."""
SCRAP = 24
"""Triangles: of fewer is nothing made that is meant to be there."""
NOTHING = Grid(levels=2, bits=8, hidden=8)
"""Of a field that has learnt nothing and is only looked up."""
CRUMB = 1.5e-6
"""Cubic metres: what encloses less is no part of a figure."""
_PARTS = ("Eyes", "Lashes", "Mouth", "Beard")
_BODY = "Body"


@dataclass(frozen=True)
class _Source:
    """The delivered meshes as one surface: which mesh (F,) and which of its faces (F,) each
    triangle is of, whether it stays (F,) as it is, and bones and weights (V, 4)."""

    painted: Painted
    mesh: Ints
    face: Ints
    stays: NDArray[np.bool_]
    bone_indices: NDArray[np.int32]
    weights: NDArray[np.float32]


def resurfaced(delivered: Dressed, start: Start, sculpted: Sculpted) -> Dressed:
    """The delivered character with the sculpt in the place of all that need not stay clean.

    `start` is what was sculpted, on the device on which `sculpted` lies.
    """
    source = _source(delivered, start)
    made = _clean(*_extracted(start, sculpted))
    bound = _bound(made, source, delivered)
    kept = made[1][~source.stays[bound.touch.triangle][made[1]].all(1)]
    kept = without_scraps(kept, SCRAP)
    meshes = [_rest(mesh, number, source) for number, mesh in enumerate(delivered.meshes)]
    size = min(_width(delivered), LARGEST)
    vertex, triangles, uvs = unwrapped(*(whole := packed(made[0], kept)), size)
    rows = np.unique(kept)[vertex]
    pictures = rebaked(source.painted, whole[0][vertex], triangles, uvs[triangles], size)
    sculpt = _mesh(made[0][rows], triangles, uvs, bound, rows)
    sculpt = replace(sculpt, material=len(delivered.materials))
    shown = tuple(mesh for mesh in meshes if len(mesh.faces))
    material = replace(encode(pictures), name=NAME)
    return replace(delivered, meshes=(*shown, sculpt), materials=(*delivered.materials, material))


def _extracted(start: Start, sculpted: Sculpted) -> Soup:
    """The field's own surface, with what the mesh stage did besides."""
    field = sculpted.field or new_field(base_field(start), NOTHING)
    vertices, triangles, _ = extract(field, CELLS[start.vertices.device.type], LEVEL)
    places, faces = vertices.double().cpu().numpy(), triangles.cpu().numpy()
    places = places - BACK * vertex_normals(places, faces)
    further = _further(field, start, sculpted)
    if np.abs(further).max(initial=0) > 1e-5:
        normals = vertex_normals(places, faces)
        surface = Surface(start.vertices.double().cpu().numpy(), start.triangles.cpu().numpy())
        touch = surface.touch(places, normals, 0.5)
        goes = (further[surface.triangles[touch.triangle]] * touch.shares).sum(1)
        near = (touch.agreement > 0.5) & (touch.distance < 0.02)
        places = places + np.where(near, goes, 0)[:, None] * normals
    return places, faces


def _further(field: Field, start: Start, sculpted: Sculpted) -> Floats:
    """(V,) metres that the start's vertices went besides what the field says."""
    gone = displacement(field, start.vertices, directions(start))
    return np.asarray((sculpted.offsets - gone).double().cpu().numpy())


def _clean(vertices: Floats, triangles: Ints) -> Soup:
    """One closed figure, of which what is never seen is left out."""
    pieces = without_floaters(vertices, triangles, CRUMB)
    return fewer(*seen(*fewer(*pieces, ROUGHLY)), MOST)


def _source(delivered: Dressed, start: Start) -> _Source:
    shown = [mesh for mesh in delivered.meshes if len(mesh.faces)]
    regions = np.split(start.region.cpu().numpy(), np.cumsum([len(m.vertices) for m in shown])[:-1])
    rows = np.cumsum([0, *(len(mesh.vertices) for mesh in shown)])
    numbers = [number for number, mesh in enumerate(delivered.meshes) if len(mesh.faces)]
    found: list[tuple[Ints, Floats, Ints, Ints, NDArray[np.bool_]]] = []
    for number, mesh, region, row in zip(numbers, shown, regions, rows, strict=False):
        face, which = triangulate(mesh.faces)
        triangles = mesh.faces[face[:, None], which].astype(np.int64)
        stays = _clean_faces(mesh, region)[face]
        uvs = mesh.uvs[face[:, None], which].astype(np.float64)
        own = np.full(len(face), number)
        found.append((triangles + row, uvs, own, face.astype(np.int64), stays))
    triangles, uvs, mesh_of, face_of, stays = (
        np.concatenate(column) for column in zip(*found, strict=True)
    )
    vertices = np.concatenate([mesh.vertices for mesh in shown]).astype(np.float64)
    return _Source(
        Painted(Surface(vertices, triangles), uvs, delivered.materials[0]),
        mesh_of,
        face_of,
        stays,
        np.concatenate([mesh.bone_indices for mesh in shown]),
        np.concatenate([mesh.weights for mesh in shown]),
    )


def _clean_faces(mesh: Mesh, region: Ints) -> NDArray[np.bool_]:
    """(F,) which faces of a mesh stay: hands, and what of the body a face moves."""
    if mesh.name in _PARTS:
        return np.ones(len(mesh.faces), dtype=bool)
    stays = region == REGIONS.index("hands")
    if mesh.name == _BODY:
        for shape in mesh.shapes:
            stays[shape.vertices] = True
    return np.asarray((stays[mesh.faces] | (mesh.faces < 0)).all(1))


def _bound(made: Soup, source: _Source, delivered: Dressed) -> Bound:
    skinned = Skinned(source.painted.surface, source.bone_indices, source.weights)
    # What hangs turns bone by bone: each counts as a joint of its own.
    joints = delivered.rig.joint_of_bone.copy()
    hanging = np.concatenate([np.zeros(0, np.int32), *(c.bones.ravel() for c in delivered.chains)])
    joints[hanging] = joints.max() + 1 + np.arange(len(hanging))
    return bind(*made, skinned, joints)


def _rest(mesh: Mesh, number: int, source: _Source) -> Mesh:
    """What stays of a mesh, with its own UVs, weights and shapes."""
    own = (source.mesh == number) & source.stays
    faces = mesh.faces[np.unique(source.face[own])]
    used = np.unique(faces[faces >= 0])
    renumbered = np.full(len(mesh.vertices) + 1, -1, dtype=np.int32)
    renumbered[used] = np.arange(len(used))
    return replace(
        mesh,
        vertices=mesh.vertices[used],
        faces=renumbered[faces],
        uvs=mesh.uvs[np.unique(source.face[own])],
        bone_indices=mesh.bone_indices[used],
        weights=mesh.weights[used],
        shapes=tuple(s for shape in mesh.shapes if (s := _kept(shape, renumbered)) is not None),
    )


def _kept(shape: Shape, renumbered: NDArray[np.int32]) -> Shape | None:
    number = renumbered[shape.vertices]
    own = number >= 0
    return Shape(shape.name, number[own], shape.offsets[own]) if own.any() else None


def _mesh(vertices: Floats, triangles: Ints, uvs: Floats, bound: Bound, rows: Ints) -> Mesh:
    """The sculpt's triangles between corners of charts; corners of one vertex are one again."""
    used, welded = np.unique(rows, return_inverse=True)
    first = np.zeros(len(used), dtype=np.int64)
    first[welded.reshape(-1)] = np.arange(len(rows))
    none = np.full((len(triangles), 1), -1)
    corners = np.concatenate([uvs[triangles], np.zeros((len(triangles), 1, 2))], axis=1)
    return Mesh(
        name=NAME,
        vertices=vertices[first].astype(np.float32),
        faces=np.concatenate([welded.reshape(-1)[triangles], none], axis=1).astype(np.int32),
        uvs=corners.astype(np.float32),
        bone_indices=bound.bone_indices[used],
        weights=bound.weights[used],
    )


def _width(delivered: Dressed) -> int:
    """Texels along a side of the character's pictures."""
    data = delivered.materials[0].base_color.data.tobytes()
    with Image.open(io.BytesIO(data)) as picture:
        return int(picture.width)
