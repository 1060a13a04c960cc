# SPDX-License-Identifier: Apache-2.0
"""A motion taken from a file, put onto a body: its path scaled by the legs, its feet settled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....shared import posing, rotations
from ....shared.motion_files.placing import (
    SOLE_BELOW_ANKLE,
    first_seconds,
    heading,
    leg_length,
    resampled,
    turned,
)
from ....shared.results import Motion, Rig
from ....shared.rotations import Floats
from . import clips
from .clips import FPS
from .performance import Performance, find_contacts
from .retarget import retarget, widened

SAME_BODY = 1e-3
"""Metres by which a body's joints may differ for it to be the one that the motion was made on."""
SOURCE_LEG = 0.83
"""Metres: the legs that soles and thresholds of `find_contacts` are measured for."""
LIES = 0.5
"""Who leans further than this sine from upright faces nowhere."""
MOST_SECONDS = 60.0


def on_rig(motion: Motion, rig: Rig, flank: float | None = None) -> Motion:
    """The motion on this rig's body at 30 frames a second, over the origin, facing -Y at first.

    A motion that was made on this very body stays as it is. `flank` as in `text_to_motion`.
    """
    offsets = posing.rest_offsets(rig).astype(np.float64)
    motion = resampled(motion, FPS) if motion.fps != FPS else motion
    if np.abs(motion.rest_offsets - offsets).max() < SAME_BODY:
        return motion
    motion = _facing_front(motion)
    whole = retarget(widened(_performed(motion), offsets, flank), rig, motion.name)
    return replace(whole, fingers=motion.fingers, face=motion.face)


def shortened(motion: Motion, seconds: float) -> tuple[Motion, tuple[str, ...]]:
    """At most the first `seconds` (0 for a minute), and a note where more there was."""
    most = seconds or MOST_SECONDS
    lasts = len(motion.local_rotations) / motion.fps
    if lasts <= most + 0.5 / motion.fps:
        return motion, ()
    said = f"Of the file's {lasts:.1f} seconds the first {most:g} are used."
    return first_seconds(motion, most), (said,)


def _facing_front(motion: Motion) -> Motion:
    upright = rotations.rotate(motion.local_rotations[0, 0], np.array([0.0, 0.0, 1.0]))
    return turned(motion, -heading(motion)) if upright[2] > LIES else motion


def _performed(motion: Motion) -> Performance:
    """The motion without its body, in leg lengths, and when its feet stand."""
    offsets = motion.rest_offsets.astype(np.float64)
    leg = leg_length(offsets)
    standing = clips.standing_height(offsets, SOLE_BELOW_ANKLE * leg)
    root = (motion.root_translation.astype(np.float64) - [0.0, 0.0, standing]) / leg
    turns = motion.local_rotations.astype(np.float64)
    travel = _travel(root) if motion.is_cyclic else None
    contacts = find_contacts(turns, root, _sized(offsets, leg), travel, False)
    step = (0.0, 0.0, 0.0) if travel is None else (float(travel[0]), float(travel[1]), 0.0)
    return Performance(turns, root, contacts, motion.is_cyclic, step)


def _travel(root: Floats) -> Floats:
    """(3,) from one round of a loop to the next: one frame more than the frames show."""
    count = len(root)
    way = (root[-1] - root[0]) * [1.0, 1.0, 0.0]
    return np.asarray(way * count / max(count - 1, 1))


def _sized(offsets: Floats, leg: float) -> Floats:
    """These proportions on legs of `SOURCE_LEG`."""
    return offsets * (SOURCE_LEG / leg)
