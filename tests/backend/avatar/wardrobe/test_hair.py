# SPDX-License-Identifier: Apache-2.0
"""Hair on any head: outside the skin, weighted, short where short is asked, never in the face."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinora.backend.avatar.outfit import Looks
from kinora.backend.avatar.wardrobe import hair, skin, skull
from kinora.backend.kit.body import Body, BodyModel, BodyParameters, make_body

BODIES = {
    "toddler": {"age": 0.12, "african": 1.0, "caucasian": 0.0, "asian": 0.0},
    "man": {"gender": 0.0, "muscle": 0.8},
    "elder": {"gender": 1.0, "age": 1.0, "weight": 1.4},
}
Make = Callable[..., Looks]


def locks(model: BodyModel, body: Body, look: Looks) -> np.ndarray:
    return np.concatenate([piece.vertices for piece in hair.pieces(model, body, look, 5)])


@pytest.mark.parametrize("style", ["short", "long"])
@pytest.mark.parametrize("name", list(BODIES))
def test_hair_stays_outside_the_body(model: BodyModel, looks: Make, style: str, name: str) -> None:
    body = make_body(model, BodyParameters(BODIES[name]))
    vertices = locks(model, body, looks(hair_style=style))
    skin_shell = skull.shell(model, body.vertices)
    moved = np.linalg.norm(skin_shell.push(vertices.astype(np.float64), 0) - vertices, axis=1)
    assert (moved > 0.002).mean() < 0.01


@pytest.mark.parametrize("style", ["short", "long"])
def test_hair_leaves_eyes_nose_and_mouth_free(model: BodyModel, looks: Make, style: str) -> None:
    vertices = locks(model, model.canonical, looks(hair_style=style))
    in_front = vertices[:, 1] < -0.09
    across, up = np.abs(vertices[in_front, 0]), vertices[in_front, 2]
    assert not ((across < 0.05) & (up < skin.EYE[2] + 0.03) & (up > skin.CHIN[2])).any()


def test_long_hair_reaches_the_shoulders_and_short_hair_does_not(
    model: BodyModel, looks: Make
) -> None:
    short = locks(model, model.canonical, looks(hair_style="short"))[:, 2].min()
    long = locks(model, model.canonical, looks(hair_style="long"))[:, 2].min()
    assert short > 1.49
    assert 1.18 < long < 1.36


def test_weights_pass_from_the_head_to_the_back(model: BodyModel, looks: Make) -> None:
    head = model.bone_names.index("head")
    for piece in hair.pieces(model, model.canonical, looks(hair_style="long"), 5):
        np.testing.assert_allclose(piece.weights.sum(1), 1, atol=1e-5)
        assert piece.weights.min() >= 0
        on_head = (piece.weights * (piece.bone_indices == head)).sum(1)
        assert (on_head[piece.canonical[:, 2] > 1.52] > 0.99).all()
        assert (on_head[piece.canonical[:, 2] < 1.33] < 0.4).all()


def test_another_seed_lays_other_locks_and_the_same_seed_the_same(
    model: BodyModel, looks: Make
) -> None:
    look = looks(hair_style="short")
    first, second = (hair.pieces(model, model.canonical, look, 5)[1].vertices for _ in range(2))
    other = hair.pieces(model, model.canonical, look, 6)[1].vertices
    np.testing.assert_array_equal(first, second)
    assert first.shape != other.shape or np.abs(first - other).max() > 0.001


def test_bald_heads_have_none(model: BodyModel, looks: Make) -> None:
    assert hair.pieces(model, model.canonical, looks(hair_style=None), 5) == ()
