# SPDX-License-Identifier: Apache-2.0
"""Faces of all ages shut their eyes, open their mouths, and leave what is not the face alone."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from kinora.backend.kit.body import BodyParameters, load_body_model, make_body
from kinora.backend.kit.face import EXPRESSIONS, UNITS, VISEMES, faces_of

BODIES = {
    "adult": {},
    "boy": {"age": 0.1, "gender": 0.0},
    "grandmother": {"age": 1.0, "gender": 1.0, "asian": 1.0, "african": 0.0, "caucasian": 0.0},
}


@pytest.fixture(scope="module")
def model():
    return load_body_model()


@pytest.fixture(scope="module", params=BODIES)
def face(request, model):
    body = make_body(model, BodyParameters(BODIES[request.param]))
    return body, faces_of(model, body)


def middle(model, body, group, moves=0):
    return (body.vertices + moves)[np.unique(model.groups[group].corners)].mean(0)


def test_all_units_of_arkit_are_there_and_what_is_made_of_them(face):
    names = set(face[1])
    assert len(UNITS) == len(set(UNITS)) == 52
    assert names == {*UNITS, *VISEMES, *EXPRESSIONS}
    made_of = {unit for table in (VISEMES, EXPRESSIONS) for each in table.values() for unit in each}
    assert made_of <= set(UNITS)


def test_only_the_head_moves(face):
    body, faces = face
    chin = body.rig.heads[body.rig.bone_names.index("neck01")][2] - 0.1 * body.stature
    for moves in faces.values():
        moved = np.linalg.norm(moves, axis=1) > 1e-3
        assert moved.any()
        assert body.vertices[moved, 2].min() > chin


def seen_of_eye(model, vertices, letter):
    """The share of an eye that lies open to rays from in front."""
    ball = np.unique(model.groups[f"helper-{letter}-eye"].corners)
    low, high = vertices[ball].min(0), vertices[ball].max(0)
    x, z = np.meshgrid(np.linspace(low[0], high[0], 25), np.linspace(low[2], high[2], 25))
    starts = np.stack([x.ravel(), np.full(x.size, low[1] - 0.2), z.ravel()], 1)
    skin, eye = model.groups["body"].corners, model.groups[f"helper-{letter}-eye"].corners
    quads = np.concatenate([eye, skin])
    surface = trimesh.Trimesh(
        vertices, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]), process=False
    )
    hit = surface.ray.intersects_first(starts, np.tile([0.0, 1, 0], (len(starts), 1)))
    return ((hit >= 0) & (hit % len(quads) < len(eye))).mean()


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_a_blink_shuts_its_eye_at_every_age_and_leaves_the_other(face, model, side):
    body, faces = face
    letters = {"Left": ("l", "r"), "Right": ("r", "l")}[side]
    shut = body.vertices + faces[f"eyeBlink{side}"]
    assert seen_of_eye(model, body.vertices, letters[0]) > 0.1
    assert seen_of_eye(model, shut, letters[0]) == 0
    assert seen_of_eye(model, shut, letters[1]) == seen_of_eye(model, body.vertices, letters[1])


def test_an_open_jaw_takes_the_lower_teeth_along_and_leaves_the_upper_ones(face, model):
    body, faces = face
    down = middle(model, body, "helper-lower-teeth") - middle(
        model, body, "helper-lower-teeth", faces["jawOpen"]
    )
    assert down[2] > 0.008
    upper = np.unique(model.groups["helper-upper-teeth"].corners)
    assert not faces["jawOpen"][upper].any()


def test_left_and_right_are_each_others_mirror(face):
    faces = face[1]
    for name in ("mouthSmile", "browDown", "cheekSquint"):
        left, right = (np.abs(faces[name + side]).sum(0) for side in ("Left", "Right"))
        assert np.allclose(left, right, rtol=0.08)


def test_an_expression_takes_the_place_of_the_one_in_rest(model):
    neutral, smiling = (
        make_body(model, BodyParameters(expression={"mouthSmileLeft": much, "jawOpen": much / 3}))
        for much in (0.0, 0.9)
    )
    for name in ("sad", "angry", "happy"):
        ends = [body.vertices + faces_of(model, body)[name] for body in (neutral, smiling)]
        skin = np.unique(model.groups["body"].corners)
        assert np.abs(ends[0] - ends[1])[skin].max() < 5e-4


def test_a_unit_of_which_the_face_in_rest_has_half_does_the_other_half(model):
    body = make_body(model, BodyParameters(expression={"jawOpen": 0.5}))
    shut = make_body(model, BodyParameters(expression={}))
    both = [each.vertices + faces_of(model, each)["jawOpen"] for each in (body, shut)]
    skin = np.unique(model.groups["body"].corners)
    assert np.abs(both[0] - both[1])[skin].max() < 1e-3
