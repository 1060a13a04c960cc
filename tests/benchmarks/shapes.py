# SPDX-License-Identifier: Apache-2.0
"""A ball as what the benchmarks start from."""

from __future__ import annotations

import numpy as np
import torch
import trimesh
from torch import Tensor

from kinora.backend.avatar.sculpt.start import PLACES, REGIONS, Start

RADIUS = 0.5


def ball(
    radius: float = RADIUS, at: tuple[float, float, float] = (0, 0, 1)
) -> tuple[Tensor, Tensor]:
    mesh = trimesh.creation.icosphere(subdivisions=4, radius=radius)
    return torch.tensor(mesh.vertices + at, dtype=torch.float32), torch.tensor(np.array(mesh.faces))


def start() -> Start:
    vertices, triangles = ball()
    count = len(triangles)
    places = {name: torch.tensor([0.0, 0.0, 1.0]) for name in PLACES}
    places["face"] = torch.tensor([0.0, -RADIUS, 1.0])
    return Start(
        names=("Body",),
        vertices=vertices,
        triangles=triangles,
        uvs=torch.rand(count, 3, 2, generator=torch.Generator().manual_seed(0)),
        part=torch.zeros(count, dtype=torch.int64),
        region=torch.full((len(vertices),), REGIONS.index("head")),
        slack=torch.zeros(len(vertices)),
        finish=torch.tensor([[0.8, 0.0]]),
        texture=torch.full((3, 8, 8), 0.5),
        solid_vertices=vertices,
        solid_triangles=triangles,
        places=places,
        height=2 * RADIUS,
    )
