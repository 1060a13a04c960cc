# SPDX-License-Identifier: Apache-2.0
"""The studio's lights, and what the figure hides from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from ..kit.raster import rasterise
from .camera import Camera

Color = tuple[float, float, float]
_FAR = 1e6  # metres, where a light meets nothing


@dataclass(frozen=True)
class Recipe:
    """The set. Directions are seen from the camera: right, up, towards it. Colours are linear."""

    samples: int = 2
    """Drawn pixels for each side of a shown one."""
    key_from: tuple[float, float, float] = (-0.55, 0.75, 0.75)
    key: Color = (1.12, 1.05, 0.96)
    fill_from: tuple[float, float, float] = (0.9, 0.15, 0.6)
    fill: Color = (0.14, 0.16, 0.19)
    rim_from: tuple[float, float, float] = (0.5, 0.55, -0.9)
    rim: Color = (0.75, 0.8, 0.9)
    sky: Color = (0.46, 0.48, 0.52)
    ground: Color = (0.25, 0.235, 0.22)
    wall: Color = (0.47, 0.50, 0.54)
    floor: Color = (0.45, 0.465, 0.49)
    shadow_size: int = 320
    """Side of the key light's depth map."""
    contact_size: int = 160
    """Side of the map of what is near the floor."""
    occlusion_size: int = 112
    occlusion_elevations: tuple[float, ...] = (40.0, 40.0, 40.0, 88.0)
    """Degrees above the horizon of directions in which the figure may hide the sky."""


@dataclass(frozen=True)
class DepthMap:
    """How far a light sees: `depth` (S, S), in its own axes (3, 3), from the corner `low`."""

    depth: Tensor
    axes: Tensor
    low: Tensor
    texel: float

    def lit(self, places: Tensor, radius: float, softness: float) -> Tensor:
        """(N,) the share of the light that reaches places (N, 3), seen over a disk of this radius.

        All lengths in metres; a surface that lies less than `softness` behind the first one seen is
        only partly in its shadow.
        """
        return self._mean(places, radius, lambda gap: (1 + gap / softness).clamp_(0, 1), 1.0)

    def touched(self, places: Tensor, radius: float, reach: float) -> Tensor:
        """(N,) how closely something lies over the places: 1 on them, 0 from `reach` metres on."""
        return self._mean(places, radius, lambda gap: (1 - gap / reach).clamp_(0, 1) ** 2, 0.0)

    def _mean(
        self, places: Tensor, radius: float, of_gap: Callable[[Tensor], Tensor], outside: float
    ) -> Tensor:
        """The mean over a disk of what follows from the gap that the first surface leaves."""
        column, row, away = self.axes @ places.T - self.low[:, None]
        column, row = column / self.texel, row / self.texel
        size, reach = self.depth.shape[0], radius / self.texel
        values = torch.full((len(places),), outside, device=places.device)
        near = (column > -reach) & (column < size + reach) & (row > -reach) & (row < size + reach)
        chosen = near.nonzero()[:, 0]
        column, row, away = column[chosen], row[chosen], away[chosen]
        total = torch.zeros_like(away)
        for across, down in _DISK:
            x = (column + across * reach).int().clamp_(0, size - 1)
            y = (row + down * reach).int().clamp_(0, size - 1)
            total += of_gap(self.depth.view(-1).index_select(0, y * size + x) - away)
        values[chosen] = total / len(_DISK)
        return values


@dataclass(frozen=True)
class Lights:
    """Directions towards the three lights, the key's shadow, what hides the sky and the floor."""

    key: Tensor
    fill: Tensor
    rim: Tensor
    shadow: DepthMap
    contact: DepthMap
    occlusion: tuple[DepthMap, ...]

    def open_sky(self, places: Tensor, normals: Tensor) -> Tensor:
        """(N,) the share of the sky that the places see, each direction by its cosine."""
        total = torch.full((len(places),), 0.15, device=places.device)
        weight = total.clone()
        for one in self.occlusion:
            beam = -one.axes[2]
            cosine = (normals @ beam + 0.25).clamp_(min=0.02)
            total += cosine * one.lit(places + 0.02 * normals + 0.01 * beam, 0.03, 0.02)
            weight += cosine
        return total / weight


def set_lights(places: Tensor, triangles: Tensor, camera: Camera, recipe: Recipe) -> Lights:
    """Lights that turn with the camera, shining on a figure (V, 3) of triangles (N, 3)."""
    key = _towards(camera, recipe.key_from)
    # The sky is so soft that points on the surface stand for it.
    points = torch.cat([places, places[triangles].mean(1)])
    up = places.new_tensor([0.0, 0, 1])
    occlusion = []
    for number, degrees in enumerate(recipe.occlusion_elevations):
        turn, lift = 2 * math.pi * (number + 0.25) / 3, math.radians(degrees)
        level = math.cos(lift)
        beam = (level * math.cos(turn), math.sin(lift), level * math.sin(turn))
        occlusion.append(_splatted(points, _towards(camera, beam), recipe.occlusion_size))
    return Lights(
        key=key,
        fill=_towards(camera, recipe.fill_from),
        rim=_towards(camera, recipe.rim_from),
        shadow=_depth_map(places, triangles, key, recipe.shadow_size),
        contact=_closed(_splatted(points, -up, recipe.contact_size)),
        occlusion=tuple(occlusion),
    )


def _towards(camera: Camera, light: tuple[float, float, float]) -> Tensor:
    """A direction given as right, up and towards the camera, level with the floor, in the world."""
    right, forward = camera.axes[0], camera.axes[2]
    level = functional.normalize(forward * forward.new_tensor([1.0, 1, 0]), dim=0)
    up = forward.new_tensor([0.0, 0, 1])
    return functional.normalize(light[0] * right + light[1] * up - light[2] * level, dim=0)


def _frame(places: Tensor, beam: Tensor, size: int) -> tuple[Tensor, DepthMap]:
    """The places as a light sees them, pixels and metres, and its map with nothing on it yet."""
    # Any direction but the beam's own will do to find a second axis.
    aside = places.new_tensor([0.0, 0, 1] if abs(float(beam[2])) < 0.9 else [0.0, 1, 0])
    side = functional.normalize(torch.linalg.cross(beam, aside), dim=0)
    axes = torch.stack([side, torch.linalg.cross(beam, side), -beam])
    seen = places @ axes.T
    low, high = seen.amin(0), seen.amax(0)
    texel = float((high - low)[:2].max()) / (size - 4)
    low = torch.stack([low[0] - 2 * texel, low[1] - 2 * texel, torch.zeros_like(low[2])])
    seen = seen - low
    pixels = torch.cat([seen[:, :2] / texel, seen[:, 2:]], dim=1)
    empty = torch.full((size, size), _FAR, device=places.device)
    return pixels, DepthMap(empty, axes, low, texel)


def _depth_map(places: Tensor, triangles: Tensor, beam: Tensor, size: int) -> DepthMap:
    pixels, empty = _frame(places, beam, size)
    corners = pixels[triangles]
    fragments = rasterise(corners, None, (1, size, size), perspective=False)
    depth = fragments.spread(fragments.at_seen(corners[:, :, 2:]), _FAR)
    return replace(empty, depth=depth.view(size, size))


def _splatted(points: Tensor, beam: Tensor, size: int) -> DepthMap:
    pixels, empty = _frame(points, beam, size)
    cells = pixels[:, 1].long() * size + pixels[:, 0].long()
    empty.depth.view(-1).scatter_reduce_(0, cells, pixels[:, 2], "amin")
    return empty


def _closed(holed: DepthMap) -> DepthMap:
    """Fill the gaps between points with the nearest of their neighbours."""
    filled = -functional.max_pool2d(-holed.depth[None], 3, stride=1, padding=1)[0]
    return replace(holed, depth=filled)


def _spiral(count: int) -> list[tuple[float, float]]:
    """Points evenly over the unit disk (a sunflower's seeds)."""
    golden = math.pi * (3 - math.sqrt(5))
    radii = [math.sqrt((step + 0.5) / count) for step in range(count)]
    return [(r * math.cos(i * golden), r * math.sin(i * golden)) for i, r in enumerate(radii)]


_DISK = _spiral(12)
