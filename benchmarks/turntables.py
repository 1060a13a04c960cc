# SPDX-License-Identifier: Apache-2.0
"""Pictures of the appearance benchmark's contenders: with equal cameras, light, backgrounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from texels_file import normals_of
from torch import Tensor
from torch.nn import functional

from kinora.backend.avatar.camera import FIELD_OF_VIEW
from kinora.backend.avatar.lights import Recipe
from kinora.backend.avatar.scenes import lighting
from kinora.backend.avatar.shading import tone
from kinora.backend.kit.raster import (
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
)

if TYPE_CHECKING:
    from kinora.backend.avatar.sculpt.start import Start

CLASSES = ("front", "side", "back", "face")
AZIMUTHS = {
    "front": (-35.0, -15.0, 15.0, 35.0),
    "side": (-105.0, -80.0, 80.0, 105.0),
    "back": (145.0, 170.0, 190.0, 215.0),
    "face": (-30.0, -10.0, 10.0, 30.0),
}
"""Degrees around the body from its front, towards +X."""
SHEET = (("front", 18.0), ("side", 90.0), ("back", 180.0), ("face", 18.0))
"""What a turntable shows, from where."""
ELEVATION = math.radians(6)
FACE = 0.32
"""Of the height: what a portrait shows."""
_MARGIN = 1.08
_SAMPLES = 2
_AT_ONCE = 4
_RECIPE = Recipe()


@dataclass(frozen=True, eq=False)
class Figure:
    """What is judged: a surface with a texture or with colors at its vertices.

    Metres, Z up, facing -Y. `part` (F,) indexes `finish` (P, 2), roughness and metallic.
    """

    vertices: Tensor
    triangles: Tensor
    part: Tensor
    finish: Tensor
    uvs: Tensor | None = None
    """(F, 3, 2), with `texture` (3, S, S) in sRGB."""
    texture: Tensor | None = None
    colors: Tensor | None = None
    """(V, 3) sRGB where there is no texture."""

    def to(self, device: str) -> Figure:
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(self, **{n: v.to(device) for n, v in own.items() if v is not None})


def figure_of(start: Start) -> Figure:
    """The start as it is."""
    return Figure(
        start.vertices, start.triangles, start.part, start.finish, start.uvs, start.texture
    )


def painted(vertices: Tensor, triangles: Tensor, colors: Tensor) -> Figure:
    """One piece with colors (V, 3) at its vertices, of matt stuff."""
    part = torch.zeros(len(triangles), dtype=torch.int64, device=vertices.device)
    finish = torch.tensor([[0.8, 0.0]], device=vertices.device)
    return Figure(vertices, triangles, part, finish, colors=colors)


def cameras(start: Start, views: Sequence[tuple[str, float]], side: int) -> Cameras:
    """Views (class, degrees) of the start, for square pictures of `side` pixels.

    All contenders are seen by the start's cameras.
    """
    device = start.vertices.device
    low, high = start.vertices.amin(0), start.vertices.amax(0)
    across = (high - low)[:2].norm()
    target, distance = [], []
    for kind, _ in views:
        is_face = kind == "face"
        # A fixed box around the head is what hats of all sizes are seen in.
        tall = FACE * start.height if is_face else torch.maximum((high - low)[2], across * 0.9)
        target.append(start.places["head"] if is_face else (low + high) / 2)
        distance.append(torch.as_tensor(tall * _MARGIN / 2 / math.tan(FIELD_OF_VIEW / 2)))
    middle = torch.stack(target)
    azimuth = torch.tensor([math.radians(degrees) for _, degrees in views], device=device)
    away = torch.stack([one.to(device) for one in distance])
    eye = orbit(middle, azimuth, torch.full_like(azimuth, ELEVATION), away)
    focal = torch.full_like(azimuth, side / 2 / math.tan(FIELD_OF_VIEW / 2))
    centre = torch.full((len(views), 2), side / 2, device=device)
    return Cameras(eye, look_at(eye, middle), focal, centre)


def seen_by(figure: Figure, chosen: Cameras, side: int) -> tuple[Fragments, Tensor]:
    """What each pixel of each camera sees, and the corners (N * F, 3, 3) of what was drawn."""
    number, count = len(chosen.eye), len(figure.triangles)
    places = figure.vertices.expand(number, -1, -1)
    corners = chosen.project_each(places)[:, figure.triangles].flatten(0, 1)
    picture = torch.arange(number, device=corners.device).repeat_interleave(count)
    return rasterise(corners, picture, (number, side, side)), corners


def unlit(figure: Figure, start: Start, views: Sequence[tuple[str, float]], side: int) -> Tensor:
    """(N, 4, side, side) plain colors, and 1 where the figure is."""
    chosen = cameras(start, views, side)
    found = []
    for rows in torch.arange(len(views), device=chosen.eye.device).split(_AT_ONCE):
        fragments, corners = seen_by(figure, _some(chosen, rows), side)
        color = _color(figure, fragments, corners)
        found.append(fragments.spread(torch.cat([color, torch.ones_like(color[:, :1])], dim=1)))
    return torch.cat(found).permute(0, 3, 1, 2)


def pictures(
    figure: Figure, start: Start, views: Sequence[tuple[str, float]], side: int, seed: int | None
) -> Tensor:
    """(N, 3, side, side) lit, on white or, with a seed, on backgrounds that follow from it."""
    chosen = cameras(start, views, side * _SAMPLES)
    seeds = torch.arange(len(views), device=chosen.eye.device) + 1000 * (seed or 0)
    found = []
    for rows in torch.arange(len(views), device=chosen.eye.device).split(_AT_ONCE):
        size = (side * _SAMPLES, side * _SAMPLES)
        behind = torch.ones(len(rows), *size, 3, device=chosen.eye.device)
        if seed is not None:
            behind = backgrounds(seeds[rows] % len(BACKGROUNDS), seeds[rows], size)
        found.append(_lit(figure, _some(chosen, rows), seeds[rows], behind, seed is None))
    return torch.cat(found)


def sheet_row(figure: Figure, start: Start, side: int) -> np.ndarray:
    """(side, 4 * side, 3) front, side, back and face, 8 bit."""
    row = torch.cat(list(pictures(figure, start, SHEET, side, None)), dim=2)
    return (row.permute(1, 2, 0).clamp(0, 1) * 255).round().byte().cpu().numpy()


def _lit(figure: Figure, chosen: Cameras, seeds: Tensor, behind: Tensor, is_calm: bool) -> Tensor:
    side = behind.shape[1]
    fragments, corners = seen_by(figure, chosen, side)
    own, picture = fragments.seen_face % len(figure.triangles), fragments.seen_picture
    normals = normals_of(figure.vertices[None], figure.triangles)[0]
    values = torch.cat([figure.vertices, normals], dim=1)[figure.triangles[own]]
    values = (fragments.shares[:, :, None] * values).sum(1)
    place, normal = values[:, :3], functional.normalize(values[:, 3:], dim=1)
    to_eye = functional.normalize(chosen.eye[picture] - place, dim=1)
    normal = torch.where((normal * to_eye).sum(1, keepdim=True) < -0.15, -normal, normal)
    lights = lighting.lighting(chosen, seeds * 0 if is_calm else seeds, _RECIPE).of(picture)
    base = lighting.linear(_color(figure, fragments, corners))
    finish = figure.finish[figure.part[own]]
    color = lighting.lit(base, normal, to_eye, finish, lights, _RECIPE)
    color = lighting.display(tone(color))
    whole = behind.reshape(-1, 3).index_copy(0, fragments.seen, color)
    whole = whole.view(len(behind), side, side, 3).permute(0, 3, 1, 2)
    return functional.avg_pool2d(whole, _SAMPLES)


def _color(figure: Figure, fragments: Fragments, corners: Tensor) -> Tensor:
    """(N, 3) sRGB at the seen pixels."""
    own = fragments.seen_face % len(figure.triangles)
    if figure.texture is None or figure.uvs is None:
        assert figure.colors is not None
        values = figure.colors[figure.triangles[own]]
        return (fragments.shares[:, :, None] * values).sum(1).clamp(0, 1)
    flat = figure.uvs.index_select(0, own)
    size = (figure.texture.shape[1], figure.texture.shape[2])
    wide = footprint(corners.index_select(0, fragments.seen_face), flat, size)
    at = (fragments.shares[:, :, None] * flat).sum(1)
    return sample(mipmaps(figure.texture[None]), at, wide).clamp(0, 1)


def _some(chosen: Cameras, rows: Tensor) -> Cameras:
    return Cameras(*(one[rows] for one in (chosen.eye, chosen.axes, chosen.focal, chosen.middle)))
