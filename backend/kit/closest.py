# SPDX-License-Identifier: Apache-2.0
"""The nearest points of a surface that face the same way as the places that look for them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .surface import vertex_normals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SPACING = 0.006
_CANDIDATES = 16
_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class Touch:
    """Where P places touch a surface: `triangle` (P,), `shares` (P, 3) of its corners, `distance`
    (P,) in metres and `agreement` (P,), the cosine between both normals. `nearest` (P,) is how near
    the surface is at all, whichever way it faces there."""

    triangle: Ints
    shares: Floats
    distance: Floats
    agreement: Floats
    nearest: Floats


@dataclass(frozen=True)
class Surface:
    """Vertices (V, 3) and triangles (F, 3), with normals of its vertices."""

    vertices: Floats
    triangles: Ints

    @cached_property
    def normals(self) -> Floats:
        return vertex_normals(self.vertices, self.triangles)

    @cached_property
    def _samples(self) -> tuple[cKDTree, Ints]:
        shares, owner = _spread(self.vertices[self.triangles])
        corners = self.vertices[self.triangles[owner]]
        return cKDTree((corners * shares[:, :, None]).sum(1)), owner

    def touch(
        self, places: Floats, normals: Floats, least: float, candidates: int = _CANDIDATES
    ) -> Touch:
        """For places (P, 3) that face along unit normals (P, 3): the nearest point among those
        whose agreement is above `least`, or the nearest of all where there is none. So many
        `candidates` are looked at for each place."""
        parts = [slice(n, n + _AT_ONCE) for n in range(0, max(len(places), 1), _AT_ONCE)]
        found = [self._touch(places[one], normals[one], least, candidates) for one in parts]
        return Touch(
            *(np.concatenate([getattr(one, f.name) for one in found]) for f in fields(Touch))
        )

    def _touch(self, places: Floats, normals: Floats, least: float, candidates: int) -> Touch:
        tree, owner = self._samples
        count = min(candidates, len(owner))
        near = tree.query(places, k=np.arange(1, count + 1), workers=-1)[1]
        triangle = owner[near]
        corners = self.vertices[self.triangles[triangle]]
        shares = on_triangles(np.repeat(places, count, 0), corners.reshape(-1, 3, 3))
        shares = shares.reshape(-1, count, 3)
        touched = (corners * shares[..., None]).sum(2)
        distance = np.linalg.norm(touched - places[:, None], axis=2)
        facing = (self.normals[self.triangles[triangle]] * shares[..., None]).sum(2)
        facing /= np.maximum(np.linalg.norm(facing, axis=2, keepdims=True), 1e-12)
        agreement = (facing * normals[:, None]).sum(2)
        # What faces elsewhere comes after everything else.
        order = np.where(agreement > least, distance, distance + 1e3)
        best = order.argmin(1)
        rows = np.arange(len(places))
        return Touch(
            triangle[rows, best],
            shares[rows, best],
            distance[rows, best],
            agreement[rows, best],
            distance.min(1),
        )


def on_triangles(places: Floats, corners: Floats) -> Floats:
    """(N, 3) shares of the corners (N, 3, 3) at the point of each triangle nearest to a place."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac, ap = b - a, c - a, places - a
    aa, both, cc = _dot(ab, ab), _dot(ab, ac), _dot(ac, ac)
    one, two = _dot(ab, ap), _dot(ac, ap)
    area = np.maximum(aa * cc - both**2, 1e-24)
    v, w = (cc * one - both * two) / area, (aa * two - both * one) / area
    inner = np.stack([1 - v - w, v, w], axis=1)
    best, least = inner, np.where((inner >= 0).all(1) & (area > 1e-23), -1.0, np.inf)
    for first, second in ((0, 1), (0, 2), (1, 2)):
        start, side = corners[:, first], corners[:, second] - corners[:, first]
        along = np.clip(_dot(side, places - start) / np.maximum(_dot(side, side), 1e-24), 0, 1)
        away = np.linalg.norm(places - start - along[:, None] * side, axis=1)
        edge = np.zeros_like(inner)
        edge[:, first], edge[:, second] = 1 - along, along
        better = away < least
        best, least = np.where(better[:, None], edge, best), np.where(better, away, least)
    return best


def _dot(one: Floats, two: Floats) -> Floats:
    return np.asarray((one * two).sum(1))


def _spread(corners: Floats) -> tuple[Floats, Ints]:
    """Shares (N, 3) of places evenly on triangles (F, 3, 3), at least one each, and on which (N,)
    they are."""
    sides = corners - np.roll(corners, 1, axis=1)
    area = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1) / 2
    longest = np.linalg.norm(sides, axis=2).max(1)
    many = np.ceil(area / _SPACING**2 + longest / (2 * _SPACING)).clip(1).astype(np.int64)
    owner = np.repeat(np.arange(len(many)), many)
    number = np.arange(len(owner)) - np.repeat(many.cumsum() - many, many)
    # Roberts' sequence: any number of its points is spread evenly.
    share = (0.5 + number[:, None] * np.array([0.7548776662466927, 0.5698402909980532])) % 1
    share = np.where(share.sum(1, keepdims=True) > 1, 1 - share, share)
    share = np.where(many[owner, None] == 1, 1 / 3, share)
    return np.concatenate([1 - share.sum(1, keepdims=True), share], axis=1), owner
