# SPDX-License-Identifier: Apache-2.0
"""Rendering against an analytic sphere and against the formulas."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from kinora.backend.avatar.neus.reading import shipped
from kinora.backend.avatar.neus.rendering import (
    Look,
    Rays,
    annealed,
    near_far,
    opacities,
    render,
    samples,
    visible,
)

SIZE = shipped().model.neus_renderer
RADIUS = 0.6


@dataclass(frozen=True)
class Ball:
    """A sphere about the origin, colored by its normal; head 1 is grey."""

    s: float = 0.002
    radius: float = RADIUS

    def distance(self, points: Tensor) -> Tensor:
        return points.norm(dim=1) - self.radius

    def look(self, points: Tensor, directions: Tensor) -> Look:
        normal = functional.normalize(points, dim=1)
        return Look(self.distance(points), normal, torch.full_like(points, 0.5), normal / 2 + 0.5)

    def sharpness(self) -> Tensor:
        return torch.tensor(1 / self.s)


def rays_at(offsets: Tensor, distance: float = 1.5) -> Rays:
    """Rays along -z that pass the origin at offsets (R,)."""
    origin = torch.stack([offsets, torch.zeros_like(offsets), torch.full_like(offsets, distance)])
    return Rays(origin.T, torch.tensor([0.0, 0, -1]).expand(len(offsets), 3))


def test_the_depth_of_a_sphere_is_exact_to_half_a_millimetre() -> None:
    offsets = torch.linspace(0, 0.8 * RADIUS, 41)
    shift = torch.rand(41, generator=torch.Generator().manual_seed(0)) - 0.5
    seen = render(Ball(), rays_at(offsets), SIZE, shift)
    depth = 1.5 - (RADIUS**2 - offsets**2).sqrt()
    assert (seen.opacity > 0.99).all()
    bias = seen.depth / seen.opacity - depth
    assert float(bias.abs().mean()) < 5e-4 and float(bias.mean().abs()) < 5e-4


def test_the_normal_and_the_colors_of_a_sphere_are_those_of_the_hit() -> None:
    offsets = torch.linspace(-0.4, 0.4, 8)
    seen = render(Ball(), rays_at(offsets), SIZE, None)
    hit = torch.stack([offsets, torch.zeros(8), (RADIUS**2 - offsets**2).sqrt()], 1) / RADIUS
    torch.testing.assert_close(functional.normalize(seen.normal, dim=1), hit, atol=2e-2, rtol=0)
    torch.testing.assert_close(seen.shown, hit / 2 + 0.5, atol=2e-2, rtol=0)
    torch.testing.assert_close(seen.first, torch.full((8, 3), 0.5), atol=1e-2, rtol=0)
    assert float(seen.eikonal) < 1e-6


def test_rays_that_miss_see_nothing() -> None:
    seen = render(Ball(), rays_at(torch.tensor([0.75, 0.9])), SIZE, None)
    assert float(seen.opacity.max()) < 1e-2


def test_the_silhouette_is_half_covered_at_the_rim() -> None:
    """A blurry surface: the opacity passes through one half near the rim, never jumps."""
    offsets = torch.linspace(RADIUS - 0.05, RADIUS + 0.05, 101)
    opacity = render(Ball(s=0.01), rays_at(offsets), SIZE, None).opacity
    assert float(opacity.diff().max()) < 0.02 and float(opacity.diff().abs().max()) < 0.2
    crossing = offsets[int((opacity < 0.5).float().argmax())]
    assert float(crossing) == pytest.approx(RADIUS, abs=0.02)


def test_opacity_is_the_drop_of_the_sigmoid() -> None:
    distance, length, sharpness = 0.01, 0.03, 200.0
    before, after = (
        1 / (1 + math.exp(-sharpness * (distance + sign * 0.8 * length / 2))) for sign in (1, -1)
    )
    found = opacities(
        torch.tensor([[distance]]), torch.tensor([[-0.8]]), torch.tensor([[length]]),
        torch.tensor(sharpness),
    )  # fmt: skip
    assert float(found) == pytest.approx((before - after + 1e-5) / (before + 1e-5), rel=1e-4)
    rising = opacities(
        torch.tensor([[0.0]]), torch.tensor([[0.9]]), torch.tensor([[0.1]]), torch.tensor(99.0)
    )
    assert float(rising) == 0


def test_sections_hide_those_behind() -> None:
    alpha = torch.tensor([[0.5, 0.5, 1.0, 1.0]])
    expected = torch.tensor([[0.5, 0.25, 0.25, 0.0]])
    torch.testing.assert_close(visible(alpha), expected, atol=1e-6, rtol=0)


def test_rays_run_a_unit_before_and_behind_the_closest_point() -> None:
    rays = Rays(
        torch.tensor([[0.0, 0, 3], [0.2, 0, 0.4]]), torch.tensor([[0.0, 0, -1], [0.0, 0, -1]])
    )
    near, far = near_far(rays)
    torch.testing.assert_close(near, torch.tensor([2.0, 0.0]))
    torch.testing.assert_close(far, torch.tensor([4.0, 1.4]))


def test_samples_are_in_order_and_gather_at_the_surface() -> None:
    rays = rays_at(torch.tensor([0.0, 0.3]))
    depth = samples(Ball(), rays, SIZE, None)
    assert depth.shape == (2, 64)
    assert (depth.diff(dim=1) >= 0).all()
    surface = 1.5 - (RADIUS**2 - torch.tensor([0.0, 0.3]) ** 2).sqrt()
    near = (depth - surface[:, None]).abs() < 0.05
    assert (near.sum(1) > 24).all()


def test_the_coarse_samples_of_a_ray_move_together_by_at_most_a_section() -> None:
    size = replace(SIZE, n_importance=0)
    rays = rays_at(torch.zeros(3))
    even = samples(Ball(), rays, size, None)
    torch.testing.assert_close(even[0], torch.linspace(0.5, 2.5, 32))
    moved = samples(Ball(), rays, size, torch.tensor([-0.5, 0.25, 0.5])) - even
    torch.testing.assert_close(moved, torch.tensor([-1, 0.5, 1])[:, None].expand(3, 32) / 32)


def test_annealing_softens_slopes_at_first() -> None:
    cosine = torch.tensor([-1.0, 0.0, 0.5, 1.0])
    torch.testing.assert_close(annealed(cosine, 1.0), torch.tensor([-1.0, 0, 0, 0]))
    torch.testing.assert_close(annealed(cosine, 0.0), torch.tensor([-1.0, -0.5, -0.25, 0]))
    torch.testing.assert_close(annealed(cosine, 0.5)[1], torch.tensor(-0.25))
