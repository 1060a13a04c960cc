# SPDX-License-Identifier: Apache-2.0
"""The studio's lights, and what the figure hides from them."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
    key: Color = (1.0, 0.94, 0.86)
    fill_from: tuple[float, float, float] = (0.9, 0.15, 0.6)
    fill: Color = (0.14, 0.16, 0.19)
    rim_from: tuple[float, float, float] = (0.5, 0.55, -0.9)
    rim: Color = (0.75, 0.8, 0.9)
    sky: Color = (0.42, 0.44, 0.48)
    ground: Color = (0.2, 0.19, 0.18)
    wall: Color = (0.40, 0.43, 0.47)
    floor: Color = (0.36, 0.375, 0.40)
    shadow_size: int = 320
    """Side of the key light's depth map."""
    occlusion_size: int = 112
    occlusion_elevations: tuple[float, ...] = (40.0, 40.0, 40.0, 88.0)
    """Degrees above the horizon of the directions in which the figure may hide the sky."""


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
        seen = places @ self.axes.T - self.low
        column, row = seen[:, 0] / self.texel, seen[:, 1] / self.texel
        size, reach = self.depth.shape[0], radius / self.texel
        total = torch.zeros(len(places), device=places.device)
        for across, down in _DISK:
            x = (column + across * reach).long().clamp_(0, size - 1)
            y = (row + down * reach).long().clamp_(0, size - 1)
            gap = self.depth.view(-1)[y * size + x] - seen[:, 2]
            total += (1 + gap / softness).clamp_(0, 1)
        return total / len(_DISK)


@dataclass(frozen=True)
class Lights:
    """Directions towards the three lights, the key light's shadow, and what hides the sky."""

    key: Tensor
    fill: Tensor
    rim: Tensor
    shadow: DepthMap
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

    def depth_map(beam: Tensor, size: int) -> DepthMap:
        return _depth_map(places, triangles, beam, size)

    key = _towards(camera, recipe.key_from)
    occlusion = []
    for number, degrees in enumerate(recipe.occlusion_elevations):
        turn, lift = 2 * math.pi * (number + 0.25) / 3, math.radians(degrees)
        level = math.cos(lift)
        beam = (level * math.cos(turn), math.sin(lift), level * math.sin(turn))
        occlusion.append(depth_map(_towards(camera, beam), recipe.occlusion_size))
    return Lights(
        key=key,
        fill=_towards(camera, recipe.fill_from),
        rim=_towards(camera, recipe.rim_from),
        shadow=depth_map(key, recipe.shadow_size),
        occlusion=tuple(occlusion),
    )


def _towards(camera: Camera, light: tuple[float, float, float]) -> Tensor:
    """A direction given as right, up and towards the camera, level with the floor, in the world."""
    right, forward = camera.axes[0], camera.axes[2]
    level = functional.normalize(forward * torch.tensor([1.0, 1, 0], device=forward.device), dim=0)
    up = torch.tensor([0.0, 0, 1], device=forward.device)
    return functional.normalize(light[0] * right + light[1] * up - light[2] * level, dim=0)


def _depth_map(places: Tensor, triangles: Tensor, beam: Tensor, size: int) -> DepthMap:
    up = torch.tensor([0.0, 0, 1], device=places.device)
    side = functional.normalize(torch.linalg.cross(beam, up), dim=0)
    axes = torch.stack([side, torch.linalg.cross(beam, side), -beam])
    seen = places @ axes.T
    low, high = seen.amin(0), seen.amax(0)
    texel = float((high - low)[:2].max()) / (size - 4)
    low = torch.stack([low[0] - 2 * texel, low[1] - 2 * texel, torch.zeros_like(low[2])])
    seen = seen - low
    corners = torch.cat([seen[:, :2] / texel, seen[:, 2:]], dim=1)[triangles]
    fragments = rasterise(corners, size, size)
    depth = fragments.interpolate(corners[:, :, 2:])[..., 0]
    depth[fragments.face < 0] = _FAR
    return DepthMap(depth, axes, low, texel)


def _spiral(count: int) -> list[tuple[float, float]]:
    """Points evenly over the unit disk (a sunflower's seeds)."""
    golden = math.pi * (3 - math.sqrt(5))
    radii = [math.sqrt((step + 0.5) / count) for step in range(count)]
    return [(r * math.cos(i * golden), r * math.sin(i * golden)) for i, r in enumerate(radii)]


_DISK = _spiral(12)
