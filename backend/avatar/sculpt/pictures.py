# SPDX-License-Identifier: Apache-2.0
"""Pictures of a surface that changes a little: what each pixel sees is found out now and then, for
many views at once; places, normals, light and colors follow the surface at every step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.raster import (
    BACKGROUNDS,
    Mipmaps,
    backgrounds,
    footprint,
    mipmaps,
    rasterise,
    sample,
)
from ...kit.raster.chance import uniform
from ..lights import Recipe
from ..scenes import lighting
from ..shading import tone
from .cameras import Shots
from .start import Start

SAMPLES = 2
"""Drawn pixels for each side of a shown one."""
_GREY = 0.6
_MATT = (0.9, 0.0)
_UNLIT = 0.15
_AT_ONCE = 8
_STREAM = 57
_RECIPE = Recipe()


@dataclass(frozen=True, eq=False)
class Looked:
    """What N views of `side` pixels, SAMPLES times as many drawn, see of a start's triangles."""

    shots: Shots
    side: int
    face: Tensor
    """(N, D) the triangle that each drawn pixel sees, -1 for none."""
    shares: Tensor
    """(N, D, 2) of the first two corners, in half precision."""
    wide: Tensor
    """(N, D) footprints on a texture of one texel, in half precision."""
    behind: Tensor
    """(N, D) grey backgrounds, in half precision."""
    coverage: Tensor
    """(N, P, G, G) the share of each cell of a grid over the picture that shows a part."""

    def __len__(self) -> int:
        return len(self.face)


@dataclass(frozen=True, eq=False)
class Surface:
    """A start as it is at a step: `vertices` and unit `normals` (V, 3), `texture` (3, T, T)."""

    vertices: Tensor
    normals: Tensor
    texture: Tensor


@torch.no_grad()
def look(start: Start, vertices: Tensor, shots: Shots, side: int, grid: int) -> Looked:
    """Find out what the views see of the start's triangles where its vertices are now."""
    rows = torch.arange(len(shots), device=vertices.device)
    parts = [
        _look(start, vertices, shots.some(some), (side, grid))
        for some in torch.split(rows, _AT_ONCE)
    ]
    face, shares, wide, coverage = (torch.cat(one) for one in zip(*parts, strict=True))
    kind = (uniform(shots.seed, 1, _STREAM)[:, 0] * len(BACKGROUNDS)).long()
    drawn = side * SAMPLES
    behind = backgrounds(kind, shots.seed, (drawn, drawn))[..., 0].reshape(len(shots), -1)
    return Looked(shots, side, face, shares, wide, behind.half(), coverage)


def draw(
    start: Start, surface: Surface, looked: Looked, rows: Tensor, seed: Tensor
) -> tuple[Tensor, Tensor]:
    """Textured and textureless pictures (n, 3, S, S), sRGB 0 to 1, of some of the views (n,), in
    the light of seeds (n,). Differentiable towards the surface."""
    shots = looked.shots.some(rows)
    shots = replace(shots, seed=seed)
    face = looked.face.index_select(0, rows)
    picture = torch.arange(len(rows), device=face.device)[:, None].expand_as(face).reshape(-1)
    shares = looked.shares.index_select(0, rows).view(-1, 2)
    wide = looked.wide.index_select(0, rows).view(-1)
    face = face.reshape(-1)
    chosen = None
    if not face.is_cuda:
        # A CUDA graph needs all pixels at every step; a processor does better with the seen ones.
        chosen = (face >= 0).nonzero()[:, 0]
        face, picture, shares, wide = (one[chosen] for one in (face, picture, shares, wide))
    seen = _Seen(face.clamp(min=0).long(), picture, shares.float(), wide.float())
    colors = _shaded(start, surface, shots, seen)
    # Another background each time that a view is shown.
    behind = looked.behind.index_select(0, (rows + seed) % len(looked)).float().view(-1, 1)
    behind = behind if chosen is None else behind.expand(-1, 3)
    drawn = []
    for color in colors:
        if chosen is None:
            whole = torch.where((looked.face.index_select(0, rows) >= 0).view(-1, 1), color, behind)
        else:
            whole = behind.index_copy(0, chosen, color)
        side = looked.side * SAMPLES
        whole = whole.view(len(rows), side, side, 3).permute(0, 3, 1, 2)
        drawn.append(functional.avg_pool2d(whole, SAMPLES))
    return drawn[0], drawn[1]


@dataclass(frozen=True, eq=False)
class _Seen:
    """M pixels: the triangle, the picture, the shares of the first two corners, the footprint."""

    face: Tensor
    picture: Tensor
    shares: Tensor
    wide: Tensor


def _look(
    start: Start, vertices: Tensor, shots: Shots, sizes: tuple[int, int]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    side, grid = sizes
    number, count, drawn = len(shots), len(start.triangles), side * SAMPLES
    cameras = replace(
        shots.cameras, focal=shots.cameras.focal * SAMPLES, middle=shots.cameras.middle * SAMPLES
    )
    projected = cameras.project_each(vertices.expand(number, -1, -1))
    corners = projected[:, start.triangles].flatten(0, 1)
    picture = torch.arange(number, device=corners.device).repeat_interleave(count)
    seen = rasterise(corners, picture, (number, drawn, drawn))
    own = seen.seen_face % count
    face = torch.full((number * drawn * drawn,), -1, dtype=torch.int32, device=corners.device)
    face[seen.seen] = own.int()
    shares = torch.zeros(len(face), 2, dtype=torch.float16, device=corners.device)
    shares[seen.seen] = seen.shares[:, :2].half()
    wide = torch.zeros(len(face), dtype=torch.float16, device=corners.device)
    flat = start.uvs.index_select(0, own)
    wide[seen.seen] = footprint(corners.index_select(0, seen.seen_face), flat, (1, 1)).half()
    part = torch.full_like(face, len(start.names), dtype=torch.int64)
    part[seen.seen] = start.part[own]
    shown = functional.one_hot(part.view(number, drawn, drawn), len(start.names) + 1)
    coverage = functional.adaptive_avg_pool2d(shown.permute(0, 3, 1, 2)[:, :-1].float(), grid)
    return face.view(number, -1), shares.view(number, -1, 2), wide.view(number, -1), coverage


def _shaded(start: Start, surface: Surface, shots: Shots, seen: _Seen) -> tuple[Tensor, Tensor]:
    """(M, 3) sRGB twice: with the texture, and all of one grey."""
    shares = torch.cat([seen.shares, 1 - seen.shares.sum(1, keepdim=True)], dim=1)[..., None]
    corner = start.triangles.index_select(0, seen.face).view(-1)

    def at(values: Tensor) -> Tensor:
        return (values.index_select(0, corner).view(-1, 3, 3) * shares).sum(1)

    place, normal = at(surface.vertices), functional.normalize(at(surface.normals), dim=1)
    cameras = shots.cameras
    to_eye = functional.normalize(cameras.eye.index_select(0, seen.picture) - place, dim=1)
    # The inside of a sleeve or a skirt is lit like its outside.
    normal = torch.where((normal * to_eye).sum(1, keepdim=True) < -0.15, -normal, normal)
    lights = lighting.lighting(cameras, shots.seed, _RECIPE).of(seen.picture)
    part = start.part.index_select(0, seen.face)
    uvs = (start.uvs.index_select(0, seen.face) * shares).sum(1)
    texels = surface.texture.shape[1]
    color = sample(_mipmaps(surface.texture), uvs, seen.wide * texels)
    finish = start.finish.index_select(0, part)
    lit = lighting.lit(lighting.linear(color), normal, to_eye, finish, lights, _RECIPE)
    is_unlit = (uniform(shots.seed, 1, _STREAM + 1) < _UNLIT).index_select(0, seen.picture)
    textured = torch.where(is_unlit, color, lighting.display(tone(lit)))
    grey = torch.full_like(color, _GREY)
    matt = torch.cat([torch.full_like(finish[:, :1], _MATT[0]), torch.zeros_like(finish[:, 1:])], 1)
    shape = lighting.lit(lighting.linear(grey), normal, to_eye, matt, lights, _RECIPE)
    return textured, lighting.display(tone(shape))


_layouts: dict[tuple[int, torch.device], Tensor] = {}


def _mipmaps(texture: Tensor) -> Mipmaps:
    """`mipmaps` of one texture, with a layout that is already on the device."""
    key = texture.shape[1], texture.device
    if key not in _layouts:
        _layouts[key] = mipmaps(texture.detach()[None]).layout
    levels = [texture[None]]
    while max(levels[-1].shape[2:]) > 1:
        levels.append(functional.avg_pool2d(levels[-1], 2, ceil_mode=True, count_include_pad=False))
    flat = [level.permute(0, 2, 3, 1).reshape(-1, level.shape[1]) for level in levels]
    return Mipmaps(torch.cat(flat), _layouts[key])
