# SPDX-License-Identifier: Apache-2.0
"""Draws a character in a photographer's studio: soft backdrop, three lights, shadows, a floor."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..kit.raster import rasterise
from .actor import Actor
from .camera import Camera
from .lights import Recipe, set_lights
from .shading import Scene, shade

_GRID = 0.5  # metres between the floor's lines
_LINE = 0.006  # metres, half a line's width


def draw(
    actor: Actor, frame: int, camera: Camera, textures: tuple[Tensor, ...], recipe: Recipe
) -> Tensor:
    """The picture (H, W, 3) uint8 of the actor at a frame; `textures` come from `fit_textures`."""
    places, normals = actor.posed(frame)
    lights = set_lights(places, actor.triangles, camera, recipe)
    scene = Scene(actor, textures, places, normals, camera, lights, recipe)
    picture = _backdrop(scene)
    _add_figure(picture, scene)
    dark = picture * 12.92
    bright = 1.055 * picture.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    shown = torch.where(picture <= 0.0031308, dark, bright).clamp_(0, 1)
    return (shown * 255 + _dither(*shown.shape[:2]).to(shown.device)).to(torch.uint8)


def _dither(height: int, width: int) -> Tensor:
    """(H, W, 1) 0 to 1: rounds smooth gradients up or down by turns, so that they show no bands."""
    # Interleaved gradient noise (Jimenez 2014).
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1) % 1)[..., None]


def fit_textures(actor: Actor, pixels_per_metre: float) -> tuple[Tensor, ...]:
    """Halve each texture until a texel is about a drawn pixel: fine patterns must not flicker."""
    fitted = []
    for texture, density in zip(actor.textures, actor.texels_per_metre(), strict=True):
        while density > 1.5 * pixels_per_metre and min(texture.shape[2:]) > 16:
            texture, density = functional.avg_pool2d(texture, 2), density / 2
        fitted.append(texture)
    return tuple(fitted)


def _backdrop(scene: Scene) -> Tensor:
    """(H, W, 3) linear: a floor that fades into a wall, with a faint grid and the shadow."""
    camera, lights, recipe = scene.camera, scene.lights, scene.recipe
    rays = camera.rays()
    glow = 0.86 + 0.30 * rays[..., 2:].clamp(-0.3, 0.4)
    picture = torch.tensor(recipe.wall, device=rays.device) * glow
    hits = (rays[..., 2] < -1e-3).nonzero(as_tuple=True)
    reach = -camera.eye[2] / rays[hits][:, 2]
    ground = camera.eye + reach[:, None] * rays[hits]
    away = (ground - scene.places.mean(0))[:, :2].norm(dim=1)
    fade = torch.exp(-((away / 3.2) ** 2))[:, None]
    shade = 1 - 0.16 * _grid(ground, reach / camera.focal)
    shade *= 0.6 + 0.4 * lights.shadow.lit(ground, 0.05, 0.02)
    shade *= 1 - 0.75 * lights.contact.touched(ground, 0.09, 0.4)
    floor = torch.tensor(recipe.floor, device=rays.device) * shade[:, None]
    picture[hits] = floor * fade + picture[hits] * (1 - fade)
    return picture


def _grid(ground: Tensor, pixel: Tensor) -> Tensor:
    """(N,) how much of a grid line each floor point shows; `pixel` is a pixel's size there."""
    off = ((ground[:, :2] / _GRID + 0.5) % 1 - 0.5).abs() * _GRID
    width = _LINE + 2 * pixel[:, None]
    return (1 - off / width).clamp(0, 1).amax(1) * (_LINE / width[:, 0]) ** 0.5


def _add_figure(picture: Tensor, scene: Scene) -> None:
    """Draw the figure finer than the picture, in the box around it only, and lay it over."""
    camera, fine = scene.camera, scene.recipe.samples
    projected = camera.project(scene.places)
    left, top = (max(0, int(edge)) for edge in projected[:, :2].amin(0).tolist())
    right, bottom = (int(edge) + 2 for edge in projected[:, :2].amax(0).tolist())
    width, height = min(right, camera.width) - left, min(bottom, camera.height) - top
    if width <= 0 or height <= 0:
        return
    projected[:, 0] = (projected[:, 0] - left) * fine
    projected[:, 1] = (projected[:, 1] - top) * fine
    corners = projected[scene.actor.triangles]
    fragments = rasterise(corners, None, (1, height * fine, width * fine))
    layer = fragments.spread(functional.pad(shade(scene, fragments), (0, 1), value=1.0))
    layer = layer.view(height, fine, width, fine, 4).mean(dim=(1, 3))
    window = picture[top : top + height, left : left + width]
    window.mul_(1 - layer[..., 3:]).add_(layer[..., :3])
