# SPDX-License-Identifier: Apache-2.0
"""Sheets that lie on a garment's own cloth, such as collars: how they are draped and held."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..fit import outside_of
from ..part import ZONES
from ..piece import smooth_normals
from ..surface import Floats, Ints, Surface, border, plain
from .site import Site, near_mix


@dataclass(frozen=True)
class Ground:
    """The outside of the garment's first piece as the canonical body wears it: its N vertices
    `own`, their places and normals (N, 3), and which of them lie on a border."""

    own: Ints
    places: Floats
    normals: Floats
    is_border: NDArray[np.bool_]
    tree: cKDTree

    def height(self, points: Floats) -> tuple[Floats, Floats]:
        """(P,) metres that points are above the cloth, and (P, 3) which way is up there."""
        gaps, near = self.tree.query(points, k=3)
        shares = 1 / (gaps + 0.002)
        shares /= shares.sum(1, keepdims=True)
        normals = (shares[..., None] * self.normals[near]).sum(1)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        away = points[:, None] - self.places[near]
        height = (shares * (away * normals[:, None]).sum(2)).sum(1)
        return height, normals

    def drape(self, points: Floats, gap: Floats, pull: Floats) -> Floats:
        """Points moved to at least `gap` (P,) above the cloth, and by the share `pull` (P,) down
        to it where they are higher."""
        for _ in range(3):
            height, normals = self.height(points)
            lack = gap - height
            points = points + np.where(lack > 0, lack, pull * lack)[:, None] * normals
        return points


def ground(site: Site) -> Ground:
    """Where sheets may lie; the garment's first piece is that which they lie on."""
    cloth = site.cloth[0]
    faces = outside_of(cloth.faces, cloth.follows)
    canonical = site.canonical(cloth)
    normals = smooth_normals(canonical, faces).astype(np.float64)
    places = canonical + cloth.distance[:, None] * normals
    own = np.unique(faces[faces >= 0]).astype(np.int32)
    is_border = np.isin(own, border(faces))
    return Ground(own, places[own], normals[own], is_border, cKDTree(places[own]))


def hold(site: Site, base: Ground, sheet: Sheet) -> Surface:
    """The sheet as a surface that follows the skin where it stands and the cloth where it lies."""
    model, cloth = site.model, site.cloth[0]
    points, lies = sheet.points.reshape(-1, 3), sheet.lies.ravel()
    skin = np.unique(model.groups["helper-tights"].corners)
    skin = skin[site.base["arm"][skin] < 0.5]
    on_skin = near_mix(model, points, skin.astype(np.int32), model.canonical.vertices[skin])
    gaps, near = base.tree.query(points, k=4)
    shares = 1 / (gaps + 0.004)
    shares /= shares.sum(1, keepdims=True)
    rows = np.repeat(np.arange(len(points)), 4)
    size = (len(points), cloth.count)
    on_cloth = sparse.csr_matrix((shares.ravel(), (rows, base.own[near].ravel())), shape=size)
    mix = sparse.diags(lies) @ on_cloth @ cloth.mix + sparse.diags(1 - lies) @ on_skin
    leader = base.own[near[:, 0]]
    distance = lies * cloth.distance[leader]
    shift = points - mix @ model.canonical.vertices
    shift -= distance[:, None] * base.normals[near[:, 0]]
    faces, uvs = sheet.mesh()
    return replace(
        plain(sparse.csr_matrix(mix), faces, uvs, ZONES.index(sheet.zone)),
        distance=distance,
        shift=shift,
        follows=leader.astype(np.int32),
        edge=sheet.edge.ravel(),
    )


@dataclass(frozen=True)
class Sheet:
    """A grid of `points` (R, C, 3): its front is seen where rows go up and columns to the left of
    the seer; `lies` (R, C) is 1 where it lies on cloth and 0 where it stands on the skin; `edge`
    (R, C) is metres from its outer edge."""

    points: Floats
    lies: Floats
    edge: Floats
    is_closed: bool = False
    """Whether the last column is next to the first."""
    zone: str = "cloth"

    def mesh(self) -> tuple[Ints, Floats]:
        """Faces (F, 4) and UVs in metres (F, 4, 2)."""
        rows, columns = self.points.shape[:2]
        count = columns if self.is_closed else columns - 1
        here = np.arange(count)
        after = (here + 1) % columns
        low = (np.arange(rows - 1) * columns)[:, None]
        quads = [low + here, low + after, low + columns + after, low + columns + here]
        faces = np.stack(quads, -1).reshape(-1, 4).astype(np.int32)
        around = np.concatenate([self.points, self.points[:, :1]], 1)[:, : count + 1]
        along = np.linalg.norm(np.diff(around, axis=1), axis=2).max(0)
        across = np.linalg.norm(np.diff(self.points, axis=0), axis=2).max(1)
        u = np.concatenate([[0], np.cumsum(np.maximum(along, 1e-5))])
        v = np.concatenate([[0], np.cumsum(np.maximum(across, 1e-5))])
        (u0, v0), (u1, v1) = np.meshgrid(u[:-1], v[:-1]), np.meshgrid(u[1:], v[1:])
        corners = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
        uvs = np.stack([np.stack(corner, -1) for corner in corners], 2).reshape(-1, 4, 2)
        return faces, uvs
