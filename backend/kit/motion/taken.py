# SPDX-License-Identifier: Apache-2.0
"""A motion taken from a file, put onto a body: its path scaled by the legs, its feet settled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from ....shared import posing, rotations
from ....shared.motion_files.placing import (
    SOLE_BELOW_ANKLE,
    first_seconds,
    heading,
    leg_length,
    resampled,
    travel,
    turned,
)
from ....shared.results import Motion, Rig
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX
from . import clips
from .clips import FPS
from .figure import Figure, skin_points
from .performance import Performance, find_contacts
from .retarget import retarget, widened

SAME_BODY = 1e-3
"""Metres by which a body's joints may differ for it to be the one that the motion was made on."""
SOURCE_LEG = 0.83
"""Metres: the legs that soles and thresholds of `find_contacts` are measured for."""
LIES, LOW = 0.5, 0.4
"""Who leans further than this cosine from upright faces nowhere and, with the pelvis below so much
of a leg's length, lies."""
EASE = 9
"""Frames."""
MOST_SECONDS = 60.0


def on_rig(motion: Motion, rig: Rig, figure: Figure | None = None) -> Motion:
    """The motion on this rig's body at 30 frames a second, over the origin, facing -Y at first.

    A motion that was made on this very body stays as it is. The `figure` keeps the arms of a stout
    body off it and lets bodies that lie neither sink in nor hover.
    """
    offsets = posing.rest_offsets(rig).astype(np.float64)
    motion = resampled(motion, FPS) if motion.fps != FPS else motion
    if np.abs(motion.rest_offsets - offsets).max() < SAME_BODY:
        return motion
    motion = _facing_front(motion)
    lies = _lies(motion)
    performance = widened(_performed(motion, lies), offsets, figure.flank if figure else None)
    whole = retarget(performance, rig, motion.name)
    if figure is not None and lies.any():
        whole = _laid_down(whole, figure, lies)
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


def _lies(motion: Motion) -> NDArray[np.bool_]:
    """(T,) whether the body lies: low, with its chest not above its pelvis."""
    joints, leg = motion.joints, leg_length(motion.rest_offsets)
    trunk = joints[:, INDEX["neck"]] - joints[:, INDEX["pelvis"]]
    level = trunk[:, 2] < LIES * np.linalg.norm(trunk, axis=1)
    return np.asarray(level & (joints[:, INDEX["pelvis"], 2] < LOW * leg))


def _laid_down(motion: Motion, figure: Figure, lies: NDArray[np.bool_]) -> Motion:
    """The lowest skin of who lies comes to the floor; getting up and down it is eased in."""
    turns, root = motion.local_rotations.astype(np.float64), motion.root_translation
    points = skin_points(turns, root.astype(np.float64), motion.rest_offsets, figure.hull)
    low = gaussian_filter1d(points[:, :, 2].min(1), 2.0, mode="nearest")
    inside = minimum_filter1d(lies.astype(float), EASE, mode="nearest")
    share = gaussian_filter1d(inside, EASE / 4, mode="nearest")
    shift = np.zeros((len(root), 3))
    shift[:, 2] = -share * low
    return replace(
        motion,
        root_translation=(root + shift).astype(np.float32),
        joints=(motion.joints + shift[:, None]).astype(np.float32),
    )


def _performed(motion: Motion, lies: NDArray[np.bool_]) -> Performance:
    """The motion without its body, in leg lengths, and when its feet stand."""
    offsets = motion.rest_offsets.astype(np.float64)
    leg = leg_length(offsets)
    standing = clips.standing_height(offsets, SOLE_BELOW_ANKLE * leg)
    root = (motion.root_translation.astype(np.float64) - [0.0, 0.0, standing]) / leg
    turns = motion.local_rotations.astype(np.float64)
    further = travel(root) if motion.is_cyclic else None
    contacts = find_contacts(turns, root, _sized(offsets, leg), further, False)
    contacts[lies] = False
    step = (0.0, 0.0, 0.0) if further is None else (float(further[0]), float(further[1]), 0.0)
    return Performance(turns, root, contacts, motion.is_cyclic, step)


def _sized(offsets: Floats, leg: float) -> Floats:
    """These proportions on legs of `SOURCE_LEG`."""
    return offsets * (SOURCE_LEG / leg)
