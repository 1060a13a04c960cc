# SPDX-License-Identifier: Apache-2.0
"""Shares of bones: whose they are on a drawn person, and their sums."""

from __future__ import annotations

import numpy as np

from kinora.backend.clipart.mesh.weights import bone_weights, strongest


def test_each_limb_belongs_to_its_bones(skeleton, mesh):
    vertices, triangles = mesh
    starts, ends = (skeleton.points[skeleton.edges[:, side]] for side in (0, 1))
    weights = bone_weights(vertices, triangles, starts, ends)
    assert np.allclose(weights.sum(1), 1)
    assert weights.min() >= 0
    for bone, (a, b) in enumerate(skeleton.edges):
        if {a, b} <= {3, 5} or {a, b} <= {9, 11}:
            middle = (skeleton.points[a] + skeleton.points[b]) / 2
            near = np.linalg.norm(vertices - middle, axis=1) < 8
            assert weights[near, bone].min() > 0.9


def test_a_hand_beside_a_leg_takes_nothing_of_it():
    """Two bars side by side, joined only at their upper end: an arm that hangs along a body."""
    vertices = np.array([[x, y] for y in range(0, 101, 5) for x in (0, 6, 8, 14)], float)
    rows = [(i, i + 1, i + 5, i + 4) for i in range(0, 80, 4)]
    quads = [*rows, *[(a + 2, b + 2, c + 2, d + 2) for a, b, c, d in rows], (1, 2, 6, 5)]
    triangles = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])
    weights = bone_weights(
        vertices, triangles, np.array([[3.0, 4], [11, 4]]), np.array([[3.0, 60], [11, 96]])
    )
    hand = (vertices[:, 0] < 7) & (vertices[:, 1] > 80)
    assert weights[hand, 0].min() > 0.95


def test_the_four_strongest_bones_share_everything():
    shares = np.random.default_rng(0).dirichlet(np.ones(7), 20)
    bones, kept = strongest(shares)
    assert np.allclose(kept.sum(1), 1)
    assert (bones[:, 0] == shares.argmax(1)).all()
    few, kept = strongest(np.array([[0.25, 0.75]]))
    assert list(few[0]) == [1, 0, 0, 0]
    assert np.allclose(kept[0], [0.75, 0.25, 0, 0])
