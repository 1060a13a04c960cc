# SPDX-License-Identifier: Apache-2.0
"""Pins met exactly: limbs of two bones bend to them after feet have settled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .....shared import posing, rotations
from .....shared.rotations import Floats
from .....shared.skeleton import INDEX
from .....shared.steering import Pin
from ..clips import FPS
from ..feet import STRETCH, bend_limb
from ..performance import ANKLES

EASE = 0.35
"""Seconds before and after a pin in which the limb comes and goes."""
MOST_SHIFT = 0.25
"""Metres that the pelvis goes after a pin that no limb reaches; not at all after one that is twice
as far away."""
FURTHEST = 1.8
"""Leg lengths from the pelvis to anything that can be reached by bending and leaning."""
MISSED = 0.01
ARMS = {"left_wrist": "left", "right_wrist": "right"}
FEET = {"left_foot": "left", "right_foot": "right"}


def pin_frames(pin: Pin, count: int) -> tuple[Floats, Floats]:
    """Where a pin holds its joint (T, 3), and how firmly (T,): 1 from its start to its end,
    easing in and out; nothing where the motion has no frames for it."""
    times = np.arange(count) / FPS
    share = np.clip((times - pin.start) / max(pin.end - pin.start, 1e-9), 0, 1)
    marks = np.linspace(0, 1, len(pin.places)) if len(pin.places) > 1 else np.zeros(1)
    spots = np.stack([np.interp(share, marks, column) for column in np.array(pin.places).T], -1)
    outside = np.maximum(pin.start - times, times - pin.end) - 0.5 / FPS
    t = np.clip(1 - outside / EASE, 0, 1)
    return spots, t**3 * (10 - 15 * t + 6 * t**2)


def reachable(pin: Pin, root: Floats, leg: float) -> tuple[Floats, Floats]:
    """`pin_frames`, not held where no body over `root` (T, 3) with such legs comes near."""
    spots, firm = pin_frames(pin, len(root))
    near = np.linalg.norm(spots - root, axis=-1) < FURTHEST * leg
    return spots, firm * near


def meet(
    turns: Floats, root: Floats, offsets: Floats, pins: Sequence[Pin]
) -> tuple[Floats, Floats]:
    """Local rotations (T, 22, 4) and pelvis (T, 3) whose pinned joints are at their places.

    Where a limb is too short the pelvis goes after it a little, the feet staying.
    """
    pins = [pin for pin in pins if pin.start * FPS <= len(root)]
    if not pins:
        return turns, root
    turns, root = _followed(turns, root, offsets, pins)
    world = posing.world_rotations(turns)
    for pin in pins:
        spots, firm = pin_frames(pin, len(root))
        places = posing.joint_positions(turns, root, offsets)
        if pin.joint in ARMS:
            _place_hand(world, places, spots, firm, offsets, ARMS[pin.joint])
        elif pin.joint in FEET:
            _place_foot(world, places, spots, firm, offsets, FEET[pin.joint])
        turns = posing.local_rotations(world)
    return turns, root


def missed(joints: Floats, pins: Sequence[Pin]) -> list[str]:
    """Notes on pins that a motion's `joints` (T, 22, 3) do not meet."""
    notes = []
    for pin in pins:
        name = pin.joint.replace("_", " ")
        spots, firm = pin_frames(pin, len(joints))
        held = firm > 0.999
        far = np.linalg.norm(joints[:, INDEX[pin.joint]] - spots, axis=-1)[held]
        if not held.any():
            seconds = len(joints) / FPS
            notes.append(f"The motion ends at {seconds:.1f} s, before the {name} is pinned.")
        elif far.max() > MISSED:
            notes.append(f"The {name} stays {far.max():.2f} m from its pin: it is out of reach.")
    return notes


def _followed(
    turns: Floats, root: Floats, offsets: Floats, pins: Sequence[Pin]
) -> tuple[Floats, Floats]:
    """The pelvis shifted so far that every limb reaches its pin; ankles stay where they were."""
    places = posing.joint_positions(turns, root, offsets)
    shift = np.zeros_like(root)
    for pin in pins:
        spots, firm = pin_frames(pin, len(root))
        start = _limb_start(pin.joint)
        if start is None:
            gap = spots - places[:, INDEX[pin.joint]]
        else:
            line = spots - places[:, start] - shift
            far = np.linalg.norm(line, axis=-1, keepdims=True)
            reach = STRETCH * _limb_length(pin.joint, offsets)
            gap = line / np.maximum(far, 1e-9) * np.maximum(far - 0.99 * reach, 0.0)
        missed_by = np.linalg.norm(gap, axis=-1, keepdims=True)
        shift += firm[:, None] * gap * np.clip(2 - missed_by / MOST_SHIFT, 0, 1)
    size = np.linalg.norm(shift, axis=-1, keepdims=True)
    if size.max() < 1e-6:
        return turns, root
    shift *= np.minimum(1.0, MOST_SHIFT / np.maximum(size, 1e-9))
    world = posing.world_rotations(turns)
    for foot, side in enumerate(("left", "right")):
        hip = places[:, INDEX[f"{side}_hip"]] + shift
        _bend(
            world,
            hip,
            places[:, ANKLES[foot]],
            offsets,
            (f"{side}_hip", f"{side}_knee", f"{side}_ankle"),
        )
    return posing.local_rotations(world), root + shift


def lifted(turns: Floats, root: Floats, lift: Floats, offsets: Floats) -> Floats:
    """Local rotations (T, 22, 4) whose ankles are `lift` (2, T) metres higher."""
    world, places = posing.world_rotations(turns), posing.joint_positions(turns, root, offsets)
    for foot, side in enumerate(("left", "right")):
        names = (f"{side}_hip", f"{side}_knee", f"{side}_ankle")
        goal = places[:, ANKLES[foot]] + lift[foot][:, None] * [0.0, 0.0, 1.0]
        _bend(world, places[:, INDEX[names[0]]], goal, offsets, names, lift[foot] > 0)
    return posing.local_rotations(world)


def _limb_start(joint: str) -> int | None:
    if joint in ARMS:
        return INDEX[f"{ARMS[joint]}_shoulder"]
    return INDEX[f"{FEET[joint]}_hip"] if joint in FEET else None


def _limb_length(joint: str, offsets: Floats) -> float:
    side = joint.split("_")[0]
    bones = ("elbow", "wrist") if joint in ARMS else ("knee", "ankle", "foot")
    return float(sum(np.linalg.norm(offsets[INDEX[f"{side}_{bone}"]]) for bone in bones))


def _place_hand(
    world: Floats, places: Floats, spots: Floats, firm: Floats, offsets: Floats, side: str
) -> None:
    names = (f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
    wrist = places[:, INDEX[names[2]]]
    goal = wrist + firm[:, None] * (spots - wrist)
    _bend(world, places[:, INDEX[names[0]]], goal, offsets, names, firm > 0)


def _place_foot(
    world: Floats, places: Floats, spots: Floats, firm: Floats, offsets: Floats, side: str
) -> None:
    names = (f"{side}_hip", f"{side}_knee", f"{side}_ankle")
    ball = places[:, INDEX[f"{side}_foot"]]
    goal = places[:, INDEX[names[2]]] + firm[:, None] * (spots - ball)
    _bend(world, places[:, INDEX[names[0]]], goal, offsets, names, firm > 0)


def _bend(
    world: Floats,
    start: Floats,
    end: Floats,
    offsets: Floats,
    names: tuple[str, str, str],
    where: NDArray[np.bool_] | None = None,
) -> None:
    """Turn a limb's two bones (in `world`, in place) so that it ends at `end` (T, 3)."""
    first, second, last = (INDEX[name] for name in names)
    upper = rotations.rotate(world[:, first], offsets[second])
    lower = rotations.rotate(world[:, second], offsets[last])
    line = upper + lower
    along = line / np.maximum(np.linalg.norm(line, axis=-1, keepdims=True), 1e-9)
    aside = upper - (upper * along).sum(-1, keepdims=True) * along
    # A straight limb bends as knees and elbows do: the one forwards, the other backwards.
    ahead = rotations.rotate(
        world[:, first], np.array([0.0, -1.0 if "knee" in names[1] else 1.0, 0.0])
    )
    towards = aside / np.linalg.norm(offsets[second]) + 0.05 * ahead
    lengths = np.linalg.norm(offsets[[second, last]], axis=-1)
    solved = bend_limb(start, end, towards, lengths)
    use = np.ones(len(world), dtype=bool) if where is None else where
    for joint, now, wanted in ((first, upper, solved[0]), (second, lower, solved[1])):
        turned = rotations.multiply(rotations.between(now, wanted), world[:, joint])
        world[use, joint] = turned[use]
