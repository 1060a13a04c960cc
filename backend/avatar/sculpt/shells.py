# SPDX-License-Identifier: Apache-2.0
"""Prepares rays once for many steps: which pixels can see the surface, and where on their ray.

The start inflated by its leeway is rasterised and says which pixels may see something and from
where on. From there each ray marches through the start's field and its strata get narrow where the
surface is likely to be.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.raster import Cameras, Fragments, neighbours, rasterise
from .bricks import lookup
from .distance import DISTANCE, BaseField, vertex_normals
from .rays import Rays
from .start import Start

_MARGIN = 0.006  # metres beyond the leeway
_STEPS = 48
_LEAST_STEP, _MOST_STEP = 0.0015, 0.006  # metres, within the band
_NARROW = 0.005  # metres from the surface, where most samples go
_FLOOR = 0.12  # of the samples' density, anywhere in the band
_BEHIND = 0.012  # metres behind a surface, where few go
_END = 0.05  # metres behind a surface, where rays end
_AT_ONCE = 32


@torch.no_grad()
def pool(
    start: Start, base: BaseField, cameras: Cameras, pixels: int, most: int, samples: int = 12
) -> Rays:
    """At most `most` rays for each of N pictures, `pixels` square: those on the start first, then
    those beside it. `start` and `cameras` lie where `base` does."""
    inflated = _inflated(start)
    numbers = torch.split(torch.arange(len(cameras.eye), device=inflated.device), _AT_ONCE)
    parts = [
        _rays(start, inflated, base, _some(cameras, n), (pixels, most, samples)) for n in numbers
    ]
    names = ("place", "origin", "direction", "knots", "valid", "part")
    return Rays(pixels, **{n: torch.cat([getattr(part, n) for part in parts]) for n in names})


def _some(cameras: Cameras, rows: Tensor) -> Cameras:
    whole = (cameras.eye, cameras.axes, cameras.focal, cameras.middle)
    return Cameras(*(values.index_select(0, rows) for values in whole))


def _inflated(start: Start) -> Tensor:
    """(V, 3) the vertices moved out by their leeway, and those at the end of a sheet also beyond
    it."""
    normals = vertex_normals(start.vertices, start.triangles)
    reach = (start.slack + _MARGIN)[:, None]
    return start.vertices + reach * (normals + _endings(start, normals))


def _endings(start: Start, normals: Tensor) -> Tensor:
    """(V, 3) unit directions in which a sheet would grow at its ends, zero elsewhere."""
    triangle, corner = (neighbours(start.triangles) < 0).nonzero().unbind(1)
    ends = start.triangles[triangle, (corner + 1) % 3], start.triangles[triangle, (corner + 2) % 3]
    along = start.vertices[ends[1]] - start.vertices[ends[0]]
    outward = torch.zeros_like(normals)
    for end in ends:
        outward.index_add_(0, end, torch.linalg.cross(along, normals[end]))
    return functional.normalize(outward, dim=1)


def _rays(
    start: Start, inflated: Tensor, base: BaseField, cameras: Cameras, sizes: tuple[int, int, int]
) -> Rays:
    pixels, most, samples = sizes
    hull = _drawn(inflated, start.triangles, cameras, pixels)
    own = _drawn(start.vertices, start.triangles, cameras, pixels)
    count = len(cameras.eye)
    part = torch.where(own.face >= 0, start.part[own.face % len(start.part)], -1).view(count, -1)
    wanted = (hull.face >= 0).view(count, -1).to(torch.float32) + 2 * (part >= 0)
    # A hash decides which go where there are too many, so that none of them makes a pattern.
    spread = torch.arange(pixels**2, device=wanted.device) * 0.6180339887 % 1
    most = min(most, pixels**2)
    place = (wanted + 0.5 * spread * (wanted > 0)).topk(most, dim=1)[1].sort(dim=1)[0]
    valid = wanted.gather(1, place) > 0
    direction = _directions(cameras, place, pixels)
    ahead = (direction * cameras.axes[:, None, 2]).sum(2)
    first = _depths(hull, inflated, start.triangles, cameras).minimum(
        _depths(own, start.vertices, start.triangles, cameras)
    )
    near = first.view(count, -1).gather(1, place) / ahead - 2 * _MARGIN
    near = torch.where(valid, near, 0.5).clamp(min=0)
    knots, met = _knots(base, cameras.eye, direction, near, samples)
    valid &= met
    return Rays(
        pixels,
        torch.where(valid, place, pixels**2).to(torch.int32),
        cameras.eye,
        direction,
        knots,
        valid,
        torch.where(valid, part.gather(1, place), -1).to(torch.int16),
    )


def _drawn(vertices: Tensor, triangles: Tensor, cameras: Cameras, pixels: int) -> Fragments:
    corners = cameras.project_each(vertices.expand(len(cameras.eye), -1, -1))[:, triangles]
    picture = torch.arange(len(corners), device=corners.device).repeat_interleave(len(triangles))
    return rasterise(corners.flatten(0, 1), picture, (len(corners), pixels, pixels))


def _depths(seen: Fragments, vertices: Tensor, triangles: Tensor, cameras: Cameras) -> Tensor:
    """(N, S, S) distance ahead of what is seen; infinite where there is nothing."""
    corner = triangles.index_select(0, seen.seen_face % len(triangles))
    place = (vertices[corner] * seen.shares[:, :, None]).sum(1)
    picture = seen.seen_picture
    ahead = ((place - cameras.eye[picture]) * cameras.axes[picture, 2]).sum(1, keepdim=True)
    return seen.spread(ahead, torch.inf)[..., 0]


def _directions(cameras: Cameras, place: Tensor, pixels: int) -> Tensor:
    """(N, M, 3) unit, through the middles of pixels (N, M)."""
    at = torch.stack([place % pixels, place // pixels], dim=2) + 0.5
    flat = (at - cameras.middle[:, None]) / cameras.focal[:, None, None]
    return functional.normalize(functional.pad(flat, (0, 1), value=1.0) @ cameras.axes, dim=2)


def _knots(
    base: BaseField, eye: Tensor, direction: Tensor, near: Tensor, samples: int
) -> tuple[Tensor, Tensor]:
    """(N, M, samples + 1) the ends of strata that are equally likely to hold the surface, and
    (N, M) whether a ray comes into the band at all."""
    depth, behind = near.clone(), torch.zeros_like(near)
    depths, masses = [depth], [torch.zeros_like(near)]
    for _ in range(_STEPS):
        places = (eye[:, None] + depth[..., None] * direction).view(-1, 3)
        distance, outward, inward = lookup(base.bricks, places, DISTANCE, 3).view(3, *near.shape)
        beyond = distance - outward - _MARGIN
        inside = (beyond < 0) & (distance > -inward - _MARGIN)
        step = (distance.abs() / 2).clamp(_LEAST_STEP, _MOST_STEP)
        step = torch.where(beyond > 0, beyond.clamp(min=_LEAST_STEP), step)
        behind = torch.where((distance < 0) | (behind > 0), behind + step, behind)
        likely = _FLOOR + torch.exp(-distance.abs() / _NARROW)
        mass = likely * torch.exp(-behind / _BEHIND) * step * (inside & (behind < _END))
        depth = depth + step
        depths.append(depth)
        masses.append(masses[-1] + mass)
    return _quantiles(torch.stack(depths, 2), torch.stack(masses, 2), samples)


def _quantiles(depths: Tensor, masses: Tensor, samples: int) -> tuple[Tensor, Tensor]:
    """Depths that part the mass into equal shares."""
    total = masses[:, :, -1:]
    met = total[..., 0] > 0
    asked = torch.linspace(0, 1, samples + 1, device=depths.device) * total
    # The first knot is where the band begins, the last where it ends.
    asked = asked.clamp(min=1e-9).minimum(total * (1 - 1e-6))
    after = torch.searchsorted(masses, asked.contiguous()).clamp(1, masses.shape[2] - 1)
    low, high = masses.gather(2, after - 1), masses.gather(2, after)
    share = ((asked - low) / (high - low).clamp(min=1e-12)).clamp(0, 1)
    return torch.lerp(depths.gather(2, after - 1), depths.gather(2, after), share), met
