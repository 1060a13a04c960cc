# SPDX-License-Identifier: Apache-2.0
"""A performance put onto a body: path scaled by its legs, arms off its flanks, feet on floor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....shared import posing, rotations
from ....shared.results import Motion, Rig
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX, JOINTS, PARENTS
from ....shared.steering import Steering
from . import clips, feet
from .clips import FPS
from .manners import spread_arms, spread_legs
from .optimise.reach import meet
from .performance import Performance, tiled

NOTHING = Steering()
NATURAL_SPREAD = 7.0
"""Degrees that arms of the data's slim performers hang away from the flanks."""


def retarget(
    performance: Performance,
    rig: Rig,
    name: str,
    sink: float = 0.0,
    steering: Steering = NOTHING,
) -> Motion:
    """The motion on this rig's body; `check`ed.

    The pelvis goes `sink` leg lengths lower than the performance says; planted feet do not. It
    begins over the origin unless a path or waypoints are what it was optimised for; pins are met.
    """
    offsets = posing.rest_offsets(rig).astype(np.float64)
    soles = feet.measure_soles(rig)
    settled = settle(performance, offsets, soles, sink)
    metres = clips.to_metres(settled.root, offsets, soles.ankle_height)
    if steering.path is None and not steering.waypoints:
        metres = metres - metres[0] * [1.0, 1.0, 0.0]
    turns, metres = meet(settled.rotations, metres, offsets, steering.pins)
    turns = rotations.normalise(rotations.continuous(turns)).astype(np.float32)
    motion = Motion(
        name=name,
        fps=FPS,
        joint_names=JOINTS,
        parents=np.array(PARENTS, dtype=np.int32),
        rest_offsets=offsets.astype(np.float32),
        local_rotations=turns,
        root_translation=metres.astype(np.float32),
        joints=posing.joint_positions(turns.astype(np.float64), metres, offsets).astype(np.float32),
        is_cyclic=performance.is_cyclic,
    )
    motion.check()
    return motion


def settle(
    performance: Performance, offsets: Floats, soles: feet.Soles, sink: float = 0.0
) -> Performance:
    """The performance with its feet put right on a body; a loop stays one."""
    turns, root, contacts = performance.rotations, performance.root, performance.contacts
    count = len(turns)
    if performance.is_cyclic:
        turns, contacts = np.tile(turns, (3, 1, 1)), np.tile(contacts, (3, 1, 1))
        root = tiled(root, performance.travel)
    metres = clips.to_metres(root, offsets, soles.ankle_height)
    leg = clips.leg_length(offsets)
    put = feet.stand if performance.is_level else feet.settle
    turns, metres = put(turns, metres, offsets, soles, contacts, sink * leg)
    if performance.is_cyclic:
        turns, metres = turns[count : 2 * count], metres[count : 2 * count]
    standing = clips.standing_height(offsets, soles.ankle_height)
    path = (metres - [0.0, 0.0, standing]) / leg
    return replace(performance, rotations=rotations.continuous(turns), root=path, is_level=True)


def widened(performance: Performance, offsets: Floats, flank: float | None) -> Performance:
    """What slim performers did, done by a wider body: arms and feet further apart."""
    if flank is None:
        return performance
    turns = performance.rotations.copy()
    spread_arms(turns, arm_spread(offsets, flank))
    # Of slim adults the flank is 0.17 to 0.2 leg lengths from the middle, of a sumo wrestler 0.35.
    wide = flank / clips.leg_length(offsets) - 0.17
    spread_legs(turns, float(np.clip(50.0 * wide, 0.0, 9.0)))
    return replace(performance, rotations=turns)


def arm_spread(offsets: Floats, flank: float | None) -> float:
    """Degrees by which hanging arms must open further for the hands to clear the flanks."""
    if flank is None:
        return 0.0
    shoulder = offsets[INDEX["left_collar"], 0] + offsets[INDEX["left_shoulder"], 0]
    arm = float(np.linalg.norm(offsets[INDEX["left_elbow"]]))
    fore = float(np.linalg.norm(offsets[INDEX["left_wrist"]]))
    needed = np.degrees(np.arcsin(np.clip((flank - shoulder) / (arm + fore) + 0.1, -1, 1)))
    return float(np.clip(needed - NATURAL_SPREAD, 0.0, 35.0))
