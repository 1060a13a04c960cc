# SPDX-License-Identifier: Apache-2.0
"""Cuts cloth along fields: polygons are clipped where a value falls below zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .surface import Floats, Surface, edges

SNAP = 0.3
"""A vertex nearer to the cut than this share of an edge moves onto it, which leaves no slivers."""

SIDES = 8
"""Sides of a border among whose middles the nearest is sought."""

Corner = tuple[int, NDArray[np.float64]]


def cut(surface: Surface, values: Floats) -> Surface:
    """Keep what has `values` (V,) of at least zero; new vertices lie where edges cross zero."""
    if values.min() >= 0:
        return surface
    surface, values = _snapped(surface, values)
    above = values >= 0
    real = surface.faces >= 0
    inside = (above[surface.faces] & real).sum(1)
    whole = inside == real.sum(1)
    crossed = np.flatnonzero(~whole & ((values[surface.faces] > 0) & real).any(1))
    clipper = _Clipper(surface, values)
    for face in crossed:
        clipper.clip(int(face))
    return _compact(clipper.result(whole))


def _snapped(surface: Surface, values: Floats) -> tuple[Surface, Floats]:
    """Move vertices that lie nearly on the cut along their edge onto it."""
    ends = edges(surface.faces)[0]
    a, b = values[ends[:, 0]], values[ends[:, 1]]
    crossing = (a * b) < 0
    ends, ratio = ends[crossing], (a / (a - b + 1e-30))[crossing]
    movers = np.concatenate([ends[:, 0], ends[:, 1]])
    others = np.concatenate([ends[:, 1], ends[:, 0]])
    shares = np.concatenate([ratio, 1 - ratio])
    order = np.lexsort((others, shares))
    target: dict[int, tuple[int, float]] = {}
    for index in order[shares[order] < SNAP]:
        mover, other = int(movers[index]), int(others[index])
        if mover not in target and other not in target:
            target[mover] = (other, float(shares[index]))
    if not target:
        return surface, values
    movers = np.array(list(target))
    others, shares = (np.array(column) for column in zip(*target.values(), strict=True))
    values = values.copy()
    values[movers] = 0
    kept = np.ones(surface.count)
    kept[movers] = 1 - shares
    size = (surface.count, surface.count)
    given = sparse.csr_matrix((shares, (movers, others)), shape=size)
    uvs = _moved_uvs(surface, target)
    blend = sparse.csr_matrix(sparse.diags(kept) + given)
    return (
        replace(
            surface,
            mix=sparse.csr_matrix(blend @ surface.mix),
            uvs=uvs,
            distance=blend @ surface.distance,
            shift=blend @ surface.shift,
        ),
        values,
    )


def _moved_uvs(surface: Surface, target: dict[int, tuple[int, float]]) -> Floats:
    """The corners of a moved vertex slide along the same edge in the UV square."""
    uvs = surface.uvs.copy()
    corners: dict[int, list[tuple[int, int]]] = {}
    for face, corner in zip(*np.nonzero(np.isin(surface.faces, list(target))), strict=True):
        corners.setdefault(int(surface.faces[face, corner]), []).append((int(face), int(corner)))
    for mover, (other, share) in target.items():
        slides = []
        for face, corner in corners[mover]:
            at = np.flatnonzero(surface.faces[face] == other)
            if len(at):
                here = surface.uvs[face, corner]
                slides.append((here, share * (surface.uvs[face, at[0]] - here)))
        for face, corner in corners[mover]:
            here = surface.uvs[face, corner]
            nearest = min(slides, key=lambda slide: float(np.abs(slide[0] - here).sum()))
            if np.abs(nearest[0] - here).sum() < 1e-5:
                uvs[face, corner] = here + nearest[1]
    return uvs


class _Clipper:
    """Collects the polygons left of crossed faces and the new vertices that they share."""

    def __init__(self, surface: Surface, values: Floats) -> None:
        self.surface = surface
        self.values = values
        self.made: dict[tuple[int, int], int] = {}
        self.faces: list[list[int]] = []
        self.uvs: list[list[NDArray[np.float64]]] = []
        self.origins: list[int] = []

    def clip(self, face: int) -> None:
        corners = [int(vertex) for vertex in self.surface.faces[face] if vertex >= 0]
        uvs = self.surface.uvs[face]
        polygon: list[Corner] = []
        for index, here in enumerate(corners):
            after = (index + 1) % len(corners)
            there = corners[after]
            a, b = self.values[here], self.values[there]
            if a >= 0:
                polygon.append((here, uvs[index]))
            if a * b < 0:
                share = a / (a - b)
                at = uvs[index] + share * (uvs[after] - uvs[index])
                polygon.append((self._between(here, there), at))
        self._store(polygon, face)

    def _between(self, a: int, b: int) -> int:
        key = (min(a, b), max(a, b))
        if key not in self.made:
            self.made[key] = self.surface.count + len(self.made)
        return self.made[key]

    def _store(self, polygon: list[Corner], face: int) -> None:
        while len(polygon) >= 3:
            piece = polygon[:4]
            polygon = [polygon[0], *polygon[3:]] if len(polygon) > 4 else []
            padded = piece + [piece[-1]] * (4 - len(piece))
            self.faces.append([vertex for vertex, _ in piece] + [-1] * (4 - len(piece)))
            self.uvs.append([uv for _, uv in padded])
            self.origins.append(face)

    def result(self, whole: NDArray[np.bool_]) -> Surface:
        surface, origins = self.surface, np.array(self.origins, int)
        blend = self._blend()
        count = blend.shape[0]
        faces = np.array(self.faces, np.int32).reshape(-1, 4)
        uvs = np.array(self.uvs, float).reshape(-1, 4, 2)
        return Surface(
            mix=sparse.csr_matrix(blend @ surface.mix),
            faces=np.concatenate([surface.faces[whole], faces]),
            uvs=np.concatenate([surface.uvs[whole], uvs]),
            islands=np.concatenate([surface.islands[whole], surface.islands[origins]]),
            zones=np.concatenate([surface.zones[whole], surface.zones[origins]]),
            distance=blend @ surface.distance,
            shift=blend @ surface.shift,
            follows=np.arange(count, dtype=np.int32),
        )

    def _blend(self) -> sparse.csr_matrix:
        """(V + made, V) old vertices as they are, new ones between their two ends."""
        pairs = np.array(list(self.made), int).reshape(-1, 2)
        a, b = self.values[pairs[:, 0]], self.values[pairs[:, 1]]
        share = a / (a - b)
        rows = np.arange(len(pairs))
        new = sparse.csr_matrix(
            (
                np.concatenate([1 - share, share]),
                (np.concatenate([rows, rows]), np.concatenate([pairs[:, 0], pairs[:, 1]])),
            ),
            shape=(len(pairs), self.surface.count),
        )
        return sparse.csr_matrix(sparse.vstack([sparse.eye(self.surface.count), new]))


def _compact(surface: Surface) -> Surface:
    """Without the vertices that no face uses."""
    used = np.unique(surface.faces[surface.faces >= 0])
    new = np.full(surface.count + 1, -1, np.int32)
    new[used] = np.arange(len(used))
    return replace(
        surface,
        mix=surface.mix[used],
        faces=new[surface.faces],
        distance=surface.distance[used],
        shift=surface.shift[used],
        follows=np.arange(len(used), dtype=np.int32),
    )


def border_distance(places: Floats, rings: list[Floats]) -> Floats:
    """(V,) metres from each place (V, 3) to the nearest of some closed lines; 1 without any."""
    if not rings:
        return np.ones(len(places))
    starts = np.concatenate(rings)
    ends = np.concatenate([np.roll(ring, -1, 0) for ring in rings])
    along = ends - starts
    lengths = np.maximum((along**2).sum(1), 1e-12)
    # The nearest of the sides whose middles are near: sides are about equally short.
    count = min(SIDES, len(starts))
    near = cKDTree((starts + ends) / 2).query(places, k=np.arange(1, count + 1))[1]
    away = places[:, None] - starts[near]
    share = np.clip((away * along[near]).sum(2) / lengths[near], 0, 1)
    return np.asarray(np.linalg.norm(away - share[..., None] * along[near], axis=2).min(1))
