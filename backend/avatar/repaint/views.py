# SPDX-License-Identifier: Apache-2.0
"""Random pictures of a canvas, like those the encoder learnt from, with gradients to texels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.raster import (
    BACKGROUNDS,
    Cameras,
    Fragments,
    backgrounds,
    footprint,
    look_at,
    mipmaps,
    orbit,
    rasterise,
    sample,
    towards,
)
from ...kit.raster.chance import uniform
from ..camera import FIELD_OF_VIEW
from ..lights import Recipe
from ..scenes import lighting
from ..shading import tone
from .canvas import Canvas

_SAMPLES = 2  # along a pixel's side
_MARGIN = 0.05  # metres around what is framed
_CLOSE = 0.4  # of the pictures show one part alone
_UNLIT = 0.35
_ZOOM = (0.8, 1.15)
_SHIFT = 0.05  # of the picture's side
_ELEVATION = (math.radians(-15), math.radians(30))
_APART = 0.15  # metres from the middle: such parts come in pairs, and one of them is framed
_STREAM = 31
_RECIPE = Recipe()


@dataclass(frozen=True)
class Views:
    """`pictures` (N, 3, S, S) sRGB 0 to 1; `coverage` (N, P, G, G) the share of each cell of a grid
    over the picture that shows a part."""

    pictures: Tensor
    coverage: Tensor


@dataclass(frozen=True)
class Shots:
    """N pictures: which pose of the canvas, from where, in what light."""

    pose: Tensor
    cameras: Cameras
    unlit: Tensor
    background: Tensor
    seed: Tensor


def shots(canvas: Canvas, shown: list[int], seed: Tensor, pixels: int) -> Shots:
    """Random pictures (N,), of the whole figure or, now and then, of one of the `shown` parts."""
    chance = uniform(seed, 10, _STREAM)
    pose = (chance[:, 0] * len(canvas.places)).long()
    azimuth = (2 * chance[:, 1] - 1) * math.pi
    elevation = _ELEVATION[0] + (_ELEVATION[1] - _ELEVATION[0]) * chance[:, 2]
    away = towards(azimuth, elevation)
    axes = look_at(away, torch.zeros_like(away))
    framed = [_framed(canvas, shown, row) for row in chance.tolist()]
    middle, distance = [], []
    for number, vertices in enumerate(framed):
        turned = canvas.places[pose[number]][vertices] @ axes[number].T
        centre = (turned.amin(0) + turned.amax(0)) / 2
        turned = turned - centre
        reach = turned[:, :2].abs().amax(1) + _MARGIN
        middle.append(centre @ axes[number])
        distance.append((reach / math.tan(FIELD_OF_VIEW / 2) - turned[:, 2]).amax())
    eye = orbit(torch.stack(middle), azimuth, elevation, torch.stack(distance))
    zoom = _ZOOM[0] + (_ZOOM[1] - _ZOOM[0]) * chance[:, 3]
    side = pixels * _SAMPLES
    focal = side / 2 / math.tan(FIELD_OF_VIEW / 2) * zoom
    cameras = Cameras(eye, axes, focal, side * (0.5 + _SHIFT * (2 * chance[:, 4:6] - 1)))
    background = (chance[:, 6] * len(BACKGROUNDS)).long()
    return Shots(pose, cameras, chance[:, 7] < _UNLIT, background, seed)


def _framed(canvas: Canvas, shown: list[int], chance: list[float]) -> Tensor:
    """The vertices that a picture is of."""
    if chance[8] >= _CLOSE or not shown:
        return _vertices(canvas, canvas.triangles)
    part = shown[int(chance[9] * len(shown))]
    vertices = _vertices(canvas, canvas.triangles[canvas.part == part])
    across = canvas.places[0, vertices, 0]
    if across.abs().amin() > _APART:
        # The one on the side from which it is looked at.
        own = across > 0 if chance[1] > 0.5 else across < 0
        vertices = vertices[own] if own.any() else vertices
    return vertices


def _vertices(canvas: Canvas, triangles: Tensor) -> Tensor:
    is_used = torch.zeros(canvas.places.shape[1], dtype=torch.bool, device=triangles.device)
    is_used[triangles.reshape(-1)] = True
    return is_used.nonzero()[:, 0]


def draw(canvas: Canvas, texture: Tensor, chosen: Shots, pixels: int, grid: int) -> Views:
    """Draw a texture (3, S, S) on the canvas; light and coverage carry no gradient."""
    seen, place, normal = _visible(canvas, chosen, pixels * _SAMPLES)
    own = seen.seen_face % len(canvas.triangles)
    flat = canvas.uvs.index_select(0, own)
    uvs = (seen.shares[:, :, None] * flat).sum(1)
    corners = _corners(canvas, chosen).index_select(0, seen.seen_face)
    wide = footprint(corners, flat, (texture.shape[1], texture.shape[2]))
    color = sample(mipmaps(texture[None]), uvs, wide)
    color = _lit(canvas, chosen, seen, color, (place, normal))
    side = pixels * _SAMPLES
    behind = backgrounds(chosen.background, chosen.seed, (side, side)).reshape(-1, 3)
    whole = behind.index_copy(0, seen.seen, color).view(-1, side, side, 3)
    pictures = functional.avg_pool2d(whole.permute(0, 3, 1, 2), _SAMPLES)
    return Views(pictures, _coverage(canvas, seen, grid))


def _corners(canvas: Canvas, chosen: Shots) -> Tensor:
    """(N * F, 3, 3) pixels and depths of the triangles in every picture."""
    projected = chosen.cameras.project_each(canvas.places[chosen.pose])
    return projected[:, canvas.triangles].flatten(0, 1)


def _visible(canvas: Canvas, chosen: Shots, side: int) -> tuple[Fragments, Tensor, Tensor]:
    """What is seen, and the place and unit normal there (M, 3)."""
    count, number = len(canvas.triangles), len(chosen.pose)
    picture = torch.arange(number, device=chosen.pose.device).repeat_interleave(count)
    seen = rasterise(_corners(canvas, chosen), picture, (number, side, side))
    vertex = canvas.triangles.index_select(0, seen.seen_face % count)
    pose = chosen.pose.index_select(0, seen.seen_picture)[:, None]
    values = torch.cat([canvas.places[pose, vertex], canvas.normals[pose, vertex]], dim=2)
    values = (seen.shares[:, :, None] * values).sum(1)
    return seen, values[:, :3], functional.normalize(values[:, 3:], dim=1)


def _lit(
    canvas: Canvas, chosen: Shots, seen: Fragments, color: Tensor, at: tuple[Tensor, Tensor]
) -> Tensor:
    """(M, 3) sRGB under each picture's lights, or as painted."""
    place, normal = at
    picture = seen.seen_picture
    to_eye = functional.normalize(chosen.cameras.eye.index_select(0, picture) - place, dim=1)
    normal = torch.where((normal * to_eye).sum(1, keepdim=True) < -0.15, -normal, normal)
    lights = lighting.lighting(chosen.cameras, chosen.seed, _RECIPE)
    mine = lighting.Lighting(
        *(getattr(lights, name)[picture] for name in ("key", "fill", "rim", "strength"))
    )
    finish = canvas.finish[canvas.part[seen.seen_face % len(canvas.part)]]
    light = lighting.lit(lighting.linear(color), normal, to_eye, finish, mine, _RECIPE)
    shown = lighting.display(tone(light))
    return torch.where(chosen.unlit[picture, None], color, shown)


def _coverage(canvas: Canvas, seen: Fragments, grid: int) -> Tensor:
    part = torch.full_like(seen.face, len(canvas.names)).view(-1)
    part[seen.seen] = canvas.part[seen.seen_face % len(canvas.part)]
    is_part = functional.one_hot(part.view(seen.face.shape), len(canvas.names) + 1)
    shares = functional.adaptive_avg_pool2d(is_part.permute(0, 3, 1, 2)[:, :-1].float(), grid)
    return shares
