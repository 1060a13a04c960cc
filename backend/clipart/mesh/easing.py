# SPDX-License-Identifier: Apache-2.0
"""Lessens a motion where it would tear the drawing: bones turn and stretch less, the rest stays."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ..bones import bones_of
from ..drawing import Points, Skeleton
from .arap import edges_of
from .puppet import Puppet, PuppetLayer
from .triangles import double_areas

LONGEST = 3.0
"""A mesh edge stretched by more stands out as a spike."""
FLAT = 0.005
"""A triangle with less of its area at rest is folded."""
STEP = 0.8
"""What one round leaves of the motion of the bones at a fault."""
ROUNDS = 4
"""So that a bone keeps four tenths of its motion at the least: a small fold is better than none."""
CARRIES = 0.25
"""A bone with this share of a mesh edge's turn has part in its fault."""

Shares = NDArray[np.float64]


def eased(puppet: Puppet, tracks: Points) -> tuple[Points, float]:
    """Tracks (T, K, 2) that fold the drawing less and draw fewer spikes out of it, and the least
    share that a bone keeps of its motion: 1 where nothing had to be changed.

    Each bone's turn and stretch is against those of the whole skeleton in that frame; the bones at
    faults are calmed, round by round.
    """
    skeleton = puppet.skeleton
    bones, _ = bones_of(skeleton)
    shares = np.ones(len(bones))
    faults = faults_of(puppet, tracks, bones)
    if not faults.any() or not len(bones):
        return tracks, 1.0
    result = tracks
    for _ in range(ROUNDS):
        shares = np.where(faults, STEP * shares, shares)
        result = lessened(skeleton, tracks, shares)
        faults = faults_of(puppet, result, bones)
        if not faults.any():
            break
    return result, float(shares.min())


def lessened(skeleton: Skeleton, tracks: Points, shares: Shares) -> Points:
    """(T, K, 2): each bone (B,) keeps a share of its turn and stretch; roots go where they went."""
    bones, _ = bones_of(skeleton)
    rest, moved = _complex(skeleton.points), _complex(tracks)
    start, end = bones.T
    vectors = rest[end] - rest[start]
    solid = np.abs(vectors) > 1e-3
    change = np.where(solid, (moved[:, end] - moved[:, start]) / np.where(solid, vectors, 1), 1)
    whole = _turn_of_all(rest, moved)
    relative = change / whole[:, None] + 1e-9
    angles = np.unwrap(np.angle(relative), axis=0)
    kept = np.abs(relative) ** shares * np.exp(1j * shares * angles) * whole[:, None]
    offsets = moved[:, end] - moved[:, start]
    offsets = np.where(solid & (shares < 1), kept * vectors, offsets)
    result = moved.copy()
    for bone in range(len(bones)):
        result[:, end[bone]] = result[:, start[bone]] + offsets[:, bone]
    return np.stack([result.real, result.imag], -1)


def faults_of(puppet: Puppet, tracks: Points, bones: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(B,) which bones move triangles that are folded or far too long in what would be kept."""
    moved = puppet.unfolded(torch.tensor(tracks, dtype=torch.float32))
    found = np.zeros(len(puppet.edges), bool)
    for layer, places in zip(puppet.layers, moved, strict=True):
        found |= _faults_of_layer(layer, places)
    edges = [frozenset(edge) for edge in puppet.skeleton.edges[found].tolist()]
    if edges and not any(frozenset(bone) in edges for bone in bones.tolist()):
        return np.ones(len(bones), bool)
    return np.array([frozenset(bone) in edges for bone in bones.tolist()], bool)


def _faults_of_layer(layer: PuppetLayer, moved: Points) -> NDArray[np.bool_]:
    """(M,) which edges of the skeleton carry faults of a layer's mesh (T, V, 2)."""
    rest, triangles = layer.vertices.double().cpu().numpy(), layer.triangles.cpu().numpy()
    sides = [[1, 2], [2, 0], [0, 1]]
    lengths, at_rest = (
        np.linalg.norm(np.diff(place[..., triangles[:, sides], :], axis=-2)[..., 0, :], axis=-1)
        for place in (moved, rest)
    )
    is_long = (lengths > LONGEST * at_rest).any(2)
    is_flat = double_areas(moved[:, triangles]) < FLAT * double_areas(rest[triangles])
    bad = np.asarray((is_long | is_flat).any(0), bool)
    shares = layer.edge_turns.cpu().numpy()
    if not bad.any():
        return np.zeros(shares.shape[1], bool)
    edges, _ = edges_of(triangles)
    at_fault = shares[np.isin(edges, triangles[bad]).all(1)]
    carrying = np.asarray((at_fault >= CARRIES).any(0), bool)
    return carrying if carrying.any() else np.ones(shares.shape[1], bool)


def _complex(points: Points) -> NDArray[np.complex128]:
    return points[..., 0] + 1j * points[..., 1]


def _turn_of_all(
    rest: NDArray[np.complex128], moved: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    """(T,) the turn, without stretch, that takes the points at rest nearest to each frame's."""
    away, now = rest - rest.mean(), moved - moved.mean(1, keepdims=True)
    fit = now @ away.conj()
    return np.asarray(np.where(np.abs(fit) > 1e-6, fit / np.maximum(np.abs(fit), 1e-6), 1))
