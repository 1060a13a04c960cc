# SPDX-License-Identifier: Apache-2.0
"""The learning rate, by the numbers of the specification's acceptance tests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kinora.backend.avatar.neus.reading import SMALL, shipped
from kinora.backend.avatar.neus.schedule import anneal, rate, steps_of

TRAIN = shipped().train


def test_the_published_rates() -> None:
    assert rate(TRAIN, 0, 100_000) == 0
    assert rate(TRAIN, 500, 100_000) == pytest.approx(5e-4)
    assert rate(TRAIN, 30_000, 100_000) == pytest.approx(4.0e-4, rel=0.02)
    assert rate(TRAIN, 30_000, 100_000) / 5e-4 == pytest.approx(0.81, abs=0.005)


def test_the_rate_falls_to_its_floor_at_the_end_of_the_run() -> None:
    steps = steps_of(TRAIN)
    assert steps == 30_010
    assert rate(TRAIN, steps, steps) == pytest.approx(5e-4 * 0.05)
    rates = [rate(TRAIN, step, steps) for step in range(500, steps, 100)]
    assert rates == sorted(rates, reverse=True)


def test_a_shorter_run_keeps_its_length() -> None:
    assert steps_of(shipped(SMALL).train) == 30_000
    assert steps_of(replace(TRAIN, end_iter=7)) == 7


def test_the_slope_is_not_annealed_as_published() -> None:
    assert anneal(TRAIN, 0) == 1
    slow = replace(TRAIN, anneal_end=50.0)
    assert [anneal(slow, step) for step in (0, 25, 50, 99)] == [0, 0.5, 1, 1]
