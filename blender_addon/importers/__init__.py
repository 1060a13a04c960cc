# SPDX-License-Identifier: GPL-3.0-or-later
"""One importer for each kind of result, and what all of them have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import bpy

from ...shared.results import Character, MotionResult, Result
from ...shared.vector_clip import VectorClip
from .. import compat
from .character import place_character, redress
from .motion import place_motion
from .vector_clip import place_clip

Placed = tuple[Any, tuple[str, ...]]
IMPORTERS: Mapping[type, Callable[[Any, Any, str], Placed]] = {
    Character: place_character,
    MotionResult: place_motion,
    VectorClip: place_clip,
}

JOB = "kinora_job_id"
"""Custom property of what Kinora made: the job that made it."""
OF_A_MOTION = {"motion_prompt": "motion_prompt", "job_id": "motion_job_id", "seed": "motion_seed"}
"""What is written on a character that gets another motion, by what it is called on one made so."""

_KINDS_OF_DATA = (
    "objects",
    "meshes",
    "armatures",
    "materials",
    "images",
    "actions",
    "collections",
    "node_groups",
    compat.GREASE_PENCILS,
)


def place(
    context: Any, result: Result, name: str, tags: Mapping[str, str | int], onto: Any = None
) -> Placed:
    """Bring a result into the scene, select it, and write `tags` on it as custom properties.

    A character goes `onto` the armature of an earlier one, as its new clothes, where one is given,
    and a motion onto it. What a character is stays written on it when it gets another motion.

    What an import that fails has made so far is removed again; nothing else ever is.
    """
    before = {kind: set(getattr(bpy.data, kind)) for kind in _KINDS_OF_DATA}
    is_motion = isinstance(result, MotionResult)
    if is_motion and onto is not None:
        _select(context, onto)
    is_done = False
    try:
        armature, notes = IMPORTERS[type(result)](context, result, name)
        is_done = True
    finally:
        if not is_done:
            _remove_new(before)
    if onto is not None and not is_motion:
        armature = redress(onto, armature)
    if is_motion and JOB in armature:
        tags = {name: tags[tag] for tag, name in OF_A_MOTION.items() if tag in tags}
    for key, value in tags.items():
        armature[f"kinora_{key}"] = value
    _select(context, armature)
    return armature, notes


def _select(context: Any, armature: Any) -> None:
    context.view_layer.update()
    for other in context.view_layer.objects:
        other.select_set(False)
    armature.select_set(True)
    context.view_layer.objects.active = armature


def _remove_new(before: Mapping[str, set[Any]]) -> None:
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for kind in _KINDS_OF_DATA:
        data = getattr(bpy.data, kind)
        for made in set(data) - before[kind]:
            data.remove(made)
