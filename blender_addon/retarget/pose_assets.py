# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses as assets: actions of one frame, marked, tagged and in a catalog of the pose library."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...shared.errors import BadOptionError
from .. import compat
from .target import read_target

CATALOG = "Kinora/Poses"
_NAMESPACE = uuid.UUID("5a0a6c0e-6b5e-4d6a-9a43-1a4f3a1c8d52")
_HEADER = "# This is an Asset Catalog Definition file for Blender.\n\nVERSION 1\n\n"
_FILE = "blender_assets.cats.txt"


def save_pose(armature: Any, name: str) -> Any:
    """The armature's pose as it stands, as a new marked action; the one it plays stays.

    Raises `BadOptionError` where nothing is posed.
    """
    bones = _posed(armature)
    animation = armature.animation_data
    before = animation.action if animation is not None else None
    slot = getattr(animation, "action_slot", None)
    action = bpy.data.actions.new(name)
    bag = compat.open_action(action, armature)
    for bone in bones:
        group = bag.groups.new(bone.name)
        for channel in ("location", compat.rotation_channel(bone)):
            _write(bag, bone, channel, group)
    armature.animation_data.action = before
    if slot is not None:
        armature.animation_data.action_slot = slot
    action.asset_mark()
    action.asset_data.tags.new("Kinora")
    action.asset_data.description = f"A pose of {armature.name}"
    action.use_fake_user = True
    if catalog := ensure_catalog():
        action.asset_data.catalog_id = catalog
    return action


def ensure_catalog() -> str:
    """The id of our catalog, written beside the file if it is not there; "" in a file that was
    never saved, which has no place for catalogs."""
    if not bpy.data.filepath:
        return ""
    own = str(uuid.uuid5(_NAMESPACE, CATALOG))
    path = Path(bpy.data.filepath).with_name(_FILE)
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else _HEADER
        found = [line.split(":")[0] for line in text.splitlines() if f":{CATALOG}:" in line]
        if not found:
            ended = text if text.endswith("\n") else text + "\n"
            path.write_text(f"{ended}{own}:{CATALOG}:{CATALOG.replace('/', '-')}\n", "utf-8")
    except OSError:
        return ""
    return found[0] if found else own


def _posed(armature: Any) -> list[Any]:
    """The bones of the body, and all others that are not at rest."""
    try:
        target = read_target(armature)
        body = {target.names[bone] for bone in target.body.bones if bone >= 0}
        body = set() if target.has_controls else body
    except BadOptionError:
        body = set()
    moved = [bone for bone in armature.pose.bones if bone.name in body or not _is_at_rest(bone)]
    if not any(not _is_at_rest(bone) for bone in moved):
        raise BadOptionError(f'"{armature.name}" is in its rest pose.', "Pose it first.")
    return moved


def _is_at_rest(bone: Any) -> bool:
    basis = np.array(bone.matrix_basis)
    return bool(np.abs(basis - np.eye(4)).max() < 1e-4)


def _write(bag: Any, bone: Any, channel: str, group: Any) -> None:
    path = f"{bone.path_from_id()}.{channel}"
    for index, value in enumerate(getattr(bone, channel)):
        compat.write_curve(bag, path, index, np.array([[1.0, value]], np.float32), group)
