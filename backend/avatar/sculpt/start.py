# SPDX-License-Identifier: Apache-2.0
"""What sculpting starts from: a dressed character as one surface, and how far it may change."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

REGIONS = ("head", "torso", "arms", "hands", "legs", "feet")
"""The parts of a body that can be worked on alone."""
PLACES = (
    "head", "face", "middle", "left_hand", "right_hand", "left_foot", "right_foot",
)  # fmt: skip
"""Landmarks: `face` is between the eyes, `middle` between head and soles."""


@dataclass(frozen=True, eq=False)
class Start:
    """A dressed character in bind pose: P meshes with V vertices and F triangles in all.

    Metres, Z up, facing -Y.
    """

    names: tuple[str, ...]
    """(P,) what the meshes are called: "Body", "T-shirt"."""
    vertices: Tensor
    """(V, 3), mesh by mesh."""
    triangles: Tensor
    """(F, 3) into `vertices`."""
    uvs: Tensor
    """(F, 3, 2) with the origin at the lower left."""
    part: Tensor
    """(F,) which mesh."""
    region: Tensor
    """(V,) which of REGIONS."""
    slack: Tensor
    """(V,) metres that the surface may go outward."""
    finish: Tensor
    """(P, 2) mean roughness and metallic."""
    texture: Tensor
    """(3, S, S) sRGB from 0 to 1, row 0 at the top."""
    solid_vertices: Tensor
    """(W, 3) the bare body, closed: also what clothes hide."""
    solid_triangles: Tensor
    """(G, 3) into `solid_vertices`."""
    places: dict[str, Tensor]
    """(3,) for each of PLACES."""
    height: float

    def to(self, device: str | torch.device) -> Start:
        moved = {
            f.name: getattr(self, f.name).to(device)
            for f in fields(self)
            if isinstance(getattr(self, f.name), Tensor)
        }
        places = {name: place.to(device) for name, place in self.places.items()}
        return replace(self, **moved, places=places)
