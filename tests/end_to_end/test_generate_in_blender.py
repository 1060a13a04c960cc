# SPDX-License-Identifier: Apache-2.0
"""From prompts to a character in the scene: the zip installed in Blender, a real server behind it.

`tests/run_blender_lane.py` gives the zip in KINORA_ARCHIVE and the server in KINORA_COMMAND.
"""

from __future__ import annotations

import importlib
import os
import signal
import threading

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

from kinora.shared import launch  # noqa: E402
from kinora.shared.messages import Shutdown  # noqa: E402

ADDON = "bl_ext.user_default.kinora"


@pytest.fixture(scope="module", autouse=True)
def addon():
    """The extension as a user installs it; its server is stopped in the end."""
    archive = os.environ.get("KINORA_ARCHIVE")
    if not archive:
        pytest.skip("tests/run_blender_lane.py names the zip in KINORA_ARCHIVE")
    bpy.ops.extensions.package_install_files(
        filepath=archive, repo="user_default", enable_on_install=True
    )
    yield part("operators")
    session().disconnect()
    if (client := launch.find("tests")) is not None:
        with client:
            client.call(Shutdown())


def part(name: str):
    return importlib.import_module(f"{ADDON}.blender_addon.{name}")


def session():
    return part("heartbeat").SESSION


@pytest.fixture
def settings(addon):
    """A new scene, a session that has met nobody yet, preferences as installed."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    talk = session()
    talk.disconnect()
    talk.__init__(addon.CATALOG.digest)
    preferences = bpy.context.preferences.addons[ADDON].preferences
    preferences.place, preferences.command = "LOCAL", ""
    made = bpy.context.scene.kinora
    made.shape_prompt, made.motion_prompt = "a tall man", "waves"
    return made


def characters() -> list[str]:
    return [each.name for each in bpy.data.objects if "kinora_job_id" in each]


def refused(operator, **options) -> str:
    with pytest.raises(RuntimeError) as caught:
        operator(**options)
    assert "Traceback" not in str(caught.value)
    assert not characters()
    return str(caught.value)


def test_three_prompts_become_a_character(settings) -> None:
    settings.appearance_prompt, settings.seed = "a jacket", 7
    assert bpy.ops.kinora.generate() == {"FINISHED"}
    armature = bpy.context.view_layer.objects.active
    assert armature.type == "ARMATURE"
    assert armature.animation_data.action is not None
    assert armature["kinora_shape_prompt"] == "a tall man"
    assert armature["kinora_appearance_prompt"] == "a jacket"
    assert (armature["kinora_seed"], armature["kinora_body"]) == (7, "tubes")
    assert len(armature["kinora_job_id"]) > 8
    for part in armature.children:
        assert part.data.uv_layers and part.vertex_groups and part.data.materials
        weights = [sum(each.weight for each in vertex.groups) for vertex in part.data.vertices]
        assert np.allclose(weights, 1, atol=1e-4)


def test_a_motion_alone_goes_onto_the_selected_character(settings) -> None:
    bpy.ops.kinora.generate()
    armature = bpy.context.view_layer.objects.active
    before = armature.animation_data.action
    settings.shape_prompt = ""
    assert bpy.ops.kinora.generate() == {"FINISHED"}
    assert bpy.context.view_layer.objects.active == armature
    assert armature.animation_data.action != before


def test_one_undo_takes_it_away_and_redo_brings_it_back(settings) -> None:
    bpy.ops.object.empty_add()
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.kinora.generate("EXEC_DEFAULT", True)
    assert len(characters()) == 1
    bpy.ops.ed.undo()
    assert not characters()
    assert [each.type for each in bpy.data.objects] == ["EMPTY"]
    bpy.ops.ed.redo()
    assert len(characters()) == 1
    assert len(bpy.data.objects[characters()[0]].children) == 2


def test_a_saved_file_holds_all_of_it(settings, tmp_path) -> None:
    bpy.ops.kinora.generate()
    name = characters()[0]
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    armature = bpy.data.objects[name]
    assert armature.animation_data.action is not None
    assert bpy.context.scene.kinora.shape_prompt == "a tall man"
    assert all(image.packed_file for image in bpy.data.images if image.source == "FILE")
    assert bpy.data.objects["Body"].modifiers["Armature"].object == armature


def test_the_history_brings_a_result_back_into_another_file(settings) -> None:
    settings.shape_prompt = "someone to find again"
    bpy.ops.kinora.generate()
    job = bpy.data.objects[characters()[0]]["kinora_job_id"]
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert bpy.ops.kinora.place_again(job_id=job) == {"FINISHED"}
    placed = bpy.data.objects[characters()[0]]
    assert placed["kinora_shape_prompt"] == "someone to find again"
    assert placed["kinora_job_id"] == job
    assert bpy.context.scene.kinora.shape_prompt == ""
    assert bpy.ops.kinora.reuse_prompts(job_id=job) == {"FINISHED"}
    assert bpy.context.scene.kinora.shape_prompt == "someone to find again"


def test_a_job_that_fails_says_why_and_the_next_one_works(settings) -> None:
    settings.motion_prompt = "fail"
    words = refused(bpy.ops.kinora.generate)
    assert "trial.safetensors is missing" in words
    assert "kinora models list" in words
    settings.motion_prompt = "waves"
    assert bpy.ops.kinora.generate() == {"FINISHED"}


def test_cancel_ends_the_waiting_script(settings) -> None:
    settings.motion_prompt = "wait until cancelled"
    talk = session()

    def cancel_when_running() -> None:
        while talk.job.stage.name != "RUNNING":
            pause.wait(0.01)
        talk.cancel()

    pause = threading.Event()
    # Only the flag is set from here; the script's own loop sends it.
    helper = threading.Thread(target=cancel_when_running)
    helper.start()
    assert bpy.ops.kinora.generate() == {"CANCELLED"}
    helper.join()
    assert talk.job.stage.name == "CANCELLED"
    assert not characters()


def test_a_server_that_is_killed_is_started_again_and_the_job_finished(settings) -> None:
    settings.motion_prompt = "slowly waves"
    talk = session()

    def kill_when_running() -> None:
        while talk.job.stage.name != "RUNNING":
            pause.wait(0.01)
        os.kill(launch.read_server().pid, signal.SIGKILL)

    pause = threading.Event()
    helper = threading.Thread(target=kill_when_running)
    helper.start()
    assert bpy.ops.kinora.generate() == {"FINISHED"}
    helper.join()
    assert len(characters()) == 1


@pytest.mark.parametrize("prompt", ["", "😀 робот en rêve", "x" * 1999])
def test_odd_prompts_are_sent_as_they_are(settings, prompt: str) -> None:
    settings.shape_prompt = prompt
    settings.appearance_prompt = "a coat"
    assert bpy.ops.kinora.generate() == {"FINISHED"}
    assert bpy.context.view_layer.objects.active["kinora_shape_prompt"] == prompt


def test_a_prompt_that_is_too_long_is_refused_at_its_field(settings) -> None:
    settings.appearance_prompt = "x" * 10_000
    assert "10,000 characters; at most 2,000" in refused(bpy.ops.kinora.generate)
    assert session().error.field == "appearance_prompt"


def test_prompts_that_are_all_empty_are_refused(settings) -> None:
    settings.shape_prompt, settings.motion_prompt = " ", ""
    assert "All prompts are empty" in refused(bpy.ops.kinora.generate)


def test_a_seed_out_of_range_is_refused_at_its_field(settings) -> None:
    settings.seed = -1
    assert "from 0 to 2147483647" in refused(bpy.ops.kinora.generate)
    assert session().error.field == "seed"
    settings.shape_prompt = "another"
    assert session().error is not None
    settings.seed = 1
    assert session().error is None, "an edited field must not stay red"


def test_a_scene_in_edit_mode_keeps_the_result_until_it_is_left(settings) -> None:
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.object.mode_set(mode="EDIT")
    assert bpy.ops.kinora.generate() == {"CANCELLED"}
    assert session().job.stage.name == "READY"
    assert not bpy.ops.kinora.place.poll()
    bpy.ops.object.mode_set(mode="OBJECT")
    assert bpy.ops.kinora.place() == {"FINISHED"}
    assert len(characters()) == 1
    assert "Cube" in bpy.data.objects


def test_without_a_backend_the_next_step_is_said(settings, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("KINORA_DATA", str(tmp_path))
    bpy.context.preferences.addons[ADDON].preferences.command = "no-such-program"
    words = refused(bpy.ops.kinora.generate)
    assert "There is no program no-such-program" in words
    assert "preferences" in words


def test_a_backend_that_ends_at_once_is_said(settings, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("KINORA_DATA", str(tmp_path))
    command = bpy.app.binary_path_python if hasattr(bpy.app, "binary_path_python") else "python3"
    bpy.context.preferences.addons[ADDON].preferences.command = command
    assert "ended as soon as it was started" in refused(bpy.ops.kinora.generate)


def test_a_wrong_server_key_is_said(settings) -> None:
    bpy.ops.kinora.connect()
    preferences = bpy.context.preferences.addons[ADDON].preferences
    preferences.place, preferences.address = "REMOTE", launch.read_server().address
    preferences.server_key = "not a key"
    session().disconnect()
    assert "is not a public key" in refused(bpy.ops.kinora.generate)
    preferences.server_key = "x" * 39 + "y"
    words = refused(bpy.ops.kinora.generate)
    assert "key" in words
    preferences.server_key = launch.read_server().public_key
    assert bpy.ops.kinora.generate() == {"FINISHED"}


def test_another_computer_needs_the_permission_to_go_online(settings) -> None:
    preferences = bpy.context.preferences.addons[ADDON].preferences
    preferences.place, preferences.address = "REMOTE", "render.example.org"
    assert "Allow Online Access" in refused(bpy.ops.kinora.generate)


def test_a_server_of_another_release_is_said(settings) -> None:
    bpy.ops.kinora.connect()
    talk = session()
    talk.disconnect()
    talk.connection.catalog_digest = "0123456789abcdef"
    preferences = bpy.context.preferences.addons[ADDON].preferences
    preferences.place, preferences.address = "REMOTE", launch.read_server().address
    preferences.server_key = launch.read_server().public_key
    words = refused(bpy.ops.kinora.generate)
    assert "offers other options" in words
    assert "same build" in words
    assert talk.error.code == "version_mismatch"


def test_copied_details_hold_no_prompt(settings) -> None:
    settings.shape_prompt, settings.seed = "a secret", -1
    refused(bpy.ops.kinora.generate)
    details = part("side_operators").describe_error()
    assert "bad_option" in details
    assert "secret" not in details


def test_the_command_writes_a_file(settings, tmp_path) -> None:
    command = part("command")
    output = tmp_path / "scene.blend"
    words = ["generate", "--shape", "a tall man", "--motion", "waves", "--output", str(output)]
    assert command.run(words) == command.DONE
    assert command.run(words) == command.USAGE, "a file that is there must not be lost"
    assert command.run([*words, "--force", "--seed", "-4"]) == command.FAILED
    assert command.run([*words, "--force", "--in-place", "--seconds", "2.5"]) == command.DONE
    assert bpy.data.objects[characters()[0]]["kinora_in_place"] == 1
    assert session().job.values["seconds"] == 2.5
    assert command.run([*words, "--force", "--in-place", "yes"]) == command.USAGE
    bpy.ops.wm.open_mainfile(filepath=str(output))
    assert len(characters()) == 1


def test_every_operator_and_property_says_what_it_does(addon) -> None:
    for operator in (*addon.CLASSES, *part("side_operators").CLASSES):
        kind = getattr(bpy.ops.kinora, operator.bl_idname.partition(".")[2]).get_rna_type()
        assert kind.description and not kind.description.endswith(".")
        for prop in kind.properties:
            assert prop.identifier == "rna_type" or prop.description
    for prop in bpy.types.Scene.bl_rna.properties["kinora"].fixed_type.properties:
        assert prop.identifier in ("rna_type", "name") or prop.description


def test_the_extension_can_be_switched_off_and_on() -> None:
    bpy.ops.preferences.addon_disable(module=ADDON)
    assert not hasattr(bpy.types.Scene, "kinora")
    bpy.ops.preferences.addon_enable(module=ADDON)
    assert hasattr(bpy.types.Scene, "kinora")
