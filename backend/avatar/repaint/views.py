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
_AT_ONCE = 8
_RECIPE = Recipe()


@dataclass(frozen=True)
class Shots:
    """N pictures: which pose of the canvas, from where, in what light."""

    pose: Tensor
    cameras: Cameras
    unlit: Tensor
    seed: Tensor


@dataclass(frozen=True)
class Views:
    """N pictures, `pixels` square, of a surface whose texture is yet to come.

    Of the M points that they see, picture by picture, `ends` (N) say where each picture's end:
    flat indices into the supersampled pictures, the picture, UVs and footprints, and what light
    makes of a color: color * gain + glow, both (M, 3) linear, or nothing where `unlit` (M, 1).
    """

    pixels: int
    ends: tuple[int, ...]
    place: Tensor
    uvs: Tensor
    wide: Tensor
    gain: Tensor
    glow: Tensor
    unlit: Tensor
    coverage: Tensor
    """(N, P, G, G) the share of each cell of a grid over the picture that shows a part."""

    def __len__(self) -> int:
        return len(self.ends)


def shots(canvas: Canvas, shown: list[int], seed: Tensor, pixels: int) -> Shots:
    """Random pictures (N,), of the whole figure or, now and then, of one of the `shown` parts."""
    chance = uniform(seed, 9, _STREAM)
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
    return Shots(pose, cameras, chance[:, 6] < _UNLIT, seed)


def _framed(canvas: Canvas, shown: list[int], chance: list[float]) -> Tensor:
    """The vertices that a picture is of."""
    if chance[7] >= _CLOSE or not shown:
        return _vertices(canvas, canvas.triangles)
    part = shown[int(chance[8] * len(shown))]
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


def look(canvas: Canvas, chosen: Shots, pixels: int, grid: int) -> Views:
    """Find out what the pictures see of the canvas."""
    rows = torch.split(torch.arange(len(chosen.pose)), _AT_ONCE)
    parts = [_look(canvas, _some(chosen, row), pixels, grid) for row in rows]
    ends, first = [], 0
    for part in parts:
        ends += [first + end for end in part.ends]
        first = ends[-1]
    side = (pixels * _SAMPLES) ** 2
    joined = {
        name: torch.cat([getattr(part, name) for part in parts])
        for name in ("uvs", "wide", "gain", "glow", "unlit", "coverage")
    }
    place = [part.place + number * _AT_ONCE * side for number, part in enumerate(parts)]
    return Views(pixels, tuple(ends), torch.cat(place), **joined)


def behind(views: Views, seed: Tensor) -> Tensor:
    """(n, 2 S, 2 S, 3) random backgrounds for `draw`, one for each seed (n,)."""
    kind = (uniform(seed, 1, _STREAM + 1)[:, 0] * len(BACKGROUNDS)).long()
    side = views.pixels * _SAMPLES
    return backgrounds(kind, seed, (side, side))


def draw(views: Views, texture: Tensor, which: range, background: Tensor) -> Tensor:
    """(n, 3, S, S) sRGB 0 to 1: some of the views with a texture (3, T, T), before backgrounds
    (n, 2 S, 2 S, 3)."""
    side = views.pixels * _SAMPLES
    low, high = views.ends[which.start - 1] if which.start else 0, views.ends[which.stop - 1]
    own = slice(low, high)
    color = sample(mipmaps(texture[None]), views.uvs[own], views.wide[own])
    lit = tone(lighting.linear(color) * views.gain[own] + views.glow[own])
    color = torch.where(views.unlit[own], color, lighting.display(lit))
    whole = background.reshape(-1, 3).index_copy(0, views.place[own] - which.start * side**2, color)
    pictures = whole.view(-1, side, side, 3).permute(0, 3, 1, 2)
    return functional.avg_pool2d(pictures, _SAMPLES)


def _some(chosen: Shots, rows: Tensor) -> Shots:
    def of(values: Tensor) -> Tensor:
        return values[rows.to(values.device)]

    cameras = chosen.cameras
    own = Cameras(of(cameras.eye), of(cameras.axes), of(cameras.focal), of(cameras.middle))
    return Shots(of(chosen.pose), own, of(chosen.unlit), of(chosen.seed))


def _look(canvas: Canvas, chosen: Shots, pixels: int, grid: int) -> Views:
    count, number, side = len(canvas.triangles), len(chosen.pose), pixels * _SAMPLES
    projected = chosen.cameras.project_each(canvas.places[chosen.pose])
    corners = projected[:, canvas.triangles].flatten(0, 1)
    picture = torch.arange(number, device=corners.device).repeat_interleave(count)
    seen = rasterise(corners, picture, (number, side, side))
    own, picture = seen.seen_face % count, seen.seen_picture
    flat = canvas.uvs.index_select(0, own)
    size = (canvas.texture.shape[1], canvas.texture.shape[2])
    gain, glow = _light(canvas, chosen, seen, own)
    return Views(
        pixels,
        tuple(torch.bincount(picture, minlength=number).cumsum(0).tolist()),
        seen.seen,
        (seen.shares[:, :, None] * flat).sum(1),
        footprint(corners.index_select(0, seen.seen_face), flat, size),
        gain,
        glow,
        chosen.unlit[picture, None],
        _coverage(canvas, seen, own, grid),
    )


def _light(canvas: Canvas, chosen: Shots, seen: Fragments, own: Tensor) -> tuple[Tensor, Tensor]:
    """(M, 3) twice: by what light multiplies a linear color, and what it adds."""
    picture = seen.seen_picture
    vertex = canvas.triangles.index_select(0, own)
    pose = chosen.pose.index_select(0, picture)[:, None]
    values = torch.cat([canvas.places[pose, vertex], canvas.normals[pose, vertex]], dim=2)
    values = (seen.shares[:, :, None] * values).sum(1)
    place, normal = values[:, :3], values[:, 3:]
    normal = functional.normalize(normal, dim=1)
    to_eye = functional.normalize(chosen.cameras.eye.index_select(0, picture) - place, dim=1)
    normal = torch.where((normal * to_eye).sum(1, keepdim=True) < -0.15, -normal, normal)
    lights = lighting.lighting(chosen.cameras, chosen.seed, _RECIPE)
    mine = lighting.Lighting(
        *(getattr(lights, name)[picture] for name in ("key", "fill", "rim", "strength"))
    )
    finish = canvas.finish[canvas.part[own]]
    black, white = torch.zeros_like(place), torch.ones_like(place)
    glow, most = (
        lighting.lit(base, normal, to_eye, finish, mine, _RECIPE) for base in (black, white)
    )
    return most - glow, glow


def _coverage(canvas: Canvas, seen: Fragments, own: Tensor, grid: int) -> Tensor:
    part = torch.full_like(seen.face, len(canvas.names)).view(-1)
    part[seen.seen] = canvas.part[own]
    is_part = functional.one_hot(part.view(seen.face.shape), len(canvas.names) + 1)
    return functional.adaptive_avg_pool2d(is_part.permute(0, 3, 1, 2)[:, :-1].float(), grid)
