# SPDX-License-Identifier: Apache-2.0
"""What is asked of motion beside the caption, by closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from kinora.backend.clipart.motion import losses

SQUARE = torch.tensor([[0.0, 0], [10, 0], [10, 10], [0, 10]]) + 100
EDGES = torch.tensor([[0, 1], [1, 2]])
HALVES = torch.tensor([[0, 1, 2], [0, 2, 3]])


def test_stretching_is_summed_over_frames_and_meant_over_edges() -> None:
    poses = torch.stack([SQUARE, SQUARE * 1.2, SQUARE * 0.8])
    found = losses.stretching(poses, EDGES, losses.lengths_of(SQUARE, EDGES))
    assert float(found) == pytest.approx(2 * 2.0**2, rel=1e-4)


def test_turning_stretches_nothing() -> None:
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]])
    lengths = losses.lengths_of(SQUARE, EDGES)
    assert float(losses.stretching((SQUARE @ turn.T)[None], EDGES, lengths)) < 1e-6


def test_folding_sees_a_triangle_that_turned_over() -> None:
    folded = SQUARE.clone()
    folded[3] = torch.tensor([110.0, 100.0])
    sound = losses.folding(SQUARE[None] * 0.5, SQUARE, HALVES)
    assert float(sound) == 0
    # The second triangle now has minus its area at rest.
    assert float(losses.folding(folded[None], SQUARE, HALVES)) == pytest.approx(1.1**2, rel=1e-4)


def test_the_path_of_a_circle_is_its_polygon() -> None:
    phase = torch.arange(24) * (2 * math.pi / 24)
    circle = 128 + 10 * torch.stack([torch.cos(phase), torch.sin(phase)], dim=-1)[:, None]
    assert float(losses.path_length(circle)) == pytest.approx(
        480 * math.sin(math.pi / 24), rel=1e-4
    )
    assert float(losses.standing(circle, 6.0)) == 0


def test_standing_still_costs_the_floor_and_has_a_finite_gradient() -> None:
    still = SQUARE.expand(24, -1, -1).clone().requires_grad_()
    cost = losses.standing(still, 6.0)
    cost.backward()
    assert float(cost.detach()) == pytest.approx(36, rel=1e-3)
    assert still.grad is not None
    assert still.grad.isfinite().all()


def test_trembling_and_straying_look_at_the_change_alone() -> None:
    quick = SQUARE + 20 * torch.randn(24, 4, 2, generator=torch.Generator().manual_seed(0))
    assert float(losses.trembling(quick + 3, quick)) < 1e-6
    assert float(losses.straying(quick + 3, quick)) == pytest.approx(18, rel=1e-4)


def test_leaving_is_felt_outside_the_margin_only() -> None:
    assert float(losses.leaving(SQUARE[None])) == 0
    outside = torch.tensor([[[-5.0, 128.0], [128.0, 128.0]]])
    assert float(losses.leaving(outside)) == pytest.approx(50)
