# SPDX-License-Identifier: Apache-2.0
"""Views, rays and masks: conventions, frequencies and sides, by the acceptance tests."""

from __future__ import annotations

import math
from dataclasses import replace

import neus_figures as figures
import numpy as np
import pytest
import torch
import trimesh

from kinora.backend.avatar.neus.cameras import BACK, BODY, FACE, asked, drawn, looking
from kinora.backend.avatar.neus.frames import brought_in
from kinora.backend.avatar.neus.rays import grid_of, grown, guided_side
from kinora.backend.avatar.neus.reading import prompts_for, shipped
from kinora.backend.avatar.neus.template import around, picture

TRAIN = shipped().train
FACE_AT = torch.tensor([0.0, 0.6, 0.05])


def many(count: int, train=TRAIN):
    return drawn(train, FACE_AT, torch.arange(count), torch.arange(count) + 17)


def one(theta: float, phi: float, distance: float = 1.6):
    rows = [torch.tensor([value]) for value in (theta, phi, distance)]
    return looking(torch.zeros(1, 3), *rows, torch.tensor([BODY]))


def test_classes_of_views_have_the_published_shares() -> None:
    kind = many(100_000).kind
    shares = [float((kind == one).float().mean()) for one in (FACE, BACK, BODY)]
    assert shares == pytest.approx([0.25, 0.10, 0.65], abs=0.003)


def test_views_keep_to_their_distributions() -> None:
    views = many(40_000)
    face = views.kind == FACE
    torch.testing.assert_close(
        (views.eye[face] - FACE_AT).norm(dim=1), torch.full((int(face.sum()),), 0.4)
    )
    degrees = views.theta.rad2deg()
    assert float(degrees[face].std()) == pytest.approx(15, abs=0.3)
    assert float(degrees[~face].std()) == pytest.approx(60, abs=1)
    assert float((degrees[~face].abs() < 30).float().mean()) == pytest.approx(0.38, abs=0.01)
    assert (degrees[views.kind == BACK].abs() > 90).all()
    turns = torch.histc(views.phi, 8, 0, 2 * math.pi) / len(views.phi)
    assert float((turns - 1 / 8).abs().max()) < 0.01
    # The axes look at the target, which wanders by 0.3 along each axis at most.
    ahead = (
        views.eye[~face]
        - (views.eye[~face] * views.axes[~face, 2]).sum(1, keepdim=True) * (views.axes[~face, 2])
    )
    assert float(ahead.norm(dim=1).max()) < 0.3 * 3**0.5 + 1e-4
    distance = views.eye[~face].norm(dim=1)
    assert float(distance.min()) > 1 - 0.52 and float(distance.max()) < 2 + 0.52


def test_without_face_views_there_are_none() -> None:
    assert not (many(1000, replace(TRAIN, use_face_prompt=False)).kind == FACE).any()


def test_prompts_go_with_the_classes() -> None:
    config = prompts_for(shipped(), "a wizard")
    body, face, back = asked(config.clip, config.train)
    assert (body, face, back) == (
        "a 3D rendering of a wizard in unreal engine",
        "a 3D rendering of the face of a wizard in unreal engine",
        "a 3D rendering of the back of a wizard in unreal engine",
    )
    plain = replace(config.train, use_back_prompt=False)
    assert asked(config.clip, plain)[2] == body


def test_angles_are_measured_from_the_front_around_its_axis() -> None:
    torch.testing.assert_close(one(0, 1.0, 2.0).eye[0], torch.tensor([0.0, 0, 2]))
    torch.testing.assert_close(
        one(math.pi / 2, 0, 2.0).eye[0], torch.tensor([2.0, 0, 0]), atol=1e-6, rtol=0
    )
    torch.testing.assert_close(
        one(math.pi / 4, math.pi / 2, 2.0).eye[0], torch.tensor([0, 2**0.5, 2**0.5])
    )


def test_cameras_are_level_even_from_straight_above() -> None:
    views = many(500)
    eye = torch.eye(3)
    torch.testing.assert_close(views.axes @ views.axes.mT, eye.expand(500, 3, 3))
    assert (views.axes[:, 0, 1].abs() < 1e-4).all() and (views.axes[:, 1, 1] <= 0).all()
    above = one(math.pi / 2, math.pi / 2)
    torch.testing.assert_close(above.axes[0] @ above.axes[0].T, eye)


def test_the_side_is_guided_by_the_mask() -> None:
    assert guided_side(0.25, 12_544) == 224
    assert guided_side(0.01, 12_544) == 256
    assert guided_side(1.0, 12_544) == 112
    assert guided_side(0.0, 12_544) == 113


def test_masks_grow_by_ten_pixels_in_a_square() -> None:
    mask = torch.zeros(64, 64, dtype=torch.bool)
    mask[30, 20] = True
    rows, columns = grown(mask).nonzero().unbind(1)
    assert (int(rows.min()), int(rows.max())) == (20, 40)
    assert (int(columns.min()), int(columns.max())) == (10, 30)
    assert len(rows) == 21**2


def test_rays_stay_near_their_number_and_within_the_mask() -> None:
    inner = brought_in(figures.template(figures.pill()), 0.65)
    views = one(0.4, 2.0)
    mask = picture(inner, views, 256).mask[0]
    grid = grid_of(views, mask, 3000)
    assert 0.93 * 3000 < len(grid.rays) < 1.04 * 3000
    inside = grid.take(grown(mask)).view(-1)
    assert inside[grid.traced].all() and int(inside.sum()) == len(grid.traced)


def test_an_empty_mask_traces_all_of_a_small_picture() -> None:
    grid = grid_of(one(0, 0), torch.zeros(256, 256, dtype=torch.bool), 3000)
    assert grid.side == 113 and len(grid.rays) == 113**2
    assert len(grid_of(one(0, 0), None, 3000).rays) == 113**2


def test_rays_follow_the_published_formula() -> None:
    """At 256 pixels: ((x - W/2)/f, -(y - H/2)/f, -1) turned by the camera, which at the front
    looks along -z with x to the right."""
    rays = grid_of(one(0, 0), torch.ones(256, 256, dtype=torch.bool), 256**2).rays
    x, y, focal = 30, 200, 221.7025
    expected = np.array([(x - 128) / focal, -(y - 128) / focal, -1])
    found = rays.direction[y * 256 + x]
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), atol=1e-6)


@pytest.mark.parametrize(("theta", "phi"), [(0.0, 0.0), (0.9, 0.5), (2.6, 1.2), (1.5, 4.0)])
def test_rays_hit_the_template_where_its_mask_is(theta: float, phi: float) -> None:
    """Against another program's rays: the same pixels, and the same again at a guided side."""
    pytest.importorskip("embreex")
    inner = brought_in(figures.template(figures.pill()), 0.65)
    mesh = trimesh.Trimesh(inner.vertices.numpy(), inner.triangles.numpy(), process=False)
    views = one(theta, phi)
    mask = picture(inner, views, 256).mask[0]
    for rays_wanted in (256**2 // 4, 9000):
        grid = grid_of(views, mask, rays_wanted)
        hit = mesh.ray.intersects_any(grid.rays.origin.numpy(), grid.rays.direction.numpy())
        of_rays = grid.paste(
            torch.from_numpy(hit)[:, None].float(), torch.zeros(grid.side, grid.side, 1)
        )
        of_mask = picture(inner, views, grid.side).mask[0]
        both, either = (
            float(fold(of_rays[..., 0] > 0, of_mask).sum())
            for fold in (torch.logical_and, torch.logical_or)
        )
        assert both / either > 0.995


def test_vertices_project_into_the_mask() -> None:
    """By the formula of the specification, written out, for a camera from the side."""
    inner = brought_in(figures.template(figures.pill()), 0.65)
    views = one(math.pi / 2, 0.0, 2.0)
    mask = grown(picture(inner, views, 256).mask[0], 1)
    # At (2, 0, 0), looking along -x: right is -z, up is y.
    places = inner.vertices
    depth = 2.0 - places[:, 0]
    x = (128 - 221.7025 * places[:, 2] / depth).round().long()
    y = (128 - 221.7025 * places[:, 1] / depth).round().long()
    assert mask[y, x].all()
    assert int(y.max() - y.min()) > 150


def test_the_template_is_pictured_from_108_sides() -> None:
    views = around("cpu")
    assert len(views.eye) == 108
    torch.testing.assert_close(views.eye.norm(dim=1), torch.full((108,), 2.2))
    # Azimuth is the outer loop: the first six are of the front, from -60 to 40 degrees up.
    heights = torch.asin(views.eye[:6, 1] / 2.2).rad2deg()
    torch.testing.assert_close(
        heights, torch.tensor([-60.0, -40, -20, 0, 20, 40]), atol=1e-3, rtol=0
    )
    assert (views.eye[:6, 0].abs() < 1e-5).all() and (views.eye[:6, 2] > 0).all()


def test_the_template_is_lit_from_above() -> None:
    inner = brought_in(figures.template(figures.sphere()), 0.65)
    seen = picture(inner, one(0, 0, 2.2), 256)
    assert float(seen.color[0][seen.mask[0]].min()) == 0.5
    top, bottom = seen.mask[0].nonzero()[0], seen.mask[0].nonzero()[-1]
    assert float(seen.color[0, top[0], top[1]]) > 0.9
    assert float(seen.color[0, bottom[0], bottom[1]]) == 0.5


def test_worlds_meet_at_the_border() -> None:
    pill = figures.pill()
    given = replace(figures.template(pill), face=torch.tensor([0.2, -0.1, 1.5]))
    inner = brought_in(given, 0.65)
    back = inner.frame.outward(inner.vertices)
    torch.testing.assert_close(back, given.vertices, atol=1e-5, rtol=0)
    nose = given.vertices[:, 1].argmin()
    # The front, -Y in the world, is +z inside, and up is y.
    assert int(inner.vertices[:, 2].argmax()) == int(nose)
    assert int(inner.vertices[:, 1].argmax()) == int(given.vertices[:, 2].argmax())
    extent = inner.vertices.amax(0) + inner.vertices.amin(0)
    torch.testing.assert_close(extent, torch.zeros(3), atol=1e-5, rtol=0)
    assert float(inner.vertices.norm(dim=1).max()) <= 0.951
    torch.testing.assert_close(inner.frame.outward(inner.face), given.face, atol=1e-5, rtol=0)


def test_the_legacy_frame_stands_where_old_checkpoints_do() -> None:
    inner = brought_in(figures.template(figures.pill()), 0.7, legacy_frame=True)
    low, high = inner.vertices.amin(0), inner.vertices.amax(0)
    assert float(low[1]) == pytest.approx(-0.84, abs=0.01)
    assert float(high[1]) == pytest.approx(0.77, abs=0.01)
    assert float((low[2] + high[2]) / 2) == pytest.approx(0.27, abs=0.01)
    torch.testing.assert_close(inner.face, torch.tensor([0.0, 0.7, 0.3]))
