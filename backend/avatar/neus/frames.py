# SPDX-License-Identifier: Apache-2.0
"""Between Kinora's world (Z up, facing -Y, metres) and the published one (y up, facing +z)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

TALL = 1.61
"""How tall the published template stands; its cameras' distances are meant for that."""
WIDEST = 0.95
"""The radius within which a whole figure must lie, as rays end at 1."""
LEGACY_MIDDLE = (0.0, -0.035, 0.27)
"""Where old checkpoints have the middle of their body: an accident of the published poses."""
LEGACY_FACE_DEPTH = 0.3


@dataclass(frozen=True, eq=False)
class Template:
    """The bare body in the world: closed skin of vertices (V, 3) and triangles (F, 3); `face` (3,)
    the middle of the head, or None where it is not known."""

    vertices: Tensor
    triangles: Tensor
    face: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Frame:
    """inner = turned world * scale + offset."""

    scale: float
    offset: Tensor

    def inward(self, places: Tensor) -> Tensor:
        """(..., 3) world to inner."""
        x, y, z = places.unbind(-1)
        return torch.stack([x, z, -y], dim=-1) * self.scale + self.offset.to(places)

    def outward(self, places: Tensor) -> Tensor:
        """(..., 3) inner to world."""
        x, y, z = ((places - self.offset.to(places)) / self.scale).unbind(-1)
        return torch.stack([x, -z, y], dim=-1)


@dataclass(frozen=True, eq=False)
class Inner:
    """The template in the published frame; `face` (3,) is what face views look at."""

    vertices: Tensor
    triangles: Tensor
    face: Tensor
    frame: Frame

    def to(self, device: str) -> Inner:
        moved = (self.vertices.to(device), self.triangles.to(device), self.face.to(device))
        return Inner(*moved, self.frame)


def brought_in(template: Template, head_height: float, legacy_frame: bool = False) -> Inner:
    """Centre the body and scale it to the published height.

    With `legacy_frame` it stands where the bodies of old checkpoints do, and faces are looked for
    at `head_height`, as they are where the template does not know its own.
    """
    turned = Frame(1.0, torch.zeros(3)).inward(template.vertices.float())
    low, high = turned.amin(0), turned.amax(0)
    middle = (low + high) / 2
    scale = TALL / float(high[1] - low[1])
    radius = float((turned - middle).norm(dim=1).amax())
    target = torch.tensor(LEGACY_MIDDLE) if legacy_frame else torch.zeros(3)
    if not legacy_frame:
        scale = min(scale, WIDEST / radius)
    frame = Frame(scale, target - middle * scale)
    vertices = frame.inward(template.vertices.float())
    if legacy_frame or template.face is None:
        depth = LEGACY_FACE_DEPTH if legacy_frame else 0.0
        face = torch.tensor([0.0, head_height, depth])
    else:
        face = frame.inward(template.face.float())
    return Inner(vertices, template.triangles.long(), face, frame)
