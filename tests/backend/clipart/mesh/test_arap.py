# SPDX-License-Identifier: Apache-2.0
"""The matrices against the least-squares problems that they solve, and against rigid motions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse

from kinora.backend.clipart.mesh.arap import HANDLE, edges_of, prepare, solve, turned, turns


@pytest.fixture(scope="module")
def handles(mesh):
    """Fourteen vertices here and there, some of every part."""
    chosen = np.linspace(0, len(mesh[0]) - 1, 14).astype(int)
    loose = np.argsort(np.linalg.norm(mesh[0] - (200, 60), axis=1))[[0, 3]]
    return np.unique(np.concatenate([chosen, loose]))


def at_vertices(chosen, count):
    return sparse.csr_matrix(
        (np.ones(len(chosen)), (np.arange(len(chosen)), chosen)), (len(chosen), count)
    )


@pytest.fixture(scope="module")
def arap(mesh, handles):
    vertices, triangles = mesh
    return prepare(
        vertices, triangles, at_vertices(handles, len(vertices)), np.full(len(handles), HANDLE)
    )


def deformed(arap, targets):
    targets = torch.as_tensor(targets)[None]
    return solve(arap, targets, turned(arap.edges, turns(arap, targets)))[0].numpy()


def least_squares(vertices, triangles, chosen, targets):
    """Both steps as the dense problems of the specification, edge by edge."""
    neighbours = {}
    for a, b, c in triangles:
        for edge, other in (((a, b), c), ((b, c), a), ((c, a), b)):
            neighbours.setdefault(tuple(sorted(edge)), []).append(other)
    count = len(vertices)
    fits, rows = [], []
    for (i, j), opposite in neighbours.items():
        around = [i, j, *opposite]
        system = []
        for x, y in vertices[around]:
            system += [[x, y, 1, 0], [y, -x, 0, 1]]
        fit = np.zeros((2, 2 * count))
        columns = [2 * vertex + axis for vertex in around for axis in (0, 1)]
        fit[:, columns] = np.linalg.pinv(np.array(system))[:2]
        x, y = vertices[j] - vertices[i]
        row = -np.array([[x, y], [y, -x]]) @ fit
        row[[0, 1], [2 * j, 2 * j + 1]] += 1
        row[[0, 1], [2 * i, 2 * i + 1]] -= 1
        fits.append(fit)
        rows.append(row)
    pinned = np.zeros((2 * len(chosen), 2 * count))
    pinned[np.arange(2 * len(chosen)), (2 * chosen[:, None] + [0, 1]).reshape(-1)] = HANDLE
    system = np.concatenate([*rows, pinned])
    right = np.concatenate([np.zeros(2 * len(rows)), HANDLE * targets.reshape(-1)])
    first = np.linalg.lstsq(system, right, rcond=None)[0]
    system = np.zeros((len(rows) + len(chosen), count))
    right = np.zeros((len(rows) + len(chosen), 2))
    for index, (i, j) in enumerate(neighbours):
        c, s = fits[index] @ first
        turn = np.array([[c, s], [-s, c]]) / np.hypot(c, s)
        system[index, [i, j]] = -1, 1
        right[index] = turn @ (vertices[j] - vertices[i])
    system[len(rows) + np.arange(len(chosen)), chosen] = HANDLE
    right[len(rows) :] = HANDLE * targets
    return np.linalg.lstsq(system, right, rcond=None)[0]


def test_the_matrices_are_the_least_squares_solutions(mesh, handles, arap):
    vertices, triangles = mesh
    moved = vertices[handles] + np.random.default_rng(3).normal(0, 6, (len(handles), 2))
    expected = least_squares(vertices, triangles, handles, moved)
    assert np.abs(deformed(arap, moved) - expected).max() < 1e-4


def test_handles_at_rest_leave_the_mesh_at_rest(mesh, handles, arap):
    assert np.abs(deformed(arap, mesh[0][handles]) - mesh[0]).max() < 1e-3


@pytest.mark.parametrize("degrees", [30, 150, -90])
def test_the_mesh_follows_handles_that_move_rigidly(mesh, handles, arap, degrees):
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (mesh[0] - 128) @ turn.T + (140, 117)
    assert np.abs(deformed(arap, moved[handles]) - moved).max() < 0.05


def test_every_edge_is_found_once_with_what_lies_beside_it():
    edges, around = edges_of(np.array([[0, 1, 2], [2, 1, 3]]))
    assert [tuple(edge) for edge in edges] == [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
    assert set(around[2]) == {0, 1, 2, 3}
    assert sorted(around[0]) == [-1, 0, 1, 2]
