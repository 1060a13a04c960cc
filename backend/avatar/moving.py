# SPDX-License-Identifier: Apache-2.0
"""The stage of a job that moves the body: by its words and by what an animator set down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ...shared.motion_files.reading import read
from ...shared.results import Motion, Rig
from ...shared.rotations import Floats
from ..kit.motion.alive import alive
from ..kit.motion.figure import Figure, measure_figure
from ..kit.motion.in_place import in_place
from ..kit.motion.poses.search import Library, search
from ..kit.motion.taken import on_rig, shortened
from ..kit.motion.text import MotionReading, text_to_motion
from ..kit.motion.wishes import Wishes
from ..kit.text import SentenceEncoder
from .cast import Cast
from .offering import pose_library
from .options import read_steering
from .params import Params

POSES, FAR = 3, 0.25
"""Poses of which a motion is guessed, and how many radians they differ at least."""


@dataclass(frozen=True)
class Moving:
    """What a body does; `takes` are other ways of doing it, of the seeds that follow; `doing` the
    actions of the lexicon that its words speak of, in order."""

    motion: Motion
    notes: tuple[str, ...] = ()
    takes: tuple[Motion, ...] = ()
    doing: tuple[str, ...] = ()


def read_motion(
    params: Params,
    encoder: SentenceEncoder,
    played: Cast,
    held: Collection[str] = (),
    device: str = "cpu",
) -> Moving:
    """What the words say in as many ways as are asked for, on this body, arms off its flanks.

    Hands in `held` ("left", "right") grip what they hold.
    """
    body, corners = played.body, played.model.groups["body"].corners
    skin = np.unique(corners[corners >= 0])
    figure = measure_figure(body.rig, body.vertices[skin], played.model.bone_indices[skin])
    if params.motion_file is not None:
        moving = take_motion(params, body.rig, figure)
        return replace(moving, motion=alive(moving.motion, (), held, params.seed))
    seeds = range(params.seed, params.seed + params.takes)
    library = partial(pose_library, params.encoder, device, encoder)
    wishes = Wishes(
        params.seconds,
        params.in_place,
        read_steering(params),
        params.encoder,
        params.preset,
        partial(poses_of, library),
        device,
    )
    ways = [
        text_to_motion(params.motion_prompt, body.rig, encoder, seed, wishes, figure)
        for seed in seeds
    ]
    first, *others = [
        alive(way.motion, way.spans, held, seed) for way, seed in zip(ways, seeds, strict=True)
    ]
    said = params.motion_prompt.strip() or wishes.steering.prompts
    doing = dict.fromkeys(span.name for span in ways[0].spans) if said else ()
    return Moving(first, _told(ways), tuple(others), tuple(doing))


def poses_of(library: Callable[[], Library], words: str) -> list[Floats]:
    """Poses (22, 4) that fit the words, far from each other, best first."""
    return [found.rotations for found in search(library(), words, POSES, FAR)]


def take_motion(params: Params, rig: Rig, figure: Figure) -> Moving:
    """The motion of the user's file, on this body."""
    assert params.motion_file is not None
    taken = read(params.motion_file.name, params.motion_file.data.tobytes())
    motion, cut = shortened(taken.motion, params.seconds)
    motion = on_rig(motion, rig, figure)
    source = f"The motion is from {params.motion_file.name} ({taken.source})."
    return Moving(in_place(motion) if params.in_place else motion, (source, *taken.notes, *cut))


def _told(ways: Sequence[MotionReading]) -> tuple[str, ...]:
    """Each note once; those on a take alone say on which."""
    first, *others = ways
    told = list(first.notes)
    for number, way in enumerate(others, 2):
        told += [f"Take {number}: {note}" for note in way.notes if note not in told]
    return tuple(told)
