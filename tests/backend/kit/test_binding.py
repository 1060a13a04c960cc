# SPDX-License-Identifier: Apache-2.0
"""Weights brought onto other meshes: closed forms, and a body whose arms are raised."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation
from skimage.measure import marching_cubes

from kinora.backend.avatar.sculpt.winding import inside
from kinora.backend.kit.binding import Skinned, bind
from kinora.backend.kit.body import load_body_model
from kinora.backend.kit.closest import Surface
from kinora.backend.kit.nearest import on_triangles
from kinora.backend.kit.surface import triangulate
from kinora.shared import posing
from kinora.shared.results import Motion
from kinora.shared.skeleton import INDEX, JOINTS, PARENTS

CELL = 0.008


def grid(count: int, size: float, height: float = 0.0):
    """A square in the plane z = height that faces up."""
    line = np.linspace(0, size, count)
    x, y = (axis.ravel() for axis in np.meshgrid(line, line, indexing="ij"))
    number = np.arange(count * count).reshape(count, count)
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    quads = np.stack([a, b, c, d], -1).reshape(-1, 4)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return np.stack([x, y, np.full_like(x, height)], 1), triangles


def skinned(vertices, triangles, share) -> Skinned:
    """Bone 0 holds `share` of each vertex, bone 1 the rest."""
    bones = np.tile([0, 1, 0, 0], (len(vertices), 1))
    weights = np.stack([share, 1 - share, 0 * share, 0 * share], 1)
    return Skinned(Surface(vertices, triangles), bones, weights)


def share_of(bound, bone: int):
    return (bound.weights * (bound.bone_indices == bone)).sum(1)


FOUR = np.arange(4, dtype=np.int32)
"""Of four bones each is a joint's only one."""


@pytest.mark.parametrize("seed", range(3))
def test_the_nearest_point_of_a_triangle_is_trimesh_s(seed) -> None:
    random = np.random.default_rng(seed)
    corners, places = random.normal(0, 1, (500, 3, 3)), random.normal(0, 2, (500, 3))
    shares = on_triangles(torch.from_numpy(places), torch.from_numpy(corners)).numpy()
    assert np.allclose(shares.sum(1), 1) and shares.min() > -1e-9
    found = (corners * shares[:, :, None]).sum(1)
    assert np.allclose(found, trimesh.triangles.closest_point(corners, places), atol=1e-9)


def test_a_mesh_bound_to_itself_has_its_own_weights() -> None:
    ball = trimesh.creation.icosphere(4, 0.3)
    share = (ball.vertices[:, 2] + 0.3) / 0.6
    bound = bind(ball.vertices, ball.faces, skinned(ball.vertices, ball.faces, share), FOUR)
    assert bound.matched.all()
    assert np.abs(share_of(bound, 0) - share).max() < 1e-5


def test_a_finer_mesh_at_a_distance_gets_weights_as_they_vary() -> None:
    vertices, triangles = grid(9, 1.0)
    fine, finer = grid(33, 1.0, 0.02)
    bound = bind(fine, finer, skinned(vertices, triangles, vertices[:, 0]), FOUR)
    assert np.abs(share_of(bound, 0) - fine[:, 0]).max() < 1e-5
    assert np.allclose(bound.touch.distance, 0.02)


def test_what_is_far_is_filled_in_evenly_from_around() -> None:
    vertices, triangles = grid(21, 1.0)
    raised, _ = grid(21, 1.0)
    middle = (np.abs(raised[:, :2] - 0.5) < 0.3).all(1)
    raised[middle, 2] = 0.5
    bound = bind(raised, triangles, skinned(vertices, triangles, vertices[:, 0]), FOUR)
    assert not bound.matched[middle].any()
    assert np.abs(share_of(bound, 0) - vertices[:, 0]).max() < 0.02


def test_what_faces_elsewhere_is_not_taken_from() -> None:
    """An arm beside a trunk: the arm's inner side is nearer to the trunk than to the arm."""
    trunk = trimesh.creation.icosphere(4, 0.2)
    arm = trimesh.creation.icosphere(4, 0.05)
    arm.apply_translation([0.251, 0, 0])
    both = trimesh.util.concatenate([trunk, arm])
    share = (np.arange(len(both.vertices)) < len(trunk.vertices)).astype(float)
    source = skinned(np.array(both.vertices), np.array(both.faces), share)
    slim = trimesh.creation.icosphere(4, 0.05)
    slim.apply_translation([0.2503, 0, 0])
    bound = bind(np.array(slim.vertices), np.array(slim.faces), source, FOUR)
    inner = slim.vertices[:, 0] < 0.202
    assert (bound.touch.nearest[inner] < bound.touch.distance[inner]).any()
    assert share_of(bound, 0).max() < 1e-6
    assert share_of(bound, 1).min() > 1 - 1e-6


@pytest.fixture(scope="module")
def model():
    return load_body_model()


@pytest.fixture(scope="module")
def remeshed(model) -> trimesh.Trimesh:
    """The canonical body by marching cubes: other vertices, and armpits grown together."""
    face, corners = triangulate(model.groups["body"].corners)
    triangles = model.groups["body"].corners[face[:, None], corners]
    places = model.canonical.vertices
    low = places[triangles].reshape(-1, 3).min(0) - 4 * CELL
    high = places[triangles].reshape(-1, 3).max(0) + 4 * CELL
    nodes = tuple(int(n) for n in np.ceil((high - low) / CELL))
    filled = inside(
        torch.from_numpy(places[triangles]).float(), torch.from_numpy(low).float(), CELL, nodes
    )
    smooth = gaussian_filter(filled.reshape(nodes).numpy().astype(np.float32), 1)
    vertices, faces, _, _ = marching_cubes(smooth, 0.5, gradient_direction="ascent")
    return trimesh.Trimesh(vertices * CELL + low, faces)


def raised(degrees: float) -> np.ndarray:
    """(1, 22, 4) arms at so many degrees from hanging; 90 is the T-pose."""
    turns = np.tile([1.0, 0, 0, 0], (1, 22, 1))
    for side, sign in (("left", 1), ("right", -1)):
        turn = Rotation.from_euler("y", sign * (90 - degrees), degrees=True)
        turns[0, INDEX[f"{side}_shoulder"]] = turn.as_quat(scalar_first=True)
    return turns.astype(np.float32)


def posed(rig, mesh: trimesh.Trimesh, bound, degrees: float) -> np.ndarray:
    offsets = posing.rest_offsets(rig).astype(np.float32)
    root = rig.heads[:1]
    turns = raised(degrees)
    joints = posing.joint_positions(turns, root, offsets).astype(np.float32)
    motion = Motion("arms", 30.0, JOINTS, np.int32(PARENTS), offsets, turns, root, joints)
    return posing.skin(rig, motion, np.float32(mesh.vertices), bound.bone_indices, bound.weights, 0)


def test_arms_that_are_raised_from_0_to_90_degrees_tear_no_armpit(model, remeshed) -> None:
    body = model.canonical
    face, corners = triangulate(model.groups["body"].corners)
    triangles = model.groups["body"].corners[face[:, None], corners].astype(np.int64)
    count = int(triangles.max()) + 1
    source = Skinned(
        Surface(body.vertices[:count], triangles), model.bone_indices[:count], model.weights[:count]
    )
    bound = bind(
        np.array(remeshed.vertices), np.array(remeshed.faces), source, body.rig.joint_of_bone
    )
    assert bound.matched.mean() > 0.95
    assert np.allclose(bound.weights.sum(1), 1, atol=1e-5)
    edges = remeshed.edges_unique
    hand = np.argmax(remeshed.vertices[:, 0])
    low, level = (posed(body.rig, remeshed, bound, degrees)[hand] for degrees in (0, 90))
    assert low[2] < 0.9 < 1.2 < level[2] and low[0] < 0.4 < level[0]
    lengths = [
        np.linalg.norm(
            np.diff(posed(body.rig, remeshed, bound, degrees)[edges], axis=1)[:, 0], axis=1
        )
        for degrees in (0, 90)
    ]
    near = (np.abs(remeshed.vertices[edges][:, 0, 0]) > 0.1) & (
        remeshed.vertices[edges][:, 0, 2] > 1
    )
    stretch = (lengths[1] / np.maximum(lengths[0], 1e-6))[near]
    assert np.quantile(stretch, 0.99) < 2.0
    assert np.quantile(1 / stretch, 0.99) < 2.0
