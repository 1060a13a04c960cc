# SPDX-License-Identifier: Apache-2.0
"""The sentences that the embedded prior learns by, and their vectors in a file.

`captions.toml` holds the grammar: wordings of deeds, nouns of each kind of creature, manners. Some
of each are kept from training, to measure by.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....shared.errors import BadOptionError
from ..motion.actions import Action, Kind, Role

GRAMMAR = Path(__file__).with_name("captions.toml")
STILL = "still"
EACH, EACH_PAIR, EACH_HELD_OUT = 16, 10, 6
"""Sentences of one deed and manner, of two deeds at once, and of those kept from training."""
POSSESSIVES = {True: ("his", "her", "their"), False: ("its",)}

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Words:
    """What is said in training and what is kept from it."""

    learnt: tuple[Any, ...]
    held_out: tuple[Any, ...]

    def of(self, is_held_out: bool) -> tuple[Any, ...]:
        return self.held_out if is_held_out else self.learnt


@dataclass(frozen=True)
class Deed:
    verb: str
    parts: tuple[Role, ...]
    kinds: tuple[Kind, ...]
    wordings: Words


@dataclass(frozen=True)
class Manner:
    speed: float
    amount: float
    words: Words


@dataclass(frozen=True)
class Grammar:
    templates: Words
    adjectives: Words
    nouns: dict[Kind, Words]
    manners: tuple[Manner, ...]
    deeds: tuple[Deed, ...]


@dataclass(frozen=True)
class Meaning:
    """What a sentence asks for: numbers of deeds (one or two) and of the manner."""

    kind: Kind
    deeds: tuple[int, ...]
    manner: int = 0

    def actions(self, grammar: Grammar) -> tuple[Action, ...] | None:
        """For `physics.perform`; None where it stands still."""
        manner = grammar.manners[self.manner]
        deeds = [grammar.deeds[number] for number in self.deeds]
        if deeds[0].verb == STILL:
            return None
        return tuple(
            Action(deed.verb, deed.parts, speed=manner.speed, amount=manner.amount)
            for deed in deeds
        )


@dataclass(frozen=True, eq=False)
class Captions:
    """Vectors (N, 384) of unit length, and which of them are sentences of a meaning."""

    vectors: Floats
    learnt: dict[Meaning, tuple[int, ...]]
    held_out: dict[Meaning, tuple[int, ...]]


@cache
def load_grammar() -> Grammar:
    table = tomllib.loads(GRAMMAR.read_text(encoding="utf-8"))
    deeds = tuple(
        Deed(deed["verb"], tuple(deed.get("parts", ())), tuple(deed["kinds"]), _wordings(deed))
        for deed in table["deeds"]
    )
    manners = tuple(
        Manner(manner["speed"], manner["amount"], _words(manner)) for manner in table["manners"]
    )
    nouns = {kind: _words(words) for kind, words in table["nouns"].items()}
    return Grammar(_words(table["templates"]), _words(table["adjectives"]), nouns, manners, deeds)


def _wordings(table: dict[str, list[list[str]]]) -> Words:
    learnt, held_out = (tuple(map(tuple, table[half])) for half in ("learnt", "held_out"))
    return Words(learnt, held_out)


def _words(table: dict[str, list[Any]]) -> Words:
    return Words(tuple(table["learnt"]), tuple(table["held_out"]))


def meanings(grammar: Grammar) -> tuple[Meaning, ...]:
    """All that can be asked for: each deed of each kind in each manner, and pairs of deeds."""
    found: list[Meaning] = []
    for kind in grammar.nouns:
        able = [number for number, deed in enumerate(grammar.deeds) if kind in deed.kinds]
        for number in able:
            count = 1 if grammar.deeds[number].verb == STILL else len(grammar.manners)
            found += [Meaning(kind, (number,), manner) for manner in range(count)]
        found += [
            Meaning(kind, pair) for pair in combinations(able, 2) if _go_together(grammar, pair)
        ]
    return tuple(found)


def _go_together(grammar: Grammar, pair: tuple[int, int]) -> bool:
    """Whether a limb does one deed while another limb or the whole does the other."""
    first, second = (grammar.deeds[number] for number in pair)
    quiet = {STILL, "breathe"}
    return not quiet & {first.verb, second.verb} and (
        bool(first.parts or second.parts) and first.parts != second.parts
    )


def sentence(
    meaning: Meaning, grammar: Grammar, is_held_out: bool, rng: np.random.Generator
) -> str:
    """One of the many ways to ask for it."""

    def pick(words: tuple[Any, ...]) -> Any:
        return words[rng.integers(len(words))]

    template = pick(grammar.templates.of(is_held_out))
    wordings = [pick(grammar.deeds[number].wordings.of(is_held_out)) for number in meaning.deeds]
    manner = pick(grammar.manners[meaning.manner].words.of(is_held_out))
    ing, simple = (
        " ".join(filter(None, [" and ".join(wording[form] for wording in wordings), manner]))
        for form in (0, 1)
    )
    said = str(template).format(
        noun=pick(grammar.nouns[meaning.kind].of(is_held_out)),
        adjective=pick(grammar.adjectives.of(is_held_out)),
        ing=ing,
        s=simple,
    )
    words = said.replace("its", pick(POSSESSIVES[meaning.kind == "person"])).split()
    for place, word in enumerate(words[:-1]):
        if word == "a" and words[place + 1][0] in "aeiou":
            words[place] = "an"
    return " ".join(words)


def said_plainly(kind: Kind | None, actions: Sequence[Action]) -> str | None:
    """What a caption was understood to ask for, in words that the prior has learnt; None if it has
    learnt none for that."""
    grammar = load_grammar()
    known = [kind] if kind in grammar.nouns else list(grammar.nouns)
    for one in known:
        doing = [_wording(grammar, one, action) for action in actions]
        said = [each for each in doing if each]
        if said and len(said) == len(doing):
            noun = grammar.nouns[one].learnt[0]
            return f"a {noun} is {' and '.join(said)}"
    return None


def _wording(grammar: Grammar, kind: Kind, action: Action) -> str | None:
    """The first learnt wording of an action with its manner; with the parts that it names, or as
    a deed of the same verb whose parts go without saying."""
    deeds = [deed for deed in grammar.deeds if deed.verb == action.verb and kind in deed.kinds]
    named = [deed for deed in deeds if set(action.parts) & set(deed.parts)]
    unnamed = [deed for deed in deeds if not action.parts or not deed.parts]
    chosen = [*named, *unnamed]
    if not chosen:
        return None
    wording: str = chosen[0].wordings.learnt[0][0]
    manners = [manner for manner in grammar.manners if manner.words.learnt[0]]
    near = [
        manner
        for manner in manners
        if (manner.speed - 1) * (action.speed - 1) > 0.05
        or (manner.amount - 1) * (action.amount - 1) > 0.05
    ]
    return f"{wording} {near[0].words.learnt[0]}" if near else wording


def write_captions(path: Path, seed: int = 0) -> None:
    """Make sentences of all meanings and write their vectors. Raises MissingWeightsError."""
    from ...kit.text import load_sentence_encoder

    grammar, rng = load_grammar(), np.random.default_rng(seed)
    asked = meanings(grammar)
    texts: list[str] = []
    rows: list[tuple[int, bool]] = []
    for number, meaning in enumerate(asked):
        for is_held_out in (False, True):
            each = EACH if len(meaning.deeds) == 1 else EACH_PAIR
            said = {
                sentence(meaning, grammar, is_held_out, rng)
                for _ in range(EACH_HELD_OUT if is_held_out else each)
            }
            texts += sorted(said)
            rows += [(number, is_held_out)] * len(said)
    vectors = load_sentence_encoder().encode(texts)
    scale = 127 / np.abs(vectors).max(-1, keepdims=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        vectors=np.rint(vectors * scale).astype(np.int8),
        rows=np.array(rows, np.int32),
        texts=np.array(texts),
    )


def read_captions(path: Path) -> Captions:
    """Raises BadOptionError."""
    try:
        with np.load(path) as stored:
            vectors, rows = stored["vectors"].astype(np.float32), stored["rows"]
    except (OSError, ValueError, KeyError) as error:
        raise BadOptionError(f"{path} holds no captions ({error}).", field="captions") from error
    asked = meanings(load_grammar())
    if len(rows) and rows[:, 0].max() >= len(asked):
        raise BadOptionError(
            f"{path} was made by another grammar.", "Delete it and train again.", "captions"
        )
    found: tuple[dict[Meaning, list[int]], ...] = (defaultdict(list), defaultdict(list))
    for row, (number, is_held_out) in enumerate(rows.tolist()):
        found[is_held_out][asked[number]].append(row)
    learnt, held_out = ({key: tuple(some) for key, some in half.items()} for half in found)
    return Captions(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), learnt, held_out)
