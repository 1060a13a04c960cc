# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest

from kinora.backend.avatar import growth
from kinora.backend.avatar.scenes.shapes import ShapeBasis, random_phenotypes
from kinora.backend.kit.body import DEFAULT_EXPRESSION, BodyModel, BodyParameters, make_body

YEARS = (0.5, 5, 13, 24, 40, 80)


def _people() -> list[dict[str, float]]:
    people = random_phenotypes(np.random.default_rng(11), 2 * len(YEARS))
    for number, one in enumerate(people):
        one["age"] = growth.age_phenotype(YEARS[number % len(YEARS)])
        one["gender"] = float(number % 2)
    return people


def test_bodies_of_the_basis_are_those_that_the_blend_shapes_make(
    body_model: BodyModel, basis: ShapeBasis
) -> None:
    people = _people()
    shapes = basis.coefficients(people)
    heights, masses = basis.measure(shapes)
    skin = np.unique(body_model.groups["body"].corners)
    off = []
    for number, one in enumerate(people):
        years = YEARS[number % len(YEARS)]
        face = growth.face_features(years, one["gender"] > 0.5)
        real = make_body(body_model, BodyParameters(one, DEFAULT_EXPRESSION, face))
        made = basis.body(shapes[number : number + 1])[0]
        away = (made - real.vertices)[skin]
        away[:, 2] -= away[:, 2].mean()
        off.append(np.linalg.norm(away, axis=1) * 1000)
        assert heights[number] == pytest.approx(real.height_m, abs=0.004)
        assert masses[number] == pytest.approx(real.mass_kg, rel=0.06)
    assert np.sqrt(np.mean(np.square(off))) < 1.2
    assert np.quantile(off, 0.99) < 4.5


def test_a_saved_basis_says_the_same(basis: ShapeBasis, tmp_path: Path) -> None:
    basis.save(tmp_path / "basis.npz")
    again = ShapeBasis.load(tmp_path / "basis.npz")
    shapes = basis.coefficients(_people())
    assert np.array_equal(again.coefficients(_people()), shapes)
    assert np.abs(again.body(shapes) - basis.body(shapes)).max() < 0.001
    assert (tmp_path / "basis.npz").stat().st_size < 8e6


def test_what_is_not_named_is_the_canonical_body(body_model: BodyModel, basis: ShapeBasis) -> None:
    height, _ = basis.measure(basis.coefficients([{}]))
    assert height[0] == pytest.approx(body_model.canonical.height_m, abs=0.004)
