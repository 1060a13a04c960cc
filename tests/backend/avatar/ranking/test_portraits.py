# SPDX-License-Identifier: Apache-2.0
"""Portraits: metric views keep sizes, fitted ones do not, and gradients are numbers everywhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kinora.backend.avatar.ranking.codebook import ADULT, person
from kinora.backend.avatar.ranking.portraits import VIEWS, draw, mannequin, standing
from kinora.backend.avatar.shading import tone
from kinora.backend.avatar.shape import with_levels
from kinora.backend.kit.body import load_body_model, make_body


@pytest.fixture(scope="module")
def places():
    """A short and a tall woman."""
    levels = ({"height": -2.5}, {"height": 2.5})
    readings = [with_levels(person(True, ADULT), level) for level in levels]
    skins = [standing(make_body(load_body_model(), one.parameters)) for one in readings]
    return torch.from_numpy(np.stack(skins))


def heights(pictures):
    """Rows that show somebody, of pictures (N, 3, S, S) with a plain background."""
    return ((pictures - pictures[:, :, :1, :1]).abs().amax(1) > 0.1).any(2).sum(1)


def test_a_metric_view_shows_who_is_tall_and_a_fitted_one_does_not(places):
    short, tall = heights(draw(mannequin("cpu"), places, VIEWS, 96)).view(2, len(VIEWS))
    stature = (np.ptp(places.numpy()[..., 2], axis=1)).tolist()
    for view, low, high in zip(VIEWS, short.tolist(), tall.tolist(), strict=True):
        expected = stature[1] / stature[0] if view.is_metric else 1.0
        assert high / low == pytest.approx(expected, rel=0.05)


def test_every_vertex_gets_a_gradient_that_is_a_number(places):
    leaf = places[:1].clone().requires_grad_()
    [gradient] = torch.autograd.grad(draw(mannequin("cpu"), leaf, VIEWS, 64).square().sum(), leaf)
    assert torch.isfinite(gradient).all() and (gradient != 0).any(2).float().mean() > 0.5


def test_the_tone_curve_has_a_slope_at_every_brightness():
    grey = torch.linspace(0, 2, 20_001)[:, None].expand(-1, 3).clone()
    grey[0] = 0.56  # where pressing, which is for what is bright, divides by zero
    grey.requires_grad_()
    [slope] = torch.autograd.grad(tone(grey).sum(), grey)
    assert torch.isfinite(slope).all() and (slope >= 0).all()
