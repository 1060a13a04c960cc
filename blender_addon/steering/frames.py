# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a character stands or will stand: the frame in which its motion is steered."""

from __future__ import annotations

from typing import Any

from mathutils import Matrix


def frame_of(context: Any, armature: Any) -> Matrix:
    """The world matrix of an armature that is there, or of one made at the 3D cursor."""
    if armature is not None:
        return armature.matrix_world.copy()
    return Matrix.Translation(context.scene.cursor.location)
