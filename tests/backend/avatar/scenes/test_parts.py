# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from kinora.backend.avatar.dress import pattern_of
from kinora.backend.avatar.scenes.shapes import ShapeBasis
from kinora.backend.avatar.scenes.wardrobe import make
from kinora.backend.avatar.wardrobe.fit import body_obstacle, fit
from kinora.backend.avatar.wardrobe.piece import smooth_normals
from kinora.backend.kit.body import BodyModel, BodyParameters, make_body

PEOPLE = ({"weight": 0.9}, {"age": 1 / 3, "gender": 1.0}, {"muscle": 0.9, "height": 0.7})


@pytest.mark.parametrize("name", ["tshirt", "jeans", "sneakers"])
def test_garments_lie_where_the_tailor_fits_them(
    body_model: BodyModel, basis: ShapeBasis, name: str
) -> None:
    part = make(body_model, basis, name)
    pattern = pattern_of(body_model, name)
    near = np.array([np.abs(pattern.part.canonical - p).sum(1).argmin() for p in part.canonical])
    for person in PEOPLE:
        body = make_body(body_model, BodyParameters(person))
        shape = basis.coefficients([person])[0]
        made = part.mean + np.tensordot(shape, part.components.astype(np.float32), 1)
        right = fit(pattern, body, body_obstacle(body_model, body)).vertices[near]
        away = made - right
        away[:, 2] -= np.median(away[:, 2])
        off = np.linalg.norm(away, axis=1)
        assert np.median(off) < 0.005
        assert np.quantile(off, 0.95) < 0.02


def test_paint_is_the_painters_own(body_model: BodyModel, basis: ShapeBasis) -> None:
    part = make(body_model, basis, "tshirt")
    first, second, own = np.split(part.paint[1].astype(float), 3, axis=1)
    # Cloth is of the first color but for shade; nothing of it has a color of its own.
    assert np.abs(np.median(first) - 1) < 0.08
    assert np.abs(second).mean() < 0.05
    assert np.abs(own).mean() < 0.05


def test_chords_give_the_skins_normals(body_model: BodyModel, basis: ShapeBasis) -> None:
    part = make(body_model, basis, "skin")
    places = part.canonical.astype(float)
    ends = places[part.chords]
    across = np.cross(ends[:, 0] - ends[:, 1], ends[:, 2] - ends[:, 3])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    faces = np.concatenate([part.triangles, np.full((len(part.triangles), 1), -1)], axis=1)
    cosine = (across * smooth_normals(places, faces)).sum(1)
    assert np.quantile(cosine, 0.01) > 0.9
    assert cosine.min() > 0.6
