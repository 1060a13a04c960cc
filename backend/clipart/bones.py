# SPDX-License-Identifier: Apache-2.0
"""A skeleton as bones that hang on each other."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from .drawing import PERSON, Skeleton

Ints = NDArray[np.int64]


def bones_of(skeleton: Skeleton) -> tuple[Ints, Ints]:
    """Bones (B, 2), from keypoint to keypoint away from the root, and the bone (B,) that each hangs
    on, -1 where none; parents come first. Every keypoint is reached once: edges that would close a
    ring make no bone.

    People hang on the point between their hips that the skeleton lacks: so on the left hip. Others
    hang on the keypoint in the middle of the whole.
    """
    neighbours: list[list[int]] = [[] for _ in skeleton.points]
    for a, b in skeleton.edges.tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    bones: list[tuple[int, int]] = []
    parents: list[int] = []
    leads_to: dict[int, int] = {}
    for root in _roots(skeleton):
        if root in leads_to:
            continue
        leads_to[root] = -1
        waiting = deque([root])
        while waiting:
            point = waiting.popleft()
            for other in neighbours[point]:
                if other not in leads_to:
                    leads_to[other] = len(bones)
                    bones.append((point, other))
                    parents.append(leads_to[point])
                    waiting.append(other)
    return np.array(bones, np.int64).reshape(-1, 2), np.array(parents, np.int64)


def _roots(skeleton: Skeleton) -> list[int]:
    """Where trees may begin, the best place first."""
    if skeleton.is_person and skeleton.names == PERSON:
        first = PERSON.index("left_hip")
        return [first, *range(len(skeleton.points))]
    center = skeleton.points.mean(0)
    away = np.linalg.norm(skeleton.points - center, axis=1)
    return [int(point) for point in np.argsort(away, kind="stable")]
