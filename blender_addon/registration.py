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
from .properties import make_settings

COMMAND = "kinora"
_CLASSES = (
    make_settings(CATALOG, heartbeat.SESSION.forget_option_error),
    preferences.Preferences,
    *operators.CLASSES,
    *side_operators.CLASSES,
    *wardrobe_operators.CLASSES,
    *continuing.CLASSES,
    *panels.CLASSES,
)
_COMMANDS: list[Any] = []


def register() -> None:
    for kind in _CLASSES:
        bpy.utils.register_class(kind)
    bpy.types.Scene.kinora = bpy.props.PointerProperty(type=_CLASSES[0])
    bpy.app.handlers.load_post.append(heartbeat.after_load)
    _COMMANDS.append(bpy.utils.register_cli_command(COMMAND, command.run))


def unregister() -> None:
    heartbeat.stop()
    while _COMMANDS:
        bpy.utils.unregister_cli_command(_COMMANDS.pop())
    bpy.app.handlers.load_post.remove(heartbeat.after_load)
    del bpy.types.Scene.kinora
    for kind in reversed(_CLASSES):
        bpy.utils.unregister_class(kind)
