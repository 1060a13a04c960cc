# SPDX-License-Identifier: Apache-2.0
"""A face that lives: lids that blink, eyes that lead the head, a mouth that talks or laughs.

Curves go by ARKit's names (`kit/face.py`). Blinks come every 2 to 6 s, last about 0.3 s, close
faster than they open, and often go with a quick turn of the head, which the eyes lead by 0.2 s.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ....shared import posing, rotations
from ....shared.results import FaceCurve, Motion
from ....shared.rotations import Floats
from ....shared.skeleton import INDEX
from .spans import Span

CLOSING, OPENING = 0.09, 0.2
"""Seconds in which a lid closes and opens again."""
BETWEEN = (2.2, 5.5)
"""Seconds from one blink to the next."""
LEAD = 0.2
"""Seconds by which eyes are ahead of the head."""
STEADY = 0.12
"""Seconds below which a head's sways do not move what is looked at."""
FURTHEST = 0.6
"""How far eyes turn before the head does, of `FULL`."""
FULL = np.radians(28.0)
"""An eye's turn when one of its four directions is done wholly."""
QUICK = 1.6
"""Radians a second from which a turn of the head brings a blink."""
LEAST = 0.01
"""A curve that never gets this far is left out."""
TALKING = ("talk", "argue", "phone_call", "phone", "sing")
LAUGHING = ("laugh", "cheer", "celebrate")
CRYING = ("cry",)
SLEEPING = ("sleep", "lie_down", "faint")
VISEMES = ("viseme_aa", "viseme_E", "viseme_O", "viseme_U", "viseme_PP", "viseme_FF", "viseme_TH")


def face_for(motion: Motion, spans: Sequence[Span], seed: int) -> tuple[FaceCurve, ...]:
    """The face's curves (T,) for a motion whose actions are `spans`; a loop's ends meet."""
    random = np.random.default_rng([seed, 7])
    frames = len(motion.local_rotations)
    curves: dict[str, Floats] = {}
    yaw, pitch = head_angles(motion)
    lids = blinks(frames, motion.fps, yaw, random)
    lids = np.maximum(lids, _during(spans, SLEEPING, frames, motion.fps))
    lids = np.maximum(lids, 0.75 * _during(spans, CRYING, frames, motion.fps))
    curves |= {f"eyeBlink{side}": lids for side in ("Left", "Right")}
    curves |= _eyes(*_looks(yaw, pitch, motion, random))
    curves |= _mouth(spans, frames, motion.fps, random)
    return tuple(
        FaceCurve(name, np.clip(values, 0, 1).astype(np.float32))
        for name, values in curves.items()
        if np.max(values) > LEAST
    )


def head_angles(motion: Motion) -> tuple[Floats, Floats]:
    """(T,) radians that the head faces to its left of -Y, without jumps, and above level."""
    turns = posing.world_rotations(motion.local_rotations.astype(np.float64))[:, INDEX["head"]]
    ahead = rotations.rotate(turns, np.array([0.0, -1.0, 0.0]))
    yaw = np.unwrap(np.arctan2(ahead[:, 0], -ahead[:, 1]))
    return yaw, np.arcsin(np.clip(ahead[:, 2], -1, 1))


def blinks(frames: int, fps: float, yaw: Floats, random: np.random.Generator) -> Floats:
    """(T,) 0 open to 1 closed. None is cut off by the motion's ends; one in six is double."""
    seconds = np.arange(frames) / fps
    lids = np.zeros(frames)
    length = CLOSING + OPENING
    speed = (
        np.abs(np.gradient(gaussian_filter1d(yaw, 2.0, mode="nearest")) * fps)
        if frames > 1
        else 0 * yaw
    )
    at = random.uniform(0.6, BETWEEN[0])
    while at + length < seconds[-1]:
        near = (seconds > at - 0.7) & (seconds < at + 0.7) & (speed > QUICK)
        if near.any():
            at = float(np.clip(seconds[near][0], 0.05, seconds[-1] - length))
        again = (at, at + length) if random.random() < 1 / 6 else (at,)
        for start in again:
            if start + length < seconds[-1]:
                lids = np.maximum(lids, _blink(seconds - start))
        at = again[-1] + length + random.uniform(*BETWEEN)
    return lids


def _blink(since: Floats) -> Floats:
    down, up = since / CLOSING, 1 - (since - CLOSING) / OPENING
    share = np.clip(np.minimum(down, up), 0, 1)
    eased: Floats = share * share * (3 - 2 * share)
    return eased


def _looks(
    yaw: Floats, pitch: Floats, motion: Motion, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """(T,) radians that the eyes turn to the left and up in the head: to where it will face in a
    moment, its quick sways left out, and small glances by themselves; centered at the ends."""
    frames, fps = len(yaw), motion.fps
    ahead = np.minimum(np.arange(frames) + round(LEAD * fps), frames - 1)
    steady = [gaussian_filter1d(angle, STEADY * fps, mode="nearest") for angle in (yaw, pitch)]
    # Whoever looks straight up or down faces no way that could change.
    left, up = (steady[0][ahead] - yaw) * np.cos(pitch), steady[1][ahead] - pitch
    glance = np.zeros((2, frames))
    at = random.uniform(0.5, 1.5)
    while at < (frames - 1) / fps - 0.6:
        lasts = random.uniform(0.5, 1.6)
        here = slice(round(at * fps), round(min(at + lasts, (frames - 1) / fps - 0.3) * fps))
        glance[:, here] = random.normal(0, np.radians([[5.0], [2.5]]))
        at += lasts + random.uniform(0.4, 2.0)
    ends = np.minimum(np.arange(frames), frames - 1 - np.arange(frames)) / (0.3 * fps)
    hold = np.clip(ends, 0, 1)
    glance = gaussian_filter1d(glance, 0.035 * fps, axis=1, mode="nearest")
    return (left + glance[0]) * hold, (up + glance[1]) * hold


def _eyes(left: Floats, up: Floats) -> dict[str, Floats]:
    sideways, upwards = left / FULL, up / FULL
    return {
        "eyeLookOutLeft": np.clip(sideways, 0, FURTHEST),
        "eyeLookInRight": np.clip(sideways, 0, FURTHEST),
        "eyeLookInLeft": np.clip(-sideways, 0, FURTHEST),
        "eyeLookOutRight": np.clip(-sideways, 0, FURTHEST),
        **{f"eyeLookUp{side}": np.clip(upwards, 0, FURTHEST) for side in ("Left", "Right")},
        **{f"eyeLookDown{side}": np.clip(-upwards, 0, FURTHEST) for side in ("Left", "Right")},
    }


def _mouth(
    spans: Sequence[Span], frames: int, fps: float, random: np.random.Generator
) -> dict[str, Floats]:
    talks = _during(spans, TALKING, frames, fps)
    curves: dict[str, Floats] = {}
    if talks.any():
        said = np.zeros((len(VISEMES), frames))
        at = 0.0
        while at < frames / fps:
            lasts = random.uniform(0.09, 0.2)
            is_pause = random.random() < 0.12
            here = slice(round(at * fps), round((at + lasts) * fps))
            if not is_pause:
                said[random.choice(len(VISEMES), p=_OFTEN), here] = random.uniform(0.45, 0.9)
            at += lasts + (random.uniform(0.2, 0.5) if is_pause else 0.0)
        smooth = gaussian_filter1d(said, 0.045 * fps, axis=1) * talks
        curves |= dict(zip(VISEMES, smooth, strict=True))
    laughs = _during(spans, LAUGHING, frames, fps)
    if laughs.any():
        beat = 0.5 + 0.5 * np.sin(2 * np.pi * 4.6 * np.arange(frames) / fps)
        curves |= {"happy": 0.75 * laughs, "jawOpen": laughs * (0.2 + 0.25 * beat)}
    cries = _during(spans, CRYING, frames, fps)
    if cries.any():
        curves["sad"] = 0.8 * cries
    return curves


_OFTEN = np.array([0.24, 0.2, 0.16, 0.1, 0.14, 0.08, 0.08])


def _during(spans: Sequence[Span], names: Sequence[str], frames: int, fps: float) -> Floats:
    """(T,) 1 while one of these is done, easing in and out."""
    flag = np.zeros(frames)
    for span in spans:
        if span.name in names or span.action in names:
            flag[span.start : span.end] = 1
    return np.asarray(gaussian_filter1d(flag, 0.12 * fps, mode="nearest"))
