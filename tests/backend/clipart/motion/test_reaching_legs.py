# SPDX-License-Identifier: Apache-2.0
"""Legs that reach: their tips come where they should at their bones' lengths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stick_creatures import DOG

from kinora.backend.clipart.motion.legs import length, reach
from kinora.backend.clipart.motion.stage import make_stage, rotated

STAGE = make_stage(DOG.points, DOG.edges, DOG.anatomy, 1, 1.0)
LEG = DOG.anatomy.of_role("leg")[0]
BONES = np.diff(DOG.points[list(LEG.points)], axis=0)


@given(st.floats(-1.2, 1.2), st.floats(0.35, 0.99))
def test_the_tip_comes_to_any_place_within_reach(angle: float, share: float) -> None:
    hip = DOG.points[[LEG.points[0]]]
    _, most = length(STAGE, LEG)
    goal = hip + share * most * np.array([[np.sin(angle), np.cos(angle)]])
    tip = hip + rotated(BONES[None], reach(STAGE, LEG, hip, goal)).sum(1)
    np.testing.assert_allclose(tip, goal, atol=1e-4)


def test_what_is_too_far_is_pointed_at() -> None:
    hip = DOG.points[[LEG.points[0]]]
    tip = rotated(BONES[None], reach(STAGE, LEG, hip, hip + np.array([[0.0, 500.0]]))).sum(1)
    assert tip[0, 0] == pytest.approx(0.0, abs=1e-3)
    assert tip[0, 1] == pytest.approx(length(STAGE, LEG)[1], rel=1e-3)


def test_a_leg_at_rest_is_not_turned() -> None:
    hip, foot = DOG.points[[LEG.points[0]]], DOG.points[[LEG.points[-1]]]
    np.testing.assert_allclose(reach(STAGE, LEG, hip, foot), 0, atol=1e-3)
