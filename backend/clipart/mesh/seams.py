# SPDX-License-Identifier: Apache-2.0
"""Where layers that share a joint meet edge to edge: there both must move alike, or a gap opens."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ..drawing import Layer, Points, Skeleton

TOUCH = 1.0
"""Ink this much apart, in canvas units, on either side, is drawn to touch."""
DEEP = 3.0
"""Parts that lie over each other by twice this hide the gap themselves."""
SPREAD = 0.4
"""How far along the shorter bone at a joint a seam is held."""
APART = 3.0


@dataclass(frozen=True)
class Seam:
    """Places (N, 2) that turn about a keypoint by the mean turn of the edges `bones`."""

    keypoint: int
    places: Points
    bones: NDArray[np.int64]


def find_seams(
    skeleton: Skeleton, layers: tuple[Layer, ...], inks: list[BaseGeometry]
) -> list[list[Seam]]:
    """For each layer the seams that it shares with others. `inks` are the layers' filled areas."""
    seams: list[list[Seam]] = [[] for _ in layers]
    for a, b in combinations(range(len(layers)), 2):
        common = set(layers[a].keypoints) & set(layers[b].keypoints)
        if not common:
            continue
        zone = inks[a].buffer(TOUCH).intersection(inks[b].buffer(TOUCH))
        for key in sorted(common):
            seam = _seam(skeleton, (layers[a], layers[b]), key, zone)
            if seam is not None:
                seams[a].append(seam)
                seams[b].append(seam)
    return seams


def _seam(
    skeleton: Skeleton, pair: tuple[Layer, Layer], key: int, zone: BaseGeometry
) -> Seam | None:
    ends = skeleton.points[skeleton.edges]
    lengths = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    within = [np.isin(skeleton.edges, layer.keypoints).all(1) for layer in pair]
    bones = ((skeleton.edges == key).any(1) & (within[0] | within[1]) & (lengths > 0)).nonzero()[0]
    if not len(bones):
        return None
    joint = shapely.Point(skeleton.points[key])
    near = zone.intersection(joint.buffer(SPREAD * lengths[bones].min()))
    if near.is_empty or not near.buffer(-DEEP - TOUCH).is_empty:
        return None
    places = shapely.get_coordinates(near.boundary.segmentize(APART))
    return Seam(key, places, np.asarray(bones))
