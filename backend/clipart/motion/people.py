# SPDX-License-Identifier: Apache-2.0
"""Drawn people do what the caption says: text-to-motion, seen as the person is drawn, as a loop."""

from __future__ import annotations

from functools import cache

import numpy as np

from ....shared.results import Rig
from ....shared.skeleton import INDEX, JOINTS
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

SIDED = frozenset({"left", "right", "left-hand", "right-hand"})
"""Words that say which side is meant; without them the drawn pose decides."""
_OTHER = {"left": "right", "right": "left"}


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
    ways = [joints] if SIDED & set(caption.lower().split()) else [joints, _mirrored(joints)]
    found = [flattened(way, _standing(), skeleton.points, timing.amount) for way in ways]
    best = min(found, key=lambda tracks: _off(tracks, skeleton.points))
    return begun(best, skeleton.points), reading.notes


def begun(tracks: Floats, points: Floats) -> Floats:
    """A loop (T, K, 2) that begins nearest the drawn pose, of where its closing step is no jump."""
    steps = np.linalg.norm(np.roll(tracks, -1, axis=0) - tracks, axis=-1).mean(1)
    off = np.linalg.norm(tracks - points, axis=-1).mean(1)
    off[np.roll(steps, 1) > np.median(steps)] = np.inf
    return np.roll(tracks, -int(off.argmin()), axis=0)


def _mirrored(joints: Floats) -> Floats:
    """Left for right: whoever is drawn with the left hand up waves with it."""
    order = [INDEX[_other_side(name)] for name in JOINTS]
    mirrored: Floats = joints[:, order] * (-1, 1, 1)
    return mirrored


def _other_side(name: str) -> str:
    side, _, part = name.partition("_")
    return f"{_OTHER[side]}_{part}" if side in _OTHER else name


def _off(tracks: Floats, points: Floats) -> float:
    """How far a loop's mean pose is from the drawn one."""
    return float(np.linalg.norm(tracks.mean(0) - points, axis=-1).sum())


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
