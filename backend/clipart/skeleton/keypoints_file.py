# SPDX-License-Identifier: Apache-2.0
"""Skeletons to and from the file of keypoints that people and Blender change."""

from __future__ import annotations

import numpy as np

from ....shared.keypoints_file import Keypoint, KeypointsFile
from ....shared.results import VectorClip
from ..drawing import PERSON_EDGES, Skeleton


def keypoints_of(clip: VectorClip) -> KeypointsFile:
    """The drawing's own keypoints, as it came, and the bones between them."""
    points = zip(clip.rest_keypoints.tolist(), clip.keypoint_names, strict=True)
    edges = PERSON_EDGES if clip.is_person else tuple((a, b) for a, b in clip.bones.tolist())
    return KeypointsFile(
        tuple(Keypoint(x, y, name) for (x, y), name in points),
        edges,
        clip.is_person,
        clip.provenance.get("drawing", ""),
    )


def skeleton_of(file: KeypointsFile) -> Skeleton:
    edges = PERSON_EDGES if file.is_person else file.edges
    return Skeleton(file.places, np.array(edges, np.int64), file.names, file.is_person)
