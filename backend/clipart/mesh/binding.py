# SPDX-License-Identifier: Apache-2.0
"""Places and curves that go with a mesh: each keeps its shares of one triangle's corners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..drawing import Points
from .curves import at_parameters
from .triangles import Triangles, double_areas

NEAREST = 12
TOLERANCE = 0.1
"""Canvas units by which a moved curve may miss the places that it should pass."""
INSIDE = -1e-6
"""Shares down to this are those of a place inside its triangle."""
DEEPEST = 5
"""A curve is halved at most this often."""
SAMPLES = np.linspace(0, 1, 9)


@dataclass(frozen=True)
class Bound:
    """For N places the corners of their triangles (N, 3) and the shares of those (N, 3)."""

    corners: NDArray[np.int64]
    shares: NDArray[np.float64]

    def carried(self, vertices: Points) -> Points:
        """(..., N, 2) where the places are when the vertices are at (..., V, 2)."""
        corners = vertices[..., self.corners, :]
        return np.asarray((self.shares[:, :, None] * corners).sum(-2))


def bind(places: Points, vertices: Points, triangles: Triangles) -> Bound:
    """The triangle that each place (N, 2) lies in or, where it lies in none, lies nearest to."""
    corners = vertices[triangles]
    count = min(NEAREST, len(triangles))
    near = cKDTree(corners.mean(1)).query(places, count)[1].reshape(len(places), count)
    shares = _shares(places[:, None], corners[near])
    best = shares.min(2).argmax(1)
    chosen = near[np.arange(len(places)), best]
    for index in (shares.min(2).max(1, initial=-np.inf) < -1e-9).nonzero()[0]:
        chosen[index] = _shares(places[index], corners).min(1).argmax()
    return Bound(triangles[chosen], _shares(places, corners[chosen]))


def _shares(places: Points, corners: Points) -> NDArray[np.float64]:
    """(..., 3) barycentric coordinates of places (..., 2) in triangles (..., 3, 2)."""
    total = double_areas(corners)
    a, b, c = (corners[..., index, :] for index in range(3))
    first = double_areas(np.stack(np.broadcast_arrays(places, b, c), -2)) / total
    second = double_areas(np.stack(np.broadcast_arrays(a, places, c), -2)) / total
    return np.stack([first, second, 1 - first - second], -1)


def carried_curves(contour: Points, carry: Callable[[Points], Points]) -> Points:
    """(T, 3 n + 1, 2): a chain of cubics moved by a map that is only piecewise linear.

    `carry` takes places (N, 2) to (T, N, 2). A moved curve is the cubic that fits its moved places
    best, its ends exact; it is halved where that misses them by more than `TOLERANCE` in any frame.
    """
    curves = np.stack([contour[i : len(contour) - 3 + i : 3] for i in range(4)], 1)
    start = np.arange(len(curves), dtype=float)
    done: list[tuple[NDArray[np.float64], Points]] = []
    for depth in range(DEEPEST + 1):
        moved = carry(at_parameters(curves, SAMPLES).reshape(-1, 2))
        fitted, missed = _fitted(moved.reshape(len(moved), len(curves), len(SAMPLES), 2))
        rough = (missed > TOLERANCE) & (depth < DEEPEST)
        done.append((start[~rough], fitted[:, ~rough]))
        if not rough.any():
            break
        curves = _halves(curves[rough])
        start = np.stack([start[rough], start[rough] + 0.5 ** (depth + 1)], 1).reshape(-1)
    order = np.argsort(np.concatenate([part[0] for part in done]))
    whole = np.concatenate([part[1] for part in done], 1)[:, order]
    return np.concatenate([whole[:, :, :3].reshape(len(whole), -1, 2), whole[:, :1, 0]], 1)


def _fitted(moved: Points) -> tuple[Points, NDArray[np.float64]]:
    """(T, N, 4, 2) cubics through moved places (T, N, S, 2), and (N,) the farthest miss of each."""
    basis = at_parameters(np.eye(4)[None, :, :], SAMPLES)[0]
    ends = moved[:, :, [0, -1]]
    inner = np.linalg.pinv(basis[:, 1:3]) @ (moved - basis[:, [0, 3]] @ ends)
    curves = np.concatenate([ends[:, :, :1], inner, ends[:, :, 1:]], 2)
    missed = np.linalg.norm(basis @ curves - moved, axis=3).max((0, 2), initial=0)
    return curves, missed


def _halves(curves: Points) -> Points:
    """(2 N, 4, 2): de Casteljau's halves of N cubics, each followed by its other one."""
    a, b, c, d = np.moveaxis(curves, 1, 0)
    ab, bc, cd = (a + b) / 2, (b + c) / 2, (c + d) / 2
    abc, bcd = (ab + bc) / 2, (bc + cd) / 2
    middle = (abc + bcd) / 2
    halves = np.stack([a, ab, abc, middle, middle, bcd, cd, d], 1)
    return halves.reshape(-1, 4, 2)
