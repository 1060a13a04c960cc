# SPDX-License-Identifier: Apache-2.0
"""Where the preview's camera stands: it holds the whole performance, and follows a walk gently."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from ...shared.results import Motion
from ...shared.skeleton import INDEX

Floats = NDArray[np.floating]

FIELD_OF_VIEW = math.radians(24)  # of the picture's height: a portrait lens, little distortion


@dataclass(frozen=True)
class Camera:
    """A pinhole: `axes` (3, 3) are its right, down and forward; `focal` is in pixels."""

    eye: Tensor
    axes: Tensor
    focal: float
    width: int
    height: int

    def project(self, places: Tensor) -> Tensor:
        """(..., 3) pixel x, pixel y and distance in front of the camera."""
        seen = (places - self.eye) @ self.axes.T
        depth = seen[..., 2:]
        middle = torch.tensor([self.width / 2, self.height / 2], device=places.device)
        return torch.cat([seen[..., :2] / depth * self.focal + middle, depth], dim=-1)

    def rays(self) -> Tensor:
        """(H, W, 3) unit directions through the pixel centres."""
        y = torch.arange(self.height, device=self.eye.device) + 0.5 - self.height / 2
        x = torch.arange(self.width, device=self.eye.device) + 0.5 - self.width / 2
        rows, columns = torch.meshgrid(y, x, indexing="ij")
        flat = torch.stack([columns, rows, torch.full_like(rows, self.focal)], dim=-1)
        return torch.nn.functional.normalize(flat, dim=-1) @ self.axes


@dataclass(frozen=True)
class Shot:
    """What the camera looks at and from where. Azimuth 0 is from -Y, growing towards +X."""

    target: tuple[float, float, float]
    azimuth: float
    elevation: float
    distance: float

    def camera(self, width: int, height: int, device: str = "cpu") -> Camera:
        level = math.cos(self.elevation)
        away = np.array(
            [
                math.sin(self.azimuth) * level,
                -math.cos(self.azimuth) * level,
                math.sin(self.elevation),
            ]
        )
        forward = -away
        right = np.cross(forward, [0, 0, 1])
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        axes = torch.tensor(np.stack([right, down, forward]), dtype=torch.float32, device=device)
        eye = torch.tensor(
            np.array(self.target) + away * self.distance, dtype=torch.float32, device=device
        )
        focal = height / 2 / math.tan(FIELD_OF_VIEW / 2)
        return Camera(eye, axes, focal, width, height)


def fit(places: Floats, margin: float, shot: Shot, aspect: float) -> Shot:
    """Move the camera along its line so that places (..., 3), with a margin, just fill the picture.

    `places` are relative to the target; `aspect` is the picture's width over its height.
    """
    right, down, forward = shot.camera(2, 2).axes.numpy()
    high = math.tan(FIELD_OF_VIEW / 2)
    across = (np.abs(places @ right) + margin) / (high * aspect) - places @ forward
    along = (np.abs(places @ down) + margin) / high - places @ forward
    return replace(shot, distance=float(max(across.max(), along.max())))


def follow(motion: Motion, height_m: float, aspect: float, azimuth: float) -> list[Shot]:
    """A shot for each frame, all from one distance, that hold the body and its reach."""
    joints = motion.joints.astype(np.float64)
    track = _track(joints[:, INDEX["pelvis"], :2], motion.fps)
    # The head joint is at the skull's base, and soles and fingers reach beyond the last joint.
    top = joints[:, INDEX["head"]] + [0, 0, 0.08 * height_m]
    reach = np.concatenate([joints, top[:, None]], axis=1)
    middle = (reach[..., 2].max() + min(0.0, reach[..., 2].min())) / 2
    targets = np.column_stack([track, np.full(len(track), middle)])
    first = Shot((0.0, 0.0, 0.0), azimuth, math.radians(9), 1.0)
    held = fit(reach - targets[:, None], 0.11 * height_m, first, aspect)
    return [replace(held, target=(x, y, z)) for x, y, z in targets.tolist()]


def _track(places: Floats, fps: float) -> Floats:
    """(T, 2) the middle of what happens, or a smooth path along with a body that travels."""
    middle = (places.max(0) + places.min(0)) / 2
    if np.ptp(places, axis=0).max() < 0.5:
        return np.tile(middle, (len(places), 1))
    # A steady walk is followed exactly from its first step to its last; what strays is smoothed.
    steady = np.linspace(places[0], places[-1], len(places))
    strays: Floats = gaussian_filter1d(places - steady, 0.6 * fps, axis=0, mode="nearest")
    return steady + strays


def facing(joints: Floats) -> float:
    """Azimuth from which a body with these joints (22, 3) is seen from the front."""
    left = joints[INDEX["left_hip"], :2] - joints[INDEX["right_hip"], :2]
    left = left + joints[INDEX["left_shoulder"], :2] - joints[INDEX["right_shoulder"], :2]
    return math.atan2(left[1], left[0])
