# SPDX-License-Identifier: Apache-2.0
"""The stage of a job that moves the body: by its words and by what an animator set down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...shared.results import Candidate, Motion
from ..kit.text import SentenceEncoder
from .cast import Cast
from .motion.retarget import measure_flank
from .motion.text import MotionReading, Wishes, text_to_motion
from .options import read_steering
from .params import Params


@dataclass(frozen=True)
class Moving:
    """What a body does; `takes` are other ways of doing it, of the seeds that follow."""

    motion: Motion
    notes: tuple[str, ...] = ()
    takes: tuple[Motion, ...] = ()
    candidates: tuple[Candidate, ...] = ()


def read_motion(params: Params, encoder: SentenceEncoder, played: Cast) -> Moving:
    """What the words say in as many ways as are asked for, on this body, arms off its flanks."""
    body, corners = played.body, played.model.groups["body"].corners
    skin = np.unique(corners[corners >= 0])
    flank = measure_flank(body.rig, body.vertices[skin], played.model.bone_indices[skin])
    seeds = range(params.seed, params.seed + params.takes)
    wishes = Wishes(params.seconds, params.in_place, read_steering(params))
    ways = [
        text_to_motion(params.motion_prompt, body.rig, encoder, seed, wishes, flank)
        for seed in seeds
    ]
    first, *others = [way.motion for way in ways]
    return Moving(first, _told(ways), tuple(others))


def _told(ways: Sequence[MotionReading]) -> tuple[str, ...]:
    """Each note once; those on a take alone say on which."""
    first, *others = ways
    told = list(first.notes)
    for number, way in enumerate(others, 2):
        told += [f"Take {number}: {note}" for note in way.notes if note not in told]
    return tuple(told)
