# SPDX-License-Identifier: Apache-2.0
"""Hash grids are trilinear between nodes, and linear in their table."""

from __future__ import annotations

import pytest
import torch

from kinora.backend.avatar.sculpt import hashgrid

LOW, HIGH = torch.tensor([-0.3, -0.2, 0.0]), torch.tensor([0.4, 0.3, 0.5])


@pytest.fixture
def layout():
    return hashgrid.layout(LOW, HIGH, (0.2, 0.02), levels=4, most=1 << 9)


def places(count, seed=0):
    torch.manual_seed(seed)
    return LOW + (HIGH - LOW) * torch.rand(count, 3)


def test_coarse_levels_have_every_node_and_fine_ones_share(layout):
    assert [row[2] > 0 for row in layout.rows] == [True, True, False, False]
    assert layout.entries == sum(row[1] for row in layout.rows)


def test_a_level_with_every_node_repeats_a_linear_function(layout):
    start, entries, wide, deep = layout.rows[0]
    number = torch.arange(entries)
    node = torch.stack([number % wide, number // wide % deep, number // (wide * deep)], 1)
    slope = torch.tensor([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]])
    table = torch.zeros(layout.entries, 2)
    table[start : start + entries] = (LOW + node / layout.scale[0]) @ slope
    at = places(100)
    found = hashgrid.plain_encode(table, at, layout, torch.ones(4))
    torch.testing.assert_close(found[:2].T, at @ slope, atol=1e-5, rtol=0)


def test_the_gradient_is_that_of_finite_differences(layout):
    table = torch.randn(layout.entries, 2, dtype=torch.float64, requires_grad=True)
    at, shown = places(40), torch.tensor([1.0, 1.0, 0.5, 0.0])
    goal = torch.randn(8, 40, dtype=torch.float64)
    (gradient,) = torch.autograd.grad((encoded(table, at, layout, shown) * goal).sum(), table)
    step = torch.randn_like(table)
    with torch.no_grad():
        ends = [encoded(table + h * step, at, layout, shown) for h in (1e-3, -1e-3)]
        change = ((ends[0] - ends[1]) * goal).sum() / 2e-3
    assert change == pytest.approx(float((gradient * step).sum()), rel=1e-6)


def encoded(table, at, layout, shown):
    return hashgrid.plain_encode(table, at, layout, shown)


def test_a_level_that_is_not_shown_says_nothing(layout):
    table = torch.randn(layout.entries, 2)
    found = hashgrid.plain_encode(table, places(9), layout, torch.tensor([1.0, 0.5, 0, 0]))
    whole = hashgrid.plain_encode(table, places(9), layout, torch.ones(4))
    assert torch.equal(found[4:], torch.zeros(4, 9))
    torch.testing.assert_close(found[2:4], whole[2:4] / 2)
