# SPDX-License-Identifier: Apache-2.0
"""Garments are fixed mixes of base vertices, whole and without slivers, on whatever body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kinora.backend.avatar.dress import pattern_of
from kinora.backend.avatar.wardrobe.fit import body_obstacle, fit, place
from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.avatar.wardrobe.part import ZONES, Part
from kinora.backend.avatar.wardrobe.tailor import tailor
from kinora.backend.kit.body import BodyModel, BodyParameters, make_body
from kinora.shared.results import Mesh

SHARE = st.floats(0, 1)
# Of every way in which garments are made: cloth, skirts, sheets, lasts, solids, things carried.
SOME = (
    "jeans", "dress", "jacket", "cape", "sneakers", "heels", "hat", "hood", "scarf", "backpack",
    "sword", "gloves",
)  # fmt: skip


def areas(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (vertices[faces[:, i]].astype(float) for i in range(3))
    d = np.where(faces[:, 3:] >= 0, vertices[faces[:, 3]], c)
    return np.linalg.norm(np.cross(c - a, d - b), axis=1) / 2


def as_mesh(part: Part) -> Mesh:
    return Mesh(part.name, part.vertices, part.faces, part.uvs, part.bone_indices, part.weights)


@pytest.mark.parametrize("name", SOME)
def test_without_offsets_a_garment_is_its_mix(name: str, model: BodyModel) -> None:
    pattern = pattern_of(model, name)
    bare = replace(
        pattern,
        distance=np.zeros_like(pattern.distance),
        shift=np.zeros_like(pattern.shift),
    )
    body = make_body(model, BodyParameters({"weight": 1.2, "age": 0.3}))
    assert np.allclose(place(bare, body), pattern.mix.toarray() @ body.vertices, atol=1e-9)


def test_hem_of_a_tshirt_hangs_at_its_cut(model: BodyModel) -> None:
    part = pattern_of(model, "tshirt").part
    assert part.canonical[:, 2].min() == pytest.approx(0.854, abs=0.008)


def test_cloth_has_thickness_at_its_hems(model: BodyModel) -> None:
    pattern = pattern_of(model, "tshirt")
    lining = np.unique(pattern.part.faces[pattern.part.zones == ZONES.index("lining")])
    follows = pattern.follows[lining]
    inwards = pattern.distance[follows] - pattern.distance[lining]
    assert (inwards > 0.001).mean() > 0.45
    assert (pattern.distance[lining] > 0).all()


def test_tailoring_twice_gives_the_same_garment(model: BodyModel) -> None:
    first, second = (tailor(model, GARMENTS["jacket"]) for _ in range(2))
    assert first.part.digest == second.part.digest
    assert np.array_equal(first.part.vertices, second.part.vertices)
    assert np.array_equal(first.part.uvs, second.part.uvs)


def test_soles_stand_on_the_floor_of_any_body(model: BodyModel) -> None:
    for weight, age in ((1.45, 1.0), (0.2, 0.1)):
        body = make_body(model, BodyParameters({"weight": weight, "age": age}))
        for name in ("shoes", "boots"):
            part = fit(pattern_of(model, name), body, body_obstacle(model, body))
            assert -1e-6 <= part.vertices[:, 2].min() < 0.002


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    gender=SHARE,
    age=st.floats(-0.2, 1),
    weight=st.floats(0, 1.45),
    height=SHARE,
    muscle=SHARE,
)
def test_garments_of_every_make_are_sound_on_any_body(
    model: BodyModel, gender: float, age: float, weight: float, height: float, muscle: float
) -> None:
    shape = {"gender": gender, "age": age, "weight": weight, "height": height, "muscle": muscle}
    body = make_body(model, BodyParameters(shape))
    skin = body_obstacle(model, body)
    for name in SOME:
        part = fit(pattern_of(model, name), body, skin)
        as_mesh(part).check(len(model.bone_names), 1)
        area = areas(part.vertices, part.faces)
        assert (area < 1e-10).mean() < 0.01, name
        away = np.abs(part.vertices - body.vertices.mean(0)).max(0)
        # A cape stands off a thin back.
        assert (away < 1.1 * np.ptp(body.vertices, axis=0)).all(), name
