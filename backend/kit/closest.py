# SPDX-License-Identifier: Apache-2.0
"""The nearest points of a surface that face the same way as the places that look for them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .nearest import on_triangles, spread
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
        corners = torch.from_numpy(np.asarray(self.vertices[self.triangles], dtype=np.float64))
        places, owner = spread(corners, _SPACING)
        return cKDTree(places.numpy()), owner.numpy()

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
        each = torch.from_numpy(np.repeat(places, count, 0).astype(np.float64))
        flat = torch.from_numpy(corners.reshape(-1, 3, 3).astype(np.float64))
        shares = on_triangles(each, flat).numpy().reshape(-1, count, 3)
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
