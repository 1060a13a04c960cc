# SPDX-License-Identifier: Apache-2.0
"""Legs of a keyed pose stand elsewhere: one foot stays, the other steps there and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .....shared import posing
from .. import clips
from ..clips import FPS
from ..performance import ANKLES
from ..posture import Body
from .reach import lifted
from .splines import REACH, sweep
from .warp import Take

STAYS = 0.05
"""Leg lengths that a foot may be moved by a pose without a step."""
STANDS_SPEED = 0.4
"""Metres a second of the pelvis over which feet step anyway."""
HELD = 3
"""Frames before and after a keyed pose in which both feet stand."""
HIGH = 0.09
"""Leg lengths that a step is lifted."""


def stepped(before: Take, after: Take, frames: Sequence[int], body: Body) -> Take:
    """`after`, whose poses at `frames` bend legs that stood in `before`, with a step of one foot
    before and after each, the other staying where it was."""
    if not frames:
        return after
    was, now = (posing.joint_positions(t.rotations, t.root, body.offsets) for t in (before, after))
    contacts, every = after.contacts.copy(), np.arange(len(after))
    lift, leg = np.zeros((2, len(after))), clips.leg_length(body.offsets)
    shifts = []
    for frame in frames:
        stands = contacts[frame].any(-1) & before.contacts[frame].any(-1)
        moved = (now[frame] - was[frame])[list(ANKLES), :2]
        far = np.linalg.norm(moved, axis=-1)
        shifts.append((frame, np.zeros(2)))
        if not stands.any() or far.max() < STAYS * leg or _speed(before, frame) > STANDS_SPEED:
            continue
        stays = int(np.argmin(np.where(stands, far, np.inf)))
        shifts[-1] = (frame, -moved[stays])
        if np.linalg.norm(moved[1 - stays] - moved[stays]) < STAYS * leg:
            continue
        t = np.clip(1 - np.abs(every - frame) / (REACH * FPS), 0, 1)
        on_the_way = (t > 0.1) & (np.abs(every - frame) > HELD)
        contacts[on_the_way, 1 - stays] = False
        lift[1 - stays] += HIGH * leg * on_the_way * np.sin(np.pi * t)
    root = after.root.copy()
    root[:, :2] += sweep(shifts, every)
    turns = lifted(after.rotations, root, lift, body.offsets) if lift.any() else after.rotations
    return replace(after, rotations=turns, root=root, contacts=contacts)


def _speed(take: Take, frame: int) -> float:
    """Metres a second of the pelvis over the ground around a frame."""
    near = take.root[max(0, frame - 5) : frame + 6, :2]
    return float(np.linalg.norm(near[-1] - near[0])) * FPS / max(len(near) - 1, 1)
