# SPDX-License-Identifier: Apache-2.0
"""Reads what no lexicon holds by the text head: unknown words, and whole sentences.

The lexicons stay the judge of what they know. Every answer has a confidence: the share of such
answers that are right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from ...kit.text import SentenceEncoder
from .known import KINDS, PARTS, Kind, meanings
from .likeness import ENOUGH
from .network import BODY, Output, TextHead, load_head, run
from .tokens import is_punctuation

LEAST = 0.5
"""Below this confidence a word counts as not understood."""
CLOSER = 4
"""The power of likeness that answers are chosen by: red is red, not what lies amid all reds."""


@dataclass(frozen=True)
class Guess:
    """What an unknown word is read as: a phrase of the lexicons, of a kind."""

    word: str
    kind: Kind
    known: str
    confidence: float


@dataclass(frozen=True)
class Sure:
    """A known phrase, or a number, and how sure the head is of it."""

    value: str | float
    confidence: float


@dataclass(frozen=True)
class Description:
    """What the head alone makes of a sentence.

    `worn` has by part ("top", "feet": `known.PARTS`) a garment, color, shade, pattern and material;
    `said` the sentence's role, action and mood; `body` levels as in `people` and `age` in years;
    `denied` are the garments that are not worn.
    """

    worn: dict[str, dict[Kind, Sure]]
    said: dict[Kind, Sure]
    body: dict[str, Sure]
    is_female: Sure | None
    denied: tuple[str, ...]


def read_unknown(
    listed: Sequence[str], places: Iterable[int], encoder: SentenceEncoder
) -> dict[int, Guess]:
    """What the words at `places` of the sentence `listed` may mean, where the head is sure enough.

    For words that neither a lexicon nor the table nor a slip of the keys explains.
    """
    asked = [place for place in places if not is_punctuation(listed[place])]
    guesses = {place: by_network(listed, place, encoder) for place in asked}
    return {
        place: guess
        for place, guess in guesses.items()
        if guess is not None and guess.confidence >= LEAST
    }


def by_network(listed: Sequence[str], place: int, encoder: SentenceEncoder) -> Guess | None:
    """What the head takes the word at `place` for, however unsure; None for no kind."""
    head = load_head()
    output = _output(head, encoder, tuple(listed))
    kind = KINDS[int(output.kinds[place].argmax())]
    if kind == "other":
        return None
    number, share = best(head, output.classes[place], kind)
    known = _names(head)[number]
    sure = float(output.kinds[place].max()) * share
    return Guess(listed[place], kind, known, sure) if known else None


def best(head: TextHead, shares: NDArray[np.float32], kind: Kind) -> tuple[int, float]:
    """The class that most of the probability is alike to, and the probability that it will do."""
    places = _places(head)[kind]
    alike = head.alike[np.ix_(places, places)]
    names = _names(head)
    merit = np.where([bool(names[place]) for place in places], alike**CLOSER @ shares[places], 0)
    at = int(merit.argmax())
    return int(places[at]), float(shares[places][alike[at] >= ENOUGH].sum())


@lru_cache(maxsize=4)
def _output(head: TextHead, encoder: SentenceEncoder, listed: tuple[str, ...]) -> Output:
    """Of the last few sentences: shape and appearance ask for the same ones."""
    return run(head, encoder.word_states([list(listed)])[0])


@cache
def _places(head: TextHead) -> dict[Kind, NDArray[np.int64]]:
    kinds = np.array([one.kind for one in head.classes])
    return {kind: np.flatnonzero(kinds == kind) for kind in KINDS}


@cache
def _names(head: TextHead) -> tuple[str, ...]:
    """A phrase for each class that the lexicons still know; "" where they have lost it."""
    return tuple(
        next((phrase for phrase in (name, *one.phrases) if one.kind in meanings(phrase)), "")
        for name, one in zip(head.names, head.classes, strict=True)
    )


def describe(listed: Sequence[str], encoder: SentenceEncoder) -> Description:
    """What the head alone understands of a sentence, without lexicon and table."""
    head = load_head()
    output = _output(head, encoder, tuple(listed))
    worn: dict[str, dict[Kind, Sure]] = {}
    said: dict[Kind, Sure] = {}
    denied = []
    for kind, part, span in _spans(output):
        number, share = best(head, _together(head, output, span, kind), kind)
        found = Sure(_names(head)[number], share * float(output.kinds[span].max(-1).min()))
        if kind == "garment" and output.denied[span].mean() > 0.5:
            denied.append(str(found.value))
        elif part:
            first = worn.setdefault(part, {}).setdefault(kind, found)
            if kind == "garment" and found.confidence > first.confidence:
                worn[part][kind] = found
        else:
            said.setdefault(kind, found)
    is_female = None
    if output.sex.argmax() != 2:
        is_female = Sure(float(output.sex[0] > output.sex[1]), float(output.sex.max()))
    return Description(worn, said, _body(output), is_female, tuple(denied))


def _spans(output: Output) -> list[tuple[Kind, str, slice]]:
    """Neighbouring words of one kind and part, which are one phrase."""
    kinds, parts = output.kinds.argmax(-1), output.parts.argmax(-1)
    spans = []
    start = 0
    for place in range(1, len(kinds) + 1):
        is_last = place == len(kinds)
        if is_last or (kinds[place], parts[place]) != (kinds[start], parts[start]):
            kind = KINDS[kinds[start]]
            if kind != "other":
                spans.append((kind, PARTS[parts[start]], slice(start, place)))
            start = place
    return spans


def _together(head: TextHead, output: Output, span: slice, kind: Kind) -> NDArray[np.float32]:
    """The probabilities of the kind's classes for all words of a span as one phrase."""
    shares: NDArray[np.float32] = np.zeros(len(head.classes), np.float32)
    places = _places(head)[kind]
    shares[places] = np.exp(np.log(output.classes[span][:, places] + 1e-9).mean(0))
    shares /= shares.sum()
    return shares


def _body(output: Output) -> dict[str, Sure]:
    found = {}
    for place, axis in enumerate(BODY):
        if output.is_said[place] > 0.5:
            value = float(output.body[place])
            value = float(np.expm1(value)) if axis == "age" else value
            found[axis] = Sure(value, float(output.is_said[place]))
    return found
