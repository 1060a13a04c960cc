# SPDX-License-Identifier: Apache-2.0
"""The rasteriser against a slow reference, closed forms, and triangles nobody should see."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kinora.backend.kit.raster import antialias, rasterise, visibility


def flat(triangles, height, width):
    return rasterise(triangles, None, (1, height, width), perspective=False)


def slow_depths(triangles, height, width):
    """Nearest depth per pixel by solving each pixel's 2 x 2 system in float64 (inf for none)."""
    depth = np.full((height, width), math.inf)
    ys, xs = np.mgrid[:height, :width] + 0.5
    for (ax, ay, az), (bx, by, bz), (cx, cy, cz) in triangles.astype(np.float64):
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        u = ((xs - ax) * (cy - ay) - (ys - ay) * (cx - ax)) / area
        v = ((bx - ax) * (ys - ay) - (by - ay) * (xs - ax)) / area
        inside = (u > 0) & (v > 0) & (u + v < 1)
        z = az + u * (bz - az) + v * (cz - az)
        depth = np.where(inside, np.minimum(depth, z), depth)
    return depth


def random_triangles(count, seed=0):
    random = np.random.default_rng(seed)
    middle = random.uniform(-5, 45, (count, 1, 2))
    corners = np.concatenate(
        [middle + random.normal(0, 6, (count, 3, 2)), random.uniform(-3, 9, (count, 3, 1))], -1
    )
    return corners.astype(np.float32)


def test_nearest_face_agrees_with_a_slow_reference():
    triangles = random_triangles(200)
    fragments = flat(torch.from_numpy(triangles), 36, 48)
    depth = fragments.interpolate(torch.from_numpy(triangles[:, :, 2:]))[0, ..., 0].numpy()
    expected = slow_depths(triangles, 36, 48)
    seen = fragments.face[0].numpy() >= 0
    assert (seen == np.isfinite(expected)).mean() > 0.999  # a centre exactly on an edge may differ
    both = seen & np.isfinite(expected)
    assert np.abs(depth - expected)[both].max() < 1e-3


def test_small_chunks_change_nothing(monkeypatch):
    triangles = torch.from_numpy(random_triangles(200, seed=1))
    whole = flat(triangles, 36, 48)
    monkeypatch.setattr(visibility, "CANDIDATES_AT_ONCE", 97)
    pieces = flat(triangles, 36, 48)
    assert torch.equal(whole.face, pieces.face)
    assert torch.equal(whole.barycentrics, pieces.barycentrics)


def test_neighbours_leave_no_gap():
    """A fan over the whole picture, its hub and rim on pixel centres and on odd fractions."""
    angles = np.linspace(0, 2 * np.pi, 42)
    rim = np.stack([16.5 + 60 * np.cos(angles), 16.5 + 60 * np.sin(angles)], -1)
    hub = np.full_like(rim[:-1], 16.5)
    fan = np.stack([hub, rim[:-1], rim[1:]], 1)
    triangles = np.concatenate([fan, np.ones((*fan.shape[:2], 1))], -1)
    fragments = flat(torch.from_numpy(triangles), 33, 33)
    assert (fragments.face >= 0).all()


def test_perspective_attributes_follow_the_plane():
    """A floor seen at a slant: its own coordinates, interpolated, meet the ray of each pixel."""
    floor = np.array([[-3.0, 1, 2], [3, 1, 2], [-3, 1, 40], [3, 1, 40]])
    corners = floor[[[0, 1, 2], [1, 3, 2]]]
    focal, centre = 40.0, 32.0
    pixels = corners[..., :2] / corners[..., 2:] * focal + centre
    triangles = torch.from_numpy(np.concatenate([pixels, corners[..., 2:]], -1))
    fragments = rasterise(triangles, None, (1, 64, 64))
    places = fragments.interpolate(torch.from_numpy(corners))[0].numpy()
    rows, columns = np.nonzero(fragments.face[0].numpy() >= 0)
    assert len(rows) > 300
    depth = focal / (rows + 0.5 - centre)
    found = places[rows, columns]
    assert np.abs(found[:, 2] / depth - 1).max() < 1e-3
    assert np.abs(found[:, 0] - (columns + 0.5 - centre) * depth / focal).max() < 2e-2


@pytest.mark.parametrize(
    "bad",
    [
        [[1, 1, math.nan], [20, 1, 1], [1, 20, 1]],
        [[1, 1, 1], [math.inf, 1, 1], [1, 20, 1]],
        [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
        [[1, 1, 1], [5, 5, 1], [9, 9, 1]],
        [[100, 100, 1], [120, 100, 1], [100, 120, 1]],
        [[-1e30, -1e30, 1], [-1e29, -1e30, 1], [-1e30, -1e29, 1]],
        [[1, 1, -1], [20, 1, 3], [1, 20, 3]],
        [[1, 1, 0], [20, 1, 3], [1, 20, 3]],
    ],
    ids=["nan", "infinite", "point", "line", "off", "far off", "behind", "at the eye"],
)
def test_a_triangle_that_cannot_be_seen_disturbs_nothing(bad):
    good = [[4.0, 4, 2], [28, 4, 2], [4, 28, 2]]
    alone = rasterise(torch.tensor([good]), None, (1, 32, 32))
    beside = rasterise(torch.tensor([good, bad]), None, (1, 32, 32))
    assert torch.equal(alone.face, beside.face)
    assert torch.equal(alone.barycentrics, beside.barycentrics)


def test_no_triangles_give_an_empty_picture():
    fragments = flat(torch.zeros(0, 3, 3), 4, 5)
    assert fragments.face.shape == (1, 4, 5)
    assert (fragments.face == -1).all()
    assert not fragments.interpolate(torch.zeros(0, 3, 2)).any()


def test_depths_near_and_below_zero_keep_their_order():
    depths = [1e-30, -1e-30, 5.0, -5.0, 0.0]
    triangles = [[[0.0, 0, z], [9, 0, z], [0, 9, z]] for z in depths]
    assert flat(torch.tensor(triangles), 4, 4).face[0, 1, 1] == 3
    assert flat(torch.tensor(triangles[:3]), 4, 4).face[0, 1, 1] == 1


def test_each_triangle_is_drawn_in_its_own_picture_only():
    """Three pictures at once, their triangles shuffled, are the three drawn alone."""
    triangles = torch.from_numpy(random_triangles(300, seed=2))
    picture = torch.from_numpy(np.random.default_rng(3).integers(0, 3, 300))
    together = rasterise(triangles, picture, (3, 36, 48), perspective=False)
    for number in range(3):
        own = (picture == number).nonzero()[:, 0]
        alone = flat(triangles[own], 36, 48)
        seen = alone.face[0] >= 0
        assert torch.equal(together.face[number] >= 0, seen)
        assert torch.equal(together.face[number][seen], own[alone.face[0][seen]])
        assert torch.equal(together.barycentrics[number], alone.barycentrics[0])


def test_triangles_of_pictures_that_do_not_exist_are_left_out():
    triangle = torch.tensor([[[0.0, 0, 1], [9, 0, 1], [0, 9, 1]]]).expand(3, 3, 3)
    drawn = rasterise(triangle, torch.tensor([-1, 2, 1]), (2, 4, 4))
    assert set(drawn.face.unique().tolist()) == {-1, 2}
    assert (drawn.face[0] == -1).all()


def test_values_of_vertices_are_those_of_their_corners():
    triangles = torch.from_numpy(random_triangles(50, seed=4))
    fragments = flat(triangles, 36, 48)
    of = torch.randint(0, 20, (50, 3))
    values = torch.randn(20, 4)
    assert torch.equal(fragments.at_seen(values, of), fragments.at_seen(values[of]))


ANYTHING = st.one_of(
    st.floats(-40, 80, width=32), st.floats(width=32), st.sampled_from([0.5, 1.5, 8.5])
)


@settings(deadline=None, max_examples=60)
@given(arrays(np.float32, st.tuples(st.integers(0, 12), st.just(3), st.just(3)), elements=ANYTHING))
def test_garbage_is_drawn_as_far_as_it_can_be(triangles):
    """Whatever the numbers: shares are shares, and what is seen has a finite depth ahead."""
    corners = torch.from_numpy(triangles)
    picture = torch.arange(len(corners)) % 3 - 1
    seen = rasterise(corners, picture, (2, 9, 12))
    assert torch.isfinite(seen.shares).all()
    assert ((seen.shares >= 0) & (seen.shares <= 1)).all()
    torch.testing.assert_close(seen.shares.sum(1), torch.ones(len(seen.seen)))
    assert (seen.at_seen(corners[:, :, 2:]) > 0).all()
    assert (picture[seen.seen_face] == seen.seen_picture).all()
    colors = torch.rand(2, 9, 12, 3)
    beside = torch.full((len(corners), 3), -1)
    blended = antialias(colors, seen, corners, picture, beside)
    assert torch.isfinite(blended).all()


def test_gradients_of_shares_are_those_of_finite_differences():
    random = torch.Generator().manual_seed(5)
    corners = torch.rand(3, 3, 3, generator=random) * torch.tensor([8.0, 8, 3])
    corners[:, :, 2] += 2
    weights = torch.randn(64, 2, generator=random)
    values = torch.randn(3, 3, 2, generator=random)
    first = rasterise(corners, None, (1, 8, 8))

    def loss(of):
        seen = rasterise(of, None, (1, 8, 8))
        kept = torch.isin(seen.seen, first.seen) & (
            first.face.view(-1)[seen.seen] == seen.seen_face
        )
        return (seen.at_seen(values) * weights[seen.seen])[kept].sum()

    moved = corners.clone().requires_grad_()
    loss(moved).backward()
    step, expected = 2e-3, torch.zeros_like(corners).view(-1)
    for number in range(corners.numel()):
        ahead, back = corners.clone().view(-1), corners.clone().view(-1)
        ahead[number] += step
        back[number] -= step
        both = loss(ahead.view_as(corners)) - loss(back.view_as(corners))
        expected[number] = both / (2 * step)
    cosine = torch.cosine_similarity(moved.grad.view(-1), expected, dim=0)
    assert cosine > 0.95
