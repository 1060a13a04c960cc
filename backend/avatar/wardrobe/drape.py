# SPDX-License-Identifier: Apache-2.0
"""Long hair on clothes: it lies before and behind the shoulders and goes where the cloth goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from .garments import GARMENTS
from .locks import Shell
from .noise import Floats, step
from .part import ZONES, Part
from .piece import Piece, smooth_normals
from .sphere import Points, unit

FREE, LYING = 1.50, 1.42
"""Metres on the canonical body between which hair passes from hanging free to lying on clothes."""
LOWEST = 1.10
"""Metres on the canonical body below which no hair reaches."""
GAP, LAYER = 0.005, 0.009
"""Metres between cloth and the innermost hair, and from there to the outermost."""
CLOTH_SHARE = 0.85
"""How far hair that lies goes with the cloth; the rest stays with the head."""
FARTHEST, STRIDE = 0.07, 0.004
"""Metres that a lock is moved at most, and by which it looks for a place outside of the cloth."""
STEEPEST = 0.6
"""Metres by which a lock's push may change along a metre of it: it bends, and has no step."""
SIDEWAYS = 0.3
"""How much of its way out a lock goes to the side: hair parts before and behind a shoulder."""
PRESS = 0.01
"""Metres by which single points still leave the cloth after their lock has."""
_NEIGHBOURS = 12
_ROUNDS = 16


def lay(piece: Piece, parts: Sequence[Part]) -> Piece:
    """The hair outside of the worn parts and, where it lies on them, skinned as they are."""
    under = [part for part in parts if GARMENTS[part.name].slot != "head" and _reaches(part)]
    lying = 1 - step(LYING, FREE, piece.canonical[:, 2])
    if not under or not (lying > 0).any():
        return piece
    shell = _outside(under)
    vertices = _moved(piece, shell, lying)
    bones, weights = _shared(piece, under, vertices, lying)
    return replace(piece, vertices=vertices, bone_indices=bones, weights=weights)


def _reaches(part: Part) -> bool:
    return bool((part.canonical[:, 2] > LOWEST).any())


def _outside(parts: Sequence[Part]) -> Shell:
    """Points and normals of the outer cloth under hair."""
    points, normals = [], []
    for part in parts:
        outer = part.faces[part.zones != ZONES.index("lining")]
        used = np.unique(outer[outer >= 0])
        used = used[part.canonical[used, 2] > LOWEST]
        points.append(part.vertices[used])
        normals.append(smooth_normals(part.vertices, outer)[used])
    return Shell(
        np.concatenate(points).astype(np.float64), np.concatenate(normals).astype(np.float64)
    )


def _moved(piece: Piece, shell: Shell, lying: Floats) -> Floats:
    """(V, 3) every lock pushed level and away from the neck, as a whole and no farther than
    `FARTHEST`: what is still inside then ends in the cloth."""
    places = piece.vertices.astype(np.float64)
    near = _edges(piece.faces, places)
    heading = _headings(places, shell, near, lying)
    room = GAP + LAYER * piece.fields["layer"]
    lies = lying > 0
    far = np.zeros(len(places))
    far[lies] = _needed(shell, places[lies], heading[lies], room[lies])
    far = _eased(near, far) * step(0.0, 0.05, piece.fields["hang"])
    placed = places + far[:, None] * heading
    pressed = shell.push(placed[lies], room[lies]) - placed[lies]
    depth = np.linalg.norm(pressed, axis=1, keepdims=True)
    placed[lies] += pressed * np.minimum(1, PRESS / np.maximum(depth, 1e-9)) * (depth < 2 * PRESS)
    return placed.astype(np.float32)


def _edges(faces: NDArray[np.int32], places: Points) -> sparse.csr_matrix:
    """(V, V) metres from each vertex to those beside it."""
    pairs = np.concatenate([faces[:, [i, (i + 1) % 4]] for i in range(4)])
    pairs = np.unique(np.sort(pairs[(pairs >= 0).all(1)], axis=1), axis=0)
    length = np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1)
    one_way = sparse.csr_matrix((length + 1e-6, pairs.T), shape=(len(places), len(places)))
    return (one_way + one_way.T).tocsr()


def _headings(places: Points, shell: Shell, near: sparse.csr_matrix, lying: Floats) -> Points:
    """(V, 3) unit and level, one for each lock: before the shoulder or behind it."""
    count, lock = connected_components(near, directed=False)
    weight = np.maximum(lying, 1e-6)
    total = np.bincount(lock, weight, count)
    x, y = (np.bincount(lock, weight * places[:, axis], count) / total for axis in (0, 1))
    top = shell.points[:, 2] > shell.points[:, 2].max() - 0.06
    y = y - shell.points[top, 1].mean()
    # What hangs beside the neck goes behind the shoulder.
    ahead = np.where(y < -0.01, np.minimum(y, -0.04), np.maximum(y, 0.04))
    level = np.stack([SIDEWAYS * x, ahead, np.zeros(count)], axis=1)
    return np.asarray(unit(level)[lock])


def _needed(shell: Shell, places: Points, heading: Points, room: Floats) -> Floats:
    """(V,) metres along its heading after which each place has its room; none if none has."""
    reach = np.arange(0, FARTHEST + STRIDE, STRIDE)
    stops = places[:, None] + reach[:, None] * heading[:, None]
    free = shell.above(stops) >= room[:, None]
    return np.where(free.any(1), reach[free.argmax(1)], 0.0)


def _eased(near: sparse.csr_matrix, far: Points) -> Points:
    """Pushes (V,) that fall off by no more than `STEEPEST` along every lock."""
    start, end = near.nonzero()
    drop = STEEPEST * np.asarray(near[start, end]).ravel()
    for _ in range(_ROUNDS):
        raised = far.copy()
        np.maximum.at(raised, start, far[end] - drop)
        far = raised
    mean = sparse.csr_matrix((np.ones(len(start)), (start, end)), shape=near.shape)
    mean = mean + sparse.identity(len(far))
    mean = sparse.diags(1 / np.asarray(mean.sum(1)).ravel()) @ mean
    for _ in range(2):
        far = mean @ far
    return np.asarray(far)


def _shared(
    piece: Piece, parts: Sequence[Part], vertices: Floats, lying: Floats
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Bones and weights (V, 4): the hair's own, giving way to the mean of the cloth near by."""
    near_cloth = cKDTree(np.concatenate([part.vertices for part in parts]))
    bones = np.concatenate([part.bone_indices for part in parts])
    weights = np.concatenate([part.weights for part in parts])
    count = int(max(bones.max(), piece.bone_indices.max())) + 1
    rows = np.arange(len(vertices))[:, None]
    own = np.zeros((len(vertices), count))
    np.add.at(own, (rows, piece.bone_indices), piece.weights)
    _, near = near_cloth.query(vertices, k=_NEIGHBOURS)
    cloth = np.zeros_like(own)
    np.add.at(cloth, (rows[..., None], bones[near]), weights[near] / _NEIGHBOURS)
    share = (CLOTH_SHARE * lying)[:, None]
    mixed = (1 - share) * own + share * cloth
    strongest = np.argsort(-mixed, axis=1, kind="stable")[:, :4]
    kept = np.take_along_axis(mixed, strongest, axis=1)
    kept /= kept.sum(1, keepdims=True)
    return strongest.astype(np.int32), kept.astype(np.float32)
