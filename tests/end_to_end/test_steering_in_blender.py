# SPDX-License-Identifier: Apache-2.0
"""What an animator sets down in the scene reaches the backend, and only the motion is made anew.

`tests/run_blender_lane.py` gives the zip in KINORA_ARCHIVE and the server in KINORA_COMMAND.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os

import numpy as np
import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy", reason="needs the bpy module")

from kinora.shared import launch, steering  # noqa: E402
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
    """A session that has met nobody yet, and a new scene of 24 frames a second from frame 1."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    session = part("heartbeat").SESSION
    session.disconnect()
    session.__init__(addon.CATALOG.digest)
    return session


@pytest.fixture
def settings(talk):
    return bpy.context.scene.kinora_steering


@pytest.fixture
def character(talk):
    made = bpy.context.scene.kinora
    made.shape_prompt, made.appearance_prompt, made.motion_prompt = "a man", "a coat", "walks"
    bpy.ops.kinora.generate()
    armature = bpy.context.view_layer.objects.active
    armature.location, armature.rotation_euler = (3, 1, 0), (0, 0, math.pi / 2)
    bpy.context.view_layer.update()
    return armature


def read(armature=None) -> steering.Steering:
    matrix = part("steering.frames").frame_of(bpy.context, armature)
    made = part("steering.scene").read_scene(bpy.context, matrix, "walks")
    return steering.from_json(steering.to_json(made))


def curve(*points, closed: bool = False, **data):
    made = bpy.data.curves.new("Way", "CURVE")
    made.dimensions = "3D"
    spline = made.splines.new("POLY")
    spline.points.add(len(points) - 1)
    for point, place in zip(spline.points, points, strict=True):
        point.co = (*place, 0, 1)
    spline.use_cyclic_u = closed
    for name, value in data.items():
        setattr(made, name, value)
    thing = bpy.data.objects.new("Way", made)
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.view_layer.update()
    return thing


def empty(*place, name: str = "Spot"):
    thing = bpy.data.objects.new(name, None)
    thing.location = place
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.view_layer.update()
    return thing


# The path


def test_a_curve_is_the_path_as_the_character_sees_it(settings, character) -> None:
    settings.path = curve((3, 1), (5, 1), (5, 4))
    settings.follows = "loose"
    path = read(character).path
    points = np.array(path.points)
    assert path.follows == "loose" and not path.is_closed
    # The character was turned a quarter to the left: the world's +X is its front, -Y.
    assert np.allclose(points[0], (0, 0), atol=1e-4)
    assert np.allclose(points[-1], (3, -2), atol=1e-4)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    assert steps.sum() == pytest.approx(5, abs=0.02) and np.ptp(steps[steps > 0.04]) < 0.02


def test_without_a_character_it_is_seen_from_the_cursor(settings) -> None:
    bpy.context.scene.cursor.location = (1, 0, 0)
    settings.path = curve((1, 0), (1, -3))
    points = read().path.points
    assert np.allclose(points[0], (0, 0)) and np.allclose(points[-1], (0, -3))


def test_a_thick_or_filled_curve_is_followed_along_its_middle(settings) -> None:
    settings.path = curve((0, 0), (0, -4), bevel_depth=0.3)
    points = np.array(read().path.points)
    assert np.abs(points[:, 0]).max() < 1e-4 and np.ptp(points[:, 1]) == pytest.approx(4)
    settings.path = curve((0, 0), (1, -4), (2, 0), closed=True, dimensions="2D")
    path = read().path
    assert path.is_closed and len(path.points) > 20
    assert {each.name for each in bpy.data.objects} == {"Way", "Way.001"}
    assert len(bpy.data.curves) == 2, "no copy is left behind"


def test_a_curve_that_a_hook_bends_is_followed_as_it_is_bent(settings) -> None:
    way = curve((0, 0), (0, -2), (0, -4))
    hook = way.modifiers.new("Hook", "HOOK")
    hook.object = empty(0, -4, 0)
    hook.vertex_indices_set([2])
    bpy.context.view_layer.update()
    hook.object.location = (2, -4, 0)
    settings.path = way
    assert np.allclose(read().path.points[-1], (2, -4), atol=1e-3)


def test_a_curve_of_two_lines_is_refused_by_name(settings) -> None:
    settings.path = curve((0, 0), (0, -4))
    settings.path.data.splines.new("POLY").points.add(1)
    with pytest.raises(Exception, match='path "Way" has 2 lines'):
        read()


def test_a_character_without_size_sees_nothing(settings, character) -> None:
    settings.path = curve((0, 0), (0, -4))
    character.scale = (0, 0, 0)
    bpy.context.view_layer.update()
    with pytest.raises(Exception, match="scaled to nothing"):
        read(character)


@pytest.mark.parametrize("count", [0, 1])
def test_a_curve_that_goes_nowhere_is_refused(settings, count: int) -> None:
    settings.path = curve((0, 0), (0, 0))
    if not count:
        settings.path.data.splines.clear()
    with pytest.raises(Exception, match=r"0 lines|0 cm"):
        read()


# Places, pins, poses, prompts


def test_empties_are_waypoints_at_their_frames_with_what_they_face(settings, character) -> None:
    empty(3, 1, 0, name="A").select_set(True)
    spot = empty(5, 1, 0, name="B")
    spot.select_set(True)
    spot.rotation_euler = (0, 0, math.pi)
    bpy.context.scene.frame_set(25)
    bpy.ops.kinora.add_steering(kind="waypoints")
    assert [(each.frame, each.place.name) for each in settings.waypoints] == [(25, "A"), (49, "B")]
    settings.waypoints[1].faces = True
    bpy.context.view_layer.update()
    first, second = read(character).waypoints
    assert (first.time, first.facing) == (1.0, None) and np.allclose(first.place, (0, 0), atol=1e-5)
    assert second.time == 2.0 and np.allclose(second.place, (0, -2), atol=1e-5)
    # It faces the world's +Y, which is to the left of a character whose front is +X.
    assert second.facing == pytest.approx(90, abs=1e-3)


def test_without_an_empty_a_waypoint_gets_one_at_the_cursor(settings) -> None:
    bpy.context.scene.cursor.location = (2, 0, 0)
    bpy.ops.kinora.add_steering(kind="waypoints")
    assert settings.is_on and tuple(settings.waypoints[0].place.location) == (2, 0, 0)
    settings.waypoints[0].place = None
    with pytest.raises(Exception, match="Waypoint 1 has no object"):
        read()


def test_a_hand_is_pinned_to_where_a_target_goes(settings) -> None:
    ball = empty(1, 0, 1)
    ball.select_set(True)
    bpy.context.scene.frame_set(1)
    bpy.ops.kinora.add_steering(kind="pins")
    (pin,) = settings.pins
    pin.joint, pin.start, pin.end = "right_wrist", 13, 25
    (still,) = read().pins
    assert (still.joint, still.start, still.end) == ("right_wrist", 0.5, 1.0)
    assert np.allclose(still.places, [(1, 0, 1)])
    for frame, height in ((13, 1.0), (25, 2.0)):
        ball.location.z = height
        ball.keyframe_insert("location", frame=frame)
    bpy.context.scene.frame_set(7)
    places = np.array(read().pins[0].places)
    assert len(places) == 13 and np.allclose(places[[0, -1], 2], (1, 2))
    assert (np.diff(places[:, 2]) > 0).all()
    assert bpy.context.scene.frame_current == 7, "the scene is where it was"


def test_the_pose_that_is_kept_is_that_of_the_character(settings, character) -> None:
    bpy.context.scene.frame_set(9)
    assert bpy.ops.kinora.keep_pose() == {"FINISHED"}
    assert bpy.ops.kinora.keep_pose() == {"FINISHED"}
    (pose,) = read(character).poses
    assert pose.time == pytest.approx(8 / 24)
    poses, rig = part("steering.poses"), part("importers.armature").read_rig(character)
    turns = np.array(list(pose.rotations.values()))
    assert np.abs((turns * poses.read_pose(character, rig)[0]).sum(-1)).min() > 1 - 1e-6
    assert 0.5 < pose.height < 1.5


def test_poses_that_were_keyed_are_kept_all_at_once(settings, character) -> None:
    character.animation_data.action = None
    for frame, angle in ((1, 0.0), (13, 0.8), (25, -0.4)):
        for name in ("upperarm01.L", "upperarm01.R", "lowerarm01.L", "lowerarm01.R", "head"):
            bone = character.pose.bones[name]
            bone.rotation_quaternion = (math.cos(angle / 2), 0, 0, math.sin(angle / 2))
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    character.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=40)
    assert bpy.ops.kinora.keep_keyed_poses() == {"FINISHED"}
    kept = read(character).poses
    assert [pose.time for pose in kept] == pytest.approx([0, 0.5, 1])
    assert len({pose.rotations["left_elbow"] for pose in kept}) == 3


def test_a_motion_with_a_key_on_every_frame_is_not_taken_for_poses(character) -> None:
    action = character.animation_data.action
    curves = part("compat").find_curves(action)
    for each in curves[:40]:
        each.keyframe_points.add(70)
        for number, point in enumerate(each.keyframe_points):
            point.co = (number, 0)
    with pytest.raises(RuntimeError, match="Keep Pose Here"):
        bpy.ops.kinora.keep_keyed_poses()


def test_prompts_come_from_the_list_and_from_markers(settings) -> None:
    bpy.context.scene.timeline_markers.new("Kinora: waves", frame=49)
    bpy.context.scene.timeline_markers.new("cut", frame=30)
    bpy.context.scene.frame_set(25)
    bpy.ops.kinora.add_steering(kind="prompts")
    settings.prompts[0].text = "stops"
    said = [(each.start, each.text) for each in read().prompts]
    assert said == [(0.0, "walks"), (1.0, "stops"), (2.0, "waves")]
    settings.has_markers = False
    assert len(read().prompts) == 2
    settings.prompts[0].text = " "
    with pytest.raises(Exception, match="prompt at frame 25 is empty"):
        read()


@pytest.mark.parametrize(
    ("frame", "words"), [(0, "before the scene's first, 1"), (700, "29.1 s after")]
)
def test_frames_that_no_motion_reaches_are_said_as_frames(settings, frame, words) -> None:
    bpy.ops.kinora.add_steering(kind="waypoints")
    settings.waypoints[0].frame = frame
    with pytest.raises(Exception, match=words):
        read()


def test_entries_can_be_taken_away_and_undone(settings) -> None:
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.kinora.add_steering("EXEC_DEFAULT", True, kind="prompts")
    bpy.ops.kinora.add_steering("EXEC_DEFAULT", True, kind="prompts")
    settings = bpy.context.scene.kinora_steering
    settings.prompts[1].text = "waves"
    bpy.ops.kinora.remove_steering("EXEC_DEFAULT", True, kind="prompts", number=0)
    settings = bpy.context.scene.kinora_steering
    assert [each.text for each in settings.prompts] == ["waves"]
    with pytest.raises(RuntimeError, match="There are 1 prompts"):
        bpy.ops.kinora.remove_steering(kind="prompts", number=4)
    bpy.ops.ed.undo()
    assert len(bpy.context.scene.kinora_steering.prompts) == 2


def test_what_is_set_down_can_be_saved_for_the_command_line(settings, tmp_path) -> None:
    settings.path = curve((0, 0), (0, -3))
    path = tmp_path / "steer.json"
    assert bpy.ops.kinora.save_steering(filepath=str(path)) == {"FINISHED"}
    assert steering.from_json(path.read_bytes()).path is not None


# Jobs


def test_generate_sends_what_the_scene_sets_down(settings, talk) -> None:
    made = bpy.context.scene.kinora
    made.motion_prompt = "walks"
    settings.is_on, settings.path = True, curve((0, 0), (0, -3))
    assert bpy.ops.kinora.generate() == {"FINISHED"}
    armature = bpy.context.view_layer.objects.active
    arrived = steering.from_json(armature["kinora_steering"])
    assert np.allclose(arrived.path.points[-1], (0, -3))
    settings.is_on = False
    made.shape_prompt = "a man"
    assert bpy.ops.kinora.generate() == {"FINISHED"}
    assert bpy.context.view_layer.objects.active["kinora_steering"] == "None"


def test_steering_that_is_on_and_says_nothing_is_told(settings) -> None:
    bpy.context.scene.kinora.motion_prompt = "walks"
    settings.is_on = True
    with pytest.raises(RuntimeError, match="nothing is set down"):
        bpy.ops.kinora.generate()
    settings.path = curve((0, 0), (0, -3))
    bpy.context.scene.kinora.steering = "other.json"
    with pytest.raises(RuntimeError):
        bpy.ops.kinora.generate()


def test_generate_steers_no_body_but_the_one_that_it_makes(settings, character) -> None:
    made = bpy.context.scene.kinora
    made.shape_prompt = made.appearance_prompt = ""
    settings.is_on, settings.path = True, curve((0, 0), (0, -3))
    with pytest.raises(RuntimeError, match="Use Change Motion"):
        bpy.ops.kinora.generate()
    character.select_set(False)
    assert bpy.ops.kinora.generate() == {"FINISHED"}
    assert bpy.context.view_layer.objects.active != character


def test_only_the_motion_is_made_anew(character, talk) -> None:
    job, action = character["kinora_job_id"], character.animation_data.action
    looks = {part.name: part.data.name for part in character.children}
    kept = (tuple(character.location), character["kinora_appearance_prompt"])
    assert bpy.ops.kinora.change_motion(motion="jumps", seed=3) == {"FINISHED"}
    sent = talk.job.values
    assert (sent["works_on"], sent["continue_job"], sent["motion_prompt"]) == (
        "motion",
        job,
        "jumps",
    )
    assert character.animation_data.action != action and action.use_fake_user
    assert {part.name: part.data.name for part in character.children} == looks
    assert (tuple(character.location), character["kinora_appearance_prompt"]) == kept
    assert character["kinora_job_id"] == job, "its looks are gone on with from their own job"
    assert character["kinora_motion_prompt"] == "jumps"
    assert character["kinora_motion_seed"] == 3
    assert bpy.context.view_layer.objects.active == character
    assert sum("kinora_job_id" in each for each in bpy.data.objects) == 1


def test_a_motion_of_nothing_is_refused(character) -> None:
    with pytest.raises(RuntimeError, match="Nothing is said of the motion"):
        bpy.ops.kinora.change_motion(motion=" ")


def test_a_bare_armature_gets_a_new_motion_too(talk) -> None:
    bpy.context.scene.kinora.motion_prompt = "walks"
    bpy.ops.kinora.generate()
    armature = bpy.context.view_layer.objects.active
    job = armature["kinora_job_id"]
    assert not armature.children
    assert bpy.ops.kinora.change_motion(motion="waves") == {"FINISHED"}
    assert bpy.context.view_layer.objects.active == armature
    sent = talk.job.values
    assert (sent["works_on"], sent["continue_job"]) == ("motion", job), "for its own body"
    assert armature["kinora_job_id"] == job


def test_candidates_are_shown_chosen_and_generated_again_from(character, talk) -> None:
    kept = character.kinora_candidates
    assert [stored.name for stored in kept] == ["wave up", "wave", "wave down"]
    picture = part("steering.candidates").picture_of(kept[0])
    assert tuple(picture.image_size) == (256, 256)
    assert np.allclose(picture.image_pixels_float[:4], np.array((200, 120, 40, 255)) / 255)
    assert not bpy.ops.kinora.generate_from_chosen.poll()
    poses, rig = part("steering.poses"), part("importers.armature").read_rig(character)
    action = character.animation_data.action
    assert bpy.ops.kinora.show_pose(number=1) == {"FINISHED"}
    bpy.context.view_layer.update()
    wanted = part("steering.candidates").turns_of(kept[1])
    shown = poses.read_pose(character, rig)[0]
    assert np.abs((shown * wanted).sum(-1))[1:].min() > 1 - 1e-5
    assert character.animation_data.action == action
    kept[1].is_chosen = True
    bpy.context.scene.kinora.seconds = 6
    assert bpy.ops.kinora.generate_from_chosen() == {"FINISHED"}
    assert talk.job.values["seconds"] == 6 and talk.job.values["motion_prompt"] == "walks"
    sent = steering.from_json(talk.job.values["steering"].data.tobytes())
    (pose,) = sent.poses
    assert pose.time is None
    assert np.allclose(list(pose.rotations.values()), wanted, atol=1e-5)


def test_a_picture_that_cannot_be_read_is_blank(character) -> None:
    character.kinora_candidates[0].picture = "bm8gcG5n"
    part("steering.candidates").picture_of(character.kinora_candidates[0])


def test_one_undo_takes_a_shown_pose_back(character) -> None:
    name = character.name
    bpy.ops.ed.undo_push(message="Before")
    before = [tuple(bone.rotation_quaternion) for bone in character.pose.bones]
    bpy.ops.kinora.show_pose("EXEC_DEFAULT", True, number=2)
    shown = [tuple(bone.rotation_quaternion) for bone in bpy.data.objects[name].pose.bones]
    assert not np.allclose(before, shown)
    bpy.ops.ed.undo()
    after = [tuple(bone.rotation_quaternion) for bone in bpy.data.objects[name].pose.bones]
    assert np.allclose(before, after)


def test_candidates_and_what_is_set_down_are_saved_with_the_file(character, tmp_path) -> None:
    scene = bpy.context.scene
    scene.kinora_steering.path = curve((0, 0), (0, -3))
    bpy.ops.kinora.keep_pose()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    name = character.name
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    again = bpy.context.scene.kinora_steering
    assert again.path.name == "Way" and len(json.loads(again.poses[0].turns)) == 22
    assert len(bpy.data.objects[name].kinora_candidates) == 3


def test_buttons_without_what_they_need_say_so(talk) -> None:
    for name in ("show_pose", "keep_pose", "keep_keyed_poses", "change_motion"):
        assert not getattr(bpy.ops.kinora, name).poll(), name
    assert not bpy.ops.kinora.generate_from_chosen.poll()
    assert bpy.ops.kinora.add_steering.poll()


def test_every_property_and_button_says_what_it_does(addon) -> None:
    settings, names = part("steering.settings"), ("name", "rna_type")
    for group in (*settings.CLASSES, *part("steering.candidates").CLASSES):
        for prop in group.bl_rna.properties:
            if prop.identifier not in (*names, *settings.LISTS):
                assert prop.description, f"{group.__name__}.{prop.identifier}"
    makes_jobs = [each.bl_idname for each in part("steering.generating").CLASSES]
    for operator in part("steering.operators").CLASSES:
        assert operator.bl_description and operator.bl_idname not in makes_jobs
        assert "UNDO" in operator.bl_options or operator.bl_idname == "kinora.save_steering"
