# SPDX-License-Identifier: Apache-2.0
"""A sentence becomes a motion: words to steps, steps to performances on a timeline, on a body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ....shared import posing
from ....shared.results import Motion, Rig
from ....shared.rotations import Floats
from ....shared.steering import TimedPrompt
from . import feet, key_poses, layers, manners, model, timeline
from .clearing import cleared
from .clips import FPS
from .figure import Figure
from .guessed import perform_poses
from .in_place import in_place
from .meanings import STANDS, Encoder
from .model import Manner
from .optimise.reach import missed
from .performance import Performance
from .posture import Body
from .retarget import retarget, settle, widened
from .spans import Span
from .steered import is_worked_on, steered
from .steps import SECONDS, Step, read_steps
from .timeline import Piece
from .wishes import Wishes

STEP_SEED, OVER_SEED = 7919, 104729
"""What is added to the seed for each step, and for what is done at the same time."""
GUESSED = "the motion is a guess from poses that fit the words"
PAUSE = 0.8
"""Seconds of standing at the end of what ends in the middle of a step."""
LEAD_S = 0.3
"""A first prompt that starts later than this is waited for."""


@dataclass(frozen=True)
class MotionReading:
    """A motion, what is done when, and in `notes` what of the prompt was not understood or only
    guessed."""

    motion: Motion
    notes: tuple[str, ...]
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class _Block:
    """Steps that share a time; None for as long as they take."""

    steps: tuple[Step, ...]
    seconds: float | None


def text_to_motion(
    prompt: str,
    rig: Rig,
    encoder: Encoder,
    seed: int,
    wishes: Wishes | None = None,
    figure: Figure | None = None,
) -> MotionReading:
    """What the prompt says, on this rig; an empty prompt, or one of no action, stands and breathes.

    The `figure` (`figure.measure_figure`) keeps the arms of a stout body off it and lets bodies
    lie on the floor.
    """
    wishes = wishes or Wishes()
    blocks, notes = _read_blocks(prompt, wishes, encoder)
    notes = [_told_of(note, blocks, wishes) for note in notes]
    offsets = posing.rest_offsets(rig).astype(np.float64)
    body = Body(offsets, feet.measure_soles(rig), figure)
    pieces: list[Piece] = []
    for block in blocks:
        pieces += _pieces(block, body, seed + STEP_SEED * len(pieces), wishes)
    sinks = [_sink(step) for block in blocks for step in block.steps]
    if len(pieces) > 1:
        # Feet stand still before one action runs into the next, which then holds them.
        pieces = [
            replace(piece, performance=settle(piece.performance, offsets, body.soles, sink))
            for piece, sink in zip(pieces, [*sinks, 0.0], strict=False)
        ]
    whole, spans = timeline.string(pieces, body)
    steering = wishes.steering
    if is_worked_on(wishes):
        whole, spans, told = steered(whole, spans, body, wishes, seed)
        notes += told
    sink = sinks[0] if len(pieces) == 1 else 0.0
    motion = retarget(whole, rig, _title(blocks), sink, steering)
    notes += missed(motion.joints, steering.pins)
    return MotionReading(in_place(motion) if wishes.in_place else motion, tuple(notes), spans)


def _title(blocks: Sequence[_Block]) -> str:
    asked = [step.title for block in blocks for step in block.steps if not step.is_link]
    return " then ".join(asked)


def _read_blocks(prompt: str, wishes: Wishes, encoder: Encoder) -> tuple[list[_Block], list[str]]:
    """The prompt, or what the timeline's prompts say one after the other."""
    if not wishes.steering.prompts:
        steps, notes = read_steps(prompt, encoder)
        return [_Block(tuple(steps), wishes.seconds or None)], list(dict.fromkeys(notes))
    timed = sorted(wishes.steering.prompts, key=lambda one: one.start)
    if timed[0].start > LEAD_S:
        timed = [TimedPrompt(0.0, prompt), *timed]
    ends = [one.start for one in timed[1:]]
    blocks: list[_Block] = []
    notes = []
    for one, end in zip(timed, [*ends, wishes.seconds], strict=True):
        steps, said = read_steps(one.text, encoder)
        seconds = end - one.start if end > one.start else None
        blocks.append(_Block(tuple(steps), seconds))
        notes += said
    return blocks, list(dict.fromkeys(notes))


def _told_of(note: str, blocks: Sequence[_Block], wishes: Wishes) -> str:
    is_guessed = wishes.poses is not None and any(s.strange for b in blocks for s in b.steps)
    return note.replace(STANDS, GUESSED) if is_guessed else note


def _pieces(block: _Block, body: Body, seed: int, wishes: Wishes) -> list[Piece]:
    """The block's steps as long as they may be: the time that none asks for is shared."""
    seeds = [seed + STEP_SEED * number for number in range(len(block.steps))]
    done = [perform(step, body, own) for step, own in zip(block.steps, seeds, strict=True)]
    lengths = [step.manner.seconds for step in block.steps]
    if block.seconds is not None:
        natural = [len(each.root) / FPS for each in done]
        shares = _shared(block.seconds, lengths, natural)
        done = [
            perform(_lasting(step, share), body, own)
            for step, share, own in zip(block.steps, shares, seeds, strict=True)
        ]
        lengths = [*shares]
    pieces = [
        Piece(_names(step), each, _facing(step, each), length, step.turn)
        for step, each, length in zip(block.steps, done, lengths, strict=True)
    ]
    first = block.steps[0]
    if first.strange and wishes.poses is not None:
        length = block.seconds or first.manner.seconds
        guessed = perform_poses(wishes.poses(first.strange), body, length, seed)
        return [Piece(((first.strange, "idle"),), guessed, timeline.facing_of(guessed), length)]
    if block.seconds is None and block.steps[-1].entry.on_place:
        still = key_poses.perform_keys(key_poses.read_key_motions()["idle"], body, Manner(), seed)
        pieces.append(Piece((), still, np.zeros(len(still.root)), PAUSE))
    return pieces


def _shared(whole: float, lengths: Sequence[float | None], natural: Sequence[float]) -> list[float]:
    """Seconds of each: those asked for, and the rest of `whole` as nature has it; or, where too
    little or much is asked for, all in proportion."""
    free = sum(own for own, asked in zip(natural, lengths, strict=True) if asked is None)
    rest = whole - sum(asked for asked in lengths if asked is not None)
    if free and rest > 0.3 * free:
        return [
            own * rest / free if asked is None else asked
            for own, asked in zip(natural, lengths, strict=True)
        ]
    each = [own if asked is None else asked for own, asked in zip(natural, lengths, strict=True)]
    return [length * whole / sum(each) for length in each]


def _lasting(step: Step, seconds: float) -> Step:
    if step.manner.count is not None:
        return step
    return replace(step, manner=replace(step.manner, seconds=float(np.clip(seconds, *SECONDS))))


def _names(step: Step) -> tuple[tuple[str, str], ...]:
    return tuple((each.entry.name, each.entry.action) for each in (step, *step.over))


def _facing(step: Step, done: Performance) -> Floats:
    """Key poses are written facing ahead, however their hips are turned."""
    if step.entry.action in model.load_model().actions:
        return timeline.facing_of(done)
    return np.zeros(len(done.root))


def _sink(step: Step) -> float:
    return step.mood.sink if step.entry.action in model.load_model().cycles else 0.0


def perform(step: Step, body: Body, seed: int) -> Performance:
    """One action on this body, with what is done at the same time."""
    done = _perform_one(step, body, seed)
    for number, other in enumerate(step.over, 1):
        seconds = step.manner.seconds or len(done.root) / FPS
        over = _perform_one(_lasting(other, seconds), body, seed + OVER_SEED * number)
        if step.manner.seconds is None and len(over.root) > len(done.root):
            done = _perform_one(_lasting(step, len(over.root) / FPS), body, seed)
        done = layers.lay_over(done, over, other.limbs)
    return cleared(done, body)


def _perform_one(step: Step, body: Body, seed: int) -> Performance:
    """Learnt where the clips show it, else from key poses."""
    action = step.entry.action
    learnt = model.load_model()
    if action in learnt.actions:
        performance = model.perform_learnt(learnt, action, step.manner, seed)
        performance = widened(performance, body.offsets, body.flank)
        performance = manners.apply_mood(performance, step.mood, seed)
    else:
        motion = key_poses.read_key_motions()[action]
        if step.is_held:
            motion = motion.held
        elif step.is_reversed and layers.ends_low(action):
            motion = motion.way_down
        performance = key_poses.perform_keys(motion, body, step.manner, seed)
        if not motion.on_body:
            quiet = replace(step.mood, sink=0.0, spread=0.0, knees=0.0, straight_arms=0.0)
            performance = manners.apply_mood(performance, quiet, seed)
    if step.is_reversed:
        performance = manners.backwards(performance)
    return manners.mirrored(performance) if step.is_mirrored else performance
