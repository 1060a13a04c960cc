# SPDX-License-Identifier: GPL-3.0-or-later
"""Every difference between Blender 4.2 and 5.2 that Kinora meets, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

HAS_SLOTS = bpy.app.version >= (4, 4, 0)
LINEAR = 1
"""`Keyframe.interpolation` as the number that `foreach_set` takes."""


HAS_GREASE_PENCIL = bpy.app.version >= (4, 3, 0)
"""Whether drawings are the attributes that Kinora writes; before 4.3 they were something else."""
GREASE_PENCILS = "grease_pencils_v3" if hasattr(bpy.data, "grease_pencils_v3") else "grease_pencils"
"""What `bpy.data` calls the drawings: until 5.0 "grease_pencils" were the annotations."""


@dataclass(frozen=True)
class StrokeKinds:
    """What strokes of Grease Pencil are: whether Bezier curves have handles (from 4.5), and whether
    strokes that share a `fill_id` are filled together, as outlines and holes (from 5.1)."""

    has_handles: bool
    by_fill: bool


def grease_pencils() -> Any:
    return getattr(bpy.data, GREASE_PENCILS)


def stroke_kinds(data: Any) -> StrokeKinds:
    """Tried with a stroke that is taken away again: the classes of strokes have no public name."""
    layer = data.layers.new("Trial")
    drawing = layer.frames.new(0).drawing
    drawing.add_strokes([1])
    kinds = StrokeKinds(hasattr(drawing, "set_types"), hasattr(drawing.strokes[0], "fill_id"))
    data.layers.remove(layer)
    return kinds


def open_action(action: Any, owner: Any) -> Any:
    """The F-curves and groups of `action` for `owner`, which is made to play it.

    Before 4.4 an action holds its curves itself; from 4.4 they lie in a slot's channel bag, and
    from 5.0 only there.
    """
    owner.animation_data_create()
    owner.animation_data.action = action
    if not HAS_SLOTS:
        return action
    slot = action.slots[0] if len(action.slots) else action.slots.new(owner.id_type, owner.name)
    layer = action.layers[0] if len(action.layers) else action.layers.new("Layer")
    strip = layer.strips[0] if len(layer.strips) else layer.strips.new(type="KEYFRAME")
    owner.animation_data.action_slot = slot
    return strip.channelbag(slot, ensure=True)


def find_curves(action: Any) -> list[Any]:
    """All F-curves of an action, wherever this Blender keeps them."""
    if not HAS_SLOTS:
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]


def write_curve(bag: Any, path: str, index: int, keys: NDArray[np.float32], group: Any) -> None:
    """One new F-curve with straight lines between `keys` (n, 2): frame and value."""
    curve = bag.fcurves.new(path, index=index)
    if group is not None:
        curve.group = group
    points = curve.keyframe_points
    points.add(len(keys))
    points.foreach_set("co", keys.ravel())
    points.foreach_set("interpolation", np.full(len(keys), LINEAR, dtype=np.int32))
    curve.update()


def keys_of(curve: Any) -> NDArray[np.float32]:
    """(n, 2) frames and values of a curve's keys."""
    keys = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", keys)
    return keys.reshape(-1, 2)


def rotation_channel(bone: Any) -> str:
    """The property that a pose bone turns by in its rotation mode."""
    own = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
    return own.get(bone.rotation_mode, "rotation_euler")


def use_nodes(material: Any) -> None:
    """From 5.0 every material has nodes, and asking for them is deprecated."""
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True


def is_modal_running() -> bool:
    """Whether an operator of the user's (a drag, a knife cut) is in the middle of something."""
    # The property came with 4.2's patch releases; where it is missing nobody can tell.
    return any(
        len(getattr(window, "modal_operators", ())) for window in bpy.context.window_manager.windows
    )


def is_online_allowed() -> tuple[bool, str]:
    """Whether Blender may leave this machine, and what to switch on if it may not."""
    if bpy.app.online_access:
        return True, ""
    # Blender spells this name with one d.
    if getattr(bpy.app, "online_access_overriden", False):
        return False, "Blender was started with --offline-mode. Start it without that argument."
    return False, "Switch on Preferences > System > Network > Allow Online Access."
