# SPDX-License-Identifier: Apache-2.0
"""Shoes stand on the floor, on heels where they have them, and their laces lie on them."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.avatar.dress import pattern_of
from kinora.backend.avatar.wardrobe.design import Last, Sole
from kinora.backend.avatar.wardrobe.fit import body_obstacle, fit
from kinora.backend.avatar.wardrobe.forms.lasts import lasted
from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.kit.body import BodyModel, BodyParameters, make_body

FOOTWEAR = sorted(name for name, garment in GARMENTS.items() if garment.slot == "feet")


def test_all_footwear_stands_on_the_floor_with_both_feet(model: BodyModel) -> None:
    for shape in ({"weight": 1.45}, {"age": 0.1, "weight": 0.2}):
        body = make_body(model, BodyParameters(shape))
        skin = body_obstacle(model, body)
        for name in FOOTWEAR:
            vertices = fit(pattern_of(model, name), body, skin).vertices
            for side in (1, -1):
                lowest = vertices[vertices[:, 0] * side > 0][:, 2].min()
                assert -1e-6 <= lowest < 0.002, name


def test_a_heeled_shoe_touches_the_ground_with_heel_and_ball_only(model: BodyModel) -> None:
    part = pattern_of(model, "heels").part
    left = part.canonical[part.canonical[:, 0] > 0]
    heel, toe = left[:, 1].max(), left[:, 1].min()
    share = (heel - left[:, 1]) / (heel - toe)
    waist = left[(share > 0.33) & (share < 0.45)]
    assert waist[:, 2].min() > 0.012
    for low, high in ((0.0, 0.3), (0.65, 0.9)):
        assert left[(share > low) & (share < high)][:, 2].min() < 0.008


def test_a_plain_last_leaves_the_foot_as_it_is(model: BodyModel) -> None:
    points = model.canonical.vertices
    moved = lasted(model, Last(), Sole(0.02, 0.0, 0.0), points)
    assert np.allclose(moved, points, atol=1e-9)


def test_a_last_never_moves_the_leg_above_the_ankle(model: BodyModel) -> None:
    points = model.canonical.vertices
    leg = points[points[:, 2] > 0.12]
    moved = lasted(model, Last(0.03, 0.5, 0.06), Sole(0.01, 0.0, 0.0, heel=0.05), leg)
    assert np.allclose(moved, leg, atol=1e-9)


@pytest.mark.parametrize("name", ["sneakers", "work_boots"])
def test_laces_lie_on_the_upper_of_both_feet(model: BodyModel, name: str) -> None:
    pattern = pattern_of(model, name)
    own = pattern.follows == np.arange(len(pattern.follows))
    trims = np.unique(pattern.part.faces[pattern.part.zones == 1])
    rides = np.setdiff1d(trims, np.flatnonzero(own))
    assert {-1.0, 1.0} == set(np.sign(pattern.part.canonical[rides, 0]))
    gaps = np.linalg.norm(
        pattern.part.canonical[rides] - pattern.part.canonical[pattern.follows[rides]], axis=1
    )
    assert gaps.max() < 0.02
