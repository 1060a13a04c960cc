# SPDX-License-Identifier: GPL-3.0-or-later
"""Keypoints as a mesh over their drawing: its points are moved, joined, added and deleted in Edit
Mode like any others."""

from __future__ import annotations

from typing import Any

import bmesh
import bpy
import numpy as np
from mathutils import Matrix

from ...shared import keypoints_file
from ...shared.errors import BadOptionError
from ...shared.keypoints_file import Keypoint, KeypointsFile
from ...shared.vector_clip import CANVAS, VectorClip
from ..importers.cutout import sided
from ..importers.page import UNIT_M, Page, upright
from .kept import KEYPOINTS, PAGE, PICTURE, keep_drawing, page_of

NUMBER = "keypoint"
"""Attribute of the points: from 1, which keypoint of the drawing each was; 0 for new ones."""
BEFORE_M = 0.1
"""How far in front of its picture the mesh is."""
LABEL_M = 0.01
PICTURE_ALPHA = 0.4
"""Points and labels are to be seen before the picture."""


def place_still(context: Any, clip: VectorClip, name: str) -> tuple[Any, tuple[str, ...]]:
    """A drawing that is not animated, at the 3D cursor, as keypoints to be edited."""
    own = bpy.data.collections.new(name)
    context.collection.children.link(own)
    points = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    keep_drawing(points, clip)
    points.location = context.scene.cursor.location
    _furnish(points, own)
    words = "Move the points in Edit Mode, then click Use Keypoints."
    return points, (*clip.notes, words)


def edit_placed(context: Any, placed: Any) -> Any:
    """The keypoints of an animated drawing in the scene, to be edited where it stands."""
    name = f"{placed.name} keypoints"
    own = bpy.data.collections.new(name)
    context.collection.children.link(own)
    points = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    for key in (KEYPOINTS, PAGE, PICTURE):
        points[key] = placed[key]
    points.matrix_world = placed.matrix_world @ Matrix.Translation((0, -BEFORE_M, 0))
    _furnish(points, own)
    return points


def is_editor(thing: Any) -> bool:
    return thing is not None and thing.type == "MESH" and KEYPOINTS in thing


def read_editor(points: Any) -> KeypointsFile:
    """The keypoints as they are now. Raises `BadOptionError` where they make no skeleton."""
    made_of, page = keypoints_file.from_json(points[KEYPOINTS]), page_of(points)
    places, numbers, joined = _mesh_of(points)
    # New points, whose number is 0, come last.
    order = np.argsort(np.where(numbers > 0, numbers, np.iinfo(np.int32).max), kind="stable")
    was = np.arange(1, len(made_of.points) + 1)
    if made_of.is_person and not np.array_equal(numbers[order], was):
        raise BadOptionError(
            "A person has 13 keypoints, and points were added or deleted.",
            "Undo that, or click Edit Keypoints again.",
            "keypoints",
        )
    rank = np.argsort(order)
    points_now = [
        Keypoint(float(x), float(y), made_of.names[number - 1] if number > 0 else "")
        for (x, y), number in zip(page.lay(places[order]), numbers[order], strict=True)
    ]
    edges = tuple((int(rank[first]), int(rank[second])) for first, second in joined)
    read = KeypointsFile(tuple(points_now), edges, made_of.is_person, made_of.drawing)
    keypoints_file.check(read)
    return read


def _furnish(points: Any, collection: Any) -> None:
    """Give the object its mesh, and hang the picture and the labels on it."""
    shown = keypoints_file.from_json(points[KEYPOINTS])
    page = page_of(points)
    collection.objects.link(points)
    mesh = points.data
    mesh.from_pydata(upright(page.stand(shown.places)).tolist(), shown.edges, [])
    numbers = mesh.attributes.new(NUMBER, "INT", "POINT")
    numbers.data.foreach_set("value", np.arange(1, len(shown.points) + 1, dtype=np.int32))
    points.show_in_front = True
    collection.objects.link(_background(points, page))
    for number, name in enumerate(shown.names):
        if name:
            collection.objects.link(_label(points, number, name))


def _background(points: Any, page: Page) -> Any:
    """The picture as an empty: it is seen while working and never rendered."""
    picture = bpy.data.objects.new(points[PICTURE].name, None)
    picture.empty_display_type = "IMAGE"
    picture.data = points[PICTURE]
    picture.empty_display_size = CANVAS * UNIT_M
    picture.empty_image_offset = (0, 0)
    picture.empty_image_depth = "BACK"
    picture.use_empty_image_alpha = True
    picture.color[3] = PICTURE_ALPHA
    picture.rotation_euler = (np.pi / 2, 0, 0)
    picture.location = upright(page.stand(np.array([0, CANVAS])), -BEFORE_M).tolist()
    picture.hide_select = True
    picture.parent = points
    return picture


def _label(points: Any, number: int, name: str) -> Any:
    label = bpy.data.objects.new(sided(name), None)
    label.empty_display_type = "SPHERE"
    label.empty_display_size = LABEL_M
    label.show_name = label.show_in_front = label.hide_select = True
    label.parent = points
    label.parent_type = "VERTEX"
    label.parent_vertices = (number, 0, 0)
    return label


def _mesh_of(points: Any) -> tuple[Any, Any, list[tuple[int, int]]]:
    """The points' places (V, 2) to the right and up, which keypoint each was (V,), and the edges,
    in whatever mode the object is."""
    if points.mode == "EDIT":
        cage = bmesh.from_edit_mesh(points.data)
    else:
        cage = bmesh.new()
        cage.from_mesh(points.data)
    cage.verts.index_update()
    kept = cage.verts.layers.int.get(NUMBER)
    places = np.array([(vertex.co.x, vertex.co.z) for vertex in cage.verts]).reshape(-1, 2)
    numbers = np.array([vertex[kept] if kept else 0 for vertex in cage.verts], np.int32)
    joined = [(edge.verts[0].index, edge.verts[1].index) for edge in cage.edges]
    if points.mode != "EDIT":
        cage.free()
    # What is extruded from a point has its number too.
    first = np.unique(numbers, return_index=True)[1]
    numbers[np.setdiff1d(np.arange(len(numbers)), first)] = 0
    return places, numbers, joined
