# SPDX-License-Identifier: Apache-2.0
"""The real backend behind the installed zip: what three prompts leave in Blender's scene.

`tests/run_blender_lane.py` gives the zip in KINORA_ARCHIVE and `kinora` in KINORA_AVATAR_COMMAND.
"""

from __future__ import annotations

import importlib
import io
import os

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

from kinora.shared import launch  # noqa: E402
from kinora.shared.messages import Shutdown  # noqa: E402
from kinora.shared.skeleton import BONE_OF_JOINT, JOINTS  # noqa: E402

ADDON = "bl_ext.user_default.kinora"
TOLERANCE_M = 0.001


@pytest.fixture(scope="module")
def armature(tmp_path_factory):
    """A dressed woman who walks, made by the avatar system in another process."""
    archive = os.environ.get("KINORA_ARCHIVE")
    if not archive:
        pytest.skip("tests/run_blender_lane.py names the zip in KINORA_ARCHIVE")
    bpy.ops.extensions.package_install_files(
        filepath=archive, repo="user_default", enable_on_install=True
    )
    session = importlib.import_module(f"{ADDON}.blender_addon.heartbeat").SESSION
    with pytest.MonkeyPatch.context() as patch:
        session.disconnect()
        patch.setenv("KINORA_COMMAND", os.environ["KINORA_AVATAR_COMMAND"])
        patch.setenv("KINORA_DATA", str(tmp_path_factory.mktemp("avatar")))
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        bpy.context.scene.render.fps = 24
        bpy.context.scene.cursor.location = (1, 2, 3)
        settings = bpy.context.scene.kinora
        settings.shape_prompt = "a tall woman"
        settings.appearance_prompt = "a red T-shirt, a blue skirt and black boots"
        settings.motion_prompt = "walks"
        assert bpy.ops.kinora.generate() == {"FINISHED"}
        yield bpy.context.view_layer.objects.active
        session.disconnect()
        if (client := launch.find("tests")) is not None:
            with client:
                client.call(Shutdown())


@pytest.fixture(scope="module")
def motion(armature):
    """What the same job left as `motion.npz`."""
    with launch.find("tests") as client:
        files = {each.name: each.data for each in client.fetch_files(armature["kinora_job_id"])}
    assert {"avatar.glb", "motion.bvh", "preview.mp4", "result.json"} <= set(files)
    return np.load(io.BytesIO(files["motion.npz"].tobytes()), allow_pickle=False)


def part(armature, name: str):
    return next(each for each in armature.children if name in each.name.lower())


def test_the_clothes_that_were_asked_for_are_there(armature) -> None:
    names = " ".join(each.name.lower() for each in armature.children)
    assert all(word in names for word in ("body", "eyes", "hair", "t-shirt", "skirt", "boots"))


def test_every_part_is_skinned_painted_and_mapped(armature) -> None:
    for each in armature.children:
        vertices = each.data.vertices
        bones = {group.index for group in each.vertex_groups if group.name != "Pin"}
        weights = [
            sum(group.weight for group in vertex.groups if group.group in bones)
            for vertex in vertices
        ]
        assert np.allclose(weights, 1, atol=1e-3), each.name
        assert each.modifiers["Armature"].object == armature
        uvs = np.empty(2 * len(each.data.loops), np.float32)
        each.data.uv_layers.active.data.foreach_get("uv", uvs)
        assert uvs.min() >= 0 and uvs.max() <= 1 and np.ptp(uvs) > 0.01
        shader = each.data.materials[0].node_tree.nodes["Principled BSDF"]
        assert shader.inputs["Base Color"].is_linked and shader.inputs["Normal"].is_linked


def test_the_shirt_is_red_and_the_skirt_blue(armature) -> None:
    red, blue = (mean_color(part(armature, name)) for name in ("t-shirt", "skirt"))
    assert red.argmax() == 0 and blue.argmax() == 2


def mean_color(thing) -> np.ndarray:
    """(3,) of the picture under the part's UVs."""
    nodes = thing.data.materials[0].node_tree.nodes
    image = next(node.image for node in nodes if node.label == "Base Color")
    width, height = image.size
    pixels = np.empty(4 * width * height, np.float32)
    image.pixels.foreach_get(pixels)
    uvs = np.empty(2 * len(thing.data.loops), np.float32)
    thing.data.uv_layers.active.data.foreach_get("uv", uvs)
    columns, rows = (uvs.reshape(-1, 2) * (width - 1, height - 1)).round().astype(int).T
    return pixels.reshape(height, width, 4)[rows, columns, :3].mean(0)


def test_bones_follow_the_joints_on_every_frame(armature, motion) -> None:
    scene = bpy.context.scene
    worst = 0.0
    for number, joints in enumerate(motion["joints"]):
        frame = scene.frame_start + number * scene.render.fps / float(motion["fps"])
        scene.frame_set(int(frame), subframe=frame % 1)
        heads = [
            armature.matrix_world @ armature.pose.bones[BONE_OF_JOINT[joint]].head
            for joint in JOINTS
        ]
        worst = max(worst, np.abs(np.array(heads) - (1, 2, 3) - joints).max())
    assert worst < TOLERANCE_M


def test_feet_stay_on_the_floor(armature, motion) -> None:
    body = part(armature, "boots")
    lowest = []
    for frame in range(bpy.context.scene.frame_start, bpy.context.scene.frame_start + 40, 4):
        bpy.context.scene.frame_set(frame)
        posed = body.evaluated_get(bpy.context.evaluated_depsgraph_get())
        places = np.empty(3 * len(posed.data.vertices), np.float32)
        posed.data.vertices.foreach_get("co", places)
        lowest.append(places.reshape(-1, 3)[:, 2].min())
    assert min(lowest) > -0.02 and max(lowest) < 0.05


def test_the_range_holds_the_motion(armature, motion) -> None:
    scene = bpy.context.scene
    seconds = (len(motion["joints"]) - 1) / float(motion["fps"])
    assert scene.frame_end >= scene.frame_start + int(seconds * scene.render.fps)


def test_cloth_can_be_simulated_on_what_hangs(armature) -> None:
    bpy.context.view_layer.objects.active = armature
    assert bpy.ops.kinora.simulate_cloth() == {"FINISHED"}
    skirt = part(armature, "skirt")
    assert skirt.modifiers["Cloth"].settings.vertex_group_mass == "Pin"
    scene = bpy.context.scene
    for frame in range(scene.frame_start, scene.frame_start + 6):
        scene.frame_set(frame)
    fallen = skirt.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices
    places = np.empty(3 * len(fallen), np.float32)
    fallen.foreach_get("co", places)
    # Nothing flies off: all of it stays within an arm's length of the body.
    assert np.isfinite(places).all() and np.abs(places.reshape(-1, 3)[:, :2]).max() < 1.0


def test_other_clothes_come_onto_the_same_armature(armature) -> None:
    bpy.context.view_layer.objects.active = armature
    armature.name, action = "Hero", armature.animation_data.action
    assert bpy.ops.kinora.change_clothes(wear="a green hoodie instead of the T-shirt") == {
        "FINISHED"
    }
    names = " ".join(each.name.lower() for each in armature.children)
    assert "hoodie" in names and "skirt" in names and "t-shirt" not in names
    assert armature.name == "Hero" and armature.animation_data.action == action
    assert mean_color(part(armature, "hoodie")).argmax() == 1


def test_saved_and_opened_again_it_is_the_same(armature, tmp_path) -> None:
    name, count = armature.name, len(armature.children)
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    again = bpy.data.objects[name]
    assert len(again.children) == count
    assert again["kinora_motion_prompt"] == "walks"
    assert again.animation_data.action is not None
