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
_SPARE = 4096  # rows
_WALL = 0.8
_AT_ONCE = 8
_STREAM = 57
_RECIPE = Recipe()


@dataclass(frozen=True, eq=False)
class Looked:
    """What N views of `side` pixels, SAMPLES times as many drawn, see of a start's triangles."""

    shots: Shots
    side: int
    count: Tensor
    """(N,) how many of the D drawn pixels see something; these come first in what follows."""
    place: Tensor
    """(N, D) which pixel each is, row by row."""
    face: Tensor
    """(N, D) the triangle that it sees."""
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

    def tensors(self) -> tuple[Tensor, ...]:
        """All of them, the cameras' too."""
        seen_by = self.shots.cameras
        cameras = (seen_by.eye, seen_by.axes, seen_by.focal, seen_by.middle)
        own = (self.count, self.place, self.face, self.shares, self.wide, self.behind)
        return (*own, self.coverage, self.shots.kind, self.shots.seed, *cameras)

    def most(self, views: int) -> int:
        """Pixels that any so many views in a row see, and some more. Waits for the device."""
        twice = torch.cat([self.count, self.count]).double().cumsum(0)
        sums = twice[views:] - twice[:-views]
        return min(int(1.25 * float(sums.max())), views * self.face.shape[1])


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
    count, place, face, shares, wide, coverage = map(torch.cat, zip(*parts, strict=True))
    kind = (uniform(shots.seed, 1, _STREAM)[:, 0] * len(BACKGROUNDS)).long()
    drawn = side * SAMPLES
    behind = backgrounds(kind, shots.seed, (drawn, drawn))[..., 0].reshape(len(shots), -1)
    return Looked(shots, side, count, place, face, shares, wide, behind.half(), coverage)


def before_grey(looked: Looked) -> Looked:
    """The same views before plain light grey, for people to look at."""
    return replace(looked, behind=torch.full_like(looked.behind, _WALL))


def draw(
    start: Start,
    surface: Surface,
    looked: Looked,
    rows: Tensor,
    seed: Tensor,
    most: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Textured and textureless pictures (n, 3, S, S), sRGB 0 to 1, of some of the views (n,), in
    the light of seeds (n,). Differentiable towards the surface.

    With `most`, at most so many pixels are drawn and nothing waits for the device.
    """
    shots = replace(looked.shots.some(rows), seed=seed)
    seen = _seen(looked, rows, most or 0, len(start.triangles))
    # Another background each time that a view is shown; and places for what is no pixel.
    behind = looked.behind.index_select(0, (rows + seed) % len(looked)).float().view(-1, 1)
    behind = functional.pad(behind, (0, 0, 0, _SPARE)).expand(-1, 3)
    side = looked.side * SAMPLES
    pictures = []
    for color in _shaded(start, surface, shots, seen):
        whole = behind.index_copy(0, seen.target, color)[:-_SPARE]
        whole = whole.view(len(rows), side, side, 3).permute(0, 3, 1, 2)
        pictures.append(functional.avg_pool2d(whole, SAMPLES))
    return pictures[0], pictures[1]


@dataclass(frozen=True, eq=False)
class _Seen:
    """M pixels: where in the pictures, the triangle, the picture, the shares of the first two
    corners, the footprint."""

    target: Tensor
    face: Tensor
    picture: Tensor
    shares: Tensor
    wide: Tensor


def _seen(looked: Looked, rows: Tensor, most: int, triangles: int) -> _Seen:
    """The pixels of some views (n,) that see something, one view after another; as many if `most`
    is 0. What fills up is spread, since GPUs are slow to add up many gradients in one place."""
    drawn = looked.face.shape[1]
    ends = looked.count.index_select(0, rows).cumsum(0)
    number = torch.arange(most or int(ends[-1]), device=rows.device)
    picture = torch.searchsorted(ends, number, right=True)
    is_pixel = picture < len(rows)
    picture = picture.clamp(max=len(rows) - 1)
    before = functional.pad(ends[:-1], (1, 0)).index_select(0, picture)
    at = rows.index_select(0, picture) * drawn + (number - before).clamp(max=drawn - 1)
    place = looked.place.view(-1).index_select(0, at)
    face = looked.face.view(-1).index_select(0, at).long()
    return _Seen(
        torch.where(is_pixel, picture * drawn + place, len(rows) * drawn + number % _SPARE),
        torch.where(is_pixel & (face >= 0), face, number % triangles),
        picture,
        looked.shares.view(-1, 2).index_select(0, at).float(),
        looked.wide.view(-1).index_select(0, at).float(),
    )


def _look(
    start: Start, vertices: Tensor, shots: Shots, sizes: tuple[int, int]
) -> tuple[Tensor, ...]:
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
    face, shares, wide = (one.view(number, drawn**2, -1) for one in (face, shares, wide))
    is_seen = face[..., 0] >= 0
    place = is_seen.byte().argsort(dim=1, descending=True, stable=True)
    face, shares, wide = (one.take_along_dim(place[..., None], 1) for one in (face, shares, wide))
    return is_seen.sum(1), place.int(), face[..., 0], shares, wide[..., 0], coverage


def _shaded(start: Start, surface: Surface, shots: Shots, seen: _Seen) -> tuple[Tensor, Tensor]:
    """(M, 3) sRGB twice: with the texture, and all of one grey."""
    shares = torch.cat([seen.shares, 1 - seen.shares.sum(1, keepdim=True)], dim=1)[..., None]
    corner = start.triangles.index_select(0, seen.face).view(-1)

    def at(values: Tensor) -> Tensor:
        return (values.index_select(0, corner).view(-1, 3, 3) * shares).sum(1)

    # Where a point is hardly changes how it is lit: its gradient would cost more than it tells.
    place = at(surface.vertices.detach())
    normal = functional.normalize(at(surface.normals), dim=1)
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
