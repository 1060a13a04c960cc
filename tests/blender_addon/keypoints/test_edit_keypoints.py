# SPDX-License-Identifier: Apache-2.0
"""Keypoints that were moved, joined, added or deleted in Blender are what the next job is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

import bmesh  # noqa: E402
import drawn_figure  # noqa: E402

from kinora.blender_addon import importers  # noqa: E402
from kinora.blender_addon.keypoints import operators  # noqa: E402
from kinora.blender_addon.keypoints.editor import is_editor, read_editor  # noqa: E402
from kinora.blender_addon.properties import make_settings  # noqa: E402
from kinora.shared import keypoints_file  # noqa: E402
from kinora.shared.catalog import Catalog, Field, SystemEntry  # noqa: E402
from kinora.shared.errors import BadOptionError  # noqa: E402
from kinora.shared.keypoints_file import PERSON  # noqa: E402
from kinora.shared.vector_clip import VectorClip  # noqa: E402

UNIT = 2 / 256
ENTRY = SystemEntry(
    "drawings",
    "Drawings",
    "",
    ("VectorClip",),
    (
        Field("drawing", "file", "Drawing", "", is_optional=False),
        Field("keypoints", "file", "Keypoints", ""),
        Field("only_keypoints", "boolean", "Only keypoints", "", default=False),
    ),
)


@pytest.fixture(scope="module")
def still() -> VectorClip:
    return drawn_figure.figure(1)


@pytest.fixture
def scene(monkeypatch, tmp_path):
    """A scene in which a system that takes keypoints is chosen."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    monkeypatch.setenv("KINORA_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(operators, "CATALOG", Catalog((ENTRY,)))
    classes = (make_settings(Catalog((ENTRY,)), lambda name: None), *operators.CLASSES)
    for kind in classes:
        bpy.utils.register_class(kind)
    bpy.types.Scene.kinora = bpy.props.PointerProperty(type=classes[0])
    yield bpy.context.scene
    del bpy.types.Scene.kinora
    for kind in classes:
        bpy.utils.unregister_class(kind)


@pytest.fixture
def points(scene, still: VectorClip):
    return importers.place(bpy.context, still, still.name, {})[0]


def edit(points, change) -> None:
    """Change the mesh in Edit Mode, as an animator does."""
    bpy.context.view_layer.objects.active = points
    bpy.ops.object.mode_set(mode="EDIT")
    cage = bmesh.from_edit_mesh(points.data)
    cage.verts.ensure_lookup_table()
    change(cage)
    bmesh.update_edit_mesh(points.data)


def test_a_still_drawing_stands_there_as_its_keypoints_over_its_picture(
    scene, points, still: VectorClip
) -> None:
    assert is_editor(points)
    assert len(points.data.vertices) == 7 and len(points.data.edges) == 6
    picture = next(thing for thing in scene.objects if thing.empty_display_type == "IMAGE")
    assert picture.data.packed_file is not None
    # The picture's upper left corner is the canvas's: 128 units to the left of the page's middle.
    seen = np.array(picture.matrix_world.translation) - np.array(points.matrix_world.translation)
    assert np.allclose(seen[[0, 2]], [-128 * UNIT, 0], atol=1e-6)
    labels = {thing.name: thing for thing in scene.objects if thing.show_name}
    wrist = np.array(labels["wrist"].matrix_world.translation)
    assert np.allclose(wrist[[0, 2]], [(200 - 128) * UNIT, (256 - 76) * UNIT], atol=1e-5)


def test_the_picture_is_the_drawing(points, still: VectorClip) -> None:
    image = points["kinora_picture"]
    seen = np.array(image.pixels[:]).reshape(192, 192, 4)[::-1]
    wanted = drawn_figure.paint(still.shapes, 0, 192) / 255
    solid = wanted[..., 3] > 0.5
    assert np.abs(seen[..., 3] - wanted[..., 3]).max() < 0.02
    assert np.abs(seen[solid] - wanted[solid]).max() < 0.03


def test_untouched_keypoints_are_those_that_were_found(points, still: VectorClip) -> None:
    read = read_editor(points)
    assert np.allclose(read.places, still.rest_keypoints, atol=1e-3)
    assert read.names == still.keypoint_names
    assert {frozenset(edge) for edge in read.edges} == {frozenset(e) for e in still.bones.tolist()}


def test_a_moved_point_is_moved_on_the_canvas(points, still: VectorClip) -> None:
    def move(cage) -> None:
        cage.verts[4].co.x += 10 * UNIT
        cage.verts[4].co.y += 1.0  # Depth is of no account.
        cage.verts[4].co.z += 20 * UNIT

    edit(points, move)
    wanted = still.rest_keypoints.copy()
    wanted[4] += (10, -20)
    assert np.allclose(read_editor(points).places, wanted, atol=1e-3)


def test_where_the_whole_stands_is_of_no_account(points, still: VectorClip) -> None:
    points.location = (5, 6, 7)
    bpy.context.view_layer.update()
    assert np.allclose(read_editor(points).places, still.rest_keypoints, atol=1e-3)


def test_extruded_points_are_new_and_joined(points, still: VectorClip) -> None:
    def extrude(cage) -> None:
        tip = bmesh.ops.extrude_vert_indiv(cage, verts=[cage.verts[4]])["verts"][0]
        tip.co.x += 12 * UNIT

    edit(points, extrude)
    read = read_editor(points)
    assert read.names == (*still.keypoint_names, "")
    assert np.allclose(read.places[7], still.rest_keypoints[4] + (12, 0), atol=1e-3)
    assert {frozenset(edge) for edge in read.edges} >= {frozenset((4, 7))}


def test_a_deleted_point_takes_its_edges_along_and_leaves_the_other_names(
    points, still: VectorClip
) -> None:
    edit(points, lambda cage: bmesh.ops.delete(cage, geom=[cage.verts[3]], context="VERTS"))
    read = read_editor(points)
    assert read.names == tuple(name for name in still.keypoint_names if name != "elbow")
    assert len(read.edges) == 4


def test_deleting_nearly_all_is_refused(points) -> None:
    edit(points, lambda cage: bmesh.ops.delete(cage, geom=cage.verts[1:], context="VERTS"))
    with pytest.raises(BadOptionError, match="1 points"):
        read_editor(points)


def test_a_person_keeps_its_thirteen_points(scene, still: VectorClip) -> None:
    places = np.random.default_rng(0).uniform(20, 200, (13, 2)).astype(np.float32)
    person = replace(
        still,
        keypoint_names=PERSON,
        rest_keypoints=places,
        keypoints=places[None],
        is_person=True,
    )
    points = importers.place(bpy.context, person, "Person", {})[0]
    assert read_editor(points).names == PERSON
    edit(points, lambda cage: bmesh.ops.delete(cage, geom=[cage.verts[12]], context="VERTS"))
    with pytest.raises(BadOptionError, match="13 keypoints"):
        read_editor(points)


@pytest.mark.parametrize("way", ["GREASE_PENCIL", "PLANES"])
def test_a_placed_clip_shows_the_keypoints_that_it_was_made_with(
    scene, way: str, monkeypatch
) -> None:
    monkeypatch.setattr(importers.vector_clip, "_way", lambda scene: (way, ()))
    clip = drawn_figure.figure(6)
    placed = importers.place(bpy.context, clip, clip.name, {})[0]
    placed.location = (3, 0, 0)
    bpy.context.view_layer.update()
    assert bpy.ops.kinora.edit_keypoints() == {"FINISHED"}
    points = bpy.context.view_layer.objects.active
    assert is_editor(points) and bpy.context.mode == "EDIT_MESH"
    assert np.allclose(read_editor(points).places, clip.rest_keypoints, atol=1e-3)
    assert points.matrix_world.translation.x == pytest.approx(3)


def test_use_keypoints_writes_what_the_next_job_reads(scene, points, tmp_path) -> None:
    edit(points, lambda cage: setattr(cage.verts[2].co, "x", 0.0))
    assert bpy.ops.kinora.use_keypoints() == {"FINISHED"}
    path = Path(scene.kinora.keypoints)
    assert path.is_relative_to(tmp_path)
    read = keypoints_file.from_json(path.read_bytes())
    assert read == keypoints_file.from_json(keypoints_file.to_json(read_editor(points)))
    assert read.points[2].x == pytest.approx(128, abs=1e-3)


def test_without_keypoints_in_the_scene_there_is_nothing_to_use(scene) -> None:
    assert not bpy.ops.kinora.use_keypoints.poll()
