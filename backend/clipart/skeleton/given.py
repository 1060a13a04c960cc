# SPDX-License-Identifier: Apache-2.0
"""A skeleton that the user gives."""

from __future__ import annotations

from ....shared.keypoints_file import from_json
from ....shared.results import Media
from ..drawing import Drawing
from .find import Found
from .keypoints_file import skeleton_of


def given_skeleton(
    keypoints: Media, edges: Media | None, layers: Media | None, drawing: Drawing
) -> Found:
    """The skeleton in `keypoints.json`. Raises BadOptionError where it makes no sense."""
    return Found(skeleton_of(from_json(bytes(keypoints.data))))
