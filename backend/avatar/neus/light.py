# SPDX-License-Identifier: Apache-2.0
"""The random light, and what the encoder is shown: the lit picture and its textureless twin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.raster.chance import uniform
from .cameras import Views, away
from .config import Train
from .rendering import Seen

_JITTER = math.radians(45)
_MOST_AMBIENT = 0.2
_STREAM = 71


@dataclass(frozen=True, eq=False)
class Light:
    """White, from far in `direction` (3,); `ambient` is what shines everywhere."""

    direction: Tensor
    ambient: Tensor

    def shade(self, normals: Tensor) -> Tensor:
        """(R, 1) of normals (R, 3) of any length; 1 where that is no number."""
        unit = normals / (normals.norm(dim=1, keepdim=True) + 1e-7)
        cosine = (unit @ self.direction)[:, None].clamp(0, 1)
        shade: Tensor = self.ambient + (1 - self.ambient) * cosine
        return shade.nan_to_num(1.0)


def jittered(views: Views, seed: Tensor) -> Light:
    """About where the only view is from: each of its angles up to 45 degrees off."""
    chance = uniform(seed, 3, _STREAM)
    off = (2 * chance[:, :2] - 1) * _JITTER
    direction = away(views.theta + off[:, 0], views.phi + off[:, 1])
    return Light(direction[0], _MOST_AMBIENT * chance[0, 2])


def shown(seen: Seen, light: Light, behind: Tensor, train: Train) -> tuple[Tensor, Tensor]:
    """What R rays show before a background (R, 3): the textured and the textureless color."""
    color = seen.shown + behind * (1 - seen.opacity[:, None])
    is_solid = seen.opacity[:, None] >= 0.5
    shade = torch.where(is_solid, light.shade(seen.normal), 1.0)
    textured = (color * shade).clamp(0, 1) if train.texture_cast_light else color
    return textured, torch.where(is_solid, shade.expand_as(color), color)


def as_picture(picture: Tensor, pixels: int) -> Tensor:
    """(1, 3, S, S) for an encoder, of a picture (H, W, 3)."""
    rows = picture.permute(2, 0, 1)[None]
    if rows.shape[-1] == pixels:
        return rows
    return functional.interpolate(rows, (pixels, pixels), mode="bilinear", align_corners=False)
