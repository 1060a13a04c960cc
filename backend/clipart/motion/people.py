# SPDX-License-Identifier: Apache-2.0
"""Drawn people do what the caption says: text-to-motion, seen as the person is drawn, as a loop."""

from __future__ import annotations

from functools import cache

import numpy as np

from ....shared.results import Rig
from ...kit.body import BodyParameters, load_body_model, make_body
from ...kit.motion.figure import Figure, measure_figure
from ...kit.motion.meanings import Encoder
from ...kit.motion.text import MotionReading, text_to_motion
from ...kit.motion.wishes import Wishes
from ...kit.text import load_sentence_encoder
from ..drawing import Skeleton
from .flattening import flattened
from .looping import looped
from .stage import Floats
from .timing import Timing


def perform_person(
    caption: str, skeleton: Skeleton, encoder: Encoder, timing: Timing
) -> tuple[Floats, tuple[str, ...]]:
    """Tracks (T, 13, 2) of `PERSON`, and notes on what of the caption was not understood."""
    reading = _read(caption, encoder, timing.seed)
    motion = reading.motion
    joints = looped(
        motion.joints.astype(np.float64),
        motion.fps,
        timing.frames,
        timing.frames / timing.fps,
        motion.is_cyclic,
    )
    tracks = flattened(joints, _standing(), skeleton.points, timing.amount)
    return tracks, reading.notes


def _read(caption: str, encoder: Encoder, seed: int) -> MotionReading:
    rig, figure = _neutral()
    return text_to_motion(caption, rig, encoder, seed, Wishes(in_place=True), figure)


@cache
def _standing() -> Floats:
    """(22, 3) the neutral body as it stands at ease."""
    joints: Floats = _read("", load_sentence_encoder(), 0).motion.joints.astype(np.float64).mean(0)
    return joints


@cache
def _neutral() -> tuple[Rig, Figure]:
    """The neutral body's rig and figure: a second, once."""
    model = load_body_model()
    body = make_body(model, BodyParameters())
    corners = model.groups["body"].corners
    skin = np.unique(corners[corners >= 0])
    return body.rig, measure_figure(body.rig, body.vertices[skin], model.bone_indices[skin])
