# SPDX-License-Identifier: GPL-3.0-or-later
"""`scene.kinora_clip`: what is chosen in Blender alone about animated drawings."""

from __future__ import annotations

import bpy


class ClipSettings(bpy.types.PropertyGroup):
    place_as: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Place As",
        description="What an animated drawing becomes in the scene",
        items=(
            (
                "GREASE_PENCIL",
                "Grease Pencil",
                "Vector strokes with a drawing on each key, a layer for each part",
                "OUTLINER_OB_GREASEPENCIL",
                0,
            ),
            (
                "PLANES",
                "Textured Planes",
                "Pictures on planes that an armature with an action deforms",
                "ARMATURE_DATA",
                1,
            ),
        ),
    )


CLASSES = (ClipSettings,)
