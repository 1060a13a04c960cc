# SPDX-License-Identifier: Apache-2.0
"""A batch of pinhole cameras. The world's Z is up and a figure faces -Y."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Cameras:
    """B pinholes: `eye` (B, 3); `axes` (B, 3, 3), the right, down and forward of each; `focal` (B,)
    in pixels; `middle` (B, 2), the pixel x and y straight ahead."""

    eye: Tensor
    axes: Tensor
    focal: Tensor
    middle: Tensor

    def project(self, places: Tensor, picture: Tensor) -> Tensor:
        """(V, 3) pixel x, pixel y and distance ahead of places (V, 3), each in its own picture."""
        offset = places - self.eye.index_select(0, picture)
        seen = (self.axes.index_select(0, picture) * offset[:, None]).sum(2)
        return self._onto(seen, self.focal[picture, None], self.middle.index_select(0, picture))

    def project_each(self, places: Tensor) -> Tensor:
        """(B, V, 3) as `project`, of places (B, V, 3): as many in every picture."""
        seen = (places - self.eye[:, None]) @ self.axes.mT
        return self._onto(seen, self.focal[:, None, None], self.middle[:, None])

    def _onto(self, seen: Tensor, focal: Tensor, middle: Tensor) -> Tensor:
        depth = seen[..., 2:]
        return torch.cat([seen[..., :2] / depth * focal + middle, depth], dim=-1)


def orbit(target: Tensor, azimuth: Tensor, elevation: Tensor, distance: Tensor) -> Tensor:
    """(B, 3) eyes around targets (B, 3). Azimuth 0 is from -Y, growing towards +X; in radians."""
    return target + distance[:, None] * towards(azimuth, elevation)


def towards(azimuth: Tensor, elevation: Tensor) -> Tensor:
    """(B, 3) unit directions from a figure to the eyes that see it from there."""
    level = elevation.cos()
    away = (azimuth.sin() * level, -azimuth.cos() * level, elevation.sin())
    return torch.stack(away, dim=1)


def look_at(eye: Tensor, target: Tensor) -> Tensor:
    """(B, 3, 3) axes of level cameras at `eye` (B, 3) that look at `target` (B, 3).

    Looking straight up or down, the picture's top is where +Y is.
    """
    forward = functional.normalize(target - eye, dim=1)
    up = forward.new_tensor([0.0, 0, 1]).expand_as(forward)
    steep = torch.linalg.cross(forward, up).norm(dim=1, keepdim=True) < 1e-4
    up = torch.where(steep, forward.new_tensor([0.0, 1, 0]), up)
    right = functional.normalize(torch.linalg.cross(forward, up), dim=1)
    return torch.stack([right, torch.linalg.cross(forward, right), forward], dim=1)
