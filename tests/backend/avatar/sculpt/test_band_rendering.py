# SPDX-License-Identifier: Apache-2.0
"""What is rendered in the band is what a ray tracer would see, and gradients reach the field."""

from __future__ import annotations

import balls
import pytest
import torch
from torch.nn import functional

from kinora.backend.avatar.sculpt import band
from kinora.backend.avatar.sculpt.distance import base_field
from kinora.backend.avatar.sculpt.field import Grid, new_field
from kinora.backend.avatar.sculpt.shells import pool
from kinora.backend.kit.raster import Lights

GRID = Grid(levels=4, coarse=0.1, fine=0.02, bits=10, hidden=8)
PIXELS = 32


@pytest.fixture(scope="module")
def scene():
    start = balls.start()
    base = base_field(start)
    rays = pool(start, base, balls.cameras((0.0, 2.0), PIXELS), PIXELS, 700)
    return base, rays


def met(rays, radius=balls.RADIUS):
    """Depths at which rays meet a ball; infinite where they pass it."""
    origin, direction = rays.origin[:, None], rays.direction
    along = -(origin * direction).sum(2)
    past = (origin + along[..., None] * direction).norm(dim=2)
    return torch.where(past < radius, along - (radius**2 - past**2).clamp(min=0).sqrt(), torch.inf)


def test_the_bands_of_rays_hold_the_surface_wherever_it_may_move(scene):
    _, rays = scene
    assert rays.valid.sum() > 400
    for radius in (balls.RADIUS - 0.008, balls.RADIUS, balls.RADIUS + 0.009):
        depth = met(rays, radius)
        hit = rays.valid & depth.isfinite()
        assert hit.sum() > 300
        inside = (rays.knots[:, :, 0] < depth) & (depth < rays.knots[:, :, -1])
        assert inside[hit].all()
    # And every pixel through which the grown ball is seen has a ray.
    whole = rays.spread(rays.valid[..., None].float())[:, 0]
    place = torch.arange(PIXELS**2).expand(2, -1)
    assert (whole.view(2, -1).sum(1) == rays.valid.sum(1)).all()
    assert place.shape[1] > rays.valid.sum(1).max()


def test_where_a_sphere_is_seen_is_off_by_less_than_half_a_millimetre(scene):
    _, rays = scene
    for seed in range(3):
        depth = band.strata(rays, torch.tensor([seed, seed + 100]))
        distance = rays.places(depth).norm(dim=3) - balls.RADIUS
        opacity, surface = band.meet(depth, distance, 1 / 0.002)
        # Not at the rim, where a ray passes along the surface.
        hit = rays.valid & met(rays, 0.95 * balls.RADIUS).isfinite()
        off = surface[hit] - met(rays)[hit]
        assert off.mean().abs() < 0.0005
        height = rays.places(surface).norm(dim=2)[hit] - balls.RADIUS
        assert height.abs().quantile(0.95) < 0.0015
        assert (opacity[hit] > 0.97).all()


def test_a_new_field_is_exactly_its_start(scene):
    base, _ = scene
    field = new_field(base, GRID)
    torch.manual_seed(0)
    places = torch.randn(500, 3) * 0.15
    assert torch.equal(field.distance(places), base.distance(places))
    assert torch.equal(field.color(places), base.color(places))


def test_it_never_moves_beyond_its_leeway(scene):
    base, _ = scene
    field = new_field(base, GRID)
    places = functional.normalize(torch.randn(200, 3), dim=1) * balls.RADIUS
    for sign in (1.0, -1.0):
        with torch.no_grad():
            field.shape.bias.fill_(1.0)
            field.shape.last.fill_(sign * 100)
        moved = field.moved(places)
        assert (moved * sign > 0.009).all()
        assert (moved * sign < 0.0101).all()


def test_pictures_show_a_lit_ball_before_the_background(scene):
    base, rays = scene
    field = new_field(base, GRID)
    seen = band.render(field, rays)
    light = Lights(torch.tensor([[0.0, 0, 1]] * 2), torch.tensor([0.1, 0.1]))
    behind = torch.full((2, 3, PIXELS, PIXELS), 0.25)
    textured, plain = band.compose(seen, rays, behind, light)
    assert textured.shape == plain.shape == (2, 3, PIXELS, PIXELS)
    middle = PIXELS // 2
    assert torch.equal(textured[:, :, 0, 0], behind[:, :, 0, 0])
    hit = met(rays, 0.9 * balls.RADIUS).isfinite() & rays.valid
    normal = functional.normalize(rays.places(met(rays).where(hit, 1.0)), dim=2)
    expected = 0.1 + 0.9 * normal[..., 2].clamp(0, 1)
    shade = plain[:, 0].reshape(2, -1).gather(1, rays.place.long().where(hit, 0))
    assert (shade - expected).abs()[hit].mean() < 0.03
    red = textured[0, :, middle, middle]
    assert red[0] > 0.05 and red[1] < 0.05 and red[2] < 0.05
    torch.testing.assert_close(red[0], 0.8 * plain[0, 0, middle, middle], atol=0.02, rtol=0)


def test_gradients_reach_shape_and_color(scene):
    base, rays = scene
    field = new_field(base, GRID)
    light = Lights(torch.tensor([[0.0, -1, 0]] * 2), torch.tensor([0.1, 0.1]))
    optimizer = torch.optim.Adam(field.parameters(), 0.02)
    goal = torch.zeros(2, 3, PIXELS, PIXELS)
    goal[:, 1] = 1.0
    losses = []
    for step in range(30):
        optimizer.zero_grad()
        seen = band.render(field, rays, seed=torch.tensor([step, step + 50]))
        textured, _ = band.compose(seen, rays, goal, light)
        loss = (textured - goal).square().mean() + 0.01 * seen.eikonal
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]
    surface = functional.normalize(torch.randn(200, 3), dim=1) * balls.RADIUS
    assert field.color(surface)[:, 1].mean() > 0.5
    # Before the color that is wanted everywhere, a smaller ball is better.
    assert field.moved(surface).mean() < 0


def test_the_same_seeds_see_the_same(scene):
    base, rays = scene
    field, seed = new_field(base, GRID), torch.tensor([3, 4])
    one, two = (band.render(field, rays, seed=seed).depth for _ in range(2))
    assert torch.equal(one, two)
    other = band.render(field, rays, seed=seed + 1).depth
    assert not torch.equal(one, other)
