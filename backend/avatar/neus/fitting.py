# SPDX-License-Identifier: Apache-2.0
"""Networks that start as the template: fitted to its exact distance, or learnt from pictures."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.nearest import Surface
from ...kit.raster.chance import uniform
from ..sculpt.distance import vertex_normals
from .cameras import SIDE
from .config import Config
from .frames import Inner
from .losses import color_loss, mask_loss
from .networks import Networks
from .rays import rays_through
from .rendering import Learnt, render
from .schedule import anneal, rate
from .template import around, grey, normals, picture

Report = Callable[[float], None]

SHARPNESS = 0.605
"""The variance that the published template ends with."""
_SPREADS = ((0.5, 0.004), (0.25, 0.03), (0.1, 0.15))
"""Shares of the points that lie about so far from the surface; the others lie anywhere."""
_COLORED = 0.03
_NEAR = 0.02
_STREAM = 81


@dataclass(frozen=True)
class Fit:
    """How long the template is fitted; enough for less than a millimetre."""

    steps: int = 800
    batch: int = 8192
    points: int = 200_000
    rate: float = 2e-3


@dataclass(frozen=True, eq=False)
class Points:
    """`place` (P, 3), signed `distance` (P,), the smooth `normal` (P, 3) and the `grey` (P,) of the
    nearest triangle."""

    place: Tensor
    distance: Tensor
    normal: Tensor
    grey: Tensor


def fit_template(
    networks: Networks, template: Inner, fit: Fit, seed: int, report: Report = lambda share: None
) -> None:
    """Make the distance network the template's signed distance, and head 1 its grey."""
    device = template.vertices.device
    chance = torch.Generator().manual_seed(seed)
    known = measured(template, fit.points, chance)
    networks.variance.variance.data.fill_(SHARPNESS)
    learnt = [*networks.sdf.parameters(), *networks.color.parameters()]
    optimizer = torch.optim.Adam(learnt, lr=fit.rate)
    for step in range(fit.steps):
        share = step / fit.steps
        optimizer.param_groups[0]["lr"] = fit.rate * (1.01 + math.cos(math.pi * share)) / 2
        rows = torch.randint(len(known.place), (fit.batch,), generator=chance).to(device)
        loss = _fit_loss(networks, known, rows)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step % 50 == 0:
            report(share)


def _fit_loss(networks: Networks, known: Points, rows: Tensor) -> Tensor:
    place, wanted = known.place[rows], known.distance[rows]
    found = networks.sdf(place)
    # What is near counts more: relative to its distance, but for the last centimetres.
    apart = (found[:, 0] - wanted).abs() / (wanted.abs() + _NEAR)
    first, _ = networks.color(place, known.normal[rows], torch.zeros_like(place), found[:, 1:])
    near = wanted.abs() < _COLORED
    color = (first - known.grey[rows, None]).abs().mean(1)
    loss: Tensor = apart.mean() + (color * near).sum() / near.sum().clamp(min=1)
    return loss


def measured(template: Inner, count: int, chance: torch.Generator) -> Points:
    """Points near the surface and all over the unit sphere, with their exact distances."""
    place = scattered(template, count, chance)
    surface = Surface(template.vertices[template.triangles])
    found = surface.nearest(place)
    corners = template.triangles[found.triangle]
    touched = (template.vertices[corners] * found.shares[:, :, None]).sum(1)
    smooth = vertex_normals(template.vertices, template.triangles)[corners]
    outward = (smooth * found.shares[:, :, None]).sum(1)
    inside = ((place - touched) * outward).sum(1) < 0
    distance = torch.where(inside, -found.distance, found.distance)
    normal = functional.normalize(outward, dim=1)
    return Points(place, distance, normal, grey(normals(template))[found.triangle])


def scattered(template: Inner, count: int, chance: torch.Generator) -> Tensor:
    """(count, 3) random points."""
    rows = []
    for share, spread in _SPREADS:
        many = int(count * share)
        away = torch.randn(many, 3, generator=chance) * spread
        rows.append(on_surface(template, many, chance) + away.to(template.vertices))
    many = count - sum(map(len, rows))
    direction = functional.normalize(torch.randn(many, 3, generator=chance), dim=1)
    ball = direction * torch.rand(many, 1, generator=chance) ** (1 / 3)
    return torch.cat([*rows, ball.to(template.vertices)])


def on_surface(template: Inner, count: int, chance: torch.Generator) -> Tensor:
    """(count, 3) random points, evenly on the template."""
    a, b, c = template.vertices[template.triangles].unbind(1)
    area = torch.linalg.cross(b - a, c - a).norm(dim=1).cpu()
    face = torch.multinomial(area, count, True, generator=chance).to(a.device)
    one, two = torch.rand(2, count, 1, generator=chance).to(a)
    root = one.sqrt()
    place: Tensor = a[face] * (1 - root) + b[face] * (root * (1 - two)) + c[face] * (root * two)
    return place


def learn_template(
    networks: Networks,
    template: Inner,
    config: Config,
    steps: int,
    report: Report = lambda share: None,
) -> None:
    """The published way: from 108 grey pictures, of one of them random rays a step."""
    device = str(template.vertices.device)
    train, seed = config.train, config.train.seed or 0
    views = around(device)
    drawn = [picture(template, views.only(number), SIDE) for number in range(len(views.eye))]
    chance = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(networks.parameters(), lr=train.learning_rate)
    coordinate = torch.arange(SIDE, device=device).float()
    order: list[int] = []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate(train, step, steps)
        order = order or torch.randperm(len(drawn), generator=chance).tolist()
        number = order.pop()
        pixels = torch.randint(SIDE**2, (train.batch_size,), generator=chance).to(device)
        rays = rays_through(views.only(number), coordinate, pixels)
        shift = uniform(torch.tensor([seed + step]), train.batch_size, _STREAM)[0].to(device) - 0.5
        size = config.model.neus_renderer
        seen = render(Learnt(networks), rays, size, shift, anneal(train, step))
        mask, color = (of.view(-1)[pixels] for of in (drawn[number].mask, drawn[number].color))
        wanted = mask if train.mask_weight else torch.ones_like(mask)
        first = seen.first + float(train.use_white_bkgd) * (1 - seen.opacity[:, None])
        loss = color_loss(first, color[:, None], wanted) + train.igr_weight * seen.eikonal
        loss = loss + train.mask_weight * mask_loss(seen.opacity, wanted)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        report(step / steps)
