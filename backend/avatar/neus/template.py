# SPDX-License-Identifier: Apache-2.0
"""The bare body as the method sees it: its silhouette and grey pictures, lit from above."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.raster import rasterise
from .cameras import BODY, Views, looking
from .frames import Inner

_AMBIENT = _DIRECTED = 0.5
_DISTANCE = 2.2
_AZIMUTHS, _ELEVATIONS = range(0, 360, 20), range(-60, 60, 20)


@dataclass(frozen=True, eq=False)
class Pictures:
    """B pictures: which pixels `mask` (B, H, W) the body covers, and its grey `color` (B, H, W)."""

    mask: Tensor
    color: Tensor


def picture(template: Inner, views: Views, pixels: int) -> Pictures:
    """Draw the template for each view, `pixels` a side, at the places of the rays."""
    count, faces = len(views.eye), len(template.triangles)
    each = template.vertices.expand(count, -1, -1)
    corners = views.cameras(pixels).project_each(each)[:, template.triangles].flatten(0, 1)
    number = torch.arange(count, device=corners.device).repeat_interleave(faces)
    seen = rasterise(corners, number, (count, pixels, pixels))
    color = grey(normals(template))[seen.seen_face % faces]
    return Pictures(seen.face >= 0, seen.spread(color[:, None])[..., 0])


def normals(template: Inner) -> Tensor:
    """(F, 3) unit normals of the triangles."""
    a, b, c = template.vertices[template.triangles].unbind(1)
    return functional.normalize(torch.linalg.cross(b - a, c - a), dim=1)


def grey(normals: Tensor) -> Tensor:
    """(N,) how bright white is under the published light: half from everywhere, half from above."""
    return _AMBIENT + _DIRECTED * normals[:, 1].clamp(min=0)


def around(device: str) -> Views:
    """The 108 published views: 18 azimuths, of each 6 elevations."""
    turns = [(math.radians(a), math.radians(e)) for a in _AZIMUTHS for e in _ELEVATIONS]
    azimuth, elevation = torch.tensor(turns, device=device).unbind(1)
    # The same eyes by their angle from the front, +z, and the turn around it.
    level = elevation.cos()
    side, up = azimuth.sin() * level, elevation.sin()
    theta = torch.acos((azimuth.cos() * level).clamp(-1, 1))
    distance = torch.full_like(theta, _DISTANCE)
    kind = torch.full_like(theta, BODY, dtype=torch.int64)
    return looking(torch.zeros(len(theta), 3, device=device), theta, up.atan2(side), distance, kind)
