# SPDX-License-Identifier: Apache-2.0
"""Words for colors, garments, people, builds and actions, with what each of them claims."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kit.motion.words import FOLDER, inflect
from ..words import lexicon, people
from . import hues
from .heldout import is_held_phrase
from .labels import AXES, PATTERNS
from .things import wording

Ranges = NDArray[np.float32]
ANY: tuple[float, float, float, float] = (-np.inf, -np.inf, np.inf, np.inf)
"""Of a value: it fails below, holds from, holds to, fails above."""
_MARGIN = 5.0
"""Lab distance that colors are off what they were drawn as."""


@dataclass(frozen=True, eq=False)
class Claims:
    """W words and what they claim of a body: `ranges` (W, 5, 4) by axis, as `ANY`; `axis` (W,) is
    what each speaks of first."""

    names: tuple[str, ...]
    ranges: Ranges
    axis: tuple[int, ...]


def judged_bodies(claims: Ranges, body: NDArray[np.float32]) -> NDArray[np.int8]:
    """(W, B) whether bodies (B, 5) are as claimed (W, 5, 4): 1 yes, 0 no, -1 cannot be told."""
    value = body[None]
    low, from_, to, high = (claims[:, None, :, part] for part in range(4))
    is_said = np.any(np.isfinite(claims), axis=2)[:, None, :]
    fails = (is_said & ((value < low) | (value > high))).any(axis=2)
    holds = (~is_said | ((value >= from_) & (value <= to))).all(axis=2)
    return np.where(fails, 0, np.where(holds, 1, -1)).astype(np.int8)


@cache
def persons(is_held: bool = False) -> Claims:
    """Nouns for people; the first says nothing more. `is_held`: also what is never trained on."""
    source: Mapping[str, Any] = wording()["person"]
    names = tuple(name for name in source if is_held or not is_held_phrase(name))
    ranges = np.full((len(names), len(AXES), 4), ANY, dtype=np.float32)
    for row, name in enumerate(names):
        said = source[name]
        if "female" in said:
            female = float(said["female"])
            ranges[row, 1] = (0.5, 0.5, np.inf, np.inf) if female else (-np.inf, -np.inf, 0.5, 0.5)
        if "age" in said:
            years = np.array(said["age"], dtype=np.float32)
            ranges[row, 0] = np.where(years < 0, -np.inf, np.where(years > 150, np.inf, years))
    return Claims(names, ranges, (0,) * len(names))


@cache
def builds(is_held: bool = False) -> Claims:
    """Adjectives for bodies."""
    source, traits = wording()["build"], people.traits()
    endless = set(lexicon.words(source["endless"]))
    names: list[str] = []
    axis: list[int] = []
    rows: list[Ranges] = []
    for first in ("weight", "muscle", "height"):
        for name in lexicon.words(source[first]):
            if name in names or (not is_held and is_held_phrase(name)):
                continue
            ranges = np.full((len(AXES), 4), ANY, dtype=np.float32)
            levels = traits[name].levels
            for other in ("weight", "muscle", "height"):
                level = levels.get(other)
                if level is not None and (other == first or abs(level) > 0.7):
                    ranges[AXES.index(other)] = level_range(level, name in endless)
            names.append(name)
            axis.append(AXES.index(first))
            rows.append(ranges)
    return Claims(tuple(names), np.stack(rows), tuple(axis))


def level_range(level: float, is_endless: bool) -> tuple[float, float, float, float]:
    """Where a word of this level fails, holds, holds to, fails: "fat" is not 0.3 of its level."""
    if level == 0:
        return -1.3, -0.6, 0.6, 1.3
    size = abs(level)
    low, from_, to = 0.3 * size, 0.65 * size, np.inf if is_endless else size + 1.3
    return (low, from_, to, np.inf) if level > 0 else (-np.inf, -to, -from_, -low)


@cache
def action_phrases(action: str, is_held: bool = False) -> tuple[str, ...]:
    """What is done, as it stands behind "a person": "walking", "waving hello with one hand"."""
    with (FOLDER / "verbs.toml").open("rb") as file:
        verbs = tomllib.load(file)
    never = set(lexicon.words(wording()["action_words"]["never"]))
    found: list[str] = list(wording()["action_words"].get(action, ()))
    said = verbs.get(action, {})
    found += [inflect(verb)[2] for verb in said.get("verbs", ())[:_VERBS] if verb not in never]
    for listed in said.get("describe", ()):
        found += [text for part in listed.split(", ") if (text := _doing(part))]
    found = [phrase for phrase in dict.fromkeys(found) if is_held or not is_held_phrase(phrase)]
    return tuple(found) or (action.replace("_", " "),)


def _doing(phrase: str) -> str:
    """A description without who does it; "" where it tells no doing."""
    rest = phrase.removeprefix("a person ")
    return rest if rest.split()[0].endswith("ing") else ""


_VERBS = 6
"""How many verbs of an action's list are told by a picture."""


def alike(groups: Sequence[str], names: Sequence[str]) -> NDArray[np.int8]:
    """(N, N) 1 for the same, -1 for what is in one group, else 0."""
    table = np.eye(len(names), dtype=np.int8)
    for group in groups:
        rows = [names.index(name) for name in lexicon.words(group) if name in names]
        for row in rows:
            table[row, [other for other in rows if other != row]] = -1
    return table


@cache
def patterns_alike() -> NDArray[np.int8]:
    return alike(wording()["pattern_unsure"]["groups"], PATTERNS)


@cache
def actions_alike(actions: tuple[str, ...]) -> NDArray[np.int8]:
    return alike(wording()["action_unsure"]["groups"], actions)


@cache
def pattern_words() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """By pattern the adjectives, and what follows "with"."""
    found: list[tuple[tuple[str, ...], tuple[str, ...]]] = [((), ())]
    for name in PATTERNS[1:]:
        before, after = wording()["pattern"][name]
        found.append((tuple(lexicon.words(before)), tuple(lexicon.words(after))))
    return tuple(found)


@dataclass(frozen=True)
class ColorSayings:
    """By color word: the words that hold for what was drawn so, and those that surely do not."""

    true: tuple[tuple[int, ...], ...]
    false: tuple[tuple[int, ...], ...]


@cache
def color_sayings() -> ColorSayings:
    words = hues.color_words()
    rows = np.arange(len(words.names))
    verdict = hues.judged(rows, words.lab, margin=_MARGIN)
    of = np.array(words.of)
    can_say = words.is_trained
    twelve = {words.number(name) for name in hues.TWELVE}
    true, false = [], []
    for row in rows.tolist():
        fits = can_say & (of == of[row])
        own = [row] * 3 if can_say[row] else []
        near = np.flatnonzero(fits & (verdict[:, row] == 1)).tolist()
        plain = [word for word in near if word in twelve]
        others = [word for word in near if word != row]
        true.append(tuple(own + 3 * plain + others))
        wrong = np.flatnonzero(fits & (verdict[:, row] == 0)).tolist()
        share = max(1, len(wrong) // 20)
        false.append(tuple([word for word in wrong if word in twelve] * share + wrong))
    return ColorSayings(tuple(true), tuple(false))
