# SPDX-License-Identifier: Apache-2.0
"""What a skeleton holds a mesh by: its keypoints, places along its bones, what lies loose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ..drawing import Layer, Points, Skeleton
from .arap import HANDLE, edges_of
from .binding import INSIDE, bind
from .seams import Seam
from .triangles import Triangles
from .weights import bone_weights

APART = 8.0
"""Canvas units between the handles along a bone."""
SAME = 5.0
"""Keypoints nearer than this pull a mesh to their middle, not apart."""
ALONG = 2.0
BESIDE = 30.0
"""Row weights of handles along bones and of those that hold what lies beside the skeleton."""


@dataclass(frozen=True)
class Handles:
    """N handles of a mesh on a skeleton with K keypoints and M edges.

    A handle wants to be at `anchors` (N, K) times the keypoints, plus its offset (N, 2) turned as
    the edges turn, mixed by `turns` (N, M). `shares` (N, V) says where on the mesh it is, `weights`
    (N,) how firmly. `edge_turns` (E, M) mixes the edges' turns for the edges of the mesh.
    """

    anchors: NDArray[np.float64]
    turns: NDArray[np.float64]
    offsets: Points
    shares: sparse.csr_matrix
    weights: NDArray[np.float64]
    edge_turns: NDArray[np.float64]

    @property
    def pinned(self) -> NDArray[np.int64]:
        """The vertices that keypoints are at."""
        hard = self.shares[self.weights == HANDLE].tocoo()
        return np.asarray(np.unique(hard.col[hard.data > 0.5]))


@dataclass(frozen=True)
class _Row:
    place: Points
    anchor: NDArray[np.float64]
    turn: NDArray[np.float64]
    offset: Points
    weight: float


def find_handles(
    vertices: Points,
    triangles: Triangles,
    skeleton: Skeleton,
    layer: Layer,
    seams: list[Seam],
) -> Handles:
    """What holds a layer's mesh; `seams` are those that it shares with others."""
    bones = _bones_of(skeleton, layer)
    starts, ends = (skeleton.points[skeleton.edges[bones, side]] for side in (0, 1))
    shares = np.zeros((len(vertices), len(skeleton.edges)))
    if len(bones):
        shares[:, bones] = bone_weights(vertices, triangles, starts, ends)
    groups = _groups(skeleton.points, layer.keypoints)
    rows = [_at_keypoints(skeleton, bones, vertices, triangles, keys) for keys in groups]
    for bone in bones:
        rows += _along(skeleton, bone, vertices, triangles)
    for seam in seams:
        rows += _on_seam(skeleton, seam)
    rows += _for_loose_parts(skeleton, shares, vertices, triangles, rows)
    bound = bind(np.array([row.place for row in rows]), vertices, triangles)
    index = np.repeat(np.arange(len(rows)), 3)
    size = (len(rows), len(vertices))
    edges, _ = edges_of(triangles)
    return Handles(
        np.array([row.anchor for row in rows]),
        np.array([row.turn for row in rows]),
        np.array([row.offset for row in rows]),
        sparse.csr_matrix((bound.shares.ravel(), (index, bound.corners.ravel())), size),
        np.array([row.weight for row in rows]),
        shares[edges].mean(1),
    )


def _bones_of(skeleton: Skeleton, layer: Layer) -> NDArray[np.int64]:
    """The edges between the layer's keypoints or, where there are none, those that end at one, or
    else all."""
    long = np.ptp(skeleton.points[skeleton.edges], axis=1).max(1, initial=0) > 1e-3
    inside = np.isin(skeleton.edges, layer.keypoints)
    for own in (inside.all(1), inside.any(1), np.full(len(long), True)):
        if (own & long).any():
            return np.asarray((own & long).nonzero()[0])
    return np.zeros(0, int)


def _one(count: int, *chosen: int) -> NDArray[np.float64]:
    row = np.zeros(count)
    row[list(chosen)] = 1
    return row


def _groups(points: Points, keypoints: tuple[int, ...]) -> list[list[int]]:
    """Keypoints, those together that lie at one place: legs seen from the side, say."""
    groups: list[list[int]] = []
    for key in keypoints:
        near = [group for group in groups if np.linalg.norm(points[group[0]] - points[key]) < SAME]
        if near:
            near[0].append(key)
        else:
            groups.append([key])
    return groups


def _at_keypoints(
    skeleton: Skeleton,
    bones: NDArray[np.int64],
    vertices: Points,
    triangles: Triangles,
    keys: list[int],
) -> _Row:
    """The middle of some keypoints or, where it lies outside the mesh, the vertex nearest to it."""
    place = skeleton.points[keys].mean(0)
    anchor = _one(len(skeleton.points), *keys) / len(keys)
    free = np.zeros(len(skeleton.edges))
    if bind(place[None], vertices, triangles).shares.min() >= INSIDE:
        return _Row(place, anchor, free, np.zeros(2), HANDLE)
    nearest = vertices[np.linalg.norm(vertices - place, axis=1).argmin()]
    ending = [bone for bone in bones if np.isin(skeleton.edges[bone], keys).any()]
    return _Row(nearest, anchor, _one(len(free), *ending), nearest - place, BESIDE)


def _along(skeleton: Skeleton, bone: int, vertices: Points, triangles: Triangles) -> list[_Row]:
    a, b = skeleton.edges[bone]
    start, end = skeleton.points[a], skeleton.points[b]
    count = int(np.linalg.norm(end - start) // APART)
    rows = []
    for share in (np.arange(count) + 1) / (count + 1):
        place = (1 - share) * start + share * end
        if bind(place[None], vertices, triangles).shares.min() >= INSIDE:
            anchor = _one(len(skeleton.points), a) * (1 - share)
            anchor[b] += share
            free = np.zeros(len(skeleton.edges))
            rows.append(_Row(place, anchor, free, np.zeros(2), ALONG))
    return rows


def _on_seam(skeleton: Skeleton, seam: Seam) -> list[_Row]:
    joint = skeleton.points[seam.keypoint]
    anchor = _one(len(skeleton.points), seam.keypoint)
    turn = _one(len(skeleton.edges), *seam.bones) / len(seam.bones)
    return [_Row(place, anchor, turn, place - joint, BESIDE) for place in seam.places]


def _for_loose_parts(
    skeleton: Skeleton,
    shares: NDArray[np.float64],
    vertices: Points,
    triangles: Triangles,
    rows: list[_Row],
) -> list[_Row]:
    """Three vertices of each part that fewer than two handles hold, each fixed to its bone."""
    count = len(vertices)
    edges, _ = edges_of(triangles)
    graph = sparse.csr_matrix((np.ones(len(edges)), edges.T), (count, count))
    parts, part_of = connected_components(graph, directed=False)
    places = np.array([row.place for row in rows]).reshape(-1, 2)
    inside = bind(places, vertices, triangles).corners[:, 0] if len(rows) else np.zeros(0, int)
    held = np.bincount(part_of[inside], minlength=parts)
    added = []
    for part in (held < 2).nonzero()[0]:
        members = (part_of == part).nonzero()[0]
        for vertex in members[_spread(vertices[members])]:
            added.append(_beside(skeleton, shares[vertex], vertices[vertex]))
    return added


def _spread(places: Points) -> list[int]:
    """Up to three places far from one another."""
    first = int(np.linalg.norm(places - places.mean(0), axis=1).argmax())
    away = np.linalg.norm(places - places[first], axis=1)
    second = int(away.argmax())
    third = int(np.minimum(away, np.linalg.norm(places - places[second], axis=1)).argmax())
    return list(dict.fromkeys([first, second, third]))


def _beside(skeleton: Skeleton, shares: NDArray[np.float64], place: Points) -> _Row:
    """A place that goes with the nearest point of its strongest bone as if it were part of it."""
    free = np.zeros(len(skeleton.edges))
    if not shares.any():
        key = int(np.linalg.norm(skeleton.points - place, axis=1).argmin())
        offset = place - skeleton.points[key]
        return _Row(place, _one(len(skeleton.points), key), free, offset, BESIDE)
    bone = int(shares.argmax())
    a, b = skeleton.edges[bone]
    start, along = skeleton.points[a], skeleton.points[b] - skeleton.points[a]
    share = float(np.clip((place - start) @ along / (along @ along), 0, 1))
    anchor = _one(len(skeleton.points), a) * (1 - share)
    anchor[b] += share
    return _Row(place, anchor, _one(len(free), bone), place - start - share * along, BESIDE)
