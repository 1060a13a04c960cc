# SPDX-License-Identifier: Apache-2.0
"""Random views of clips: where places go, what is beyond them, and how far they vary."""

from __future__ import annotations

import torch
from torch import Generator

from kinora.backend.clipart.augmentation import augment, homography, random_view, view

CORNERS = torch.tensor([[-1.0, -1], [1, -1], [1, 1], [-1, 1]], dtype=torch.float64)


def led(matrix: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    found = torch.cat([places, torch.ones_like(places[:, :1])], dim=1) @ matrix.T
    return found[:, :2] / found[:, 2:]


def test_a_homography_leads_its_points_and_keeps_lines() -> None:
    there = torch.tensor([[-0.7, -0.9], [0.8, -0.6], [0.9, 0.8], [-0.9, 0.7]], dtype=torch.float64)
    matrix = homography(CORNERS, there)
    assert torch.allclose(led(matrix, CORNERS), there)
    first, middle, last = led(matrix, torch.tensor([[-1.0, 0], [0.2, 0], [1, 0]]).double())
    across = (last - first) / (last - first).norm()
    off = (middle - first)[0] * across[1] - (middle - first)[1] * across[0]
    assert abs(float(off)) < 1e-12


def test_the_view_that_changes_nothing_gives_the_frames_back() -> None:
    frames = torch.rand(2, 3, 16, 16, generator=Generator().manual_seed(0))
    assert torch.allclose(view(frames, torch.eye(3)), frames, atol=1e-5)


def test_a_crop_shows_the_pixels_that_it_was_cut_from() -> None:
    frames = torch.rand(1, 3, 16, 16, generator=Generator().manual_seed(0))
    quarter = torch.tensor([[0.5, 0, -0.5], [0, 0.5, -0.5], [0, 0, 1]])
    shown = view(frames, quarter)
    blocks = torch.nn.functional.interpolate(
        frames[..., :8, :8], scale_factor=2, mode="bilinear", align_corners=False
    )
    assert torch.allclose(shown[..., 1:-1, 1:-1], blocks[..., 1:-1, 1:-1], atol=1e-5)


def test_beyond_the_picture_it_is_white() -> None:
    black = torch.zeros(1, 3, 16, 16)
    shrunk = view(black, torch.diag(torch.tensor([2.0, 2.0, 1.0])))
    assert float(shrunk[..., :3, :].min()) == 1
    assert float(shrunk[..., 6:10, 6:10].max()) == 0


def test_all_frames_get_the_same_view_and_gradients() -> None:
    frame = torch.rand(1, 3, 16, 16, generator=Generator().manual_seed(0))
    frames = frame.expand(4, -1, -1, -1).clone().requires_grad_()
    shown = augment(frames, Generator().manual_seed(1))
    assert torch.equal(shown[0], shown[3])
    shown.sum().backward()
    assert frames.grad is not None
    assert float(frames.grad.abs().sum()) > 0


def test_views_vary_as_the_published_ones_do() -> None:
    """Corners come in by up to half of half a side; crops keep 0.4 to 1 of the area."""
    generator = Generator().manual_seed(0)
    areas, inward = [], []
    for _ in range(400):
        matrix = random_view(generator)
        inverse = torch.linalg.inv(matrix)
        seen = led(matrix, CORNERS)
        corners = led(inverse, CORNERS)
        areas.append(float(_area(seen)))
        inward.append(float(corners.abs().max()))
        assert torch.isfinite(seen).all()
    assert min(areas) > 0.4 * 4 * 0.9
    assert max(inward) <= 1 / 0.4**0.5 * (2 - 0.4**0.5) + 1e-6


def _area(corners: torch.Tensor) -> torch.Tensor:
    x, y = corners.unbind(1)
    return 2 * ((x * y.roll(-1)) - (x.roll(-1) * y)).sum() / 4
