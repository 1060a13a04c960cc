# SPDX-License-Identifier: Apache-2.0
"""A sentence becomes a motion: by the lexicon, else by the nearest meaning, saying so."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from ....shared import posing
from ....shared.results import Motion, Rig
from . import feet, key_poses, manners, model
from .manners import MOODS, Mood
from .model import Manner
from .performance import Performance, join
from .posture import Body
from .retarget import retarget, widened
from .words import Clause, Entry, Lexicon, load_lexicon, read_clauses

MEANINGS = Path(__file__).with_name("meanings.safetensors")
LEAST_LIKENESS = 0.42
"""Below this cosine an unknown word is not like any action."""
SURE_LIKENESS = 0.55
"""What an unknown part of a sentence needs beside a part that is known."""
MOST_ACTIONS = 3
SECONDS = (0.5, 60.0)
MOST_COUNT = 20


class Encoder(Protocol):
    def encode(self, sentences: list[str]) -> NDArray[np.float32]:
        """(N, D) unit vectors."""


@dataclass(frozen=True)
class MotionReading:
    """A motion, and in `notes` what of the prompt was not understood or only guessed."""

    motion: Motion
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One action of a prompt and how it is done."""

    entry: Entry
    manner: Manner
    mood: Mood
    is_reversed: bool = False
    is_mirrored: bool = False


def text_to_motion(
    prompt: str,
    rig: Rig,
    encoder: Encoder,
    seed: int,
    seconds: float | None = None,
    flank: float | None = None,
) -> MotionReading:
    """What the prompt says, on this rig; an empty prompt, or one of no action, stands and breathes.

    `seconds` is the whole length where the prompt gives none; `flank`, metres from the middle to
    the outside of the trunk (`retarget.measure_flank`), keeps the arms of a stout body off it.
    """
    steps, notes = read_steps(prompt, encoder)
    if seconds is not None:
        steps = [_lasting(step, seconds / len(steps)) for step in steps]
    offsets = posing.rest_offsets(rig).astype(np.float64)
    body = Body(offsets, feet.measure_soles(rig), flank)
    parts = [perform(step, body, seed + 7919 * number) for number, step in enumerate(steps)]
    whole = parts[0]
    for part in parts[1:]:
        whole = join(whole, part)
    sink = max(_sink(step) for step in steps)
    name = " then ".join(step.entry.name.replace("_", " ") for step in steps)
    return MotionReading(retarget(whole, rig, name, sink), tuple(notes))


def _lasting(step: Step, seconds: float) -> Step:
    if step.manner.seconds is not None or step.manner.count is not None:
        return step
    return replace(step, manner=replace(step.manner, seconds=float(np.clip(seconds, *SECONDS))))


def _sink(step: Step) -> float:
    return step.mood.sink if step.entry.action in model.load_model().cycles else 0.0


def perform(step: Step, body: Body, seed: int) -> Performance:
    """One action on this body: learnt where the clips show it, else from key poses."""
    action = step.entry.action
    learnt = model.load_model()
    if action in learnt.actions:
        performance = model.perform_learnt(learnt, action, step.manner, seed)
        performance = widened(performance, body.offsets, body.flank)
        performance = manners.apply_mood(performance, step.mood, seed)
    else:
        motion = key_poses.read_key_motions()[action]
        performance = key_poses.perform_keys(motion, body, step.manner, seed)
        if not motion.on_body:
            quiet = replace(step.mood, sink=0.0, spread=0.0, knees=0.0, straight_arms=0.0)
            performance = manners.apply_mood(performance, quiet, seed)
    if step.is_reversed:
        performance = manners.backwards(performance)
    return manners.mirrored(performance) if step.is_mirrored else performance


def read_steps(prompt: str, encoder: Encoder) -> tuple[list[Step], list[str]]:
    """The actions of a prompt in order, at most three, and notes for the user."""
    lexicon = load_lexicon()
    notes: list[str] = []
    clauses = read_clauses(prompt, lexicon)
    known = [clause for clause in clauses if clause.entry]
    unknown = [clause for clause in clauses if not clause.entry and clause.unknown]
    for clause in unknown[: MOST_ACTIONS + 1]:
        _guess(clause, lexicon, encoder, notes, SURE_LIKENESS if known else LEAST_LIKENESS)
    found = [clause for clause in clauses if clause.entry]
    if not found:
        if prompt.strip() and not unknown:
            notes.append("The motion prompt names no action; the character stands and breathes.")
        return [_step(Clause(entry="idle"), lexicon, notes)], notes
    if len(found) > MOST_ACTIONS:
        notes.append(f"Only the first {MOST_ACTIONS} of {len(found)} actions are done.")
    if "while" in prompt.lower().split() and len(found) > 1:
        notes.append("Actions at the same time are done one after the other.")
    return [_step(clause, lexicon, notes) for clause in found[:MOST_ACTIONS]], notes


class _Same:
    """An encoder as a key of a cache: encoders hold arrays, which cannot be compared."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def __hash__(self) -> int:
        return id(self.encoder)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.encoder is self.encoder


@lru_cache(maxsize=2)
def _meanings(same: _Same) -> NDArray[np.float32]:
    """(N, D) unit vectors of all the lexicon's descriptions, in its order.

    Those of the embedded encoder are kept in a file; another encoder, or an edited lexicon,
    takes a moment longer.
    """
    texts = descriptions()
    kept = load_file(MEANINGS) if MEANINGS.is_file() else {}
    probe = same.encoder.encode(texts[:1])[0]
    if kept and bytes(kept["digest"]) == _digest(texts):
        vectors = kept["vectors"].astype(np.float32)
        if vectors.shape[1] == len(probe) and float(vectors[0] @ probe) > 0.99:
            return vectors
    return same.encoder.encode(texts)


def descriptions() -> list[str]:
    entries = load_lexicon().entries.values()
    return [text for entry in entries for text in entry.describe]


def _digest(texts: list[str]) -> bytes:
    return hashlib.sha256("\n".join(texts).encode()).digest()


def write_meanings(encoder: Encoder, path: Path) -> None:
    """Keep the encoder's vectors of the lexicon's descriptions, in half precision."""
    texts = descriptions()
    digest = np.frombuffer(_digest(texts), np.uint8).copy()
    save_file({"vectors": encoder.encode(texts).astype(np.float16), "digest": digest}, path)


def _guess(
    clause: Clause, lexicon: Lexicon, encoder: Encoder, notes: list[str], least: float
) -> None:
    """Give an unknown part the entry of the nearest meaning, if any is near, and say so."""
    said = " ".join(clause.unknown)[:60]
    owners = [name for name, entry in lexicon.entries.items() for _ in entry.describe]
    sentence = "a person " + " ".join(clause.words[:40])
    likeness = _meanings(_Same(encoder)) @ encoder.encode([sentence])[0]
    best = int(np.argmax(likeness))
    if likeness[best] >= least:
        clause.entry = owners[best]
        nearest = owners[best].replace("_", " ")
        notes.append(f'I do not know "{said}" as a motion; the nearest is "{nearest}" (unsure).')
    elif least == LEAST_LIKENESS:
        notes.append(
            f'I do not know "{said}" as a motion and nothing is near it; '
            "the character stands and breathes."
        )
    else:
        notes.append(f'I do not know "{said}" as a motion and left it out.')


def _step(clause: Clause, lexicon: Lexicon, notes: list[str]) -> Step:
    entry = lexicon.entries[clause.entry]
    mood = MOODS.get(clause.mood or entry.mood, Mood())
    if clause.mood and entry.mood and clause.mood != entry.mood:
        # "sneaks happily": both count, the verb first.
        mood = replace(MOODS[entry.mood], tempo=mood.tempo + MOODS[entry.mood].tempo)
    seconds, count = clause.seconds, clause.count
    if seconds is not None and not SECONDS[0] <= seconds <= SECONDS[1]:
        seconds = float(np.clip(seconds, *SECONDS))
        notes.append(f"A motion lasts {SECONDS[0]} to {SECONDS[1]:.0f} seconds; made {seconds:g}.")
    if count is not None and not 1 <= count <= MOST_COUNT:
        count = int(np.clip(count, 1, MOST_COUNT))
        notes.append(f"An action is repeated 1 to {MOST_COUNT} times; made {count}.")
    manner = Manner(
        seconds,
        float(np.clip(entry.tempo + clause.tempo + mood.tempo, -2.2, 2.2)),
        float(np.clip(entry.amount * clause.amount * mood.amount, 0.6, 1.4)),
        count,
    )
    goes_back = clause.is_backwards and entry.action in ("walk", "run", "zombie_walk")
    return Step(entry, manner, mood, entry.is_reversed != goes_back, clause.is_mirrored)
