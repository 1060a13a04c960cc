# SPDX-License-Identifier: GPL-3.0-or-later
"""What a face can do, as shape keys, and what it does; the first part with a key leads the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...shared.results import Mesh, Motion
from .. import compat

Floats = NDArray[np.floating[Any]]
BASIS = "Basis"


def make_shape_keys(made: Any, part: Mesh) -> None:
    """A key for each of a part's shapes, relative to the mesh as it is, at 0 and up to 1."""
    if not part.shapes:
        return
    made.shape_key_add(name=BASIS, from_mix=False)
    places = np.ascontiguousarray(part.vertices, np.float32)
    for shape in part.shapes:
        key = made.shape_key_add(name=shape.name, from_mix=False)
        moved = places.copy()
        moved[shape.vertices] += shape.offsets
        key.data.foreach_set("co", moved.ravel())
        key.slider_min, key.slider_max, key.value = 0.0, 1.0, 0.0


def do_together(parts: Iterable[Any]) -> None:
    """Drive the keys of all parts by the first part that has a key of the name, so that one slider
    moves skin, lashes, teeth and beard."""
    leaders: dict[str, Any] = {}
    for part in parts:
        if part.data.shape_keys is None:
            continue
        for key in part.data.shape_keys.key_blocks[1:]:
            leader = leaders.setdefault(key.name, part)
            if leader != part:
                _drive(key, leader.data.shape_keys)


def _drive(key: Any, leader: Any) -> None:
    # A sum of one value needs no Python, which a user may have forbidden to run by itself.
    driver = key.driver_add("value").driver
    driver.type = "SUM"
    variable = driver.variables.new()
    target = variable.targets[0]
    target.id_type, target.id = "KEY", leader
    target.data_path = f'key_blocks["{key.name}"].value'


def animate_face(parts: Iterable[Any], motion: Motion, frames: Floats) -> None:
    """Key what the face does in `motion` at the scene's `frames` (T,): a new action on the shape
    keys of each part that leads one. An action that was there is kept, no longer used."""
    curves = {curve.name: curve.values for curve in motion.face}
    for part in parts:
        keys = part.data.shape_keys
        if keys is None:
            continue
        driven = _driven(keys)
        own = [
            key
            for key in keys.key_blocks[1:]
            if key.name in curves and key.path_from_id("value") not in driven
        ]
        if not own:
            continue
        if keys.animation_data is not None and keys.animation_data.action is not None:
            keys.animation_data.action.use_fake_user = True
        bag = compat.open_action(bpy.data.actions.new(f"{motion.name} face"), keys)
        for key in own:
            values = np.stack([frames, curves[key.name]], axis=1).astype(np.float32)
            compat.write_curve(bag, key.path_from_id("value"), 0, values, None)


def _driven(keys: Any) -> set[str]:
    animation = keys.animation_data
    return {curve.data_path for curve in animation.drivers} if animation is not None else set()


def keep_face(old: Any, new: Any) -> None:
    """Give a part's keys the values and the animation that the user gave the old ones."""
    before, after = old.data.shape_keys, new.data.shape_keys
    if before is None or after is None:
        return
    driven = _driven(after)
    for key in before.key_blocks[1:]:
        same = after.key_blocks.get(key.name)
        if same is not None and same.path_from_id("value") not in driven:
            same.value = key.value
    animation = before.animation_data
    if animation is not None and animation.action is not None:
        action = animation.action
        after.animation_data_create().action = action
        if compat.HAS_SLOTS:
            after.animation_data.action_slot = animation.action_slot
