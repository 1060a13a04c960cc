# SPDX-License-Identifier: GPL-3.0-or-later
"""A result's parts as Blender mesh objects: faces, UVs, vertex groups, shape keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bmesh
import bpy
import numpy as np

from ...shared.results import Mesh
from ...shared.skeleton import sways
from .faces import make_shape_keys

PART = "kinora_part"
"""Custom property of the meshes that belong to a character: the part's own name."""
PIN = "Pin"
"""The vertex group that tells Blender's cloth modifier what is held: 1 there, 0 where it hangs."""


def make_mesh(part: Mesh, bone_names: Sequence[str]) -> Any:
    """A smooth mesh object in bind pose, not linked to any collection yet."""
    mesh = bpy.data.meshes.new(part.name)
    made = bpy.data.objects.new(part.name, mesh)
    mesh.vertices.add(len(part.vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(part.vertices, np.float32).ravel())
    # Weights first: while there are only vertices, the way through bmesh costs next to nothing.
    _add_weights(made, part, bone_names)
    _add_faces(mesh, part)
    mesh.validate()
    mesh.shade_smooth()
    make_shape_keys(made, part)
    return made


def _add_faces(mesh: Any, part: Mesh) -> None:
    used = part.faces >= 0
    corners = part.faces[used].astype(np.int32)
    sizes = used.sum(axis=1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    mesh.loops.add(len(corners))
    mesh.polygons.add(len(part.faces))
    mesh.polygons.foreach_set("loop_start", starts[: len(part.faces)])
    mesh.polygons.foreach_set("vertices", corners)
    mesh.update(calc_edges=True)
    layer = mesh.uv_layers.new(name="UVMap", do_init=False)
    layer.uv.foreach_set("vector", part.uvs[used].astype(np.float32).ravel())


def _add_weights(made: Any, part: Mesh, bone_names: Sequence[str]) -> None:
    """Vertex groups for the bones that this part follows, in the rig's order."""
    weights = np.where(part.weights > 0, part.weights, 0)
    bones = np.unique(part.bone_indices[weights > 0])
    group_of_bone = np.full(len(bone_names), 0)
    for bone in bones:
        group_of_bone[bone] = made.vertex_groups.new(name=bone_names[bone]).index
    hanging = [bone for bone in bones if sways(bone_names[bone])]
    if hanging:
        pinned = made.vertex_groups.new(name=PIN).index
    # One bone may be named twice by a vertex; its shares add up, so nothing is overwritten.
    groups, shares = _merge_repeats(group_of_bone[part.bone_indices], weights)
    if hanging:
        held = (weights * ~np.isin(part.bone_indices, hanging)).sum(1)
        groups = np.column_stack([groups, np.full(len(held), pinned)])
        shares = np.column_stack([shares, held])

    cage = bmesh.new()
    cage.from_mesh(made.data)
    layer = cage.verts.layers.deform.verify()
    for vertex, vertex_groups, vertex_shares in zip(
        cage.verts, groups.tolist(), shares.tolist(), strict=True
    ):
        deform = vertex[layer]
        for group, share in zip(vertex_groups, vertex_shares, strict=True):
            if share > 0:
                deform[group] = share
    cage.to_mesh(made.data)
    cage.free()


def _merge_repeats(groups: Any, shares: Any) -> tuple[Any, Any]:
    shares = shares.copy()
    for late in range(1, groups.shape[1]):
        for early in range(late):
            same = groups[:, late] == groups[:, early]
            shares[same, early] += shares[same, late]
            shares[same, late] = 0
    return groups, shares


def parts(armature: Any) -> list[Any]:
    """The meshes of a character, without what the user has hung on it."""
    return [child for child in armature.children if PART in child]
