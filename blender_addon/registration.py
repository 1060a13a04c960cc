# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender calls when the add-on is switched on and off."""

from __future__ import annotations

from typing import Any

import bpy

from . import (
    command,
    continuing,
    heartbeat,
    operators,
    panels,
    preferences,
    side_operators,
    wardrobe_operators,
)
from .catalog import CATALOG
from .keypoints import operators as keypoint_operators
from .keypoints import panels as keypoint_panels
from .keypoints import settings as clip_settings
from .properties import make_settings
from .retarget import files as motion_files
from .retarget import operators as retarget_operators
from .retarget import panels as retarget_panels
from .steering import candidates, generating
from .steering import operators as steering_operators
from .steering import panels as steering_panels
from .steering import settings as steering_settings

COMMAND = "kinora"
_CLASSES = (
    make_settings(CATALOG, heartbeat.SESSION.forget_option_error),
    *steering_settings.CLASSES,
    *clip_settings.CLASSES,
    *candidates.CLASSES,
    preferences.Preferences,
    *operators.CLASSES,
    *side_operators.CLASSES,
    *wardrobe_operators.CLASSES,
    *continuing.CLASSES,
    *steering_operators.CLASSES,
    *generating.CLASSES,
    *keypoint_operators.CLASSES,
    *panels.CLASSES,
    *steering_panels.CLASSES,
    *keypoint_panels.CLASSES,
    *retarget_operators.CLASSES,
    *motion_files.CLASSES,
    *retarget_panels.CLASSES,
)
_COMMANDS: list[Any] = []


def register() -> None:
    for kind in _CLASSES:
        bpy.utils.register_class(kind)
    bpy.types.Scene.kinora = bpy.props.PointerProperty(type=_CLASSES[0])
    bpy.types.Scene.kinora_steering = bpy.props.PointerProperty(type=steering_settings.Steering)
    bpy.types.Scene.kinora_clip = bpy.props.PointerProperty(type=clip_settings.ClipSettings)
    bpy.types.Object.kinora_candidates = bpy.props.CollectionProperty(
        type=candidates.StoredCandidate, name="Poses", description="What the motion's job offered"
    )
    bpy.app.handlers.load_post.append(heartbeat.after_load)
    motion_files.add_menus()
    _COMMANDS.append(bpy.utils.register_cli_command(COMMAND, command.run))


def unregister() -> None:
    heartbeat.stop()
    while _COMMANDS:
        bpy.utils.unregister_cli_command(_COMMANDS.pop())
    bpy.app.handlers.load_post.remove(heartbeat.after_load)
    motion_files.remove_menus()
    candidates.forget_pictures()
    del bpy.types.Object.kinora_candidates
    del bpy.types.Scene.kinora_clip
    del bpy.types.Scene.kinora_steering
    del bpy.types.Scene.kinora
    for kind in reversed(_CLASSES):
        bpy.utils.unregister_class(kind)
