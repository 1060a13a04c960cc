# SPDX-License-Identifier: Apache-2.0
"""Stopping early and going on with a character, in Blender with the zip and a real server.

`tests/run_blender_lane.py` gives the zip in KINORA_ARCHIVE and the server in KINORA_COMMAND.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import threading

import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

from kinora.shared import launch  # noqa: E402
from kinora.shared.errors import UnreachableError  # noqa: E402
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
    part("heartbeat").SESSION.disconnect()
    if (client := launch.find("tests")) is not None:
        with client, contextlib.suppress(UnreachableError):  # It may be gone before it answers.
            client.call(Shutdown())


def part(name: str):
    return importlib.import_module(f"{ADDON}.blender_addon.{name}")


@pytest.fixture
def talk(addon):
    """A session that has met nobody yet, and a new scene."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    session = part("heartbeat").SESSION
    session.disconnect()
    session.__init__(addon.CATALOG.digest)
    return session


@pytest.fixture
def character(talk):
    """A character in a red coat, active, away from where new ones are placed."""
    settings = bpy.context.scene.kinora
    settings.shape_prompt, settings.appearance_prompt, settings.seed = "a man", "a red coat", 5
    settings.encoder = "clip-vit-b16"
    bpy.ops.kinora.generate()
    armature = bpy.context.view_layer.objects.active
    armature.location = (3, 0, 0)
    return armature


def characters() -> list[str]:
    return [each.name for each in bpy.data.objects if "kinora_job_id" in each]


def test_a_character_is_gone_on_with_where_it_stands(character, talk) -> None:
    name, job = character.name, character["kinora_job_id"]
    old_parts = {each.name for each in character.children}
    assert bpy.ops.kinora.continue_character(change="more armour", part="head") == {"FINISHED"}
    sent = talk.job.values
    assert (sent["continue_job"], sent["appearance_prompt"]) == (job, "more armour")
    assert (sent["part"], sent["works_on"], sent["encoder"]) == ("head", "all", "clip-vit-b16")
    assert characters() == [name]
    assert tuple(character.location) == (3, 0, 0)
    assert {each.name for each in character.children} == old_parts
    assert character["kinora_job_id"] != job


def test_what_is_written_on_it_is_what_it_wears_now_so_that_it_can_go_on_again(character) -> None:
    first = character["kinora_job_id"]
    bpy.ops.kinora.continue_character(change="a hat")
    assert character["kinora_appearance_prompt"] == "what it wore. a hat"
    assert character["kinora_continue_job"] == first
    assert character["kinora_seed"] == "5", "as the backend says, not as the dialog's default"
    second = character["kinora_job_id"]
    bpy.ops.kinora.continue_character(works_on="texture")
    assert character["kinora_continue_job"] == second


def test_a_job_that_its_backend_has_forgotten_is_said(character) -> None:
    character["kinora_job_id"] = "00000000"
    with pytest.raises(RuntimeError, match="to go on from is unknown"):
        bpy.ops.kinora.continue_character(change="a hat")
    assert len(characters()) == 1


def test_for_its_motion_another_button_is_named(character) -> None:
    with pytest.raises(RuntimeError, match="Use Change Motion"):
        bpy.ops.kinora.continue_character(works_on="motion", change="jumps")


def test_without_a_character_there_is_nothing_to_go_on_with(talk) -> None:
    assert not bpy.ops.kinora.continue_character.poll()
    bpy.ops.object.empty_add()
    assert not bpy.ops.kinora.continue_character.poll()


def test_stop_and_keep_places_the_best_so_far(talk) -> None:
    settings = bpy.context.scene.kinora
    settings.shape_prompt, settings.motion_prompt = "a man", "improve"
    assert not bpy.ops.kinora.keep.poll()
    pause = threading.Event()

    def keep_when_running() -> None:
        while talk.job.stage.name != "RUNNING":
            pause.wait(0.01)
        talk.keep()

    # Only a message is queued from here; the script's own loop sends it.
    helper = threading.Thread(target=keep_when_running)
    helper.start()
    assert bpy.ops.kinora.generate() == {"FINISHED"}
    helper.join()
    assert len(characters()) == 1


def test_what_was_shown_on_the_way_is_nowhere_in_the_file(talk) -> None:
    seen = []
    take = talk._take

    def watch(message, request) -> None:
        take(message, request)
        seen.append(talk.shown)

    talk._take = watch
    bpy.context.scene.kinora.shape_prompt = "a man"
    bpy.ops.kinora.generate()
    assert any(each.mesh is not None for each in seen)
    assert any(each.picture is not None for each in seen)
    assert {each.name for each in bpy.data.objects} == {
        characters()[0],
        *(each.name for each in bpy.data.objects[characters()[0]].children),
    }
    assert not [image.name for image in bpy.data.images if "progress" in image.name]
    assert len(bpy.data.meshes) == len(bpy.data.objects[characters()[0]].children)


def test_in_the_background_nothing_is_drawn(talk) -> None:
    viewport, job = part("viewport"), part("job")
    mesh = part("importers").mesh  # Any value will do: nobody may look at it.
    viewport.show(job.Shown(mesh=mesh), "Scene")
    assert not viewport._handlers


def test_the_options_are_grouped_and_those_of_every_day_stand_first(talk) -> None:
    panels = part("panels")
    entry = part("operators").CATALOG.system("avatar")
    everyday = [field.name for field in entry.fields if not field.group]
    assert everyday[:4] == ["shape_prompt", "appearance_prompt", "motion_prompt", "preset"]
    assert len(everyday) <= 6
    shown = (panels.AppearancePanel, part("steering.panels").MotionPanel)
    assert {field.group for field in entry.fields if field.group} == {each.group for each in shown}
    assert all(each.poll(bpy.context) for each in shown)
