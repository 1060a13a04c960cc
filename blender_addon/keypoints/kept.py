# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept on a drawing that stands in the scene: its keypoints, its page, its picture."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...shared import keypoints_file
from ...shared.keypoints_file import Keypoint, KeypointsFile
from ...shared.results import Media
from ...shared.vector_clip import VectorClip
from ..importers.material import load_packed
from ..importers.page import Page

KEYPOINTS = "kinora_keypoints"
"""Custom property: the keypoints at rest as the JSON of a keypoints file."""
PAGE = "kinora_page"
PICTURE = "kinora_picture"


def keep_drawing(made: Any, clip: VectorClip) -> None:
    """Write on an object what editing its keypoints needs."""
    page = Page.of(clip)
    made[KEYPOINTS] = keypoints_file.to_json(keypoints_of(clip))
    made[PAGE] = [page.middle, page.foot]
    made[PICTURE] = _picture(clip)


def page_of(made: Any) -> Page:
    return Page(*made[PAGE])


def keypoints_of(clip: VectorClip) -> KeypointsFile:
    """Those of the drawing as it came, joined by its bones."""
    points = zip(clip.rest_keypoints.tolist(), clip.keypoint_names, strict=True)
    return KeypointsFile(
        points=tuple(Keypoint(x, y, name) for (x, y), name in points),
        edges=tuple((int(first), int(second)) for first, second in clip.bones),
        is_person=clip.is_person,
        drawing=clip.provenance.get("drawing", clip.name),
    )


def _picture(clip: VectorClip) -> Any:
    """The layers over each other as one packed image of the canvas square."""
    seen = _pixels(clip.layers[0].picture)
    for layer in clip.layers[1:]:
        upper = _pixels(layer.picture)
        seen = upper + seen * (1 - upper[..., 3:])
    seen[..., :3] /= np.maximum(seen[..., 3:], 1e-6)
    image = bpy.data.images.new(f"{clip.name} drawing", seen.shape[1], seen.shape[0], alpha=True)
    image.pixels.foreach_set(seen.ravel())
    image.pack()
    return image


def _pixels(picture: Media) -> NDArray[np.float32]:
    """(H, W, 4) premultiplied, as Blender reads the file, from below."""
    image = load_packed(picture)
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    pixels = pixels.reshape(height, width, 4)
    pixels[..., :3] *= pixels[..., 3:]
    return pixels
