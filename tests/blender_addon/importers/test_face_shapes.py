# SPDX-License-Identifier: Apache-2.0
"""What a face can do is there as shape keys, all parts together, and survives new clothes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

from tube_systems.tube_man import tube_man  # noqa: E402

from kinora.blender_addon import importers  # noqa: E402
from kinora.shared.results import Character, FaceCurve, Shape  # noqa: E402

SMILE = Shape("mouthSmileLeft", np.int32([1, 4]), np.float32([[0, 0.01, 0], [0.02, 0, -0.01]]))
BLINK = Shape("eyeBlinkLeft", np.int32([7]), np.float32([[0, 0, -0.03]]))


def faced(*names: str) -> Character:
    """A tube man whose body smiles and blinks, and whose other parts only smile."""
    man = tube_man(vertices=900, frames=8)
    body = replace(man.meshes[0], shapes=(BLINK, SMILE))
    others = [replace(man.meshes[0], name=name, shapes=(SMILE,)) for name in names]
    return replace(man, meshes=(body, *others))


@pytest.fixture
def scene():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return bpy.context.scene


def placed(character: Character, onto=None):
    return importers.place(bpy.context, character, character.name, {}, onto)[0]


def keys(name: str):
    return bpy.data.objects[name].data.shape_keys.key_blocks


def places(collection) -> np.ndarray:
    values = np.empty(3 * len(collection), np.float32)
    collection.foreach_get("co", values)
    return values.reshape(-1, 3)


def test_each_shape_is_a_key_relative_to_the_mesh(scene) -> None:
    character = faced("Beard")
    placed(character)
    found = keys("Body")
    assert found.keys() == ["Basis", "eyeBlinkLeft", "mouthSmileLeft"]
    assert np.array_equal(places(found["Basis"].data), character.meshes[0].vertices)
    for shape in (SMILE, BLINK):
        key = found[shape.name]
        assert (key.value, key.slider_min, key.slider_max) == (0, 0, 1)
        assert key.relative_key == found["Basis"]
        offsets = places(key.data) - character.meshes[0].vertices
        assert np.allclose(offsets[shape.vertices], shape.offsets, atol=1e-6)
        assert not np.delete(offsets, shape.vertices, axis=0).any()


def test_parts_without_shapes_have_no_keys(scene) -> None:
    placed(tube_man(vertices=900, frames=4))
    assert bpy.data.objects["Body"].data.shape_keys is None


def test_one_slider_moves_all_parts(scene) -> None:
    placed(faced("Beard", "Lashes"))
    keys("Body")["mouthSmileLeft"].value = 0.5
    graph = bpy.context.evaluated_depsgraph_get()
    graph.update()
    for name in ("Beard", "Lashes"):
        shown = bpy.data.objects[name].evaluated_get(graph).data.shape_keys
        value = shown.key_blocks["mouthSmileLeft"].value if shown else None
        original = keys(name)["mouthSmileLeft"].value
        assert pytest.approx(0.5) in (value, original)


def test_new_clothes_keep_what_the_face_does(scene) -> None:
    armature = placed(faced("Beard"))
    keys("Body")["eyeBlinkLeft"].value = 0.7
    smile = keys("Body")["mouthSmileLeft"]
    for frame, value in ((1, 0.0), (5, 1.0)):
        smile.value = value
        smile.keyframe_insert("value", frame=frame)
    placed(faced("Beard"), onto=armature)
    assert keys("Body")["eyeBlinkLeft"].value == pytest.approx(0.7)
    scene.frame_set(1)
    assert keys("Body")["mouthSmileLeft"].value == pytest.approx(0)
    scene.frame_set(5)
    assert keys("Body")["mouthSmileLeft"].value == pytest.approx(1)
    driver = bpy.data.objects["Beard"].data.shape_keys.animation_data.drivers[0].driver
    assert driver.variables[0].targets[0].id == bpy.data.objects["Body"].data.shape_keys


def test_what_the_face_does_is_keyed_on_the_part_that_leads(scene) -> None:
    man = faced("hat")
    smiles = np.linspace(0, 1, len(man.motion.local_rotations), dtype=np.float32)
    face = (FaceCurve("mouthSmileLeft", smiles), FaceCurve("tongueOut", smiles))
    armature = placed(replace(man, motion=replace(man.motion, face=face)))
    assert armature.animation_data.action is not None
    last = scene.frame_start + (len(smiles) - 1) / man.motion.fps * scene.render.fps
    for share in (0.0, 0.5, 1.0):
        frame = scene.frame_start + share * (last - scene.frame_start)
        scene.frame_set(int(frame), subframe=frame % 1)
        for part in (man.meshes[0].name, "hat"):
            assert keys(part)["mouthSmileLeft"].value == pytest.approx(share, abs=1e-4)
    assert keys(man.meshes[0].name)["eyeBlinkLeft"].value == 0
    assert bpy.data.objects["hat"].data.shape_keys.animation_data.action is None
