# SPDX-License-Identifier: Apache-2.0
"""A plain body, and an encoder that sees how high and how broad a figure is in its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from kinora.backend.kit.encoders.encoder import Texts
from kinora.shared import rotations
from kinora.shared.skeleton import INDEX

X, Y, Z = np.eye(3)


@dataclass(frozen=True)
class Ruler:
    """Sees where in its picture a figure's dark pixels lie; "broad" asks for a broad figure."""

    name: str = "ruler"
    pixels: int = 40

    def encode_text(self, sentences: Sequence[str]) -> Texts:
        rows = [[1.0, 0.0] if "broad" in sentence else [0.0, 1.0] for sentence in sentences]
        return Texts(torch.tensor(rows), ())

    def encode_pictures(self, pictures: Tensor) -> Tensor:
        dark = 1 - pictures.mean(1)
        line = torch.linspace(-1, 1, pictures.shape[-1])
        weight = dark.sum((1, 2)).clamp(min=1e-6)
        across = ((dark.sum(1) * line**2).sum(1) / weight + 1e-6).sqrt()
        down = ((dark.sum(2) * line**2).sum(1) / weight + 1e-6).sqrt()
        return functional.normalize(torch.stack([across, down], 1), dim=1)


def posed(**bends: tuple[np.ndarray, float]) -> Tensor:
    """(1, 22, 4) the T-pose with some joints turned by degrees about an axis."""
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (22, 1))
    for joint, (axis, degrees) in bends.items():
        turns[INDEX[joint]] = rotations.from_axis_angle(axis, np.radians(degrees))
    return torch.tensor(turns[None], dtype=torch.float32)


HANGING = {"left_shoulder": (Y, 80.0), "right_shoulder": (Y, -80.0)}
RAISED = {"left_shoulder": (Y, -80.0), "right_shoulder": (Y, 80.0)}
