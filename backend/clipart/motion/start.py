# SPDX-License-Identifier: Apache-2.0
"""The motion that a drawing starts from: the caption's words on the drawing's anatomy."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from ...kit.motion.meanings import Encoder
from ..caption import Asked
from ..drawing import CANVAS, Drawing, Skeleton
from .actions import Action
from .anatomy import Anatomy
from .naming import with_named_parts
from .people import perform_person
from .physics import is_calmed, perform, suits
from .roles import read_anatomy
from .stage import Floats
from .timing import Timing

TAKES = ((1.0, 1.0), (0.8, 0.8), (1.25, 1.2))
"""Speed and amount of each way to do it: as usual, then less and slower, more and quicker."""
EDGE, LEAST = 2.0, 0.35
"""Canvas units to keep from the edge, and the share that a leap is lessened to for it."""
_SHAKEN_THING = re.compile(
    r"\bshak(e|es|ing)(?= (?:a|an|the|his|her|its|their) )"
    r"(?! \w+ (?:\w+ )?(?:head|hands?|fists?|legs?|hips?|body|arms?|feet|foot|bottom)\b)"
)
"""Text-to-motion takes it for a handshake."""


@dataclass(frozen=True)
class Start:
    """Tracks (T, K, 2) to choose among, the best guess first, and what they were made of."""

    candidates: tuple[Floats, ...]
    anatomy: Anatomy | None = None
    notes: tuple[str, ...] = ()


def start_motion(
    asked: Asked, skeleton: Skeleton, drawing: Drawing, timing: Timing, encoder: Encoder
) -> Start:
    """People by text-to-motion, all else by gaits and simple physics."""
    anatomy = read_anatomy(skeleton, drawing, asked.kind, asked.subject)
    anatomy = with_named_parts(anatomy, skeleton.points, asked.actions)
    if skeleton.is_person and asked.is_person is not False:
        ways = [
            perform_person(
                _of_a_person(asked), skeleton, encoder, replace(timing, seed=timing.seed + n)
            )
            for n in range(timing.takes)
        ]
        found, notes = tuple(tracks for tracks, _ in ways), ways[0][1]
    else:
        found = candidates(skeleton, anatomy, asked.actions, timing)
        notes = (*_disagreeing(asked, skeleton), *_missing(asked, anatomy))
    kept = tuple(kept_on_canvas(tracks, drawing, skeleton.points) for tracks in found)
    return Start(kept, anatomy, notes)


def _of_a_person(asked: Asked) -> str:
    """The caption, of a person: "robot" or "bear" may also be something that people do."""
    said = _SHAKEN_THING.sub(r"wav\1", asked.plain or asked.caption)
    if asked.is_person or not asked.subject:
        return said
    return re.sub(rf"\b{re.escape(asked.subject)}\b", "person", said, flags=re.IGNORECASE)


def candidates(
    skeleton: Skeleton, anatomy: Anatomy, actions: tuple[Action, ...], timing: Timing
) -> tuple[Floats, ...]:
    """The actions in as many ways as are asked for, `TAKES` at most."""
    rng = np.random.default_rng(timing.seed)
    found = []
    for speed, amount in TAKES[: timing.takes]:
        varied = [
            replace(one, speed=speed * one.speed, amount=amount * timing.amount * one.amount)
            for one in actions
        ]
        found.append(
            perform(
                skeleton.points, skeleton.edges, anatomy, varied, timing.frames, rng, timing.fps
            )
        )
    return tuple(found)


def kept_on_canvas(tracks: Floats, drawing: Drawing, rest: Floats) -> Floats:
    """What carries all of a drawing off the canvas is lessened, to a third at the least."""
    ink = np.concatenate([c for shape in drawing.shapes for c in shape.contours])
    low, high = ink.min(0), ink.max(0)
    way = (tracks - rest).mean(1)
    room = np.stack([np.maximum(low - EDGE, 1.0), np.maximum(CANVAS - EDGE - high, 1.0)])
    most = np.stack([np.maximum(-way.min(0), 1e-6), np.maximum(way.max(0), 1e-6)])
    share = np.clip(room / most, LEAST, 1.0)
    kept = np.where(way < 0, way * share[0], way * share[1])
    moved: Floats = tracks + (kept - way)[:, None]
    return moved


def _disagreeing(asked: Asked, skeleton: Skeleton) -> list[str]:
    """What the one who looked for a person has not told yet."""
    if skeleton.is_person and asked.is_person is False:
        return [f'The caption speaks of "{asked.subject}", but the drawing looks like a person.']
    return []


def _missing(asked: Asked, anatomy: Anatomy) -> list[str]:
    """What the caption moves that the drawing does not show."""
    notes = []
    for action in asked.actions:
        if suits(action, anatomy):
            continue
        lacking = [part for part in action.parts if not anatomy.of_role(part)]
        if lacking:
            instead = "it only breathes" if is_calmed(action, anatomy) else "other parts move"
            notes.append(f"No {lacking[0]} was made out in the drawing: {instead} instead.")
    return notes
