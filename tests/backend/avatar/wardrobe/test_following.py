# SPDX-License-Identifier: Apache-2.0
"""Parts do what the face does: in the same measure where they lie on it, and in small files."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.avatar.wardrobe import beards, eyes, following, mouth, skin
from kinora.backend.kit.face import faces_of


@pytest.fixture(scope="module")
def faces(model):
    return faces_of(model, model.canonical)


@pytest.fixture(scope="module")
def bearded(model, faces):
    made = beards.locks_of(model, "full", (0.3, 0.2, 0.1), 3)[0]
    return made, made.face


def moved(piece, name):
    shape = next(shape for shape in piece.shapes if shape.name == name)
    offsets = np.zeros((len(piece.vertices), 3))
    offsets[shape.vertices] = shape.offsets
    return offsets


def test_skin_moves_as_the_body_does_but_for_a_hair(model, looks, faces):
    piece = following.with_shapes(skin.piece(model, model.canonical, looks(), 0), faces)
    used = np.unique(piece.faces)
    assert {shape.name for shape in piece.shapes} == set(faces) - {"tongueOut"}
    for name in ("jawOpen", "eyeBlinkLeft", "happy"):
        error = np.linalg.norm(moved(piece, name) - faces[name], axis=1)[used]
        assert error.max() < 0.00041


def test_shapes_list_only_vertices_that_a_face_uses_and_that_move(model, looks, faces):
    whole = skin.piece(model, model.canonical, looks(), 0)
    shown = whole.canonical[whole.faces][..., 0].min(1) > 0.015
    piece = following.with_shapes(whole.keep(shown), faces)
    used = np.unique(piece.faces)
    for shape in piece.shapes:
        assert np.isin(shape.vertices, used).all()
        assert (np.diff(shape.vertices) > 0).all()
        assert np.linalg.norm(shape.offsets, axis=1).min() > 0


def test_lashes_close_with_their_lid(model, looks, faces):
    _, lashes = (
        following.with_shapes(p, faces) for p in eyes.pieces(model, model.canonical, looks())
    )
    down = moved(lashes, "eyeBlinkLeft")[lashes.canonical[:, 0] > 0, 2]
    assert down.max() < 0 and down.mean() < -0.006
    assert not moved(lashes, "eyeBlinkLeft")[lashes.canonical[:, 0] < 0].any()


def test_eyes_turn_without_being_deformed_much(model, looks, faces):
    both, _ = (
        following.with_shapes(p, faces) for p in eyes.pieces(model, model.canonical, looks())
    )
    assert {shape.name[:7] for shape in both.shapes} <= {"eyeLook", "sad"}
    left = both.vertices[:, 0] > 0
    before = both.vertices[left] - both.vertices[left].mean(0)
    after = (both.vertices + moved(both, "eyeLookUpLeft"))[left]
    size = np.linalg.norm(after - after.mean(0), axis=1) / np.linalg.norm(before, axis=1)
    assert np.abs(size - 1).max() < 0.1


def test_lower_teeth_and_tongue_go_with_the_jaw(model, faces):
    piece = following.with_shapes(mouth.piece(model, model.canonical, 0), faces)
    used = np.unique(piece.faces)
    is_upper = piece.zones == 0
    down = moved(piece, "jawOpen")[:, 2]
    assert not down[np.unique(piece.faces[is_upper])].any()
    lower = np.setdiff1d(used, np.unique(piece.faces[is_upper]))
    assert down[lower].max() < 0 and down[lower].mean() < -0.012


def test_a_mustache_stays_with_the_upper_lip_and_the_chin_s_beard_with_the_jaw(
    model, bearded, faces
):
    hung, held = bearded
    offsets = (faces["jawOpen"][held.base] * held.shares[..., None]).sum(1)
    chin = np.abs(hung.anchors[:, 0]) < 0.02
    chin &= (hung.anchors[:, 2] < 1.49) & (hung.anchors[:, 1] < -0.12)
    assert chin.any() and offsets[chin, 2].max() < -0.01
    lip = (hung.canonical[:, 2] > 1.525) & (np.abs(hung.canonical[:, 0]) < 0.015)
    assert lip.any() and np.abs(offsets[lip]).max() < 0.008


def test_what_is_not_of_the_face_has_no_shapes(model, looks, faces):
    piece = skin.piece(model, model.canonical, looks(), 0)
    feet = piece.keep(piece.canonical[piece.faces][..., 2].max(1) < 0.2)
    assert following.with_shapes(feet, faces).shapes == ()
