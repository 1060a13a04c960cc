# SPDX-License-Identifier: Apache-2.0
"""Volume rendering of a signed distance (NeuS, Wang et al. 2021): samples, opacities, sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from .config import NeusRenderer
from .networks import Networks

SHARPEST = 1000.0
"""The steepest slope that a round of importance sampling believes."""
_FIRST_SHARPNESS = 64.0
_EIKONAL_RADIUS = 1.2


class Surface(Protocol):
    """A signed distance with colors."""

    def distance(self, points: Tensor) -> Tensor:
        """(N,) at points (N, 3), without gradient."""
        ...

    def look(self, points: Tensor, directions: Tensor) -> Look:
        """What there is at points (N, 3), seen along unit directions (N, 3)."""
        ...

    def sharpness(self) -> Tensor: ...


@dataclass(frozen=True)
class Look:
    """`distance` (N,), its `gradient` (N, 3), the template's color `first` and the shown color
    (N, 3)."""

    distance: Tensor
    gradient: Tensor
    first: Tensor
    shown: Tensor


@dataclass(frozen=True)
class Rays:
    """`origin` and unit `direction` (R, 3)."""

    origin: Tensor
    direction: Tensor

    def __len__(self) -> int:
        return len(self.origin)

    def at(self, depth: Tensor) -> Tensor:
        """(R, S, 3) the points at depths (R, S)."""
        return self.origin[:, None] + self.direction[:, None] * depth[..., None]


@dataclass(frozen=True)
class Seen:
    """Of each of R rays: `opacity` (R,), colors (R, 3) before black, the sum of the gradients as
    `normal` (R, 3), the mean `depth` (R,); and the `eikonal` loss of all samples."""

    opacity: Tensor
    first: Tensor
    shown: Tensor
    normal: Tensor
    depth: Tensor
    eikonal: Tensor


@dataclass(frozen=True, eq=False)
class Learnt:
    """The networks as a `Surface`."""

    networks: Networks

    def distance(self, points: Tensor) -> Tensor:
        with torch.no_grad():
            return self.networks.sdf.distance(points)

    def look(self, points: Tensor, directions: Tensor) -> Look:
        """One pass for distance, feature and gradient; where gradients are recorded, the gradient
        can be learnt from too."""
        learns = torch.is_grad_enabled()
        with torch.enable_grad():
            points = points.detach().requires_grad_()
            found = self.networks.sdf(points)
            (gradient,) = torch.autograd.grad(found[:, 0].sum(), points, create_graph=learns)
        if not learns:
            found, points = found.detach(), points.detach()
        first, shown = self.networks.color(points, gradient, directions, found[:, 1:])
        return Look(found[:, 0], gradient, first, shown)

    def sharpness(self) -> Tensor:
        sharpness: Tensor = self.networks.variance()
        return sharpness


def render(
    surface: Surface, rays: Rays, size: NeusRenderer, shift: Tensor | None, anneal: float = 1.0
) -> Seen:
    """March the rays through the unit sphere.

    `shift` (R,) in -0.5 to 0.5 moves a ray's coarse samples, None none. `anneal` 0 to 1 is how far
    the slope is that of the surface itself; 1 is the published one.
    """
    depth = samples(surface, rays, size, shift)
    last = depth.new_full((len(rays), 1), 2 / size.n_samples)
    length = torch.cat([depth.diff(dim=1), last], dim=1)
    middle = depth + length / 2
    points = rays.at(middle)
    directions = rays.direction[:, None].expand_as(points)
    look = surface.look(points.reshape(-1, 3), directions.reshape(-1, 3))
    gradient = look.gradient.view_as(points)
    slope = annealed((directions * gradient).sum(2), anneal)
    alpha = opacities(look.distance.view_as(middle), slope, length, surface.sharpness())
    weights = visible(alpha)

    def total(values: Tensor) -> Tensor:
        return (weights[..., None] * values.view_as(points)).sum(1)

    near = points.norm(dim=2) < _EIKONAL_RADIUS
    error = (gradient.norm(dim=2) - 1).square()
    return Seen(
        opacity=weights.sum(1),
        first=total(look.first),
        shown=total(look.shown),
        normal=total(look.gradient),
        depth=(weights * middle).sum(1),
        eikonal=(near * error).sum() / (near.sum() + 1e-5),
    )


def annealed(cosine: Tensor, ratio: float) -> Tensor:
    """The slope of the distance along a ray, never above zero; early in an annealed run (`ratio`
    0) softened, so that rays which leave the surface count a little."""
    if ratio >= 1:
        return -functional.relu(-cosine)
    soft = functional.relu(0.5 - 0.5 * cosine) * (1 - ratio)
    return -(soft + functional.relu(-cosine) * ratio)


def opacities(distance: Tensor, slope: Tensor, length: Tensor, sharpness: Tensor) -> Tensor:
    """(R, S) how opaque sections are: the drop of the logistic sigmoid from their one end to the
    other (NeuS, equation 13), with distance and slope at their middles."""
    half = slope * length / 2
    before = torch.sigmoid((distance - half) * sharpness)
    after = torch.sigmoid((distance + half) * sharpness)
    return ((before - after + 1e-5) / (before + 1e-5)).clamp(0, 1)


def visible(alpha: Tensor) -> Tensor:
    """(R, S) the share of each section in what is seen."""
    clear = torch.cat([torch.ones_like(alpha[:, :1]), 1 - alpha + 1e-7], dim=1)
    return alpha * clear.cumprod(dim=1)[:, :-1]


def near_far(rays: Rays) -> tuple[Tensor, Tensor]:
    """(R,) twice: a unit before and behind the point that is closest to the origin."""
    middle = -(rays.origin * rays.direction).sum(1) / rays.direction.square().sum(1)
    return (middle - 1).clamp(min=0), middle + 1


@torch.no_grad()
def samples(surface: Surface, rays: Rays, size: NeusRenderer, shift: Tensor | None) -> Tensor:
    """(R, n_samples + n_importance) depths in order: even ones, and rounds of finer ones where the
    surface seems to be."""
    near, far = near_far(rays)
    share = torch.linspace(0, 1, size.n_samples, device=near.device)
    depth = near[:, None] + (far - near)[:, None] * share
    if shift is not None:
        depth = depth + size.perturb * shift[:, None] * 2 / size.n_samples
    if not size.n_importance:
        return depth
    distance = surface.distance(rays.at(depth).view(-1, 3)).view_as(depth)
    for step in range(size.up_sample_steps):
        weights = _believed(rays, depth, distance, _FIRST_SHARPNESS * 2**step)
        more = _inverse(depth, weights, size.n_importance // size.up_sample_steps)
        joined = torch.cat([depth, more], dim=1)
        if step + 1 == size.up_sample_steps:
            return joined.sort(dim=1).values
        found = surface.distance(rays.at(more).view(-1, 3)).view_as(more)
        depth, order = joined.sort(dim=1)
        distance = torch.cat([distance, found], dim=1).gather(1, order)
    return depth


def _believed(rays: Rays, depth: Tensor, distance: Tensor, sharpness: float) -> Tensor:
    """(R, S - 1) what sections would weigh at this sharpness. Of a section's slope and that before
    it, the steeper downward one counts, so that thin things are not lost."""
    length = depth.diff(dim=1)
    slope = distance.diff(dim=1) / (length + 1e-5)
    before = torch.cat([torch.zeros_like(slope[:, :1]), slope[:, :-1]], dim=1)
    radius = rays.at(depth).norm(dim=2)
    inside = (radius[:, :-1] < 1) | (radius[:, 1:] < 1)
    slope = torch.minimum(slope, before).clamp(-SHARPEST, 0) * inside
    middle = (distance[:, :-1] + distance[:, 1:]) / 2
    return visible(opacities(middle, slope, length, torch.as_tensor(sharpness)))


def _inverse(depth: Tensor, weights: Tensor, count: int) -> Tensor:
    """(R, count) even quantiles of the piecewise constant density of weights (R, S - 1)."""
    weights = weights + 1e-5
    density = weights / weights.sum(1, keepdim=True)
    total = torch.cat([torch.zeros_like(density[:, :1]), density.cumsum(1)], dim=1)
    half = 0.5 / count
    share = torch.linspace(half, 1 - half, count, device=depth.device)
    share = share.expand(len(depth), count).contiguous()
    above = torch.searchsorted(total, share, right=True)
    low = (above - 1).clamp(min=0)
    high = above.clamp(max=total.shape[1] - 1)
    first, span = total.gather(1, low), total.gather(1, high) - total.gather(1, low)
    inside = (share - first) / torch.where(span < 1e-5, torch.ones_like(span), span)
    start = depth.gather(1, low)
    return start + inside * (depth.gather(1, high) - start)
