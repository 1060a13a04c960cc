# SPDX-License-Identifier: Apache-2.0
"""A piece of cloth as a sparse mix of base vertices: select it, refine it, smooth it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from ...kit.body import BodyModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Surface:
    """V vertices, each `mix[v] @ body.vertices + stature * (shift[v] + distance[v] * normal)`.

    The normal, and whatever pushes the cloth out of the body, is that of vertex `follows[v]`: a hem
    follows the edge that it lines. `mix` rows (over all base vertices) sum to one.
    """

    mix: sparse.csr_matrix
    faces: Ints
    """(F, 4), -1 fills a triangle."""
    uvs: Floats
    """(F, 4, 2)"""
    islands: Ints
    """(F,) faces of one island keep their places in the UV square relative to each other."""
    zones: NDArray[np.int8]
    """(F,) index into `part.ZONES`."""
    distance: Floats
    shift: Floats
    follows: Ints
    edge: Floats | None = None
    """(V,) metres from an edge that is seen though no border is there, as that of a collar."""

    @property
    def count(self) -> int:
        return int(self.mix.shape[0])


def select(model: BodyModel, group: str, keep: NDArray[np.bool_] | None = None) -> Surface:
    """The faces of one group of the base mesh, or those in the mask `keep` (F,)."""
    source = model.groups[group]
    corners = source.corners if keep is None else source.corners[keep]
    uvs = source.uvs if keep is None else source.uvs[keep]
    used, inverse = np.unique(corners, return_inverse=True)
    if used[0] < 0:
        raise ValueError(f"The group {group} holds triangles, which cannot be refined.")
    rows = np.arange(len(used))
    total = len(model.canonical.vertices)
    mix = sparse.csr_matrix((np.ones(len(used)), (rows, used)), shape=(len(used), total))
    return plain(mix, inverse.reshape(-1, 4).astype(np.int32), uvs.astype(np.float64))


def plain(mix: sparse.csr_matrix, faces: Ints, uvs: Floats, zone: int = 0) -> Surface:
    """A surface without offsets, one island, one zone."""
    count = mix.shape[0]
    return Surface(
        mix=sparse.csr_matrix(mix),
        faces=faces.astype(np.int32),
        uvs=uvs,
        islands=np.zeros(len(faces), np.int32),
        zones=np.full(len(faces), zone, np.int8),
        distance=np.zeros(count),
        shift=np.zeros((count, 3)),
        follows=np.arange(count, dtype=np.int32),
    )


def remixed(surface: Surface, operator: sparse.spmatrix) -> Surface:
    """The same faces with every row of the mix replaced by a mix of rows."""
    return replace(surface, mix=sparse.csr_matrix(operator @ surface.mix))


def edges(faces: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Edges (E, 2), how many faces share each (E,); of every side of a face its edge and face."""
    sides, face = [], []
    for corner in range(4):
        start = faces[:, corner]
        end = faces[:, (corner + 1) % 4]
        end = np.where(end < 0, faces[:, 0], end)
        real = start >= 0
        sides.append(np.stack([start[real], end[real]], 1))
        face.append(np.flatnonzero(real))
    ends = np.sort(np.concatenate(sides), axis=1)
    unique, inverse, counts = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    return unique, counts.astype(np.int32), inverse.ravel().astype(np.int32), np.concatenate(face)


def border(faces: Ints) -> Ints:
    """(E, 2) border edges, directed as their face goes round."""
    following = np.where(np.roll(faces, -1, 1) < 0, faces[:, :1], np.roll(faces, -1, 1))
    real = faces >= 0
    directed = np.stack([faces[real], following[real]], 1)
    ends = np.sort(directed, axis=1)
    _, inverse, counts = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    return np.asarray(directed[counts[inverse.ravel()] == 1], np.int32)


def loops(faces: Ints) -> list[Ints]:
    """The borders as closed rings of vertices, in the direction of their faces."""
    following = {int(a): int(b) for a, b in border(faces)}
    rings = []
    while following:
        start, here = next(iter(following.items()))
        ring = [start]
        del following[start]
        while here != start and here in following:
            ring.append(here)
            here = following.pop(here)
        if here == start and len(ring) > 2:
            rings.append(np.array(ring, np.int32))
    return rings


def subdivide(surface: Surface) -> Surface:
    """One step of Catmull and Clark (1978) on quads, as a sparse product."""
    faces, count = surface.faces, surface.count
    ends, sharing, side_edge, side_face = edges(faces)
    face_points = _average(faces, count)
    edge_faces = sparse.csr_matrix(
        (np.ones(len(side_edge)), (side_edge, side_face)), shape=(len(ends), len(faces))
    )
    middles = _average(ends, count)
    inner = sparse.diags((sharing == 2).astype(float))
    edge_points = inner @ (middles * 0.5 + (edge_faces * 0.25) @ face_points)
    edge_points = edge_points + sparse.diags((sharing != 2).astype(float)) @ middles
    vertex_points = _moved_vertices(faces, ends, sharing, face_points, middles)
    new_mix = sparse.vstack([vertex_points, edge_points, face_points]) @ surface.mix
    quads, uvs = _split_quads(surface, side_edge, count, len(ends))
    made = plain(sparse.csr_matrix(new_mix), quads, uvs)
    return replace(made, islands=np.tile(surface.islands, 4), zones=np.tile(surface.zones, 4))


def _average(groups: Ints, count: int) -> sparse.csr_matrix:
    """(G, V) the mean of each group's vertices."""
    size = groups.shape[1]
    rows = np.repeat(np.arange(len(groups)), size)
    shares = np.full(groups.size, 1 / size)
    return sparse.csr_matrix((shares, (rows, groups.ravel())), shape=(len(groups), count))


def _moved_vertices(
    faces: Ints,
    ends: Ints,
    sharing: Ints,
    face_points: sparse.csr_matrix,
    middles: sparse.csr_matrix,
) -> sparse.csr_matrix:
    """Inner vertices move to (F + 2 R + (n - 3) P) / n, border ones along their border."""
    count = face_points.shape[1]
    valence = np.maximum(np.bincount(faces.ravel(), minlength=count), 1).astype(float)
    on_faces = sparse.csr_matrix(
        (np.ones(faces.size), (faces.ravel(), np.repeat(np.arange(len(faces)), 4))),
        shape=(count, len(faces)),
    )
    on_edges = sparse.csr_matrix(
        (np.ones(ends.size), (ends.ravel(), np.repeat(np.arange(len(ends)), 2))),
        shape=(count, len(ends)),
    )
    degree = np.maximum(np.asarray(on_edges.sum(1)).ravel(), 1)
    inner = (
        sparse.diags(1 / valence**2) @ on_faces @ face_points
        + sparse.diags(2 / (valence * degree)) @ on_edges @ middles
        + sparse.diags((valence - 3) / valence)
    )
    edge_is_border = sparse.diags((sharing == 1).astype(float))
    along = on_edges @ edge_is_border @ middles
    outer = along * 0.25 + sparse.eye(count) * 0.5
    is_border = np.zeros(count)
    is_border[np.unique(ends[sharing == 1])] = 1
    return sparse.diags(1 - is_border) @ inner + sparse.diags(is_border) @ outer


def _split_quads(
    surface: Surface, side_edge: Ints, vertices: int, edge_count: int
) -> tuple[Ints, Floats]:
    faces, uvs = surface.faces, surface.uvs
    number = len(faces)
    side = vertices + side_edge.reshape(4, number)
    centre = vertices + edge_count + np.arange(number)
    middle = uvs.mean(1)
    quads, corners = [], []
    for corner in range(4):
        back = (corner + 3) % 4
        quads.append(np.stack([faces[:, corner], side[corner], centre, side[back]], 1))
        ahead = (uvs[:, corner] + uvs[:, (corner + 1) % 4]) / 2
        behind = (uvs[:, corner] + uvs[:, back]) / 2
        corners.append(np.stack([uvs[:, corner], ahead, middle, behind], 1))
    return np.concatenate(quads).astype(np.int32), np.concatenate(corners)


def smooth(surface: Surface, steps: int, strength: float = 0.5) -> Surface:
    """Laplacian steps; a border moves along itself only, so that it neither shrinks nor frays."""
    if not steps:
        return surface
    operator = smoother(surface.faces, surface.count, strength)
    for _ in range(steps):
        surface = remixed(surface, operator)
    mix = surface.mix
    mix.data[np.abs(mix.data) < 2e-4] = 0
    mix.eliminate_zeros()
    scale = sparse.diags(1 / np.asarray(mix.sum(1)).ravel())
    return replace(surface, mix=sparse.csr_matrix(scale @ mix))


def smoother(faces: Ints, count: int, strength: float) -> sparse.csr_matrix:
    """(V, V) moves every vertex by `strength` towards the mean of its neighbours."""
    ends, sharing, _, _ = edges(faces)
    on_border = np.zeros(count, bool)
    on_border[np.unique(ends[sharing == 1])] = True
    both = np.concatenate([ends, ends[:, ::-1]])
    shared = np.concatenate([sharing, sharing])
    keep = ~on_border[both[:, 0]] | (shared == 1)
    both = both[keep]
    near = sparse.csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))
    degree = np.asarray(near.sum(1)).ravel()
    moved = strength * (degree > 0)
    mean = sparse.diags(moved / np.maximum(degree, 1)) @ near
    return sparse.csr_matrix(sparse.diags(1 - moved) + mean)


def join(surfaces: list[Surface], *, first_leads: bool = False) -> Surface:
    """Several surfaces as one, vertices and islands renumbered.

    `first_leads`: what the others follow are vertices of the first, not their own.
    """
    start, island = 0, 0
    faces, islands, follows = [], [], []
    for surface in surfaces:
        faces.append(np.where(surface.faces >= 0, surface.faces + start, -1))
        islands.append(surface.islands + island)
        follows.append(surface.follows + (0 if first_leads else start))
        start += surface.count
        island += int(surface.islands.max(initial=-1)) + 1
    return Surface(
        mix=sparse.csr_matrix(sparse.vstack([surface.mix for surface in surfaces])),
        faces=np.concatenate(faces).astype(np.int32),
        uvs=np.concatenate([surface.uvs for surface in surfaces]),
        islands=np.concatenate(islands).astype(np.int32),
        zones=np.concatenate([surface.zones for surface in surfaces]),
        distance=np.concatenate([surface.distance for surface in surfaces]),
        shift=np.concatenate([surface.shift for surface in surfaces]),
        follows=np.concatenate(follows).astype(np.int32),
        edge=_joined_edges(surfaces),
    )


def _joined_edges(surfaces: list[Surface]) -> Floats | None:
    """(V,) infinite for those that have no such edge."""
    if all(surface.edge is None for surface in surfaces):
        return None
    far = [np.full(s.count, np.inf) if s.edge is None else s.edge for s in surfaces]
    return np.concatenate(far)
