# SPDX-License-Identifier: Apache-2.0
"""From where the figure is seen: the published classes of views and their distributions.

The polar angle theta is measured from the front, +z; phi turns around that axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.raster import Cameras
from ...kit.raster.chance import normal, uniform
from .config import Prompts, Train

BODY, FACE, BACK = 0, 1, 2
"""The classes of views."""
SIDE = 256
"""Pixel coordinates run over this side, however many pixels a picture has."""
FOCAL = SIDE / 2 / math.tan(math.radians(60) / 2)
_FACE_EVERY = 4
_FACE_DISTANCE = 0.4
_FACE_SPREAD, _BODY_SPREAD = math.radians(15), math.radians(60)
_SIDEWAYS = math.pi / 2
_NEAREST, _FARTHEST = 1.0, 2.0
_WANDERING, _MOST_WANDERING = 0.1, 0.3
_STREAM = 61


@dataclass(frozen=True, eq=False)
class Views:
    """B cameras: `eye` (B, 3), `axes` (B, 3, 3) of right, down and forward, the angles `theta` and
    `phi` (B,) that they look from, and the class `kind` (B,)."""

    eye: Tensor
    axes: Tensor
    theta: Tensor
    phi: Tensor
    kind: Tensor

    def to(self, device: str) -> Views:
        moved = (self.eye, self.axes, self.theta, self.phi, self.kind)
        return Views(*(values.to(device) for values in moved))

    def only(self, number: int) -> Views:
        """One of them."""
        one = slice(number, number + 1)
        rows = (self.eye, self.axes, self.theta, self.phi, self.kind)
        return Views(*(values[one] for values in rows))

    def cameras(self, pixels: int) -> Cameras:
        """For pictures of so many pixels a side: the first and the last pixel's centres are at
        the coordinates 0 and SIDE - 1."""
        count, scale = len(self.eye), (pixels - 1) / (SIDE - 1)
        middle = torch.full((count, 2), SIDE / 2 * scale + 0.5, device=self.eye.device)
        return Cameras(self.eye, self.axes, torch.full_like(middle[:, 0], FOCAL * scale), middle)


def drawn(train: Train, face: Tensor, step: Tensor, seed: Tensor) -> Views:
    """The views of steps (B,) of a run; they follow from the seeds (B,). `face` (3,)."""
    chance, bell = uniform(seed, 2, _STREAM), normal(seed, 4, _STREAM + 1)
    is_face = (step % _FACE_EVERY == 0) & train.use_face_prompt
    near_front = (bell[:, 0] * _FACE_SPREAD).clamp(-_SIDEWAYS, _SIDEWAYS)
    theta = torch.where(is_face, near_front, bell[:, 0] * _BODY_SPREAD)
    phi = chance[:, 0] * 2 * math.pi
    distance = _NEAREST + (_FARTHEST - _NEAREST) * chance[:, 1]
    distance = torch.where(is_face, _FACE_DISTANCE, distance)
    wander = (bell[:, 1:] * _WANDERING).clamp(-_MOST_WANDERING, _MOST_WANDERING)
    target = torch.where(is_face[:, None], face.to(wander), wander)
    is_back = (theta.abs() > _SIDEWAYS) & ~is_face
    kind = torch.where(is_face, FACE, torch.where(is_back, BACK, BODY))
    return looking(target, theta, phi, distance, kind)


def looking(target: Tensor, theta: Tensor, phi: Tensor, distance: Tensor, kind: Tensor) -> Views:
    """Cameras at a distance (B,) from targets (B, 3), in the direction of the angles (B,)."""
    eye = target + distance[:, None] * away(theta, phi)
    return Views(eye, _level_axes(eye, target), theta, phi, kind)


def away(theta: Tensor, phi: Tensor) -> Tensor:
    """(B, 3) unit directions from a figure to an eye."""
    side = theta.sin()
    return torch.stack([side * phi.cos(), side * phi.sin(), theta.cos()], dim=1)


def asked(prompts: Prompts, train: Train) -> tuple[str, str, str]:
    """The prompt of each class of views."""
    face = prompts.face_prompt if train.use_face_prompt else prompts.prompt
    back = prompts.back_prompt if train.use_back_prompt else prompts.prompt
    return prompts.prompt, face or prompts.prompt, back or prompts.prompt


def _level_axes(eye: Tensor, target: Tensor) -> Tensor:
    """(B, 3, 3). Looking straight up or down, the picture's top is where the figure faces."""
    forward = functional.normalize(target - eye, dim=1)
    up = forward.new_tensor([0.0, 1, 0]).expand_as(forward)
    steep = torch.linalg.cross(forward, up).norm(dim=1, keepdim=True) < 1e-4
    up = torch.where(steep, forward.new_tensor([0.0, 0, 1]), up)
    right = functional.normalize(torch.linalg.cross(forward, up), dim=1)
    return torch.stack([right, torch.linalg.cross(forward, right), forward], dim=1)
