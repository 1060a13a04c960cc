# SPDX-License-Identifier: Apache-2.0
"""A skeleton that the user gives: `keypoints.json`, or AniClipart's files."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from ....shared.errors import BadOptionError
from ....shared.keypoints_file import from_json
from ....shared.results import Media
from ..drawing import PERSON, PERSON_EDGES, Drawing, Points, Skeleton
from .find import Found
from .keypoints_file import skeleton_of
from .published import (
    COCO_POINTS,
    FACE,
    is_detected_person,
    is_published_person,
    read_edges,
    read_layers,
    read_points,
    without_face,
)


def given_skeleton(
    keypoints: Media, edges: Media | None, layers: Media | None, drawing: Drawing
) -> Found:
    """The skeleton in `keypoints.json`, or in a keypoint SVG with the edges, if any, that belong to
    it; layers where they are given. Raises BadOptionError, naming the option, where a file makes no
    sense."""
    data = bytes(keypoints.data)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        skeleton = skeleton_of(from_json(data))
        notes: tuple[str, ...] = ()
        if edges is not None:
            raise BadOptionError(
                "keypoints.json holds its edges already, so a skeleton file may not be given too.",
                "Leave the skeleton out.",
                "skeleton",
            )
    else:
        skeleton, notes = _published(data, None if edges is None else bytes(edges.data))
    if layers is None:
        return Found(skeleton, None, notes)
    count = len(skeleton.points)
    return Found(skeleton, read_layers(bytes(layers.data), len(drawing.shapes), count), notes)


def _published(data: bytes, edges: bytes | None) -> tuple[Skeleton, tuple[str, ...]]:
    points = read_points(data)
    notes: tuple[str, ...] = ()
    if edges is not None:
        joined = read_edges(edges, len(points))
        if is_detected_person(points, joined):
            points, joined = without_face(points, joined)
    elif len(points) in (len(PERSON), COCO_POINTS):
        if len(points) == COCO_POINTS:
            points = np.vstack([points[:FACE].mean(0, keepdims=True), points[FACE:]])
        joined = np.array(PERSON_EDGES, np.int64)
        notes = (f"No edges came with the {len(points)} keypoints: they were taken for a person.",)
    else:
        joined = _nearest(points)
        notes = ("No edges came with the keypoints: each was joined with those nearest to it.",)
    if is_published_person(points, joined):
        return Skeleton(points, joined, PERSON, is_person=True), notes
    return Skeleton(points, joined, ("",) * len(points), is_person=False), notes


def _nearest(points: Points) -> NDArray[np.int64]:
    """The edges of the shortest tree."""
    apart = cdist(points, points) + 1e-6
    return np.column_stack(minimum_spanning_tree(np.triu(apart, 1)).nonzero()).astype(np.int64)
