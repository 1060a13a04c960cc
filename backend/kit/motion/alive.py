# SPDX-License-Identifier: Apache-2.0
"""Fingers and a face for a motion of the body, by what is done when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ....shared.results import Motion
from .gaze import face_for
from .hands import fingers_for
from .spans import Span


def alive(motion: Motion, spans: Sequence[Span], held: Collection[str], seed: int) -> Motion:
    """The motion with fingers and a face, those that it has being kept; a hand in `held` ("left",
    "right") grips what it holds."""
    frames = len(motion.local_rotations)
    fingers = motion.fingers
    if not len(fingers):
        fingers = fingers_for(spans, frames, motion.fps, held, seed, motion.is_cyclic)
    return replace(motion, fingers=fingers, face=motion.face or face_for(motion, spans, seed))
