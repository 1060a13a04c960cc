# SPDX-License-Identifier: Apache-2.0
"""CIE Lab (D65) to and from sRGB, differentiable."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE = (0.95047, 1.0, 1.08883)
_KNEE = 6 / 29


def to_lab(color: Tensor) -> Tensor:
    """(3, ...) of sRGB (3, ...) from 0 to 1."""
    bright = ((color.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4
    linear = torch.where(color <= 0.04045, color / 12.92, bright)
    xyz = torch.tensordot(_matrix(color.device, color.dtype), linear, 1)
    root = xyz.clamp(min=_KNEE**3) ** (1 / 3)
    x, y, z = torch.where(xyz > _KNEE**3, root, xyz / (3 * _KNEE**2) + 4 / 29)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def to_srgb(lab: Tensor) -> Tensor:
    """(3, ...) of Lab (3, ...): below 0 or above 1 where no screen shows the color."""
    y = (lab[0] + 16) / 116
    root = torch.stack([y + lab[1] / 500, y, y - lab[2] / 200])
    xyz = torch.where(root > _KNEE, root**3, 3 * _KNEE**2 * (root - 4 / 29))
    linear = torch.tensordot(_inverse(lab.device, lab.dtype), xyz, 1)
    bright = 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, linear * 12.92, bright)


# Kept on the device: CUDA graphs may not copy from the processor.
@cache
def _matrix(device: torch.device, dtype: torch.dtype) -> Tensor:
    white = torch.tensor(_WHITE)[:, None]
    matrix: Tensor = torch.tensor(_TO_XYZ) / white
    return matrix.to(device, dtype)


@cache
def _inverse(device: torch.device, dtype: torch.dtype) -> Tensor:
    inverse: Tensor = torch.linalg.inv(_matrix(torch.device("cpu"), torch.float32))
    return inverse.to(device, dtype)
