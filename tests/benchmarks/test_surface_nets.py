# SPDX-License-Identifier: Apache-2.0
"""Surface nets of a ball's distance are a closed ball of its size, wound outwards."""

from __future__ import annotations

import pytest
import torch
import trimesh
from surface_nets import surface_net


def test_a_ball_comes_out_as_a_ball() -> None:
    number = torch.arange(40, dtype=torch.float32)
    places = torch.stack(torch.meshgrid(number, number + 3, number - 2, indexing="ij"), dim=-1)
    middle = torch.tensor([19.3, 22.1, 17.7])
    vertices, triangles = surface_net((places - middle).norm(dim=-1) - 12)
    mesh = trimesh.Trimesh(vertices.numpy(), triangles.numpy(), process=False)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume == pytest.approx(4 / 3 * torch.pi * 12**3, rel=0.01)
    away = (vertices + torch.tensor([0.0, 3, -2]) - middle).norm(dim=1)
    assert away.sub(12).abs().max() < 0.1
