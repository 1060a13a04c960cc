# SPDX-License-Identifier: Apache-2.0
"""What the maker of a form works on, and the three ways in which a form holds on to a body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from scipy.spatial import cKDTree

from ....kit.body import BodyModel
from ..surface import Floats, Ints, Surface


@dataclass(frozen=True)
class Site:
    """The canonical body, its fields (`fields.base_fields`) and the garment's own cloth, hemmed."""

    model: BodyModel
    base: dict[str, Floats]
    cloth: tuple[Surface, ...]

    def canonical(self, surface: Surface) -> Floats:
        """(V, 3) where a surface's vertices are on the canonical body, without offsets."""
        places: Floats = surface.mix @ self.model.canonical.vertices + surface.shift
        return places


def near_mix(model: BodyModel, points: Floats, vertices: Ints, places: Floats) -> sparse.csr_matrix:
    """Each point follows the six nearest of these vertices: for what lies on or near the skin."""
    gaps, nearest = cKDTree(places).query(points, k=6)
    shares = 1 / (gaps + 0.004)
    shares /= shares.sum(1, keepdims=True)
    rows = np.repeat(np.arange(len(points)), 6)
    size = (len(points), len(model.canonical.vertices))
    return sparse.csr_matrix((shares.ravel(), (rows, vertices[nearest].ravel())), shape=size)


def affine_mix(model: BodyModel, head: Floats, places: Floats) -> sparse.csr_matrix:
    """Rows that carry canonical `places` (P, 3) by the affine map fitted to the skull.

    The least-squares map from the canonical anchors to a body's own is linear in the latter, so
    that a hat is a fixed mix of base vertices like any other cloth.
    """
    skin = np.unique(model.groups["body"].corners)
    heights = model.canonical.vertices[:, 2]
    anchors = skin[(head[skin] > 0.95) & (heights[skin] > 1.574)][::9]
    known = np.column_stack([model.canonical.vertices[anchors], np.ones(len(anchors))])
    rows = np.column_stack([places, np.ones(len(places))]) @ np.linalg.pinv(known)
    return mix_of(model, rows, anchors)


def mix_of(model: BodyModel, rows: Floats, anchors: Ints) -> sparse.csr_matrix:
    """Rows (P, A) of shares of these base vertices (A,) as a mix of all base vertices."""
    count, width = rows.shape
    indices = np.tile(anchors, count)
    starts = np.arange(count + 1) * width
    size = (count, len(model.canonical.vertices))
    return sparse.csr_matrix((rows.ravel(), indices, starts), shape=size)


def rigid_mix(model: BodyModel, vertices: Ints, count: int) -> sparse.csr_matrix:
    """`count` rows that all follow the mean of these base vertices: for what keeps its shape and
    grows with the stature alone, as a sword in a hand; its places are shifts from that mean."""
    shares = np.full((count, len(vertices)), 1 / len(vertices))
    return mix_of(model, shares, vertices)
