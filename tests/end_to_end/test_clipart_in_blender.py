# SPDX-License-Identifier: Apache-2.0
"""From a drawing to a clip in the scene: the zip installed in Blender, a real server behind it.

`tests/run_blender_lane.py` gives the zip in KINORA_ARCHIVE and the server in KINORA_COMMAND.
"""

from __future__ import annotations

import importlib
import json
import os

import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

import bmesh  # noqa: E402

from kinora.shared import launch  # noqa: E402
from kinora.shared.messages import Shutdown  # noqa: E402

ADDON = "bl_ext.user_default.kinora"
UNIT = 2 / 256
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 1h6v6z"/></svg>'


@pytest.fixture(scope="module", autouse=True)
def addon():
    """The extension as a user installs it; its server is stopped in the end."""
    archive = os.environ.get("KINORA_ARCHIVE")
    if not archive:
        pytest.skip("tests/run_blender_lane.py names the zip in KINORA_ARCHIVE")
    bpy.ops.extensions.package_install_files(
        filepath=archive, repo="user_default", enable_on_install=True
    )
    yield importlib.import_module(f"{ADDON}.blender_addon.operators")
    session().disconnect()
    if (client := launch.find("tests")) is not None:
        with client:
            client.call(Shutdown())


def session():
    return importlib.import_module(f"{ADDON}.blender_addon.heartbeat").SESSION


@pytest.fixture
def settings(addon, tmp_path):
    """A new scene in which a drawing and a caption are given."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    talk = session()
    talk.disconnect()
    talk.__init__(addon.CATALOG.digest)
    preferences = bpy.context.preferences.addons[ADDON].preferences
    preferences.place, preferences.command = "LOCAL", ""
    made = bpy.context.scene.kinora
    made.system, made.caption = "clipart", "a figure waves"
    drawing = tmp_path / "figure.svg"
    drawing.write_text(SVG)
    made.drawing = str(drawing)
    return made


def placed():
    return [each for each in bpy.data.objects if "kinora_job_id" in each]


@pytest.mark.parametrize(
    ("way", "kind"), [("GREASE_PENCIL", "GREASEPENCIL"), ("PLANES", "ARMATURE")]
)
def test_a_drawing_and_a_caption_become_a_clip(settings, way: str, kind: str) -> None:
    bpy.context.scene.kinora_clip.place_as = way
    assert bpy.ops.kinora.generate() == {"FINISHED"}
    (made,) = placed()
    assert made.type == kind
    assert made["kinora_caption"] == "a figure waves"
    assert made["kinora_drawing"] == "figure.svg"
    assert "The figure waves." in session().notes


@pytest.mark.parametrize("way", ["GREASE_PENCIL", "PLANES"])
def test_one_undo_takes_it_away_and_redo_brings_it_back(settings, way: str) -> None:
    bpy.context.scene.kinora_clip.place_as = way
    bpy.ops.object.empty_add()
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.kinora.generate("EXEC_DEFAULT", True)
    before = len(bpy.data.objects)
    assert len(placed()) == 1
    bpy.ops.ed.undo()
    assert [each.type for each in bpy.data.objects] == ["EMPTY"]
    bpy.ops.ed.redo()
    assert len(placed()) == 1 and len(bpy.data.objects) == before


def test_a_saved_file_holds_all_of_it(settings, tmp_path) -> None:
    bpy.ops.kinora.generate()
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    (made,) = placed()
    assert len(made.data.layers["Body"].frames) == 24
    assert bpy.context.scene.kinora.caption == "a figure waves"
    assert bpy.ops.kinora.edit_keypoints() == {"FINISHED"}
    assert bpy.context.object["kinora_picture"].packed_file


def test_keypoints_are_found_moved_and_used(settings) -> None:
    assert bpy.ops.kinora.edit_keypoints() == {"FINISHED"}
    points = bpy.context.view_layer.objects.active
    assert points.type == "MESH" and len(points.data.vertices) == 7
    assert bpy.ops.kinora.edit_keypoints() == {"FINISHED"}
    assert bpy.context.mode == "EDIT_MESH"
    cage = bmesh.from_edit_mesh(points.data)
    cage.verts.ensure_lookup_table()
    cage.verts[4].co.x += 16 * UNIT
    bmesh.update_edit_mesh(points.data)
    assert bpy.ops.kinora.use_keypoints() == {"FINISHED"}
    bpy.ops.object.mode_set(mode="OBJECT")
    assert settings.only_keypoints is False
    assert bpy.ops.kinora.generate() == {"FINISHED"}
    made = bpy.context.view_layer.objects.active
    assert made.type == "GREASEPENCIL"
    assert json.loads(made["kinora_places"])[4] == pytest.approx([216, 76], abs=0.01)


def test_the_history_brings_a_clip_back(settings) -> None:
    bpy.ops.kinora.generate()
    job = placed()[0]["kinora_job_id"]
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert bpy.ops.kinora.place_again(job_id=job) == {"FINISHED"}
    assert placed()[0]["kinora_caption"] == "a figure waves"
    assert bpy.ops.kinora.reuse_prompts(job_id=job) == {"FINISHED"}
    assert bpy.context.scene.kinora.system == "clipart"
    assert bpy.context.scene.kinora.caption == "a figure waves"


def test_steering_from_the_scene_does_not_concern_a_drawing(settings) -> None:
    bpy.context.scene.kinora_steering.is_on = True
    assert bpy.ops.kinora.generate() == {"FINISHED"}


def test_without_a_drawing_the_field_is_named(settings) -> None:
    settings.drawing = ""
    with pytest.raises(RuntimeError, match="drawing"):
        bpy.ops.kinora.generate()
    assert not placed()


def test_the_command_writes_a_file(settings, tmp_path) -> None:
    command = importlib.import_module(f"{ADDON}.blender_addon.command")
    output, drawing = tmp_path / "scene.blend", settings.drawing
    words = ["clipart", "--caption", "a figure waves", "--output", str(output)]
    assert command.run(words) == command.FAILED, "a drawing is needed"
    words += ["--drawing", drawing, "--place-as", "planes"]
    assert command.run(words) == command.DONE
    bpy.ops.wm.open_mainfile(filepath=str(output))
    assert [made.type for made in placed()] == ["ARMATURE"]
    assert command.run([*words, "--force", "--place-as", "clay"]) == command.USAGE
