# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character's face can do, as shape keys: the first part that has a key leads the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...shared.results import Mesh
from .. import compat

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


def keep_face(old: Any, new: Any) -> None:
    """Give a part's keys the values and the animation that the user gave the old ones."""
    before, after = old.data.shape_keys, new.data.shape_keys
    if before is None or after is None:
        return
    driven = (
        {curve.data_path for curve in after.animation_data.drivers}
        if after.animation_data
        else set()
    )
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
