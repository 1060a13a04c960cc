# SPDX-License-Identifier: Apache-2.0
"""An animated drawing in Blender looks and moves as the one that was sent, however it is placed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

import drawn_figure  # noqa: E402

from kinora.blender_addon import compat, importers  # noqa: E402
from kinora.blender_addon.importers import grease_pencil  # noqa: E402
from kinora.blender_addon.keypoints.settings import ClipSettings  # noqa: E402
from kinora.shared.vector_clip import VectorClip  # noqa: E402

CURSOR = np.array([1.0, 2.0, 0.5])
UNIT = 2 / 256
PIXELS = 192


@pytest.fixture(scope="module")
def clip() -> VectorClip:
    return drawn_figure.figure()


@pytest.fixture
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.utils.register_class(ClipSettings)
    bpy.types.Scene.kinora_clip = bpy.props.PointerProperty(type=ClipSettings)
    scene = bpy.context.scene
    scene.cursor.location = CURSOR
    scene.render.fps = 24
    yield scene
    del bpy.types.Scene.kinora_clip
    bpy.utils.unregister_class(ClipSettings)


@pytest.fixture(params=["GREASE_PENCIL", "PLANES"])
def way(scene, request):
    scene.kinora_clip.place_as = request.param
    return request.param


@pytest.fixture
def armature(scene, clip: VectorClip):
    scene.kinora_clip.place_as = "PLANES"
    return importers.place(bpy.context, clip, clip.name, {"caption": "it waves"})[0]


@pytest.fixture
def pencil(scene, clip: VectorClip):
    scene.kinora_clip.place_as = "GREASE_PENCIL"
    return importers.place(bpy.context, clip, clip.name, {"caption": "it waves"})[0]


def stand(points: np.ndarray) -> np.ndarray:
    """Where a place on the canvas must be: upright, the page's foot at the cursor."""
    box = drawn_figure.BOX
    x = (points[..., 0] - (box[0] + box[2]) / 2) * UNIT
    z = (box[3] - points[..., 1]) * UNIT
    return np.stack([x, np.zeros_like(x), z], axis=-1)


def go_to(scene, frame: float) -> None:
    scene.frame_set(math.floor(frame), subframe=frame % 1)


def vectors(attribute, width: int = 3) -> np.ndarray:
    values = np.empty(len(attribute.data) * width, np.float32)
    attribute.data.foreach_get("vector", values)
    return values.reshape(-1, width)


def test_either_way_stands_in_one_collection_at_the_cursor_and_is_labelled(
    scene, way: str, clip: VectorClip
) -> None:
    made, notes = importers.place(bpy.context, clip, clip.name, {"caption": "it waves"})
    assert np.allclose(made.matrix_world.translation, CURSOR)
    assert made["kinora_caption"] == "it waves"
    assert "The figure waves." in notes
    assert any("Standard" in note for note in notes)
    own = bpy.data.collections[clip.name]
    assert set(own.objects) == set(scene.objects)
    assert bpy.context.view_layer.objects.active == made


def test_the_scene_lasts_for_one_round_and_is_never_cut(scene, way: str, clip: VectorClip) -> None:
    scene.frame_end = 5
    importers.place(bpy.context, clip, "First", {})
    assert scene.frame_end == 48  # 24 frames at 12 a second are 2 s, from frame 1 on.
    scene.frame_end = 400
    importers.place(bpy.context, clip, "Second", {})
    assert scene.frame_end == 400


def test_an_import_that_fails_leaves_nothing_behind(scene, way: str, clip: VectorClip) -> None:
    mine = bpy.data.meshes.new("Mine")
    broken = replace(clip, layers=(clip.layers[0], None))
    with pytest.raises(AttributeError):
        importers.place(bpy.context, broken, "Broken", {})
    assert list(bpy.data.meshes) == [mine]
    for kind in ("objects", "armatures", "materials", "images", "actions", "collections"):
        assert not getattr(bpy.data, kind)
    assert not compat.grease_pencils()


@pytest.fixture
def camera(scene):
    """Sees the canvas square from the front."""
    data = bpy.data.cameras.new("Camera")
    data.type, data.ortho_scale = "ORTHO", 256 * UNIT
    camera = bpy.data.objects.new("Camera", data)
    camera.location = CURSOR + np.array([0, -5, 128 * UNIT])
    camera.rotation_euler = (math.pi / 2, 0, 0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 8
    scene.cycles.use_denoising = False
    scene.render.film_transparent = True
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x = scene.render.resolution_y = PIXELS
    return camera


def render(scene, folder) -> np.ndarray:
    """(H, W, 3) the scene on white, 0 to 255, the top row first."""
    scene.render.filepath = str(folder / "seen.png")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    seen = np.array(image.pixels[:], np.float32).reshape(PIXELS, PIXELS, 4)[::-1]
    bpy.data.images.remove(image)
    return on_white(255 * seen)


def on_white(pixels: np.ndarray) -> np.ndarray:
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + 255 * (1 - alpha)


@pytest.mark.parametrize("number", [0, 6])
def test_grease_pencil_is_seen_as_the_drawing_with_hole_and_gradients(
    scene, camera, pencil, clip: VectorClip, number: int, tmp_path
) -> None:
    # The second round shows the same as the first.
    go_to(scene, 1 + 2 * number + 48)
    error = np.abs(
        render(scene, tmp_path) - on_white(drawn_figure.paint(clip.shapes, number, PIXELS))
    )
    assert error.mean() < 1.5
    # Edges are drawn softer or harder; no area may be of another color.
    assert (error.max(-1) > 60).mean() < 0.01


def test_without_handles_curves_are_short_straight_pieces(
    scene, camera, clip: VectorClip, tmp_path, monkeypatch
) -> None:
    known = compat.stroke_kinds
    monkeypatch.setattr(
        compat, "stroke_kinds", lambda data: replace(known(data), has_handles=False)
    )
    made = grease_pencil.make_grease_pencil(bpy.context, clip, "Old", scene.collection)
    strokes = made.data.layers["Body"].frames[0].drawing.strokes
    assert all(stroke.curve_type == 1 for stroke in strokes)  # Poly
    error = np.abs(render(scene, tmp_path) - on_white(drawn_figure.paint(clip.shapes, 0, PIXELS)))
    assert (error.max(-1) > 60).mean() < 0.01


def test_a_layer_has_a_drawing_on_every_key_in_real_time(pencil, clip: VectorClip) -> None:
    layers = pencil.data.layers
    assert [layer.name for layer in layers] == ["Body", "Arm"]
    for layer in layers:
        frames = sorted(frame.frame_number for frame in layer.frames)
        assert frames == [1 + 2 * number for number in range(24)]


def test_strokes_are_the_curves_that_were_sent(pencil, clip: VectorClip) -> None:
    hand = clip.shapes[7]
    frame = next(f for f in pencil.data.layers["Arm"].frames if f.frame_number == 1 + 2 * 9)
    attributes = frame.drawing.attributes
    count = (hand.points.shape[1] - 1) // 3
    knots = vectors(attributes["position"])[-count:]
    assert np.allclose(knots, stand(hand.points[9, :-1:3]), atol=1e-5)
    right = vectors(attributes["handle_right"])[-count:]
    assert np.allclose(right, stand(hand.points[9, 1::3]), atol=1e-5)
    left = vectors(attributes["handle_left"])[-count:]
    assert np.allclose(np.roll(left, -1, 0), stand(hand.points[9, 2::3]), atol=1e-5)
    assert all(stroke.cyclic for stroke in frame.drawing.strokes)


def test_shapes_of_one_color_share_a_material(pencil) -> None:
    names = [material.name for material in pencil.data.materials]
    assert names.count("#283c6e") == 1
    legs = pencil.data.layers["Body"].frames[0].drawing.strokes
    assert legs[0].material_index == legs[1].material_index
    hand = pencil.data.materials["#f0be96c8"].grease_pencil
    assert hand.fill_color[3] == pytest.approx(200 / 255)


def test_a_slow_scene_skips_drawings_and_keeps_time(scene, clip: VectorClip) -> None:
    scene.render.fps = 8
    made, _ = importers.place(bpy.context, clip, "Slow", {})
    frames = [frame.frame_number for frame in made.data.layers[0].frames]
    assert sorted(frames) == list(range(1, 17))


def test_bones_lie_on_their_keypoints_on_every_key(scene, armature, clip: VectorClip) -> None:
    names = [bone.name for bone in armature.data.bones]
    assert names == ["neck", "head", "elbow", "wrist", "foot.L", "foot.R"]
    for number in range(24):
        go_to(scene, 1 + 2 * number)
        for name, (first, last) in zip(names, clip.bones, strict=True):
            bone = armature.pose.bones[name]
            assert np.allclose(bone.head, stand(clip.keypoints[number, first]), atol=1e-4)
            assert np.allclose(bone.tail, stand(clip.keypoints[number, last]), atol=1e-4)


def test_the_action_goes_round_and_round(scene, armature, clip: VectorClip) -> None:
    for number, round_ in ((5, 1), (17, 3)):
        go_to(scene, 1 + 2 * number + 48 * round_)
        wrist = armature.pose.bones["wrist"]
        assert np.allclose(wrist.tail, stand(clip.keypoints[number, 4]), atol=1e-4)
    # Between the last frame and the first of the next round it is on its way.
    go_to(scene, 48)
    between = (clip.keypoints[23] + clip.keypoints[0]) / 2
    seen = np.array(armature.pose.bones["neck"].tail)
    assert np.linalg.norm(seen - stand(between[1])) < 0.01


def test_a_clip_that_ends_elsewhere_does_not_go_round(scene, clip: VectorClip) -> None:
    scene.kinora_clip.place_as = "PLANES"
    made, _ = importers.place(bpy.context, replace(clip, is_cyclic=False), "Once", {})
    curves = compat.find_curves(made.animation_data.action)
    assert not any(len(curve.modifiers) for curve in curves)
    go_to(scene, 90)
    wrist = made.pose.bones["wrist"]
    assert np.allclose(wrist.tail, stand(clip.keypoints[23, 4]), atol=1e-4)


def test_planes_go_with_their_bones(scene, armature, clip: VectorClip) -> None:
    number = 7
    go_to(scene, 1 + 2 * number)
    maps = drawn_figure.bone_maps(clip.keypoints[number].astype(np.float64))
    graph = bpy.context.evaluated_depsgraph_get()
    for layer in clip.layers:
        made = bpy.data.objects[layer.name].evaluated_get(graph)
        seen = np.array([vertex.co for vertex in made.data.vertices])
        wanted = [
            drawn_figure.moved(maps[bone], place)
            for place, bone in zip(layer.vertices, layer.bone_indices[:, 0], strict=True)
        ]
        assert np.allclose(seen, stand(np.array(wanted)), atol=1e-4)


def test_planes_lie_over_each_other_and_face_the_viewer(armature, clip: VectorClip) -> None:
    body, arm = (bpy.data.objects[name] for name in ("Body", "Arm"))
    assert arm.matrix_world.translation.y < body.matrix_world.translation.y
    for sheet in (body, arm):
        assert all(polygon.normal.y < -0.999 for polygon in sheet.data.polygons)


def test_planes_show_their_picture_at_rest(scene, camera, clip: VectorClip, tmp_path) -> None:
    scene.kinora_clip.place_as = "PLANES"
    made, _ = importers.place(bpy.context, clip, "Still", {})
    made.data.pose_position = "REST"
    at_rest = drawn_figure.figure(1)
    seen = render(scene, tmp_path)
    error = np.abs(seen - on_white(drawn_figure.paint(at_rest.shapes, 0, PIXELS)))
    assert (error.max(-1) > 60).mean() < 0.02
    assert all(image.packed_file for image in bpy.data.images if image.name != "Render Result")
