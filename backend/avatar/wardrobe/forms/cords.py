# SPDX-License-Identifier: Apache-2.0
"""Cords that lie on cloth: laces of shoes and boots, ropes round a waist."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import scipy.sparse as sparse
from scipy.spatial import cKDTree

from ..part import ZONES
from ..piece import smooth_normals
from ..surface import Floats, Ints, Surface, join, plain
from .lasts import foot
from .site import Site


@dataclass(frozen=True)
class Laces:
    """Crossed laces up the front of both feet, along `path`: (y, z) in metres, from the toes up.

    `width` apart, in so many `rows`, with a bow at the upper end.
    """

    path: tuple[tuple[float, float], ...]
    rows: int = 5
    width: float = 0.034
    thickness: float = 0.0022
    bow: bool = True


@dataclass(frozen=True)
class Ground:
    """Cloth that cords lie on: the vertices `rows` of a surface, their places and normals."""

    surface: Surface
    rows: Ints
    places: Floats
    normals: Floats
    tree: cKDTree


def ground(site: Site, number: int = 0) -> Ground:
    """The outside of a garment's piece of cloth."""
    cloth = site.cloth[number]
    own = np.flatnonzero(cloth.follows == np.arange(cloth.count)).astype(np.int32)
    kept = (np.isin(cloth.faces, own) | (cloth.faces < 0)).all(1)
    bare = site.canonical(cloth)
    normals = smooth_normals(bare, cloth.faces[kept]).astype(np.float64)
    places = bare[own] + cloth.distance[own, None] * normals[own]
    return Ground(cloth, own, places, normals[own], cKDTree(places))


def sheet(under: Ground, grid: Floats, depth: Floats, zone: str = "trim") -> Surface:
    """A sheet that rides on cloth: canonical places `grid` (R, C, 3) near it, `depth` (R, C) metres
    above it. Columns run to the right of rows that run up, seen from outside."""
    rows, columns = depth.shape
    points = grid.reshape(-1, 3)
    away, near = under.tree.query(points, k=4)
    shares = 1 / (away**2 + 1e-6)
    shares /= shares.sum(1, keepdims=True)
    normals = (shares[..., None] * under.normals[near]).sum(1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    beside = points - (shares[..., None] * under.places[near]).sum(1)
    beside -= (beside * normals).sum(1, keepdims=True) * normals
    count = len(points)
    pick = sparse.csr_matrix(
        (shares.ravel(), (np.repeat(np.arange(count), 4), under.rows[near].ravel())),
        shape=(count, under.surface.count),
    )
    start = (np.arange(rows - 1) * columns)[:, None] + np.arange(columns - 1)
    corners = [start, start + 1, start + columns + 1, start + columns]
    faces = np.stack(corners, -1).reshape(-1, 4)
    lengths = [
        np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
        for line in (grid[0], grid[:, 0])
    ]
    flat = np.stack(np.meshgrid(*lengths), -1).reshape(-1, 2)
    return replace(
        plain(pick @ under.surface.mix, faces, flat[faces], ZONES.index(zone)),
        distance=pick @ under.surface.distance + depth.ravel(),
        shift=pick @ under.surface.shift + beside,
        follows=under.rows[near[:, 0]].astype(np.int32),
    )


def cord(under: Ground, path: Floats, width: float, thickness: float) -> Surface:
    """A flat cord along `path` (N, 3), canonical places near the cloth, `width` metres wide."""
    normals = under.normals[under.tree.query(path)[1]]
    across = np.cross(np.gradient(path, axis=0), normals)
    across *= width / 2 / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    profile = np.array([(-1.0, -0.4), (-0.6, 0.85), (0.0, 1.0), (0.6, 0.85), (1.0, -0.4)])
    grid = path[:, None] + profile[None, :, :1] * across[:, None]
    return sheet(under, grid, np.tile(profile[:, 1] * thickness, (len(path), 1)))


def laces(site: Site, values: Laces) -> Surface:
    """Laces on both feet, riding on the upper."""
    under = ground(site)
    slope = foot(site.model).middle
    profile = np.array(values.path)
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(profile, axis=0), axis=1))])
    levels = np.linspace(0, steps[-1], values.rows)
    heights = np.stack([np.interp(levels, steps, column) for column in profile.T], 1)
    cords = []
    for side in (1.0, -1.0):
        middle = side * (slope[0] + slope[1] * heights[:, 0])
        left, right = (
            np.column_stack([middle + sign * values.width / 2, heights]) for sign in (-1.0, 1.0)
        )
        ends = [(left[0], right[0])]
        for low, high in pairwise(range(values.rows)):
            ends += [(left[low], right[high]), (right[low], left[high])]
        paths = [np.linspace(start, end, 6) for start, end in ends]
        if values.bow:
            paths += _bow((left[-1] + right[-1]) / 2, heights[-1] - heights[0])
        cords += [cord(under, path, 2.4 * values.thickness, values.thickness) for path in paths]
    return join(cords, first_leads=True)


def _bow(knot: Floats, up: Floats) -> list[Floats]:
    """Two loops and two ends."""
    rise = np.array([0.0, *up]) / np.linalg.norm(up)
    turn = np.linspace(-0.1, 2 * np.pi - 0.35, 9)[:, None]
    made = []
    for side in (-1.0, 1.0):
        aside = np.array([side, 0.0, 0.0])
        loop = knot + 0.011 * (1 - np.cos(turn)) * aside + 0.008 * np.sin(turn) * rise
        reach = np.linspace(0, 1, 6)[:, None]
        made += [loop - 0.004 * (1 - np.cos(turn)) * rise]
        made += [knot + 0.017 * reach * aside - 0.022 * reach**1.4 * rise]
    return made
