# SPDX-License-Identifier: Apache-2.0
"""The steps that a sentence asks for: what follows what, what is done at once, what cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from . import meanings
from .layers import begins_low, ends_low, is_gait, is_low, lies, limbs_of
from .manners import MOODS, Mood
from .model import Manner
from .words import Clause, Entry, Lexicon, base_form, load_lexicon, read_clauses

MOST_ACTIONS = 8
SECONDS = (0.5, 60.0)
MOST_COUNT = 20
ASIDE = "side_step"
STILL = frozenset(("idle", "stop"))
RISES = frozenset(("stand_up", "get_up"))
RISING = -1.8
"""How slowly one gets up from lying, for one falls fast."""
SLOWING_S = 0.8
"""Seconds that a runner walks before standing."""


@dataclass(frozen=True)
class Step:
    """One action of a prompt and how it is done; `over` are others done at the same time."""

    entry: Entry
    manner: Manner
    mood: Mood
    is_reversed: bool = False
    is_mirrored: bool = False
    turn: float = 0.0
    """Degrees to the left by which it bends its way."""
    is_held: bool = False
    """Only how it ends is kept: a sitter who already sits."""
    strange: str = ""
    """Words of an action that nobody taught, in place of which one stands."""
    is_link: bool = False
    """Nobody asked for it: it only leads from one action to the next."""
    over: tuple[Step, ...] = ()

    @property
    def limbs(self) -> frozenset[str]:
        """Of "legs", "left" and "right" (arm) those that it cannot do without."""
        limbs = limbs_of(self.entry.action)
        if self.is_mirrored:
            other = {"left": "right", "right": "left"}
            limbs = frozenset(other.get(limb, limb) for limb in limbs)
        return limbs.union(*(step.limbs for step in self.over))

    @property
    def title(self) -> str:
        if self.strange:
            return self.strange
        names = [self.entry.name, *(step.entry.name for step in self.over)]
        return " while ".join(name.replace("_", " ") for name in names)


def read_steps(prompt: str, encoder: meanings.Encoder) -> tuple[list[Step], list[str]]:
    """The actions of a prompt in order, at most eight, and notes for the user."""
    lexicon = load_lexicon()
    notes: list[str] = []
    clauses = read_clauses(prompt, lexicon)
    known = [clause for clause in clauses if clause.entry]
    unknown = [clause for clause in clauses if not clause.entry and clause.unknown]
    for clause in unknown[: MOST_ACTIONS + 1]:
        least = meanings.SURE_LIKENESS if known else meanings.LEAST_LIKENESS
        meanings.guess(clause, lexicon, encoder, notes, least)
    found = [clause for clause in clauses if clause.entry]
    if not found:
        if prompt.strip() and not unknown:
            notes.append("The motion prompt names no action; the character stands and breathes.")
        still = make_step(Clause(entry="idle"), lexicon, notes)
        manner = replace(
            still.manner, seconds=next((c.seconds for c in clauses if c.seconds), None)
        )
        strange = base_form(unknown[0].words) if unknown else ""
        return [replace(still, manner=manner, strange=strange)], notes
    if len(found) > MOST_ACTIONS:
        notes.append(f"Only the first {MOST_ACTIONS} of {len(found)} actions are done.")
    return arranged(found[:MOST_ACTIONS], lexicon, notes), notes


def make_step(clause: Clause, lexicon: Lexicon, notes: list[str]) -> Step:
    entry = lexicon.entry(clause.entry)
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
        seconds if seconds is not None or count is not None else entry.seconds,
        float(np.clip(entry.tempo + clause.tempo + mood.tempo, -2.2, 2.2)),
        float(np.clip(entry.amount * clause.amount * mood.amount, 0.6, 1.4)),
        count,
        entry.on_place or clause.on_place,
    )
    gait = is_gait(entry.action)
    aside = entry.action == ASIDE
    goes_back = clause.is_backwards and gait
    if goes_back and clause.is_forwards and clause.is_at_once:
        goes_back = False
        notes.append("One cannot go forward and backward at once; the character goes forward.")
    turn = entry.turn or (clause.turn if gait and not aside else 0.0)
    # "points to the left" is done with that hand, "sidesteps to the right" goes there.
    other = clause.turn < 0 if aside else not gait and clause.turn > 0
    asked = clause.is_mirrored or other
    # What the clips show done with the left hand is done with the right one unless that is asked.
    mirrored = asked or entry.is_mirrored if aside else asked != entry.is_mirrored
    return Step(entry, manner, mood, entry.is_reversed != goes_back, mirrored, turn)


def arranged(clauses: Iterable[Clause], lexicon: Lexicon, notes: list[str]) -> list[Step]:
    """Steps in order: at once what can be, seated what is done after sitting down."""
    steps: list[Step] = []
    for clause in clauses:
        step = make_step(clause, lexicon, notes)
        join = "while" if clause.is_at_once and steps else clause.join
        if steps and join == "while" and _goes_both_ways(steps[-1], step):
            notes.append("One cannot go forward and backward at once; the character goes forward.")
            continue
        if steps and join != "then" and join != "after":
            both = _together(steps[-1], step, join, notes)
            if both is not None:
                steps[-1:] = both
                continue
            if join == "ing":
                continue
        steps += _after(steps, step)
    return [_carried(step, lexicon) for step in steps]


def _carried(step: Step, lexicon: Lexicon) -> Step:
    """A gesture that is made in walking, if nothing else was said of the legs."""
    if not step.entry.on or step.is_held:
        return step
    below = make_step(Clause(entry=step.entry.on), lexicon, [])
    manner = replace(below.manner, seconds=step.manner.seconds, tempo=step.manner.tempo)
    return replace(below, manner=manner, mood=step.mood, over=(step, *step.over))


def _goes_both_ways(last: Step, step: Step) -> bool:
    same = last.entry.action == step.entry.action and is_gait(step.entry.action)
    return same and last.is_reversed != step.is_reversed


def _together(last: Step, step: Step, join: str, notes: list[str]) -> list[Step] | None:
    """The last step with another at the same time; None where one comes after the other."""
    if join != "and" and {last.entry.name, step.entry.name} & STILL:
        return [_moving(last, step, join, notes)]
    for first, second in ((last, step), (step, last)):
        if ends_low(first.entry.action) and "legs" not in second.limbs and not second.is_held:
            seated = [*([] if first.is_held else [first]), _resting(first, second)]
            return None if join == "and" else seated
    joined = _layered(last, step, join)
    if joined is None and join == "while":
        notes.append(
            f'"{last.title}" and "{step.title}" need the same limbs; they are done one after '
            "the other."
        )
    return None if joined is None else [joined]


def _moving(last: Step, step: Step, join: str, notes: list[str]) -> Step:
    """Of standing and something else at once: the other, which one may do standing or not."""
    quiet, moving = (last, step) if last.entry.name in STILL else (step, last)
    if join == "while" and "legs" in moving.limbs and moving.entry.name not in STILL:
        notes.append(
            f'"{quiet.title}" and "{moving.title}" contradict each other; '
            f'the character does "{moving.title}".'
        )
    return moving


def _layered(last: Step, step: Step, join: str) -> Step | None:
    base, over = (last, step) if "legs" not in step.limbs else (step, last)
    if "legs" in over.limbs:
        return None
    if join == "and" and "legs" in base.limbs and not is_gait(base.entry.action):
        return None
    taken = base.limbs if join == "and" or base.over or "legs" not in base.limbs else _legs(base)
    if taken & over.limbs:
        over = replace(over, is_mirrored=not over.is_mirrored)
        if taken & over.limbs or join == "and":
            return None
    return replace(base, over=(*base.over, over))


def _legs(base: Step) -> frozenset[str]:
    """Who is told to do two things at once lets the arms of the greater one go."""
    return base.limbs & {"legs"}


def _after(steps: list[Step], step: Step) -> list[Step]:
    """What comes next, after getting up where one sat, or done seated."""
    last = steps[-1] if steps else None
    if last is not None and last.entry.action == "run" and not is_gait(step.entry.action):
        # A runner takes a few steps to stop.
        walk = load_lexicon().entries["walk"]
        return [Step(walk, Manner(SLOWING_S, 0.4), Mood(), is_link=True), step]
    rises = step.entry.name in RISES
    if last is not None and rises and is_low(last.entry.action):
        # "crawls, then stands up": from there, not from a chair.
        return [replace(step, entry=replace(step.entry, action="idle"), is_reversed=False)]
    if last is None or not _rests(last):
        return [step]
    slow = replace(last.manner, tempo=RISING if lies(last.entry.action) else 0.0)
    resting = replace(
        last, manner=slow, is_reversed=True, is_held=False, is_link=not rises, over=()
    )
    if rises:
        # "sits on the floor, stands up": the way down, backwards.
        return [resting]
    if "legs" not in step.limbs and not step.entry.on_place:
        return [_resting(last, step)]
    if ends_low(step.entry.action):
        return [replace(step, is_held=True)]
    if begins_low(step.entry.action) or step.entry.action == "idle":
        return [step]
    return [resting, step]


def _rests(step: Step) -> bool:
    return ends_low(step.entry.action) and not step.is_reversed


def _resting(rest: Step, step: Step) -> Step:
    """A gesture made while one goes on sitting, kneeling or lying."""
    return replace(rest, is_held=True, manner=step.manner, over=(step,))
