# SPDX-License-Identifier: Apache-2.0
"""The previews show the character: where it is, in its colours, lit from the front, at its pace."""

from __future__ import annotations

import dataclasses
import io
import math

import av
import numpy as np
import pytest
import torch
from PIL import Image
from scipy.spatial import ConvexHull

from kinora.backend.avatar import preview
from kinora.backend.avatar.actor import COLOR, METALLIC, ROUGHNESS, load_actor
from kinora.backend.avatar.camera import Shot
from kinora.backend.avatar.lights import Recipe, set_lights
from kinora.backend.avatar.preview import Look, paced, preview_sheet, preview_video
from kinora.backend.avatar.shading import tone
from kinora.backend.avatar.studio import draw, fit_textures
from kinora.backend.kit.motion.rounds import repeated
from kinora.shared import posing
from kinora.shared.results import FaceCurve, Shape
from kinora.shared.rotations import from_axis_angle
from kinora.shared.skeleton import INDEX

TINY = Look(72, 96, 6, 30, (60, 96))


def quiet(fraction: float) -> None:
    assert 0 <= fraction < 1


def test_an_actor_is_skinned_like_posing_does_it(box_character):
    actor = load_actor(box_character)
    expected = [
        posing.skin(box_character.rig, box_character.motion, *bound(mesh), 7)
        for mesh in box_character.meshes
    ]
    places, normals = actor.posed(7)
    assert np.abs(places.numpy() - np.concatenate(expected)).max() < 1e-5
    assert torch.allclose(normals.norm(dim=1), torch.ones(len(normals)), atol=1e-5)


def bound(mesh):
    return mesh.vertices, mesh.bone_indices, mesh.weights


def test_textures_are_read_as_linear_light(box_character):
    cloth, skin = load_actor(box_character).textures
    assert cloth[0, COLOR, 3, 3].tolist() == pytest.approx(
        [((n / 255 + 0.055) / 1.055) ** 2.4 for n in (180, 40, 40)], abs=1e-4
    )
    assert cloth[0, ROUGHNESS, 0, 0] == pytest.approx(200 / 255, abs=0.01)
    assert cloth[0, METALLIC, 0, 0] == pytest.approx(10 / 255, abs=0.01)
    assert skin[0, ROUGHNESS, 0, 0] == pytest.approx(0.55)


def test_textures_shrink_to_the_size_at_which_they_are_seen(box_character):
    actor = load_actor(box_character)
    density = actor.texels_per_metre()[0]
    assert fit_textures(actor, density)[0].shape == actor.textures[0].shape
    large = dataclasses.replace(
        actor, textures=tuple(torch.ones(1, 8, 256, 256) for _ in actor.textures)
    )
    assert fit_textures(large, density * 2)[0].shape[2] == 32


def front_view(character, frame=0, size=(90, 120)):
    actor = load_actor(character)
    places = actor.posed(frame)[0].numpy()
    shot = preview._whole_body(places, 0.0, size)
    camera = shot.camera(*size)
    picture = draw(actor, frame, camera, actor.textures, Recipe()).numpy()
    return picture.astype(int), camera, places


def test_parts_are_seen_in_their_colours_where_they_are(box_character):
    picture, camera, _ = front_view(box_character)
    rig, motion = box_character.rig, box_character.motion
    heads = posing.bone_heads(
        rig, posing.bone_rotations(rig, motion.local_rotations[:1]), motion.root_translation[:1]
    )[0]
    knee, hip = heads[INDEX["left_knee"]], heads[INDEX["left_hip"]]
    x, y, _ = camera.project(torch.from_numpy((knee + hip)[None] / 2).float())[0].tolist()
    red, green, blue = picture[int(y), int(x)]
    assert red > 2 * green and red > 2 * blue
    corner = picture[3, 3]
    assert np.ptp(corner) < 30 and corner.min() > 100


def test_the_same_picture_comes_out_twice(box_character):
    first, second = (front_view(box_character)[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_a_ball_keeps_the_light_from_the_floor_behind_it_only():
    angles = np.random.default_rng(0).normal(size=(9000, 3))
    ball = angles / np.linalg.norm(angles, axis=1, keepdims=True) * 0.3 + [0, 0, 0.5]
    triangles = torch.from_numpy(ConvexHull(ball).simplices.astype(np.int64))
    camera = Shot((0, 0, 0.5), 0.0, 0.1, 4.0).camera(32, 32)
    lights = set_lights(torch.from_numpy(ball).float(), triangles, camera, Recipe())
    shadow = -lights.key[:2] / lights.key[2] * 0.5
    floor = torch.zeros(3, 3)
    floor[0, :2], floor[1, :2] = shadow, -shadow
    floor[2] = torch.tensor([5.0, 5, 0])
    assert lights.shadow.lit(floor, 0.02, 0.02).tolist() == pytest.approx([0, 1, 1], abs=0.01)
    touched = lights.contact.touched(torch.tensor([[0.0, 0, 0.15], [0.6, 0, 0.15]]), 0.02, 0.4)
    assert touched[0] > 0.6 and touched[1] == 0


def test_tone_mapping_keeps_plain_colours_and_stays_below_white():
    plain = torch.tensor([[0.5, 0.3, 0.2]])
    assert torch.allclose(tone(plain), plain - 0.04)
    bright = tone(torch.tensor([[9.0, 3.0, 1.0], [90.0, 90.0, 90.0]]))
    assert bright.max() < 1 and bright[0, 0] > bright[0, 1] > bright[0, 2]


def test_a_cyclic_motion_goes_on_from_where_it_arrived(box_character):
    motion = dataclasses.replace(box_character.motion, is_cyclic=True)
    step = np.float32([0.1, -0.2, 0])
    path = np.arange(12, dtype=np.float32)[:, None] * step
    motion = dataclasses.replace(
        motion,
        root_translation=np.float32([0, 0, 0.9]) + path,
        joints=motion.joints * 0 + path[:, None],
    )
    longer = repeated(motion, 1.2)
    assert len(longer.local_rotations) == 36
    assert np.allclose(np.diff(longer.root_translation, axis=0), step, atol=1e-5)
    assert np.allclose(np.diff(longer.joints, axis=0), step, atol=1e-5)
    once = dataclasses.replace(motion, is_cyclic=False)
    assert repeated(once, 9.0) is once


@pytest.mark.parametrize(("seconds", "fps"), [(0.5, 6), (5, 6), (4, 7.5), (60, 5)])
def test_long_motions_are_shown_with_fewer_pictures_a_second(monkeypatch, seconds, fps):
    monkeypatch.setattr(preview, "SLOWEST_FPS", 5.0)
    look = dataclasses.replace(TINY, fps=6 if fps <= 6 else 9)
    assert paced(seconds, look) == pytest.approx(fps)


def test_the_video_lasts_as_long_as_the_motion(box_character):
    reports = []
    data = preview_video(box_character, TINY, "cpu", reports.append)
    with av.open(io.BytesIO(data)) as container:
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
        assert float(container.streams.video[0].average_rate) == 6
    assert len(frames) == len(reports) == 3
    assert frames[0].shape == (96, 72, 3)
    assert np.abs(frames[0].astype(int) - frames[1]).max() > 60


def test_the_sheet_has_four_sides_and_a_face(box_character):
    with Image.open(io.BytesIO(preview_sheet(box_character, TINY, "cpu", quiet))) as sheet:
        assert sheet.size == (5 * 60, 96)
        tiles = np.asarray(sheet).reshape(96, 5, 60, 3).astype(int)
    skin = (tiles[..., 0] - tiles[..., 2] > 40).mean(axis=(0, 2))
    assert (skin[:4] > 0.02).all()
    assert skin[4] > 2 * skin[:4].max()


def test_the_telling_frame_is_the_one_with_the_arm_up(box_character):
    motion = box_character.motion
    turns = np.zeros((5, 22, 4))
    turns[..., 0] = 1
    down = np.full(5, math.radians(80))
    turns[:, INDEX["right_shoulder"]] = from_axis_angle(np.array([0.0, -1, 0]), down)
    down[3] = math.radians(-60)
    turns[:, INDEX["left_shoulder"]] = from_axis_angle(np.array([0.0, 1, 0]), down)
    turns[:, 0] = from_axis_angle(np.array([0.0, 0, 1]), np.linspace(0, 3, 5))
    joints = posing.joint_positions(turns, np.zeros((5, 3)), motion.rest_offsets)
    assert preview.telling_frame(dataclasses.replace(motion, joints=joints)) == 3


def test_stopping_ends_the_drawing_at_once(box_character, monkeypatch):
    drawn = []
    real = preview.draw
    monkeypatch.setattr(preview, "draw", lambda *given: drawn.append(1) or real(*given))

    def stop(fraction):
        raise KeyboardInterrupt

    threads = torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt):
        preview_video(box_character, TINY, "cpu", stop)
    assert len(drawn) <= threads + 1
    assert torch.get_num_threads() == threads


def test_a_face_moves_its_vertices_as_far_as_its_curve_says(box_character):
    body = box_character.meshes[0]
    shape = Shape("jawOpen", np.int32([0, 2]), np.float32([[0, 0, -0.1], [0.2, 0, 0]]))
    open_mouth = np.linspace(0, 1, len(box_character.motion.local_rotations), dtype=np.float32)
    speaking = dataclasses.replace(
        box_character,
        meshes=(dataclasses.replace(body, shapes=(shape,)), *box_character.meshes[1:]),
        motion=dataclasses.replace(box_character.motion, face=(FaceCurve("jawOpen", open_mouth),)),
    )
    before, after = load_actor(box_character), load_actor(speaking)
    for frame in (0, len(open_mouth) - 1):
        moved = (after.posed(frame)[0] - before.posed(frame)[0]).norm(dim=1)
        expected = torch.zeros(len(moved))
        expected[[0, 2]] = torch.tensor([0.1, 0.2]) * float(open_mouth[frame])
        assert torch.allclose(moved, expected, atol=1e-5)
