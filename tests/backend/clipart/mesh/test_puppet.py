# SPDX-License-Identifier: Apache-2.0
"""A drawn person moved by its keypoints: at rest, rigidly, bent; pictures, gradients and curves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
import torch
from drawn_shapes import ellipse, solid

from kinora.backend.clipart.drawing import Drawing, Layer, Shape, Skeleton
from kinora.backend.clipart.mesh.making import make_puppet
from kinora.backend.clipart.mesh.silhouette import filled
from kinora.backend.clipart.painting import paint


def psnr(a, b):
    return -10 * np.log10(np.mean((a - b) ** 2) + 1e-12)


def still(puppet):
    return puppet.points[None]


def swung(puppet, degrees, pivot=1, moved=(3, 5)):
    """(1, K, 2): some keypoints turned about another."""
    angle = np.radians(degrees)
    turn = torch.tensor([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).float()
    points = puppet.points.clone()
    points[list(moved)] = (points[list(moved)] - points[pivot]) @ turn.T + points[pivot]
    return points[None]


@pytest.fixture(params=["puppet", "layered"])
def either(request):
    return request.getfixturevalue(request.param)


def test_at_rest_it_rests(either):
    for layer, moved in zip(either.layers, either.deform(still(either)), strict=True):
        assert (moved[0] - layer.vertices).abs().max() < 1e-3


@pytest.mark.parametrize("degrees", [30, 180])
def test_it_follows_a_rigid_motion(either, degrees):
    angle = np.radians(degrees)
    turn = torch.tensor([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).float()
    moved = either.deform(((either.points - 128) @ turn.T + 140)[None])
    for layer, place in zip(either.layers, moved, strict=True):
        assert (place[0] - ((layer.vertices - 128) @ turn.T + 140)).abs().max() < 0.05


@pytest.mark.parametrize(("pixels", "least"), [(64, 38), (256, 45)])
def test_its_picture_at_rest_is_the_drawing(either, drawing, pixels, least):
    wanted = paint(drawing, pixels).astype(float) / 255
    wanted[..., :3] *= wanted[..., 3:]
    shown = either.render(still(either), pixels, alpha=True)[0].permute(1, 2, 0).numpy()
    assert psnr(shown, wanted) > least
    white = either.render(still(either), pixels)[0].permute(1, 2, 0).numpy()
    assert np.abs(white - (wanted[..., :3] + 1 - wanted[..., 3:])).mean() < 2e-3


def test_its_curves_at_rest_are_the_drawing(either, drawing):
    shapes = either.shapes(still(either))
    redrawn = [
        Shape(
            shape.name,
            shape.paint,
            shape.is_even_odd,
            tuple(np.split(moved.points[0], moved.starts[1:])),
        )
        for shape, moved in zip(drawing.shapes, shapes, strict=True)
    ]
    assert psnr(paint(drawing, 256, redrawn) / 255, paint(drawing, 256) / 255) > 45
    counts = [sum(map(len, shape.contours)) for shape in drawing.shapes]
    assert [moved.points.shape[1] for moved in shapes] == counts


def test_its_curves_and_its_picture_show_the_same(either, drawing):
    tracks = swung(either, 40)
    shapes = either.shapes(tracks)
    redrawn = [
        Shape(
            shape.name,
            shape.paint,
            shape.is_even_odd,
            tuple(np.split(moved.points[0].astype(float), moved.starts[1:])),
        )
        for shape, moved in zip(drawing.shapes, shapes, strict=True)
    ]
    wanted = paint(drawing, 256, redrawn) / 255
    shown = either.render(tracks, 256, alpha=True)[0].permute(1, 2, 0).numpy()
    wanted[..., :3] *= wanted[..., 3:]
    assert psnr(shown, wanted) > 28


def test_gradients_are_those_of_finite_differences(either):
    generator = torch.Generator().manual_seed(5)
    start = either.points[None] + torch.randn(2, 13, 2, generator=generator) * 2

    def blurred(tracks):
        pictures = either.render(tracks, 128)
        return torch.nn.functional.avg_pool2d(pictures, 9, 2)

    aim = blurred(still(either)).detach()

    def loss(tracks):
        return (blurred(tracks) - aim).square().sum()

    tracks = start.clone().requires_grad_()
    loss(tracks).backward()
    numeric = torch.zeros_like(start)
    with torch.no_grad():
        for index in np.ndindex(*start.shape):
            step = torch.zeros_like(start)
            step[index] = 0.25
            numeric[index] = (loss(start + step) - loss(start - step)) / 0.5
    cosine = torch.nn.functional.cosine_similarity(tracks.grad.ravel(), numeric.ravel(), dim=0)
    assert cosine > 0.95
    assert tracks.grad.norm().item() == pytest.approx(numeric.norm().item(), rel=0.15)


def test_a_frame_does_not_depend_on_the_others(either):
    generator = torch.Generator().manual_seed(1)
    tracks = either.points + torch.randn(4, 13, 2, generator=generator) * 3
    closed = torch.cat([tracks, tracks[:1]])
    for moved in either.deform(closed):
        assert (moved[0] - moved[-1]).abs().max() < 1e-4
    pictures = either.render(closed, 64)
    assert (pictures[0] - pictures[-1]).abs().max() < 1e-5


def test_an_arm_that_swings_keeps_its_width_and_straight(layered):
    moved = layered.deform(swung(layered, -60))[1][0].double().numpy()
    rest, triangles = (
        part.numpy() for part in (layered.layers[1].vertices, layered.layers[1].triangles)
    )
    bones = [layered.points[[a, b]].numpy() for a, b in ((1, 3), (3, 5))]
    middle = np.array(
        [
            min(np.linalg.norm(corner - bone.mean(0)) for bone in bones) < 9
            for corner in rest[triangles].mean(1)
        ]
    )
    sides = [place[triangles][:, 1:] - place[triangles][:, :1] for place in (rest, moved)]
    stretch = np.linalg.svd(np.linalg.solve(*sides)[middle], compute_uv=False)
    assert np.abs(stretch - 1).max() < 0.05


def test_a_head_does_not_spin_when_it_is_moved(puppet):
    points = puppet.points.clone()
    points[0] += torch.tensor([6.0, 0.0])
    moved = puppet.deform(points[None])[0][0]
    head = puppet.layers[0].vertices[:, 1] < 40
    rest, now = (place[head] - place[head].mean(0) for place in (puppet.layers[0].vertices, moved))
    across = (rest[:, 0] * now[:, 1] - rest[:, 1] * now[:, 0]).sum()
    turned = torch.rad2deg(torch.atan2(across, (rest * now).sum()))
    # The neck leans by atan(6 / 40).
    assert 2 < turned < 15


def test_layers_that_share_a_joint_do_not_part(layered, drawing):
    """The ink of an arm that only touches the body, bent by 45 degrees either way."""
    for degrees in (45, -45):
        shapes = layered.shapes(swung(layered, degrees))
        areas = [
            filled(
                Shape(
                    shape.name,
                    shape.paint,
                    False,
                    tuple(np.split(moved.points[0].astype(float), moved.starts[1:])),
                )
            )
            for shape, moved in zip(drawing.shapes, shapes, strict=True)
        ]
        names = [shape.name for shape in drawing.shapes]
        arm, torso = areas[names.index("left arm")], areas[names.index("torso")]
        assert arm.distance(torso) < 1
        assert arm.intersection(torso).area > 0


def test_what_floats_beside_a_limb_goes_with_it(puppet):
    fleck = puppet.layers[0].vertices[:, 0] > 192
    assert fleck.any()
    moved = puppet.deform(puppet.points[None] + torch.tensor([5.0, -3.0]))[0][0]
    assert torch.allclose(
        moved[fleck], puppet.layers[0].vertices[fleck] + torch.tensor([5.0, -3.0]), atol=1e-3
    )
    assert (shapely.area(shapely.polygons(moved[puppet.layers[0].triangles].numpy())) > 0).all()


def test_keypoints_at_one_place_do_not_tear_the_mesh(drawing, skeleton):
    """Both knees of a person drawn from the side, one leg swinging forward, one back."""
    points = skeleton.points.copy()
    points[10] = points[9] + (1.5, 1)
    whole = Layer("all", tuple(range(len(drawing.shapes))), tuple(range(13)))
    puppet = make_puppet(drawing, replace(skeleton, points=points), (whole,))
    tracks = puppet.points.clone()[None]
    tracks[0, 9] += torch.tensor([25.0, 0])
    tracks[0, 10] -= torch.tensor([25.0, 0])
    moved = puppet.unfolded(tracks)[0][0]
    assert np.linalg.norm(moved - puppet.layers[0].vertices.numpy(), axis=1).max() < 20


def test_a_ball_that_is_pressed_flat_widens_evenly():
    """A disc on a cross of bones, each pressed or drawn so that the area stays."""
    disc = Shape("disc", solid(1, 0, 0), False, (ellipse((128, 128), (60, 60)),))
    points = np.array([[128.0, 128], [180, 128], [76, 128], [128, 180], [128, 76]])
    edges = np.array([[0, 1], [0, 2], [0, 3], [0, 4]])
    ball = Drawing("ball", (disc,), (0, 0, 256, 256))
    skeleton = Skeleton(points, edges, ("",) * 5, False)
    puppet = make_puppet(ball, skeleton, (Layer("all", (0,), (0, 1, 2, 3, 4)),))
    pressed = (points - 128) * (1.3, 1 / 1.3) + 128
    moved = puppet.deform(torch.tensor(pressed)[None])[0][0]
    wanted = (puppet.layers[0].vertices - 128) * torch.tensor([1.3, 1 / 1.3]) + 128
    assert (moved - wanted).norm(dim=1).max() < 2
