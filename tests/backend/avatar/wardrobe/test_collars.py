# SPDX-License-Identifier: Apache-2.0
"""Collars rise from the neckline and fold onto the cloth, lapels lie on the chest, hoods behind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from kinora.backend.avatar.wardrobe.design import Form, Garment
from kinora.backend.avatar.wardrobe.fit import Pattern, body_obstacle, fit
from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.avatar.wardrobe.tailor import tailor
from kinora.backend.kit.body import BodyModel, BodyParameters, make_body

Sewn = Callable[[Form], tuple[np.ndarray, trimesh.Trimesh]]


@pytest.fixture
def sewn(model: BodyModel) -> Sewn:
    """The places of a form on a plain shirt, and that shirt as a mesh."""
    shirt = GARMENTS["shirt"]

    def tailored(*forms: Form) -> Pattern:
        return tailor(
            model,
            Garment("shirt", "", "top", 31, "cotton", "white", pieces=shirt.pieces, forms=forms),
        )

    def make(form: Form) -> tuple[np.ndarray, trimesh.Trimesh]:
        bare, whole = tailored().part, tailored(form).part
        count = len(bare.canonical)
        quads = bare.faces
        corners = np.concatenate([quads[:, :3], quads[quads[:, 3] >= 0][:, [0, 2, 3]]])
        return whole.canonical[count:], trimesh.Trimesh(bare.canonical, corners, process=False)

    return make


def test_a_collar_rises_by_its_stand_and_falls_in_front_to_its_points(sewn: Sewn) -> None:
    places, shirt = sewn(Form("collar", {"stand": 0.03, "fall": 0.04, "points": 0.07}))
    back = places[(places[:, 1] > 0.02) & (np.abs(places[:, 0]) < 0.02)]
    front = places[(places[:, 1] < -0.06) & (np.abs(places[:, 0]) < 0.09)]
    neck = shirt.vertices[(shirt.vertices[:, 1] > 0) & (np.abs(shirt.vertices[:, 0]) < 0.02), 2]
    assert back[:, 2].max() - neck.max() == pytest.approx(0.03, abs=0.012)
    assert front[:, 2].min() < back[:, 2].min() - 0.05


def test_what_falls_lies_on_the_cloth(sewn: Sewn) -> None:
    places, shirt = sewn(Form("collar", {"stand": 0.03, "fall": 0.04, "points": 0.07}))
    low = places[(places[:, 2] < 1.40) & (places[:, 1] < -0.05)]
    depth = cKDTree(shirt.sample(20000, seed=1)).query(low)[0]
    assert len(low) > 50
    assert depth.max() < 0.02


def test_a_hood_hangs_behind_the_back(sewn: Sewn) -> None:
    places, shirt = sewn(Form("hood", {"depth": 0.2}))
    low = places[places[:, 2] < 1.35]
    assert len(low) > 20
    assert low[:, 1].min() > 0
    assert low[:, 1].max() > shirt.vertices[:, 1].max()


def test_lapels_mirror_each_other(model: BodyModel) -> None:
    part = tailor(model, GARMENTS["blazer"]).part
    chest = part.canonical[(part.canonical[:, 2] > 1.1) & (part.canonical[:, 1] < -0.1)]
    mirrored = chest * [-1, 1, 1]
    gaps = np.linalg.norm(chest[:, None] - mirrored[None], axis=2).min(1)
    assert np.quantile(gaps, 0.9) < 0.006


def test_a_collar_needs_a_neckline(model: BodyModel) -> None:
    skirt = GARMENTS["skirt"]
    piece = skirt.pieces[0]
    odd = Garment("odd", "", "top", 31, "cotton", "white", pieces=(piece,), forms=(Form("collar"),))
    with pytest.raises(ValueError, match="needs a neckline"):
        tailor(model, odd)


def test_collars_stay_outside_of_thick_and_young_necks(model: BodyModel) -> None:
    pattern = tailor(model, GARMENTS["shirt"])
    form = pattern.mix.shape[0] - 1
    for shape in ({"weight": 1.45, "age": 1.0}, {"age": 0.05}, {"muscle": 1.0, "gender": 0.0}):
        body = make_body(model, BodyParameters(shape))
        skin = body_obstacle(model, body)
        collar = fit(pattern, body, skin).vertices[form - 800 :].astype(float)
        gaps, near = skin.tree.query(collar)
        height = ((collar - skin.points[near]) * skin.normals[near]).sum(1)
        assert ((height < -0.004) & (gaps < 0.03)).mean() < 0.02
