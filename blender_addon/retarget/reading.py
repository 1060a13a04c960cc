# SPDX-License-Identifier: GPL-3.0-or-later
"""What an armature does on the timeline, as a motion again: ours, or anybody's with a body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...shared import posing, rotations
from ...shared.errors import BadOptionError
from ...shared.motion_files.average_body import OFFSETS
from ...shared.results import Motion
from ...shared.skeleton import JOINTS, PARENTS
from .stance import alignments
from .target import Target, read_target

Floats = NDArray[np.floating[Any]]
MOST_FRAMES = 10_000


def read_motion(
    scene: Any, armature: Any, t_pose: Floats | None, tell: Callable[[float], None]
) -> Motion:
    """What the armature does in the frames of its action, or of the scene where it has none.

    Metres, as large as the scene shows it; the armature's origin is the motion's.
    `t_pose` (22, 4) brings our own rigs to the T-pose. Raises `BadOptionError`.
    """
    target = read_target(armature)
    first, last = frames_of(scene, armature)
    now, part = scene.frame_current, scene.frame_subframe
    turns, pelvis = [], []
    try:
        for frame in range(first, last + 1):
            scene.frame_set(frame)
            posed, place = _pose(armature, target)
            turns.append(posed)
            pelvis.append(place)
            tell((frame - first) / max(last - first, 1))
    finally:
        scene.frame_set(now, subframe=part)
    if t_pose is None:
        t_pose = alignments(target.body.stance, OFFSETS)
    unit = float(np.mean(armature.matrix_world.to_scale()))
    offsets = _offsets(target, t_pose) * unit
    rate = scene.render.fps / scene.render.fps_base
    action = _action(armature)
    name = action.name if action else armature.name
    return _motion(name, rate, np.array(turns), np.array(pelvis) * unit, t_pose, offsets)


def frames_of(scene: Any, armature: Any) -> tuple[int, int]:
    """First and last. Raises `BadOptionError` where that is too long."""
    first, last = scene.frame_start, scene.frame_end
    if action := _action(armature):
        first, last = (round(frame) for frame in action.frame_range)
    if last - first >= MOST_FRAMES:
        raise BadOptionError(
            f"The action has {last - first + 1:,} frames; {MOST_FRAMES:,} can be written.",
            "Write it in pieces, or shorten it.",
        )
    return first, last


def _action(armature: Any) -> Any:
    return armature.animation_data.action if armature.animation_data is not None else None


def _pose(armature: Any, target: Target) -> tuple[Floats, Floats]:
    """(22, 4) what carries each joint out of rest, (3,) the pelvis, upright in the body's unit."""
    turns = np.zeros((len(JOINTS), 4))
    places = target.body.bones
    for joint, parent in enumerate(PARENTS):
        if places[joint] < 0:
            turns[joint] = turns[max(parent, 0)]
            continue
        posed = armature.pose.bones[target.names[places[joint]]]
        matrix = np.array(posed.matrix.to_quaternion().to_matrix(), np.float64)
        carried = target.axes.T @ matrix @ target.rest[places[joint]].T
        turns[joint] = rotations.from_matrix(carried)
    pelvis = armature.pose.bones[target.names[places[0]]]
    return turns, np.array(pelvis.head, np.float64) @ target.axes


def _offsets(target: Target, t_pose: Floats) -> Floats:
    """(22, 3) the joints seen from their parents in the T-pose, in the body's unit."""
    parents, joints = np.maximum(PARENTS, 0), target.body.stance.joints
    offsets: Floats = rotations.rotate(t_pose[parents], joints - joints[parents])
    return offsets


def _motion(
    name: str, fps: float, turns: Floats, pelvis: Floats, t_pose: Floats, offsets: Floats
) -> Motion:
    world = rotations.multiply(turns, rotations.conjugate(t_pose)[None])
    local = rotations.continuous(posing.local_rotations(world))
    joints = posing.joint_positions(local, pelvis, offsets)
    return Motion(
        name=name,
        fps=fps,
        joint_names=JOINTS,
        parents=np.array(PARENTS, np.int32),
        rest_offsets=offsets.astype(np.float32),
        local_rotations=local.astype(np.float32),
        root_translation=pelvis.astype(np.float32),
        joints=joints.astype(np.float32),
    )
