# SPDX-License-Identifier: Apache-2.0
"""How a training picture looks: a jittered light, textureless grey, and four backgrounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .cameras import towards
from .chance import normal, uniform

SHADINGS = ("diffuse", "unlit", "textureless")
"""textureless: the shade alone, so that there is shape and no color."""
BACKGROUNDS = ("white", "black", "noise", "board")
_JITTER = math.radians(45)
_MOST_AMBIENT = 0.2
_CELLS = (10, 20)  # across the board: from, below
_BLUR = (0.1, 2.0)  # pixels
_BLUR_REACH = (2, 4)  # pixels to each side, across and down


@dataclass(frozen=True)
class Lights:
    """One white directional light a picture: `direction` (B, 3) towards it; `ambient` (B,)."""

    direction: Tensor
    ambient: Tensor

    def shade(self, normals: Tensor, picture: Tensor) -> Tensor:
        """(N, 1) how bright surfaces of unit normals (N, 3) are, each in its own picture."""
        cosine = (normals * self.direction.index_select(0, picture)).sum(1, keepdim=True)
        ambient = self.ambient[picture, None]
        # A pixel without a normal is fully lit.
        return (ambient + (1 - ambient) * cosine.clamp(0, 1)).nan_to_num(1.0)


def jittered_lights(azimuth: Tensor, elevation: Tensor, seed: Tensor) -> Lights:
    """Lights from about where the eye is: up to 45 degrees off in azimuth and in elevation."""
    chance = uniform(seed, 3, stream=1)
    off = (2 * chance[:, :2] - 1) * _JITTER
    direction = towards(azimuth + off[:, 0], elevation + off[:, 1])
    return Lights(direction, _MOST_AMBIENT * chance[:, 2])


def shaded(color: Tensor, shade: Tensor, shading: Tensor) -> Tensor:
    """(N, 3) as seen: colors (N, 3) under a shade (N, 1), each as its own row of SHADINGS (N,)."""
    kind = shading[:, None]
    color = torch.where(kind == 2, torch.ones_like(color), color)
    return (color * torch.where(kind == 1, torch.ones_like(shade), shade)).clamp(0, 1)


def backgrounds(kind: Tensor, seed: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, H, W, 3) of BACKGROUNDS' kinds (B,): white, black, grey noise, a blurred checkerboard."""
    height, width = size
    grey = (kind == 0).float()[:, None, None].repeat(1, height, width)
    noisy, boards = (kind == 2).nonzero()[:, 0], (kind == 3).nonzero()[:, 0]
    noise = 0.5 + 0.2 * normal(seed[noisy], height * width)
    grey[noisy] = noise.clamp_(0, 1).view(-1, height, width)
    grey[boards] = _board(seed[boards], height, width)
    return grey[..., None].expand(-1, -1, -1, 3)


def _board(seed: Tensor, height: int, width: int) -> Tensor:
    """(B, H, W) squares of 0.2 and 0.8: a wave across times a wave down, each blurred alone."""
    chance = uniform(seed, 2, stream=2)
    across = _CELLS[0] + (chance[:, 0] * (_CELLS[1] - _CELLS[0])).floor()
    cell = (height / across).floor().clamp(min=1)
    sigma = _BLUR[0] + (_BLUR[1] - _BLUR[0]) * chance[:, 1]
    row, column = (
        _blurred_wave(cell, sigma, length, reach)
        for length, reach in ((height, _BLUR_REACH[1]), (width, _BLUR_REACH[0]))
    )
    return 0.5 + 0.3 * row[:, :, None] * column[:, None, :]


def _blurred_wave(cell: Tensor, sigma: Tensor, length: int, reach: int) -> Tensor:
    """(B, length) a square wave of +-1, `cell` pixels a half, after a Gaussian blur."""
    step = torch.arange(-reach, reach + 1, device=cell.device)
    weight = torch.exp(-0.5 * (step / sigma[:, None]) ** 2)
    weight = weight / weight.sum(1, keepdim=True)
    place = torch.arange(length, device=cell.device)[:, None] + step
    wave = 1 - 2 * ((place / cell[:, None, None]).floor() % 2)
    return (wave * weight[:, None]).sum(2)
