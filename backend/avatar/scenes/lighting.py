# SPDX-License-Identifier: Apache-2.0
"""How surfaces of a batch answer light: the studio's recipe without shadows, turned at random."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.raster import Cameras
from ...kit.raster.chance import uniform
from ..lights import Recipe

_TURN, _LIFT = math.radians(70), 0.5
"""How far the key light may be turned, and its height changed."""
_STREAM = 11


@dataclass(frozen=True)
class Lighting:
    """For each of B pictures: directions (B, 3) of three lights, and factors (B, 3)."""

    key: Tensor
    fill: Tensor
    rim: Tensor
    strength: Tensor

    def of(self, picture: Tensor) -> Lighting:
        """The lights of each of N pixels, given its picture (N,)."""
        mine = (self.key, self.fill, self.rim, self.strength)
        return Lighting(*(one.index_select(0, picture) for one in mine))


def lighting(cameras: Cameras, seed: Tensor, recipe: Recipe) -> Lighting:
    """Lights that turn with each camera, and by chance."""
    chance = uniform(seed, 5, _STREAM)
    turn = (2 * chance[:, 0] - 1) * _TURN
    lift = (2 * chance[:, 1] - 1) * _LIFT
    key = _towards(cameras, recipe.key_from, turn, lift)
    none = torch.zeros_like(turn)
    strength = 0.8 + 0.4 * chance[:, 2:5]
    return Lighting(
        key,
        _towards(cameras, recipe.fill_from, turn * 0.3, none),
        _towards(cameras, recipe.rim_from, turn * 0.3, none),
        strength,
    )


def _towards(
    cameras: Cameras, light: tuple[float, float, float], turn: Tensor, lift: Tensor
) -> Tensor:
    """(B, 3) a direction given as right, up and towards the camera, in the world."""
    right, forward = cameras.axes[:, 0], cameras.axes[:, 2]
    level = functional.normalize(forward * _constant((1.0, 1.0, 0.0), forward.device), dim=1)
    across = light[0] * turn.cos() - light[2] * turn.sin()
    nearer = light[0] * turn.sin() + light[2] * turn.cos()
    up = _constant((0.0, 0.0, 1.0), forward.device)
    way = across[:, None] * right - nearer[:, None] * level + (light[1] + lift)[:, None] * up
    return functional.normalize(way, dim=1)


def lit(
    base: Tensor, normal: Tensor, to_eye: Tensor, finish: Tensor, lights: Lighting, recipe: Recipe
) -> Tensor:
    """(N, 3) linear color of surfaces of linear color (N, 3), unit normals and directions to the
    eye (N, 3), roughness and metallic (N, 2), under lights of N rows."""
    roughness, metallic = finish[:, :1], finish[:, 1:]

    def color(of: tuple[float, float, float]) -> Tensor:
        return _constant(of, base.device)

    up = 0.5 + 0.5 * normal[:, 2:]
    ambient = lights.strength[:, 1:2]
    around = (color(recipe.ground) * (1 - up) + color(recipe.sky) * up) * ambient
    facing = (normal * lights.key).sum(1, keepdim=True).clamp(min=0)
    key = facing * lights.strength[:, :1] * color(recipe.key)
    fill = (0.25 + 0.75 * (normal * lights.fill).sum(1, keepdim=True)).clamp(min=0)
    light = around + key + fill * color(recipe.fill)
    half = functional.normalize(to_eye + lights.key, dim=1)
    power = 2 / roughness.clamp(0.15, 1) ** 4 - 1
    cosine = (normal * half).sum(1, keepdim=True).clamp(min=1e-4)
    shine = (power + 8) / 8 * (power * cosine.log()).exp() * facing * lights.strength[:, :1]
    mirror = 0.04 * (1 - metallic) + base * metallic
    gloss = mirror * (shine * color(recipe.key) + around * (0.6 + 2 * (1 - roughness)))
    edge = (1 - (normal * to_eye).sum(1, keepdim=True).clamp(0, 1)) ** 3
    behind = ((normal * lights.rim).sum(1, keepdim=True) + 0.3).clamp(min=0)
    rim = (0.25 * base + 0.10) * edge * behind * color(recipe.rim) * lights.strength[:, 2:3]
    return base * (1 - metallic) * light + gloss + rim


# Kept on the device: CUDA graphs may not copy from the processor.
@cache
def _constant(values: tuple[float, float, float], device: torch.device) -> Tensor:
    return torch.tensor(values, device=device)


def linear(color: Tensor) -> Tensor:
    """sRGB to linear."""
    return torch.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def display(color: Tensor) -> Tensor:
    """Linear to sRGB, 0 to 1."""
    bright = 1.055 * color.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(color <= 0.0031308, color * 12.92, bright).clamp(0, 1)
