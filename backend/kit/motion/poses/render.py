# SPDX-License-Identifier: Apache-2.0
"""Pictures of poses, for encoders and for people; differentiable towards the pose."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...raster import Cameras, antialias, look_at, orbit, rasterise, towards
from .figure import Figure

AZIMUTHS = (120, 150, 180, 210, 240)
"""As published, where 180 degrees is the front."""
FIELD_OF_VIEW = math.radians(24)
"""Of the picture's height: a portrait lens."""
MARGIN = 0.05
"""Of the figure's size, left free around it."""
SAMPLES = 2
"""Drawn pixels for each side of a shown one."""
_KEY, _FILL = (-0.55, 0.75, 0.75), (0.9, 0.15, 0.6)
"""Directions of the lights from the camera: right, up, towards it."""


@dataclass(frozen=True)
class Backdrop:
    """What is behind the figure: a grey of sRGB, dark or light."""

    grey: float = 1.0
    elevation: float = 0.1
    """Radians from which the figure is looked down on."""


def draw(
    figure: Figure,
    rotations: Tensor,
    pixels: int,
    azimuths: tuple[float, ...] = AZIMUTHS,
    backdrop: Backdrop = Backdrop(),
) -> Tensor:
    """(N * W, 4, S, S) sRGB and coverage of poses (N, 22, 4) from W directions in degrees, those of
    a pose together; each fills its picture."""
    places = figure.posed(rotations)
    count, side = len(places) * len(azimuths), pixels * SAMPLES
    each = places.repeat_interleave(len(azimuths), 0)
    around = torch.tensor(azimuths, device=places.device, dtype=places.dtype)
    cameras = _cameras(each, torch.deg2rad(around - 180).repeat(len(places)), backdrop, side)
    number = torch.arange(count, device=places.device)
    triangles = (figure.triangles + (number * places.shape[1])[:, None, None]).view(-1, 3)
    corners = cameras.project_each(each).reshape(-1, 3)[triangles]
    picture = number.repeat_interleave(len(figure.triangles))
    fragments = rasterise(corners, picture, (count, side, side))
    normals = _normals(places, figure.triangles).repeat_interleave(len(azimuths), 0)
    colors = figure.colors.expand(count, -1, -1)
    seen = fragments.at_seen(torch.cat([normals, colors], 2).view(-1, 6), triangles)
    lit = _lit(seen, cameras.axes.index_select(0, fragments.seen_picture))
    empty = lit.new_full((count * side * side, 4), backdrop.grey)
    empty[:, 3] = 0
    whole = empty.index_copy(0, fragments.seen, torch.cat([lit, torch.ones_like(lit[:, :1])], 1))
    beside = figure.beside + (number * len(figure.triangles))[:, None, None]
    beside = torch.where(figure.beside < 0, -1, beside).view(-1, 3)
    smooth = antialias(whole.view(count, side, side, 4), fragments, corners, picture, beside)
    return functional.avg_pool2d(smooth.permute(0, 3, 1, 2), SAMPLES)


def _cameras(places: Tensor, azimuth: Tensor, backdrop: Backdrop, side: int) -> Cameras:
    """Cameras that each of the places (B, V, 3) fills; gradients do not move them."""
    places = places.detach()
    elevation = torch.full_like(azimuth, backdrop.elevation)
    away = towards(azimuth, elevation)
    axes = look_at(away, torch.zeros_like(away))
    turned = places @ axes.mT
    low, high = turned.amin(1), turned.amax(1)
    half = (high - low)[:, :2].amax(1) / 2 * (1 + MARGIN)
    tan = math.tan(FIELD_OF_VIEW / 2)
    distance = half / tan + (high - low)[:, 2] / 2
    middle = torch.einsum("bij,bi->bj", axes, (low + high) / 2)
    focal = torch.full_like(azimuth, side / 2 / tan)
    centre = torch.full((len(azimuth), 2), side / 2, device=places.device)
    return Cameras(orbit(middle, azimuth, elevation, distance), axes, focal, centre)


def _normals(places: Tensor, triangles: Tensor) -> Tensor:
    """(B, V, 3) unit normals at the vertices."""
    a, b, c = (places[:, triangles[:, corner]] for corner in range(3))
    face = torch.linalg.cross(b - a, c - a)
    total = torch.zeros_like(places)
    for corner in range(3):
        total = total.index_add(1, triangles[:, corner], face)
    return functional.normalize(total, dim=2)


def _lit(seen: Tensor, axes: Tensor) -> Tensor:
    """(N, 3) sRGB of surface points, normals and colors (N, 6), seen along axes (N, 3, 3): lit by
    a key and a fill light, the sky and a rim."""
    normal = functional.normalize(seen[:, :3], dim=1)
    base = seen[:, 3:].clamp(0, 1) ** 2.2
    own = (axes @ normal[:, :, None])[..., 0] * normal.new_tensor([1.0, -1.0, -1.0])
    key, fill = (
        (own @ functional.normalize(own.new_tensor(light), dim=0))[:, None]
        for light in (_KEY, _FILL)
    )
    sky = 0.34 + 0.14 * normal[:, 2:]
    rim = 0.12 * (1 - own[:, 2:].clamp(0, 1)) ** 3
    color = base * (sky + 0.72 * key.clamp(min=0) + 0.18 * (0.25 + 0.75 * fill).clamp(min=0)) + rim
    return color.clamp(1e-4, 1) ** (1 / 2.2)
