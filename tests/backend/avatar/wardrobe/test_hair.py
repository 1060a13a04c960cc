# SPDX-License-Identifier: Apache-2.0
"""Hair and beards on any head: outside the skin, weighted, where they belong and no larger."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial import cKDTree

from kinora.backend.avatar.outfit import Looks
from kinora.backend.avatar.wardrobe import beards, hair, masks, skin
from kinora.backend.avatar.wardrobe.beards import BEARDS
from kinora.backend.avatar.wardrobe.hairstyles import STYLES
from kinora.backend.avatar.wardrobe.piece import Piece, triangles
from kinora.backend.kit.body import Body, BodyModel, BodyParameters, make_body

BODIES = {
    "toddler": {"age": 0.12, "african": 1.0, "caucasian": 0.0, "asian": 0.0},
    "woman": {"gender": 1.0, "muscle": 0.4},
    "thin man": {"gender": 0.0, "height": 1.1, "weight": 0.0},
    "obese elder": {"gender": 1.0, "age": 1.0, "weight": 1.45},
}
MOST_VERTICES = 6000
Make = Callable[..., Looks]


@pytest.fixture(scope="module")
def bodies(model: BodyModel) -> dict[str, Body]:
    return {name: make_body(model, BodyParameters(values)) for name, values in BODIES.items()}


def grown(model: BodyModel, body: Body, look: Looks) -> tuple[Piece, ...]:
    return (*hair.pieces(model, body, look, 5), *beards.pieces(model, body, look, 5))


def skin_samples(model: BodyModel, body: Body) -> tuple[cKDTree, np.ndarray]:
    """Points all over the skin of head and trunk, ears too, and the normals of their faces."""
    faces = model.groups["body"]
    uvs = faces.uvs.mean(1)
    inner = (masks.sampled_mask("inside-mouth", uvs) > 0.3) | masks.is_socket(uvs)
    middle = model.canonical.vertices[faces.corners].mean(1)
    corners = faces.corners[~inner & (middle[:, 2] > 1.1) & (np.abs(middle[:, 0]) < 0.3)]
    face, which = triangles(corners)
    corner = body.vertices[np.take_along_axis(corners[face], which, 1)]
    normals = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    shares = np.array([[i, j, 5 - i - j] for i in range(6) for j in range(6 - i)]) / 5
    points = (corner[:, None] * shares[None, :, :, None]).sum(2).reshape(-1, 3)
    return cKDTree(points), np.repeat(normals, len(shares), axis=0)


def share_sunk(model: BodyModel, body: Body, places: np.ndarray) -> float:
    """The share of places more than 2 mm behind the skin nearest to them."""
    tree, normals = skin_samples(model, body)
    distance, near = tree.query(places)
    depth = -((places - tree.data[near]) * normals[near]).sum(1)
    # Beside an edge, as the ear's rim, the nearest face says nothing of inside and outside.
    return float(((depth > 0.002) & (depth > 0.8 * distance)).mean())


def check(piece: Piece) -> None:
    np.testing.assert_allclose(piece.weights.sum(1), 1, atol=1e-5)
    assert piece.weights.min() >= 0
    assert piece.uvs.min() >= 0
    assert piece.uvs.max() <= 1
    assert np.isfinite(piece.vertices).all()
    assert piece.faces.max() < len(piece.vertices)
    assert piece.hangs in ("", "hair", "beard")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", BODIES)
def test_hair_is_sound_and_outside_the_skin(
    model: BodyModel, bodies: dict[str, Body], looks: Make, style: str, name: str
) -> None:
    pieces = grown(model, bodies[name], looks(hair_style=style))
    for piece in pieces:
        check(piece)
    places = np.concatenate([piece.vertices for piece in pieces])
    assert len(places) <= MOST_VERTICES
    assert share_sunk(model, bodies[name], places.astype(np.float64)) < 0.001


@pytest.mark.parametrize("beard", BEARDS)
@pytest.mark.parametrize("name", BODIES)
def test_beards_are_sound_and_outside_the_skin(
    model: BodyModel, bodies: dict[str, Body], looks: Make, beard: str, name: str
) -> None:
    pieces = grown(model, bodies[name], looks(beard=beard))
    assert bool(pieces) == (beard != "stubble")
    for piece in pieces:
        check(piece)
        assert len(piece.vertices) <= MOST_VERTICES
        assert share_sunk(model, bodies[name], piece.vertices.astype(np.float64)) < 0.001


@pytest.mark.parametrize("style", [name for name in STYLES if "fringe" not in name])
def test_hair_leaves_eyes_nose_and_mouth_free(model: BodyModel, looks: Make, style: str) -> None:
    pieces = grown(model, model.canonical, looks(hair_style=style))
    vertices = np.concatenate([piece.vertices for piece in pieces])
    in_front = vertices[:, 1] < -0.1
    across, up = np.abs(vertices[in_front, 0]), vertices[in_front, 2]
    assert not ((across < 0.045) & (up < skin.EYE[2] + 0.02) & (up > skin.CHIN[2])).any()


@pytest.mark.parametrize("beard", [name for name in BEARDS if name != "stubble"])
def test_beards_leave_the_mouth_and_the_cheeks_free(
    model: BodyModel, looks: Make, beard: str
) -> None:
    (piece,) = grown(model, model.canonical, looks(beard=beard))
    across, up = np.abs(piece.vertices[:, 0]), piece.vertices[:, 2]
    is_cheek = (up > 1.553) & (piece.vertices[:, 1] < -0.11)
    assert not is_cheek.any()
    is_lower_lip = (across < 0.015) & (np.abs(up - 1.5165) < 0.003)
    assert is_lower_lip.mean() < 0.01


LENGTHS = {
    "buzz": (1.54, 1.72), "short": (1.49, 1.72), "bob": (1.44, 1.5), "medium": (1.34, 1.42),
    "long": (1.15, 1.3), "ponytail": (1.3, 1.46), "afro": (1.49, 1.6),
}  # fmt: skip


@pytest.mark.parametrize("style", LENGTHS)
def test_styles_end_where_their_names_say(model: BodyModel, looks: Make, style: str) -> None:
    pieces = grown(model, model.canonical, looks(hair_style=style))
    lowest = min(piece.vertices[:, 2].min() for piece in pieces)
    low, high = LENGTHS[style]
    assert low < lowest < high


@pytest.mark.parametrize("style", ["afro", "mohawk", "spiky", "top knot"])
def test_some_styles_tower_over_the_head(model: BodyModel, looks: Make, style: str) -> None:
    pieces = grown(model, model.canonical, looks(hair_style=style))
    top = max(piece.vertices[:, 2].max() for piece in pieces)
    assert top > model.canonical.vertices[:, 2].max() + 0.025


def test_what_hangs_free_is_told_and_lies_below_what_is_held(model: BodyModel, looks: Make) -> None:
    hanging = {"long", "wavy", "ponytail", "pigtails", "braid", "braids", "dreadlocks"}
    for style in STYLES:
        for piece in grown(model, model.canonical, looks(hair_style=style)):
            assert (piece.hangs == "hair") == (piece.fields["hang"].max() > hair.HANGS_FROM)
            if style in hanging and piece.name == "Hair":
                assert piece.hangs == "hair"
                free = piece.fields["hang"] > 0.08
                assert piece.canonical[free, 2].mean() < piece.canonical[~free, 2].mean() - 0.05
    for style in ("short", "buzz", "bun", "mohawk", "afro", "curly"):
        pieces = grown(model, model.canonical, looks(hair_style=style))
        assert all(piece.hangs == "" for piece in pieces), style
    (long_beard,) = grown(model, model.canonical, looks(beard="long"))
    assert long_beard.hangs == "beard"
    (short_beard,) = grown(model, model.canonical, looks(beard="short"))
    assert short_beard.hangs == ""


def test_weights_pass_from_the_head_to_the_back(model: BodyModel, looks: Make) -> None:
    head = model.bone_names.index("head")
    for piece in hair.pieces(model, model.canonical, looks(hair_style="long"), 5):
        on_head = (piece.weights * (piece.bone_indices == head)).sum(1)
        assert (on_head[piece.canonical[:, 2] > 1.52] > 0.99).all()
        assert (on_head[piece.canonical[:, 2] < 1.30] < 0.4).all()


def test_another_seed_lays_other_locks_and_the_same_seed_the_same(
    model: BodyModel, looks: Make
) -> None:
    look = looks(hair_style="short", beard="full")
    first, second = (
        [piece.vertices for piece in grown(model, model.canonical, look)] for _ in range(2)
    )
    for one, again in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, again)
    other = hair.pieces(model, model.canonical, look, 6)[1].vertices
    assert other.shape != first[1].shape or np.abs(other - first[1]).max() > 0.001


def test_bald_and_shaven_heads_have_none(model: BodyModel, looks: Make) -> None:
    assert grown(model, model.canonical, looks(hair_style=None, beard=None)) == ()
