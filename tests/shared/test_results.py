# SPDX-License-Identifier: Apache-2.0
"""A result with impossible numbers does not leave the pipeline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinora.shared.errors import BadResultError
from kinora.shared.results import Candidate, FaceCurve, Media, Mesh, Motion, Shape, Sway
from kinora.shared.skeleton import JOINTS, PARENTS


@pytest.fixture
def mesh() -> Mesh:
    return Mesh(
        name="square",
        vertices=np.float32([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]]),
        faces=np.int32([[0, 1, 2, 3]]),
        uvs=np.float32([[[0, 0], [1, 0], [1, 1], [0, 1]]]),
        bone_indices=np.zeros((4, 4), np.int32),
        weights=np.tile(np.float32([1, 0, 0, 0]), (4, 1)),
    )


@pytest.fixture
def motion() -> Motion:
    return Motion(
        name="stand",
        fps=30.0,
        joint_names=JOINTS,
        parents=np.int32(PARENTS),
        rest_offsets=np.zeros((22, 3), np.float32),
        local_rotations=np.tile(np.float32([1, 0, 0, 0]), (2, 22, 1)),
        root_translation=np.zeros((2, 3), np.float32),
        joints=np.zeros((2, 22, 3), np.float32),
    )


def test_a_sound_mesh_and_motion_pass(mesh: Mesh, motion: Motion) -> None:
    mesh.check(bones=1, materials=1)
    motion.check()


@pytest.mark.parametrize(
    ("field", "index", "value", "words"),
    [
        ("vertices", (0, 0), np.nan, "not finite"),
        ("uvs", (0, 0, 0), np.inf, "not finite"),
        ("faces", (0, 0), 4, "does not exist"),
        ("faces", (0, 0), -1, "does not exist"),
        ("faces", (0, 3), -2, "does not exist"),
        ("bone_indices", (0, 0), 1, "bone that does not exist"),
        ("weights", (0, 0), 0.5, "sum to one"),
    ],
)
def test_an_impossible_mesh_is_refused(mesh: Mesh, field, index, value, words) -> None:
    spoiled = getattr(mesh, field).copy()
    spoiled[index] = value
    with pytest.raises(BadResultError, match=words):
        replace(mesh, **{field: spoiled}).check(bones=1, materials=1)


def shape(vertices, name="smile") -> Shape:
    return Shape(name, np.int32(vertices), np.full((len(vertices), 3), 0.01, np.float32))


def test_sound_shapes_pass(mesh: Mesh) -> None:
    shapes = (shape([0, 3]), shape([1], "frown"))
    replace(mesh, shapes=shapes).check(bones=1, materials=1)


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ([shape([1, 4])], "does not exist"),
        ([shape([-1, 2])], "does not exist"),
        ([shape([2, 1])], "rising order"),
        ([shape([2, 2])], "rising order"),
        ([shape([])], "moves nothing"),
        ([shape([1], "")], "no name"),
        ([shape([1]), shape([2])], "two shapes of one name"),
        ([Shape("smile", np.int32([1]), np.float32([[0, np.nan, 0]]))], "not finite"),
    ],
)
def test_an_impossible_shape_is_refused(mesh: Mesh, shapes, words) -> None:
    with pytest.raises(BadResultError, match=words):
        replace(mesh, shapes=tuple(shapes)).check(bones=1, materials=1)


def test_a_triangle_is_a_quad_without_its_last_corner(mesh: Mesh) -> None:
    replace(mesh, faces=np.int32([[0, 1, 2, -1]])).check(bones=1, materials=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fps": 0.0}, "frames a second"),
        ({"joint_names": ("hip",)}, "22 body joints"),
        ({"local_rotations": np.zeros((0, 22, 4), np.float32)}, "no frames"),
        ({"local_rotations": np.zeros((2, 22, 4), np.float32)}, "unit length"),
        ({"root_translation": np.full((2, 3), np.nan, np.float32)}, "not finite"),
        ({"fingers": np.zeros((1, 2, 5), np.float32)}, "fingers move for another time"),
        ({"fingers": np.full((2, 2, 5), 1.5, np.float32)}, "curled further"),
        ({"fingers": np.full((2, 2, 5), np.nan, np.float32)}, "not finite"),
        ({"face": (FaceCurve("jawOpen", np.zeros(3, np.float32)),)}, "face moves for another"),
        ({"face": (FaceCurve("", np.zeros(2, np.float32)),)}, "face"),
        ({"face": (FaceCurve("jawOpen", np.float32([0, np.inf])),)}, "not finite"),
    ],
)
def test_an_impossible_motion_is_refused(motion: Motion, change, words) -> None:
    with pytest.raises(BadResultError, match=words):
        replace(motion, **change).check()


def test_fingers_and_a_face_that_move_as_long_as_the_body_pass(motion: Motion) -> None:
    face = (FaceCurve("jawOpen", np.float32([0, 1])), FaceCurve("eyeBlinkLeft", np.float32([1, 0])))
    replace(motion, fingers=np.full((2, 2, 5), 0.5, np.float32), face=face).check()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"score": float("nan")}, "none of the 22"),
        ({"local_rotations": np.tile(np.float32([1, 0, 0, 0]), (21, 1))}, "none of the 22"),
        ({"local_rotations": np.zeros((22, 4), np.float32)}, "unit length"),
        ({"local_rotations": np.full((22, 4), np.nan, np.float32)}, "not finite"),
    ],
)
def test_an_impossible_candidate_is_refused(change, words) -> None:
    still = np.tile(np.float32([1, 0, 0, 0]), (22, 1))
    candidate = Candidate("stand", 0.3, still, Media.of("stand.png", b"x"))
    candidate.check()
    with pytest.raises(BadResultError, match=words):
        replace(candidate, **change).check()


@pytest.fixture
def sway() -> Sway:
    return Sway(np.int32([3, 4]), np.tile(np.float32([1, 0, 0, 0]), (5, 2, 1)))


def test_a_sound_sway_passes(sway: Sway) -> None:
    sway.check(bones=5, frames=5)


@pytest.mark.parametrize(
    ("change", "frames", "words"),
    [
        ({}, 4, "other frames"),
        ({"bones": np.int32([3])}, 5, "other frames or bones"),
        ({"bones": np.int32([3, 5])}, 5, "does not exist"),
        ({"bones": np.int32([3, 3])}, 5, "two ways"),
        ({"turns": np.zeros((5, 2, 4), np.float32)}, 5, "unit length"),
        ({"turns": np.full((5, 2, 4), np.nan, np.float32)}, 5, "not finite"),
    ],
)
def test_an_impossible_sway_is_refused(sway: Sway, change, frames, words) -> None:
    with pytest.raises(BadResultError, match=words):
        replace(sway, **change).check(bones=5, frames=frames)
