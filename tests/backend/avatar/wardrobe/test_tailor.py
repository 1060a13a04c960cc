# SPDX-License-Identifier: Apache-2.0
"""Garments are fixed mixes of base vertices, whole and without slivers, on whatever body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from kinora.backend.avatar.dress import pattern_of
from kinora.backend.avatar.wardrobe.fit import Pattern, body_obstacle, fit, place
from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.avatar.wardrobe.part import ZONES, Part
from kinora.backend.avatar.wardrobe.tailor import tailor
from kinora.backend.kit.body import BodyModel, BodyParameters, make_body
from kinora.shared.results import Mesh

SHARE = st.floats(0, 1)


@pytest.fixture(params=sorted(GARMENTS))
def pattern(request: pytest.FixtureRequest, model: BodyModel) -> Pattern:
    return pattern_of(model, request.param)


def areas(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (vertices[faces[:, i]].astype(float) for i in range(3))
    d = np.where(faces[:, 3:] >= 0, vertices[faces[:, 3]], c)
    return np.linalg.norm(np.cross(c - a, d - b), axis=1) / 2


def as_mesh(part: Part) -> Mesh:
    return Mesh(part.name, part.vertices, part.faces, part.uvs, part.bone_indices, part.weights)


def test_mixes_and_bone_weights_sum_to_one(pattern: Pattern, model: BodyModel) -> None:
    assert np.allclose(np.asarray(pattern.mix.sum(1)).ravel(), 1, atol=1e-6)
    assert np.allclose(pattern.part.weights.sum(1), 1, atol=1e-5)
    assert pattern.part.weights.min() >= 0
    assert pattern.part.bone_indices.max() < len(model.bone_names)


def test_without_offsets_a_garment_is_its_mix(pattern: Pattern, model: BodyModel) -> None:
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


def test_uvs_fill_their_square_without_lying_over_each_other(pattern: Pattern) -> None:
    part, size = pattern.part, 2048
    assert part.uvs.min() >= 0
    assert part.uvs.max() <= 1
    picture = Image.new("I", (size, size), -1)
    pen = ImageDraw.Draw(picture)
    middles, spans = [], []
    for number, (face, uvs) in enumerate(zip(part.faces, part.uvs, strict=True)):
        flat = uvs[face >= 0] * size
        middles.append(flat.mean(0))
        spans.append(np.ptp(flat, axis=0).min())
        # Drawn a little smaller, so that neighbours do not fight for the pixels between them.
        pen.polygon([tuple(p) for p in middles[-1] + 0.7 * (flat - middles[-1])], fill=number)
    column, row = np.clip(np.array(middles).astype(int), 0, size - 1).T
    own = np.array(picture)[row, column] == np.arange(len(part.faces))
    is_drawn = np.array(spans) > 3
    assert is_drawn.sum() > 100
    assert own[is_drawn].mean() > 0.995


def test_every_face_belongs_to_a_zone_and_painting_finds_its_fields(pattern: Pattern) -> None:
    part = pattern.part
    assert 0 <= part.zones.min() <= part.zones.max() < len(ZONES)
    assert {"arm", "leg", "side", "hem"} <= set(part.fields)
    assert all(len(values) == len(part.vertices) for values in part.fields.values())
    assert np.allclose(np.linalg.norm(part.canonical_normals, axis=1), 1, atol=1e-3)


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
def test_any_garment_on_any_body_is_a_sound_mesh(
    model: BodyModel, gender: float, age: float, weight: float, height: float, muscle: float
) -> None:
    shape = {"gender": gender, "age": age, "weight": weight, "height": height, "muscle": muscle}
    body = make_body(model, BodyParameters(shape))
    skin = body_obstacle(model, body)
    for name in GARMENTS:
        part = fit(pattern_of(model, name), body, skin)
        as_mesh(part).check(len(model.bone_names), 1)
        area = areas(part.vertices, part.faces)
        assert (area < 1e-10).mean() < 0.01, name
        away = np.abs(part.vertices - body.vertices.mean(0)).max(0)
        assert (away < np.ptp(body.vertices, axis=0)).all(), name
