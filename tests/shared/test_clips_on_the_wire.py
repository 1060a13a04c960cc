# SPDX-License-Identifier: Apache-2.0
"""A clip that could not be drawn, moved or placed is refused with a sentence that says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import drawn_figure
import numpy as np
import pytest

from kinora.shared.errors import BadResultError
from kinora.shared.vector_clip import VectorClip

CLIP = drawn_figure.figure(3)


def spoilt(array: Any, value: float, *places: int) -> Any:
    """A copy with one number changed."""
    changed = array.copy()
    changed[places] = value
    return changed


def with_shape(**change: Any) -> VectorClip:
    return replace(CLIP, shapes=(replace(CLIP.shapes[0], **change), *CLIP.shapes[1:]))


def with_layer(**change: Any) -> VectorClip:
    return replace(CLIP, layers=(replace(CLIP.layers[0], **change), *CLIP.layers[1:]))


SHAPE, LAYER = CLIP.shapes[0], CLIP.layers[0]
SPOILT = {
    "not finite": replace(CLIP, keypoints=spoilt(CLIP.keypoints, np.nan, 0, 0, 0)),
    "frames a second": replace(CLIP, fps=0.0),
    "no area": replace(CLIP, box=CLIP.box[[2, 3, 0, 1]]),
    "no frames or shows nothing": replace(CLIP, shapes=()),
    "name its keypoints": replace(CLIP, keypoint_names=CLIP.keypoint_names[1:]),
    "parents first": replace(CLIP, parents=spoilt(CLIP.parents, 3, 1)),
    "leads to a keypoint": replace(CLIP, bones=spoilt(CLIP.bones, 99, 0, 1)),
    "other frames": with_shape(points=SHAPE.points[:2]),
    "a layer that does not exist": with_shape(layer=len(CLIP.layers)),
    "whole curves": with_shape(starts=spoilt(SHAPE.starts, 1, 0)),
    "outside 0 to 1": with_shape(paint=replace(SHAPE.paint, colors=SHAPE.paint.colors * 300)),
    "a corner that does not exist": with_layer(
        triangles=spoilt(LAYER.triangles, len(LAYER.vertices), 0, 0)
    ),
    "a bone that does not exist": with_layer(
        bone_indices=spoilt(LAYER.bone_indices, len(CLIP.bones), 0, 0)
    ),
    "do not sum to one": with_layer(weights=LAYER.weights / 2),
}


def test_a_whole_clip_is_taken() -> None:
    CLIP.check()


@pytest.mark.parametrize("words", SPOILT)
def test_a_spoilt_one_is_refused(words: str) -> None:
    with pytest.raises(BadResultError, match=words):
        SPOILT[words].check()
