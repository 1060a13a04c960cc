# SPDX-License-Identifier: Apache-2.0
"""The losses against closed forms, and an attack against what it promises."""

from __future__ import annotations

import math

import pytest
import torch

from kinora.backend.avatar.seeing.attack import disturb, vary
from kinora.backend.avatar.seeing.lesson import coverage
from kinora.backend.avatar.seeing.losses import contrast, point


def cross_entropy(logits):
    """InfoNCE of a square of logits whose diagonal matches, in both directions."""
    right = torch.arange(len(logits))
    return (
        torch.nn.functional.cross_entropy(logits, right)
        + torch.nn.functional.cross_entropy(logits.T, right)
    ) / 2


def test_contrast_is_infonce_when_each_caption_has_one_picture():
    logits = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
    found = contrast(logits, torch.eye(5, dtype=torch.int8))
    assert found.item() == pytest.approx(cross_entropy(logits).item(), rel=1e-5)


def test_contrast_leaves_out_what_cannot_be_told():
    logits = torch.randn(4, 4, generator=torch.Generator().manual_seed(1))
    matches = torch.eye(4, dtype=torch.int8)
    matches[0, 1] = -1
    logits[0, 1] = 3.0
    one = contrast(logits, matches)
    logits[0, 1] = -30.0
    assert contrast(logits, matches).item() == pytest.approx(one.item(), abs=1e-6)


def test_contrast_by_hand_with_two_pictures_for_one_caption():
    logits = torch.tensor([[2.0, 1.0, 0.0]])
    found = contrast(logits, torch.tensor([[1, 1, 0]], dtype=torch.int8))
    # Among pictures each match stands against the third; among captions nothing stands against it.
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1))) / 2 / 2
    assert found.item() == pytest.approx(expected, rel=1e-5)


def test_contrast_pushes_down_a_hard_negative_that_matches_nothing():
    logits = torch.zeros(3, 2, requires_grad=True)
    matches = torch.tensor([[1, 0], [0, 1], [0, 0]], dtype=torch.int8)
    contrast(logits, matches).backward()
    assert (logits.grad[2] > 0).all()
    assert logits.grad[0, 0] < 0 < logits.grad[0, 1]


@pytest.mark.parametrize("fill", [-1, 0, 1])
def test_contrast_stays_finite_without_matches_or_opposites(fill):
    logits = torch.randn(3, 4, requires_grad=True)
    contrast(logits, torch.full((3, 4), fill, dtype=torch.int8)).backward()
    assert logits.grad.isfinite().all()


def test_pointing_is_best_at_the_true_share_and_ignores_the_unknown():
    truth = torch.tensor([[[0.25, 1.0, 0.0, 0.0]]])
    told = torch.ones(1, 1)
    best = point(torch.logit(truth.clamp(1e-6, 1 - 1e-6)), truth, told)
    assert best < point(torch.zeros(1, 1, 4), truth, told)
    assert point(torch.randn(1, 1, 4), truth, torch.zeros(1, 1)) == 0


def test_coverage_counts_pixels_of_patches():
    part = torch.full((1, 16, 16), -1, dtype=torch.int8)
    part[0, :4, :8] = 2
    part[0, 8:, 8:] = 0
    found = coverage(part, 8, 3)
    assert found.shape == (1, 3, 4)
    assert found[0, 2].tolist() == [0.5, 0, 0, 0]
    assert found[0, 0].tolist() == [0, 0, 0, 1]
    assert found[0, 1].sum() == 0


def test_an_attack_keeps_to_its_radius_and_to_people():
    random = torch.Generator().manual_seed(2)
    pictures = torch.rand(6, 3, 20, 20, generator=random)
    slope = torch.randn(6, 3, 20, 20, generator=random)
    slope[5] = float("nan")
    foreground = torch.rand(6, 20, 20, generator=random) > 0.5
    radius = torch.tensor([0.0, 0.1, 0.5, 1.0, 2.5, 1.0])
    found = disturb(pictures, slope, foreground, radius)
    change = found - pictures
    assert (change.flatten(1).norm(dim=1) <= radius + 1e-5).all()
    assert (change.abs().amax(1)[~foreground] == 0).all()
    assert found.isfinite().all()
    assert found.min() >= 0 and found.max() <= 1
    # Uphill: along the slope.
    assert (change[:5] * slope[:5]).sum((1, 2, 3))[1:].min() > 0


def test_variations_move_pictures_and_parts_together():
    part = torch.full((8, 40, 40), -1, dtype=torch.int8)
    part[:, 10:30, 12:24] = 4
    pictures = (part >= 0).float()[:, None].expand(-1, 3, -1, -1).contiguous()
    moved, parts = vary(pictures, part, torch.Generator().manual_seed(0))
    assert set(parts.unique().tolist()) == {-1, 4}
    assert moved.min() >= 0 and moved.max() <= 1
    agrees = ((moved.mean(1) > 0.5) == (parts == 4)).float().mean()
    assert agrees > 0.97
    assert not torch.equal(parts, part)
