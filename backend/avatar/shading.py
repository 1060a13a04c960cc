# SPDX-License-Identifier: Apache-2.0
"""The colours of the figure's pixels: textures, normal map, three lights, sky, tone mapping."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..kit.raster import Fragments
from .actor import COLOR, METALLIC, NORMAL, ROUGHNESS, Actor
from .camera import Camera
from .lights import Lights, Recipe


@dataclass(frozen=True)
class Scene:
    """One moment: the actor's places and unit normals (V, 3), who looks, and in what light."""

    actor: Actor
    textures: tuple[Tensor, ...]
    places: Tensor
    normals: Tensor
    camera: Camera
    lights: Lights
    recipe: Recipe


@dataclass(frozen=True)
class _Surface:
    """What N pixels see: place, unit smooth and detailed normal, direction to the eye, light."""

    place: Tensor
    smooth: Tensor
    normal: Tensor
    to_eye: Tensor
    values: Tensor
    open_sky: Tensor


def shade(scene: Scene, fragments: Fragments) -> Tensor:
    """(N, 3) linear colours for a screen of the pixels that see the figure, row by row."""
    surface = _surface(scene, fragments)
    lights = scene.lights
    lifted = surface.place + 0.008 * surface.smooth + 0.006 * lights.key
    shadow = lights.shadow.lit(lifted, 0.018, 0.015)
    return tone(_lit(surface, shadow, lights, scene.recipe))


def _surface(scene: Scene, fragments: Fragments) -> _Surface:
    face = fragments.seen_face
    corners, along_u, mirrored = _by_triangle(scene)
    seen = fragments.at_seen(corners)
    place, smooth = seen[:, :3], functional.normalize(seen[:, 3:6], dim=1)
    to_eye = functional.normalize(scene.camera.eye - place, dim=1)
    # The inside of a sleeve or a skirt is lit like its outside.
    smooth = torch.where((smooth * to_eye).sum(1, keepdim=True) < -0.15, -smooth, smooth)
    values = _sample(scene.textures, scene.actor.material[face], seen[:, 6:8])
    turned = mirrored.index_select(0, face)
    normal = _detailed(smooth, along_u.index_select(0, face), turned, values[:, NORMAL])
    return _Surface(place, smooth, normal, to_eye, values, seen[:, 8])


def _by_triangle(scene: Scene) -> tuple[Tensor, Tensor, Tensor]:
    """Place, normal, UV and open sky at the corners (N, 3, 9); where u grows (N, 3); 1 or -1 (N, 1)
    where the texture is mirrored."""
    actor = scene.actor
    sky = scene.lights.open_sky(scene.places, scene.normals)
    at_vertices = torch.cat([scene.places, scene.normals, sky[:, None]], dim=1)
    of = at_vertices.index_select(0, actor.triangles.reshape(-1)).view(-1, 3, 7)
    corners = torch.cat([of[..., :6], actor.uvs, of[..., 6:]], dim=2)
    first, second = of[:, 1, :3] - of[:, 0, :3], of[:, 2, :3] - of[:, 0, :3]
    a, b = actor.uvs[:, 1] - actor.uvs[:, 0], actor.uvs[:, 2] - actor.uvs[:, 0]
    mirrored = torch.sign(a[:, :1] * b[:, 1:] - a[:, 1:] * b[:, :1])
    along_u = (first * b[:, 1:] - second * a[:, 1:]) * mirrored
    return corners, functional.normalize(along_u, dim=1), mirrored


def _sample(textures: tuple[Tensor, ...], material: Tensor, uvs: Tensor) -> Tensor:
    """(N, 8) bilinear texture values."""
    grid = torch.stack([uvs[:, 0] % 1, 1 - uvs[:, 1] % 1], dim=1) * 2 - 1
    if len(textures) == 1:
        return _values(textures[0], grid)
    values = torch.zeros((len(uvs), 8), device=uvs.device)
    for number, texture in enumerate(textures):
        own = (material == number).nonzero()[:, 0]
        values[own] = _values(texture, grid[own])
    return values


def _values(texture: Tensor, grid: Tensor) -> Tensor:
    values = functional.grid_sample(
        texture, grid[None, None], padding_mode="border", align_corners=False
    )
    return values[0, :, 0].T


def _detailed(smooth: Tensor, along_u: Tensor, mirrored: Tensor, bump: Tensor) -> Tensor:
    """The smooth normals bent by the normal map, along the directions in which u and v grow."""
    along_u = along_u - smooth * (along_u * smooth).sum(1, keepdim=True)
    along_u = functional.normalize(along_u, dim=1)
    along_v = torch.linalg.cross(smooth, along_u) * mirrored
    bent = along_u * bump[:, :1] + along_v * bump[:, 1:2] + smooth * bump[:, 2:]
    return functional.normalize(bent, dim=1)


def _lit(surface: _Surface, shadow: Tensor, lights: Lights, recipe: Recipe) -> Tensor:
    normal, values, sky = surface.normal, surface.values, surface.open_sky[:, None]
    base, metallic, roughness = values[:, COLOR], values[:, METALLIC, None], values[:, ROUGHNESS]

    def color(of: tuple[float, float, float]) -> Tensor:
        return torch.tensor(of, device=values.device)

    up = 0.5 + 0.5 * normal[:, 2:]
    around = (color(recipe.ground) * (1 - up) + color(recipe.sky) * up) * sky
    key = ((normal @ lights.key).clamp_(min=0) * shadow)[:, None]
    fill = (0.25 + 0.75 * (normal @ lights.fill)).clamp_(min=0)[:, None] * (0.4 + 0.6 * sky)
    light = around + key * color(recipe.key) + fill * color(recipe.fill)

    shine = (_shine(surface, lights.key, roughness) * shadow)[:, None]
    polish = 0.6 + 2 * (1 - roughness[:, None])
    mirror = 0.04 * (1 - metallic) + base * metallic
    gloss = mirror * (shine * color(recipe.key) + around * polish)

    edge = (1 - (surface.smooth * surface.to_eye).sum(1, keepdim=True).clamp(0, 1)) ** 3
    behind = (normal @ lights.rim + 0.3).clamp_(min=0)[:, None] * (0.3 + 0.7 * sky)
    rim = (0.25 * base + 0.10) * edge * behind * color(recipe.rim)
    return base * (1 - metallic) * light + gloss + rim


def _shine(surface: _Surface, light: Tensor, roughness: Tensor) -> Tensor:
    """Blinn-Phong, normalised so that a rougher surface spreads the same light wider."""
    half = functional.normalize(surface.to_eye + light, dim=1)
    power = 2 / roughness.clamp(0.15, 1) ** 4 - 1
    cosine = (surface.normal * half).sum(1).clamp_(min=0)
    return (power + 8) / 8 * cosine**power * (surface.normal @ light).clamp_(min=0)


def tone(color: Tensor) -> Tensor:
    """Khronos PBR Neutral: colours stay as painted, only highlights are pressed below white."""
    low = color.amin(1, keepdim=True)
    color = color - torch.where(low < 0.08, low - 6.25 * low * low, 0.04)
    start = 0.8 - 0.04
    brightest = color.amax(1, keepdim=True)
    # Of what is not bright nothing is pressed; below, the division would spoil its gradient.
    peak = brightest.clamp(min=start)
    spread = 1 - start
    pressed = 1 - spread * spread / (peak + spread - start)
    washed = 1 - 1 / (0.15 * (peak - pressed) + 1)
    bright = color * (pressed / peak) * (1 - washed) + pressed * washed
    return torch.where(brightest < start, color, bright)
