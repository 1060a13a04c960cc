# SPDX-License-Identifier: Apache-2.0
"""Which bones hold a vertex, and how much: soft round the shoulders, and no more than four.

MakeHuman's weights pass from the arm to the trunk within a hand's breadth. An arm that is raised
over the head then tears collar and armpit into creases.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .anny_files import BoneTable, ObjFile

Floats = NDArray[np.float64]

FULL, NONE = 0.12, 0.22
"""Metres from a shoulder joint of the template: within the first all is softened, from the second
on nothing."""
STEPS = 40
"""Each step moves weights about a third of a face on, half way to the neighbours' mean."""
NEIGHBOURS = 4
LEAST = 0.02
"""A joint that holds less of a vertex than this need not be among its four bones."""


def softened(mesh: ObjFile, bones: BoneTable) -> Floats:
    """(V, B) weights, smoothed over the skin near the shoulders; cloth there takes the skin's."""
    share = near_shoulders(mesh.vertices, bones)
    skin = mesh.groups["body"][0]
    weights = bones.weights.copy()
    moved = np.unique(skin[(share[skin] > 0).any(1)])
    mean = _mean_of_neighbours(skin, len(weights))[moved]
    used = np.flatnonzero(weights[moved].any(0))
    columns = weights[:, used]
    for _ in range(STEPS):
        columns[moved] += 0.5 * share[moved, None] * (mean @ columns - columns[moved])
    weights[:, used] = columns
    return _worn(mesh, weights, share, moved)


def near_shoulders(vertices: Floats, bones: BoneTable) -> Floats:
    """(V,) 1 at the shoulder joints, 0 away from them."""
    joints = [vertices[bones.head_vertices[bones.names.index(f"upperarm01.{x}")]] for x in "LR"]
    away = np.min([np.linalg.norm(vertices - joint.mean(0), axis=1) for joint in joints], axis=0)
    share = np.clip((NONE - away) / (NONE - FULL), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _mean_of_neighbours(quads: NDArray[np.int32], count: int) -> sparse.csr_matrix:
    """(V, V) rows sum to one, or are empty off the surface."""
    start = np.concatenate([quads[:, corner] for corner in range(4)])
    end = np.concatenate([quads[:, (corner + 1) % 4] for corner in range(4)])
    ends = np.unique(np.sort(np.stack([start, end], 1), axis=1), axis=0)
    both = np.concatenate([ends, ends[:, ::-1]])
    linked = sparse.csr_matrix((np.ones(len(both)), both.T), shape=(count, count))
    degree = np.maximum(np.asarray(linked.sum(1)).ravel(), 1)
    return sparse.csr_matrix(sparse.diags(1 / degree) @ linked)


def _worn(mesh: ObjFile, weights: Floats, share: Floats, skin: NDArray[np.integer]) -> Floats:
    """The tights' weights are those of the skin under them, so that cloth moves as skin does."""
    cloth = np.unique(mesh.groups["helper-tights"][0])
    cloth = cloth[share[cloth] > 0]
    gaps, near = cKDTree(mesh.vertices[skin]).query(mesh.vertices[cloth], k=NEIGHBOURS)
    parts = 1 / (gaps**2 + 1e-6)
    parts /= parts.sum(1, keepdims=True)
    found = (weights[skin[near]] * parts[..., None]).sum(1)
    blend = share[cloth, None]
    weights[cloth] = (1 - blend) * weights[cloth] + blend * found
    return weights


def strongest_four(
    weights: Floats, joint_of_bone: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Bones (V, 4) and their shares (V, 4), summing to one, of weights (V, B).

    As many joints as may be keep a bone, and what a dropped bone held goes to one of the same
    joint: neighbours that drop different bones then still move alike.
    """
    rows = np.arange(len(weights))
    joints = int(joint_of_bone.max()) + 1
    held = np.zeros((len(weights), joints))
    key = weights.copy()
    for joint in range(joints):
        own = np.flatnonzero(joint_of_bone == joint)
        if len(own):
            held[:, joint] = weights[:, own].sum(1)
            first = own[weights[:, own].argmax(1)]
            key[rows, first] += np.where(held[:, joint] > LEAST, 1 + held[:, joint], 0)
    bones = np.argsort(-key, axis=1, kind="stable")[:, :4]
    shares = np.take_along_axis(weights, bones, axis=1)
    followed = joint_of_bone[bones]
    same = followed[:, :, None] == followed[:, None, :]
    kept = (same * shares[:, None, :]).sum(2)
    # The first of a joint's bones among the four takes over.
    leads = ~(same & np.tri(4, k=-1, dtype=bool)).any(2)
    shares += np.where(leads, np.take_along_axis(held, followed, axis=1) - kept, 0)
    shares = np.maximum(shares, 0)
    shares /= shares.sum(1, keepdims=True)
    return bones.astype(np.int32), shares.astype(np.float32)
