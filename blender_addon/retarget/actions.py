# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns and places of bones as an action: keys, rounds that repeat, a strip in the NLA editor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import bpy
import numpy as np
from mathutils import Euler, Quaternion
from numpy.typing import NDArray

from ...shared.results import Motion
from .. import compat

Floats = NDArray[np.floating[Any]]
STILL = 1e-6
"""A channel that moves less than this, in quaternion units or metres, gets a single key."""
FAR = 1_048_574
"""The last frame that Blender knows."""


@dataclass(frozen=True)
class Manner:
    """How a motion is put onto an armature; the redo panel's choices.

    `start` is the scene frame that it begins at, None for the scene's first.
    """

    speed: float = 1.0
    amount: float = 1.0
    in_place: bool = False
    on_root_bone: bool = False
    loop: bool = False
    nla: bool = False
    start: int | None = None


@dataclass(frozen=True)
class Moves:
    """What one bone does: turns (T, 4) and, where it goes places, (T, 3), in its own space."""

    bone: str
    turns: Floats | None
    place: Floats | None = None


@dataclass(frozen=True)
class Moved:
    """What all bones do. `further` is how much further (3,) a bone that goes places is when the
    motion begins again; `constants` are other channels by their paths, which do not move."""

    moves: Sequence[Moves]
    further: Mapping[str, Floats]
    constants: Mapping[str, float] = field(default_factory=dict)


def key_frames(scene: Any, fps: float, count: int, manner: Manner) -> Floats:
    """(count,) scene frames of a motion's frames: real time, divided by its speed."""
    rate = scene.render.fps / scene.render.fps_base
    begin = scene.frame_start if manner.start is None else manner.start
    return np.asarray(begin + np.arange(count) / fps * rate / manner.speed)


def play(
    scene: Any, armature: Any, motion: Motion, moved: Moved, manner: Manner
) -> tuple[Floats, tuple[str, ...]]:
    """Make the armature play it, as a new action or strip; returns the scene frames of the motion
    and what to tell the user. What was played before stays in the file; the scene's range is
    extended to the end, never cut."""
    loops = manner.loop and motion.is_cyclic
    moves = closed(moved.moves, moved.further) if loops else moved.moves
    count = len(motion.local_rotations)
    frames = key_frames(scene, motion.fps, count + loops, manner)
    keep_previous_action(armature)
    bag = compat.open_action(bpy.data.actions.new(motion.name), armature)
    for move in moves:
        _write_moves(bag, armature.pose.bones[move.bone], frames, move)
    for path, value in moved.constants.items():
        compat.write_curve(bag, path, 0, np.array([[frames[0], value]], np.float32), None)
    scene.frame_end = max(scene.frame_end, math.ceil(frames[-1] - 1e-3))
    if loops:
        repeat(bag)
    if manner.nla:
        push_down(armature, motion.name, float(scene.frame_end) if loops else None)
    if manner.loop and not loops:
        ends = f'"{motion.name}" does not end where it begins, so it is not repeated.'
        return frames[:count], (ends,)
    return frames[:count], ()


def _write_moves(bag: Any, bone: Any, frames: Floats, move: Moves) -> None:
    group = bag.groups.new(move.bone)
    path = bone.path_from_id()
    if move.turns is not None:
        channel, values = compat.rotation_channel(bone), in_mode(bone, move.turns)
        write_channels(bag, f"{path}.{channel}", frames, values, group)
    if move.place is not None:
        write_channels(bag, f"{path}.location", frames, move.place, group)


def keep_previous_action(owner: Any) -> None:
    """Blender forgets data that nothing uses when it saves; the user's last action must not go."""
    animation = owner.animation_data
    if animation is not None and animation.action is not None:
        animation.action.use_fake_user = True


def in_mode(bone: Any, turns: Floats) -> Floats:
    """Quaternions (T, 4) as the numbers by which a pose bone turns."""
    if bone.rotation_mode == "QUATERNION":
        return turns
    if bone.rotation_mode == "AXIS_ANGLE":
        return _axis_angles(turns)
    angles = [Euler((0, 0, 0), bone.rotation_mode)]
    for turn in turns.tolist():
        angles.append(Quaternion(turn).to_euler(bone.rotation_mode, angles[-1]))
    return np.array(angles[1:], np.float64)


def _axis_angles(turns: Floats) -> Floats:
    """(T, 4) angle and axis, as Blender has them."""
    sine = np.linalg.norm(turns[:, 1:], axis=1, keepdims=True)
    axis = np.where(sine < 1e-9, [0.0, 1.0, 0.0], turns[:, 1:] / np.maximum(sine, 1e-9))
    return np.concatenate([2 * np.arctan2(sine, turns[:, :1]), axis], axis=1)


def write_channels(bag: Any, path: str, frames: Floats, values: Floats, group: Any) -> None:
    if np.ptp(values, axis=0).max() < STILL:
        frames, values = frames[:1], values[:1]
    for index in range(values.shape[1]):
        keys = np.stack([frames, values[:, index]], axis=1).astype(np.float32)
        compat.write_curve(bag, path, index, keys, group)


def closed(moves: Sequence[Moves], further: Mapping[str, Floats]) -> list[Moves]:
    """The moves with the first frame again at their end, and further on: one whole round."""
    rounds = []
    for move in moves:
        turns, place = move.turns, move.place
        if turns is not None:
            last = turns[0] * np.where((turns[0] * turns[-1]).sum() < 0, -1.0, 1.0)
            turns = np.concatenate([turns, last[None]])
        if place is not None:
            end = place[0] + further.get(move.bone, np.zeros(3))
            place = np.concatenate([place, end[None]])
        rounds.append(Moves(move.bone, turns, place))
    return rounds


def repeat(bag: Any) -> None:
    """Let a round go on before and after its keys: where it goes places, from where it came to."""
    for curve in bag.fcurves:
        if len(curve.keyframe_points) < 2:
            continue
        cycles = curve.modifiers.new("CYCLES")
        mode = "REPEAT_OFFSET" if curve.data_path.endswith(".location") else "REPEAT"
        cycles.mode_before = cycles.mode_after = mode
        curve.update()


def push_down(armature: Any, name: str, until: float | None) -> Any:
    """Make the armature's action a strip of a new track; a round that repeats goes on `until` a
    frame."""
    animation = armature.animation_data
    action, slot = animation.action, getattr(animation, "action_slot", None)
    track = animation.nla_tracks.new()
    track.name = name
    begin = float(action.frame_range[0])
    strip = track.strips.new(name, round(begin), action)
    if compat.HAS_SLOTS:
        strip.action_slot = slot
    if until is not None and until > strip.action_frame_end:
        strip.action_frame_end = min(until, FAR)
    animation.action = None
    return strip
