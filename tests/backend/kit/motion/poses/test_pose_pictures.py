# SPDX-License-Identifier: Apache-2.0
"""Pictures of poses: where limbs are seen, beside the skinning that files are written with."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from pose_bodies import HANGING, RAISED, Y, Z, posed

from kinora.backend.kit.body import load_body_model
from kinora.backend.kit.motion.poses import render, thumbnails
from kinora.backend.kit.motion.poses.figure import make_figure
from kinora.shared import posing, rotations
from kinora.shared.results import Character, Material, Media, Mesh, Motion
from kinora.shared.skeleton import JOINTS, PARENTS


def test_a_figure_is_posed_as_files_are_skinned():
    model = load_body_model()
    body, chosen = model.canonical, np.arange(0, 13000, 37)
    bones = model.bone_indices[chosen], model.weights[chosen]
    places = body.vertices[chosen]
    nothing = np.zeros((0, 3), np.int64)
    figure = make_figure(body.rig, places, bones, nothing, np.zeros((len(chosen), 3)))
    turns = rotations.normalise(np.random.default_rng(1).normal(size=(3, 22, 4)))
    offsets = posing.rest_offsets(body.rig)
    root = np.zeros((3, 3))
    motion = Motion(
        "chance", 30.0, JOINTS, np.array(PARENTS, np.int32), offsets.astype(np.float32),
        turns.astype(np.float32), root.astype(np.float32),
        posing.joint_positions(turns, root, offsets).astype(np.float32),
    )  # fmt: skip
    found = figure.posed(torch.tensor(turns, dtype=torch.float32)).numpy()
    for frame in range(3):
        there = posing.skin(body.rig, motion, places, *bones, frame)
        there[:, 2] -= there[:, 2].min()
        assert np.abs(found[frame] - there).max() < 1e-4


def test_a_raised_left_hand_is_on_the_right_of_the_front_view_and_on_the_left_from_behind(body):
    turns = posed(**{**HANGING, "left_shoulder": RAISED["left_shoulder"]})
    front, back = render.draw(body, turns, 64, (180, 0))[:, 3] > 0.5
    top = slice(0, 12)
    assert front[top, 32:].sum() > front[top, :32].sum()
    assert back[top, :32].sum() > back[top, 32:].sum()


def test_each_view_is_filled_and_none_is_cut_off(body):
    turns = torch.cat([posed(), posed(**HANGING), posed(pelvis=(Z, 40.0), spine1=(Y, 20.0))])
    cover = render.draw(body, turns, 48)[:, 3]
    assert cover.shape == (15, 48, 48)
    border = torch.cat([cover[:, 0], cover[:, -1], cover[:, :, 0], cover[:, :, -1]], 1)
    assert border.max() < 0.01
    rows, columns = (cover > 0.5).any(2).sum(1), (cover > 0.5).any(1).sum(1)
    assert (torch.maximum(rows, columns) >= 38).all()


def test_a_gradient_reaches_the_pose(body):
    turns = posed(**HANGING).requires_grad_()
    picture = render.draw(body, turns, 40, (150,))
    # How far to the left its coverage lies changes with the arm that is seen there.
    left = torch.linspace(1, 0, 40)
    [pull] = torch.autograd.grad((picture[0, 3] * left).sum(), turns)
    assert pull.isfinite().all()
    assert pull[0, JOINTS.index("right_shoulder")].abs().max() > 0.1


def test_a_thumbnail_is_a_figure_on_nothing(body):
    media = thumbnails.picture(posed(**HANGING)[0].numpy(), body)
    with Image.open(io.BytesIO(media.data.tobytes())) as opened:
        assert opened.format == "PNG" and opened.size == (160, 160) and opened.mode == "RGBA"
        values = np.asarray(opened)
    alpha = values[..., 3]
    assert alpha[0, 0] == alpha[-1, -1] == 0
    assert 0.05 < (alpha == 255).mean() < 0.6
    # The shirt is blue where the chest is, also at the outline: no backdrop is left in it.
    chest = values[45:60, 70:90][alpha[45:60, 70:90] > 0]
    assert (chest[:, 2] > chest[:, 0]).mean() > 0.8


def solid(color: tuple[int, int, int]) -> Media:
    data = io.BytesIO()
    Image.new("RGB", (4, 4), color).save(data, "PNG")
    return Media.of("color.png", data.getvalue())


@pytest.mark.parametrize("most", [10**6, 4000])
def test_a_dressed_character_poses_in_its_own_colors(monkeypatch, most):
    monkeypatch.setattr(thumbnails, "MOST_TRIANGLES", most)
    model = load_body_model()
    faces = model.groups["body"]
    half = len(faces.corners) // 2
    meshes = tuple(
        Mesh(
            name,
            model.canonical.vertices.astype(np.float32),
            faces.corners[rows],
            faces.uvs[rows],
            model.bone_indices,
            model.weights,
            material=number,
        )
        for number, (name, rows) in enumerate(
            (("first", slice(None, half)), ("second", slice(half, None)))
        )
    )
    colors = ((255, 0, 0), (0, 0, 255))
    materials = tuple(Material(f"m{n}", solid(color)) for n, color in enumerate(colors))
    character = Character("two", meshes, materials, model.canonical.rig, 1.7)
    figure = thumbnails.dressed(character)
    assert len(figure.triangles) <= most * 1.05
    assert {tuple(row) for row in figure.colors.round().int().tolist()} == {(1, 0, 0), (0, 0, 1)}
    # The whole body is there: its box is the T-pose's.
    places = figure.posed(posed())[0]
    whole = thumbnails.dressed(character) if most > 5000 else None
    height = float(places[:, 2].max())
    assert 1.55 < height < 1.8
    assert whole is None or len(whole.triangles) > 20000
