# SPDX-License-Identifier: GPL-3.0-or-later
"""An animated drawing in the scene, as the user wants it: Grease Pencil or planes with bones."""

from __future__ import annotations

from typing import Any, Literal

import bpy

from ...shared.vector_clip import VectorClip
from .. import compat
from ..keypoints.editor import place_still
from ..keypoints.kept import keep_drawing
from .cutout import make_cutout
from .grease_pencil import make_grease_pencil

PlaceAs = Literal["GREASE_PENCIL", "PLANES"]
TRUE_COLORS = "Standard"


def place_clip(context: Any, clip: VectorClip, name: str) -> tuple[Any, tuple[str, ...]]:
    """Build the drawing at the 3D cursor, in a collection of its own in the active one; returns
    its object and what to tell the user. One that is not animated is there for its keypoints."""
    if len(clip.keypoints) == 1:
        return place_still(context, clip, name)
    own = bpy.data.collections.new(name)
    context.collection.children.link(own)
    way, notes = _way(context.scene)
    make = make_grease_pencil if way == "GREASE_PENCIL" else make_cutout
    made = make(context, clip, name, own)
    keep_drawing(made, clip)
    return made, (*clip.notes, *notes, *_about_colors(context.scene))


def _way(scene: Any) -> tuple[PlaceAs, tuple[str, ...]]:
    settings = getattr(scene, "kinora_clip", None)
    way: PlaceAs = settings.place_as if settings is not None else "GREASE_PENCIL"
    if way == "GREASE_PENCIL" and not compat.HAS_GREASE_PENCIL:
        return "PLANES", ("Before 4.3 Blender's Grease Pencil cannot take it: it is on planes.",)
    return way, ()


def _about_colors(scene: Any) -> tuple[str, ...]:
    view = scene.view_settings.view_transform
    if view == TRUE_COLORS:
        return ()
    return (
        f'The scene shows colors through "{view}": choose the view transform "{TRUE_COLORS}" in '
        "Render Properties > Color Management to see the drawing's own.",
    )
