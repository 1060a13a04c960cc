# SPDX-License-Identifier: Apache-2.0
"""Folded meshes come back without folds, close to where they were."""

from __future__ import annotations

import numpy as np
import torch

from kinora.backend.clipart.mesh.guard import unfolded
from kinora.backend.clipart.mesh.triangles import double_areas

NOTHING = np.zeros(0, int)


def folds(triangles, moved):
    return (double_areas(moved[:, triangles]) <= 0).sum(1)


def test_frames_without_folds_stay_as_they_are(mesh):
    vertices, triangles = mesh
    moved = np.stack([vertices, vertices * (0.9, 1.2)])
    assert unfolded(vertices, triangles, moved, NOTHING) is moved


def test_folds_are_undone_near_where_they_are(mesh):
    vertices, triangles = mesh
    moved = np.stack([vertices, vertices])
    pulled = np.linalg.norm(vertices - (128, 120), axis=1).argmin()
    moved[1, pulled] += (14, 3)
    assert folds(triangles, moved)[1] > 0
    result = unfolded(vertices, triangles, moved, NOTHING)
    assert not folds(triangles, result).any()
    assert np.array_equal(result[0], moved[0])
    change = np.linalg.norm(result[1] - vertices, axis=1)
    assert change.max() < 15
    assert change[np.linalg.norm(vertices - (128, 120), axis=1) > 50].max() < 0.3


def test_noise_on_keypoints_leaves_no_fold_and_keypoints_where_they_are(puppet, mesh):
    """Six units of noise visibly fold the published meshes."""
    generator = np.random.default_rng(2)
    tracks = puppet.points[None].double().numpy() + generator.normal(0, 6, (12, 13, 2))
    free = puppet.deform(torch.tensor(tracks))[0].double().numpy()
    result = puppet.unfolded(torch.tensor(tracks))[0]
    assert not folds(mesh[1], result).any()
    assert np.abs(result - free)[:, puppet.layers[0].pinned].max() < 0.5
