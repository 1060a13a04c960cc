# SPDX-License-Identifier: GPL-3.0-or-later
"""The poses that a job offers, kept on its armature: in the file, and gone with one undo."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Any

import bpy
import bpy.utils.previews
import numpy as np
from numpy.typing import NDArray

from ...shared.errors import BadMessageError
from ...shared.results import Candidate
from ...shared.steering import KeyedPose
from ..pictures import read_png
from .poses import named

log = logging.getLogger(__name__)
Floats = NDArray[np.floating[Any]]


class StoredCandidate(bpy.types.PropertyGroup):
    """`name` says what it shows; `turns` are its joints' as JSON, `picture` a PNG as base64."""

    turns: bpy.props.StringProperty(name="Turns", description="The joints' turns")  # type: ignore[valid-type]
    picture: bpy.props.StringProperty(name="Picture", description="A small picture of the pose")  # type: ignore[valid-type]
    is_chosen: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Choose", description="Generate Again from Chosen makes a motion that has this pose"
    )


CLASSES = (StoredCandidate,)
_icons: Any = None


def keep(armature: Any, candidates: Sequence[Candidate]) -> None:
    """The candidates of a new motion in the place of those before."""
    kept = armature.kinora_candidates
    kept.clear()
    for candidate in candidates:
        stored = kept.add()
        stored.name = candidate.name
        stored.turns = json.dumps(named(candidate.local_rotations.astype(np.float64)))
        stored.picture = base64.b64encode(candidate.picture.data.tobytes()).decode()


def turns_of(stored: Any) -> Floats:
    """(22, 4)"""
    return np.array(list(json.loads(stored.turns).values()))


def chosen_poses(armature: Any) -> tuple[KeyedPose, ...]:
    """The ticked ones, each to come at any time."""
    ticked = [stored for stored in armature.kinora_candidates if stored.is_chosen]
    return tuple(KeyedPose(named(turns_of(stored))) for stored in ticked)


def picture_of(stored: Any) -> Any:
    """Blender's preview of its picture, blank where that cannot be read. `icon_id` is 0 where
    Blender draws nothing."""
    global _icons
    if _icons is None:
        _icons = bpy.utils.previews.new()
    key = hashlib.sha1(stored.picture.encode(), usedforsecurity=False).hexdigest()
    if key not in _icons:
        _load(_icons.new(key), stored)
    return _icons[key]


def _load(preview: Any, stored: Any) -> None:
    pixels = pixels_of(stored)
    if pixels is not None:
        fill_preview(preview, pixels)


def pixels_of(stored: Any) -> NDArray[np.uint8] | None:
    """The square picture of a candidate (N, N, 4), the top row first; None if it is damaged."""
    try:
        return filled(read_png(base64.b64decode(stored.picture)))
    except (BadMessageError, ValueError):
        log.warning("The picture of the pose %s cannot be read", stored.name)
        return None


def fill_preview(preview: Any, pixels: NDArray[np.uint8]) -> None:
    preview.image_size = pixels.shape[1::-1]
    preview.image_pixels_float = (pixels[::-1].astype(np.float32) / 255).ravel().tolist()


def filled(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The square (N, N, 4) around what is drawn in a picture (H, W, 4), which then fills it."""
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis)) for axis in (1, 0))
    if not len(rows):
        return pixels
    top, left = int(rows[0]), int(columns[0])
    height, width = int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left
    side = max(height, width)
    square = np.zeros((side, side, 4), np.uint8)
    below, beside = (side - height) // 2, (side - width) // 2
    drawn = pixels[top : top + height, left : left + width]
    square[below : below + height, beside : beside + width] = drawn
    return square


def forget_pictures() -> None:
    """On unregister: Blender's memory of them ends, the poses stay in their files."""
    global _icons
    if _icons is not None:
        bpy.utils.previews.remove(_icons)
        _icons = None
