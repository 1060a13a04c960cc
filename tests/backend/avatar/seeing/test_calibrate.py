# SPDX-License-Identifier: Apache-2.0
"""Calibration: odds are found again, and what is said agrees with what is right."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.avatar.seeing.calibrate import fitted, reliability, trained_words

TRUE = np.array([-3.0, 6.0, -1.0])


def drawn(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Words with a likeness and a lexicon or none, understood by known odds."""
    random = np.random.default_rng(4)
    inputs = np.column_stack([np.ones(count), random.random(count), random.random(count) < 0.4])
    share = 1 / (1 + np.exp(-inputs @ TRUE))
    return inputs.astype(np.float32), random.random(count) < share


def test_the_odds_that_made_the_data_are_found():
    assert fitted(*drawn(20_000)) == pytest.approx(TRUE, abs=0.2)


def test_what_is_said_of_fresh_words_is_what_is_right():
    table = reliability(*drawn(4000), rate=1.0)
    assert table.error < 0.04
    assert [row[0] for row in table.rows] == sorted(row[0] for row in table.rows)
    assert sum(row[1] for row in table.rows) == 4000
    for _, count, said, right in table.rows:
        assert said == pytest.approx(right, abs=4 * (0.25 / count) ** 0.5)


def test_without_any_relation_everything_gets_the_mean():
    random = np.random.default_rng(1)
    inputs, _ = drawn(3000)
    right = random.random(3000) < 0.3
    share = 1 / (1 + np.exp(-inputs @ fitted(inputs, right)))
    assert share == pytest.approx(0.3, abs=0.06)


def test_the_words_of_captions_are_words():
    assert trained_words(["A T-shirt, 2 red dots", "red"]) == ("a", "dots", "red", "shirt", "t")
