# SPDX-License-Identifier: Apache-2.0
"""A body, an outfit and a seed become meshes with one atlas."""

from __future__ import annotations

import hashlib

import pytest

from kinora.backend.avatar.dress import Dressed, dress
from kinora.backend.avatar.outfit import GarmentChoice, Looks, Outfit
from kinora.backend.kit.body import BodyModel, BodyParameters, load_body_model, make_body
from kinora.shared.errors import BadOptionError

SIZE = 128


@pytest.fixture(scope="module")
def model() -> BodyModel:
    return load_body_model()


def outfit(*garments: str, is_female: bool = True) -> Outfit:
    looks = Looks(
        skin=(0.8, 0.6, 0.5),
        eyes=(0.3, 0.2, 0.1),
        brows=(0.2, 0.1, 0.1),
        hair_style=None,
        hair_color=(0.2, 0.1, 0.1),
        age_years=30,
        is_female=is_female,
    )
    return Outfit(tuple(GarmentChoice(name, (0.2, 0.3, 0.6)) for name in garments), looks, ())


def digest(dressed: Dressed) -> str:
    found = hashlib.sha256()
    for mesh in dressed.meshes:
        for array in (mesh.vertices, mesh.faces, mesh.uvs, mesh.weights):
            found.update(array.tobytes())
    for material in dressed.materials:
        found.update(material.base_color.data.tobytes())
    return found.hexdigest()


def test_dressed_character_passes_its_own_checks(model: BodyModel) -> None:
    body = make_body(model, BodyParameters({"weight": 1.2, "age": 0.4}))
    dressed = dress(model, body, outfit("tshirt", "trousers", "shoes", "hat"), SIZE, 1)
    assert dressed.meshes[0].name == "Body"
    assert {"T-shirt", "Trousers", "Shoes", "Fedora"} <= {mesh.name for mesh in dressed.meshes}
    for mesh in dressed.meshes:
        mesh.check(len(body.rig.bone_names), len(dressed.materials))
        assert len(mesh.faces)


def test_clothes_take_skin_away(model: BodyModel) -> None:
    body = model.canonical
    bare = dress(model, body, outfit(), SIZE, 0).meshes[0]
    clad = dress(model, body, outfit("tshirt", "trousers", "boots", "gloves"), SIZE, 0).meshes[0]
    assert len(bare.faces) == len(model.groups["body"].corners)
    assert len(clad.faces) < 0.6 * len(bare.faces)
    assert len(clad.vertices) < 0.6 * len(bare.vertices)


def test_same_seed_gives_the_same_bytes(model: BodyModel) -> None:
    first, second = (dress(model, model.canonical, outfit("skirt"), SIZE, 5) for _ in range(2))
    assert digest(first) == digest(second)


def test_unknown_garment_is_refused_with_the_list(model: BodyModel) -> None:
    with pytest.raises(BadOptionError, match='no garment "toga"') as caught:
        dress(model, model.canonical, outfit("toga"), SIZE, 0)
    assert "tshirt" in caught.value.hint
