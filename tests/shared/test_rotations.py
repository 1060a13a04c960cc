# SPDX-License-Identifier: Apache-2.0
"""Quaternion algebra agrees with scipy, an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinora.shared import rotations


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    return tuple(
        Rotation.random(50, random_state=seed).as_quat(scalar_first=True) for seed in (1, 2)
    )


def as_scipy(q: np.ndarray) -> Rotation:
    return Rotation.from_quat(q, scalar_first=True)


def same_rotation(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.allclose(np.abs((a * b).sum(-1)), 1, atol=1e-9))


def test_product_turns_by_the_second_first(pair) -> None:
    a, b = pair
    assert same_rotation(
        rotations.multiply(a, b), (as_scipy(a) * as_scipy(b)).as_quat(scalar_first=True)
    )


def test_rotating_vectors_agrees(pair) -> None:
    a, _ = pair
    vectors = np.random.default_rng(0).normal(size=(50, 3))
    assert np.allclose(rotations.rotate(a, vectors), as_scipy(a).apply(vectors))


def test_matrices_agree_and_come_back(pair) -> None:
    a, _ = pair
    matrices = rotations.to_matrix(a)
    assert np.allclose(matrices, as_scipy(a).as_matrix())
    assert same_rotation(rotations.from_matrix(matrices), a)


def test_axis_and_angle_agree() -> None:
    axis = np.array([[0.0, 0.6, 0.8]])
    ours = rotations.from_axis_angle(axis, np.array([1.3]))
    assert same_rotation(ours, Rotation.from_rotvec(axis * 1.3).as_quat(scalar_first=True))


@pytest.mark.parametrize("b", [(0, 0, 1.0), (-1.0, 0, 0), (1.0, 0, 0), (0.2, -3, 0.5)])
def test_between_turns_one_direction_onto_the_other(b) -> None:
    a, b = np.array([[2.0, 0, 0]]), np.array([b])
    turned = rotations.rotate(rotations.between(a, b), a / 2)
    assert np.allclose(turned, b / np.linalg.norm(b), atol=1e-7)


def test_slerp_halves_the_angle(pair) -> None:
    a, b = pair
    half = rotations.slerp(a, b, np.full(50, 0.5))
    whole = (as_scipy(a).inv() * as_scipy(b)).magnitude()
    assert np.allclose((as_scipy(a).inv() * as_scipy(half)).magnitude(), whole / 2)


def test_continuous_keeps_rotations_and_removes_jumps(pair) -> None:
    a, _ = pair
    smooth = rotations.continuous(a)
    assert same_rotation(smooth, a)
    assert ((smooth[1:] * smooth[:-1]).sum(-1) >= 0).all()
