# SPDX-License-Identifier: Apache-2.0
"""diffvg, where it is built, and the warped picture show the same and pull the same way."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from drawn_shapes import ellipse

from kinora.backend.clipart.mesh import diffvg
from kinora.backend.clipart.mesh.curves import flattened


def test_cut_curves_run_where_the_whole_ones_do():
    whole = ellipse((60, 70), (40, 25))
    cut = diffvg._pieces(whole)
    assert len(cut) % 3 == 0
    apart = np.linalg.norm(cut[::3, None] - flattened(whole)[None], axis=2).min(1)
    assert apart.max() < 0.8
    angle = np.arctan2((cut[::3, 1] - 70) / 25, (cut[::3, 0] - 60) / 40)
    assert np.abs(np.hypot(np.cos(angle) * 40, np.sin(angle) * 25)).max() <= 40 + 1e-9
    closed = np.concatenate([cut, cut[:1]])
    again = flattened(closed)
    assert np.abs(np.hypot((again[:, 0] - 60) / 40, (again[:, 1] - 70) / 25) - 1).max() < 1e-3


@pytest.mark.skipif(not diffvg.is_available(), reason="needs pydiffvg")
def test_both_renderers_agree(puppet):
    generator = torch.Generator().manual_seed(0)
    tracks = puppet.points[None] + 2 * torch.randn(1, 13, 2, generator=generator)
    gradients, pictures = [], []
    for render in (puppet.render, lambda *given: diffvg.render(puppet, *given)):
        moving = tracks.clone().requires_grad_()
        picture = render(moving, 128)
        blurred = torch.nn.functional.avg_pool2d(picture, 9, 2)
        still = torch.nn.functional.avg_pool2d(puppet.render(puppet.points[None], 128), 9, 2)
        (blurred - still).square().sum().backward()
        pictures.append(picture.detach())
        gradients.append(moving.grad.ravel())
    assert -10 * torch.log10((pictures[0] - pictures[1]).square().mean()) > 26
    assert torch.nn.functional.cosine_similarity(*gradients, dim=0) > 0.9
