# SPDX-License-Identifier: Apache-2.0
"""A caption is read: who it speaks of, what that one does, with which parts, how.

A lexicon (`caption.toml`) decides what it knows; MiniLM places other words among
it, which the notes tell.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol, cast, get_args

import numpy as np
from numpy.typing import NDArray

from .caption_phrases import plain_words
from .caption_words import Lexicon, forms, read_lexicon
from .motion.actions import Action, Kind, Role, Side

LIKE_VERB, LIKE_SUBJECT, NEAREST = 0.40, 0.40, 5
"""Cosines from which on MiniLM's nearest words are believed, and how many of them vote."""
SPEED, AMOUNT = (0.4, 2.0), (0.4, 1.6)


NEGATION = re.compile(r"\b(?:not|never)\b|n['\u2019]t\b", re.IGNORECASE)
MOST_QUOTED = 40
"""Letters of a word that a note repeats."""


Vectors = NDArray[np.float32]


class Encoder(Hashable, Protocol):
    def encode(self, sentences: list[str]) -> Vectors:
        """(N, D) unit vectors."""


@dataclass(frozen=True)
class Asked:
    """What a caption asks for. `kind` is None where it does not say of whom.

    `notes` say what was guessed and what cannot be done.
    """

    caption: str
    subject: str
    kind: Kind | None
    actions: tuple[Action, ...]
    notes: tuple[str, ...] = ()
    plain: str = ""
    """The caption with plain verbs, for text-to-motion."""

    @property
    def is_person(self) -> bool | None:
        """None, too, of robots and bears: drawn like people they move like people."""
        return None if self.kind in (None, "biped") else self.kind == "person"


def read_caption(text: str, encoder: Encoder) -> Asked:
    """What the caption asks for; an empty one asks for nothing: it breathes or does as its kind."""
    plain, lost = plain_words(text)
    words, tokens = read_lexicon(), _tokens(plain)
    subject, kind, start = _subject(tokens, words)
    notes = [*_not_understood(text, tokens), *lost]
    found = list(_verbs(tokens, start, words))
    if not found and (strange := _strange_verb(tokens, start, words)) is not None:
        place, word = strange
        verb = _nearest_verb(word, encoder, notes)
        found = [(place, place + 1, verb)] if verb else []
    if subject and kind is None:
        kind = _nearest_kind(subject, encoder, notes)
    actions = tuple(_actions(tokens, start, found, words, notes))
    if not actions:
        actions = (Action(words.idle.get(kind or "", "breathe")),)
        if not notes:
            notes.append(f'The caption names no action: taken as "{actions[0].verb}".')
    same = words.same.get(kind or "", {})
    meant = tuple(
        one if one.parts else replace(one, verb=same.get(one.verb, one.verb)) for one in actions
    )
    return Asked(
        text, subject, kind, tuple(dict.fromkeys(meant)), tuple(dict.fromkeys(notes)), plain
    )


def _not_understood(text: str, tokens: Sequence[str]) -> Iterator[str]:
    if text.strip() and not tokens:
        yield "The caption has no words in Latin letters: say it in English."
    if NEGATION.search(text):
        yield "What the caption says is not done is done all the same: leave it out."


def _tokens(text: str) -> list[str]:
    return re.findall(r"[a-z]+(?:-[a-z]+)*", re.sub("['\u2019]s?\\b", " ", text.lower()))


def _subject(tokens: Sequence[str], words: Lexicon) -> tuple[str, Kind | None, int]:
    """Who it is about, its kind, and where to read on.

    The first known noun before any verb; else what stands between an article and the verb.
    """
    for place in range(len(tokens)):
        for length in (2, 1):
            name = " ".join(tokens[place : place + length])
            after = place + length
            is_subject = name in words.subjects and not _starts_verb(tokens, place, words)
            if is_subject and not _reads_on(tokens, after, words):
                return name, words.subjects[name], after
        if tokens[place] in words.auxiliaries or _starts_verb(tokens, place, words):
            return _unknown(tokens[:place], words), None, place
    naming = [word for word in tokens if word not in words.determiners | words.links]
    return (naming[0], None, tokens.index(naming[0]) + 1) if naming else ("", None, 0)


def _reads_on(tokens: Sequence[str], after: int, words: Lexicon) -> bool:
    """Whether a noun only tells of the next: the "fire" of "fire truck", not of "fire burns"."""
    if after >= len(tokens):
        return False
    following = tokens[after]
    return following in words.subjects and following not in words.verbs


def _starts_verb(tokens: Sequence[str], place: int, words: Lexicon) -> bool:
    is_named = place > 0 and tokens[place - 1] in words.determiners
    return tokens[place] in words.verbs and not is_named


def _unknown(tokens: Sequence[str], words: Lexicon) -> str:
    """The last word that may be a noun."""
    nouns = [
        word
        for word in tokens
        if word not in words.determiners | words.links | words.auxiliaries
        and word not in words.manners
        and word not in words.parts
    ]
    return nouns[-1] if nouns else ""


def _verbs(tokens: Sequence[str], start: int, words: Lexicon) -> Iterator[tuple[int, int, str]]:
    """Where each known verb starts and ends, and what it is; the longest reading counts."""
    place = start
    while place < len(tokens):
        for length in (4, 3, 2, 1):
            name = " ".join(tokens[place : place + length])
            is_noun = place > 0 and tokens[place - 1] in words.determiners | {
                "left",
                "right",
                "with",
            }
            if name in words.verbs and not is_noun:
                yield place, place + length, words.verbs[name]
                place += length - 1
                break
        place += 1


def _strange_verb(tokens: Sequence[str], start: int, words: Lexicon) -> tuple[int, str] | None:
    """An unknown word that stands where the verb does."""
    for place in range(start, len(tokens)):
        word = tokens[place]
        is_said = place > 0 and tokens[place - 1] in words.auxiliaries
        known = word in words.determiners | words.links | words.auxiliaries or word in words.manners
        if known or word in words.parts or word in words.subjects or word.endswith("ly"):
            continue
        if word.endswith("ing") or is_said:
            return place, word
        if place == start:
            return place, list(forms(word.removesuffix("s")))[2]
    return None


@cache
def _verb_vectors(encoder: Encoder) -> tuple[list[str], Vectors, Vectors]:
    """The verb that each base form means, the forms' vectors about their mean, and that mean."""
    bases = [(verb, base) for verb, all_of in read_lexicon().bases.items() for base in all_of]
    vectors = encoder.encode([f"the animal is {list(forms(base))[2]}" for _, base in bases])
    middle: Vectors = vectors.mean(0)
    return [verb for verb, _ in bases], vectors - middle, middle


@cache
def _noun_vectors(encoder: Encoder) -> tuple[list[Kind], Vectors]:
    """The kind of each noun in the singular, and their vectors: seconds, once."""
    nouns = read_lexicon().nouns
    return list(nouns.values()), encoder.encode(list(nouns))


def _nearest_verb(word: str, encoder: Encoder, notes: list[str]) -> str | None:
    """The verb that most of the nearest words mean; None where none is near."""
    verbs, vectors, middle = _verb_vectors(encoder)
    asked = encoder.encode([f"the animal is {word}"])[0] - middle
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(asked)
    cosines = vectors @ asked / lengths
    order = np.argsort(-cosines)[:NEAREST]
    if cosines[order[0]] < LIKE_VERB:
        notes.append(f"{_quoted(word)} is not an action that is known: say it in other words.")
        return None
    votes: dict[str, float] = {}
    for number in order:
        votes[verbs[number]] = votes.get(verbs[number], 0.0) + float(cosines[number]) ** 2
    verb = max(votes, key=lambda one: votes[one])
    notes.append(f'{_quoted(word)} is not known: taken as "{verb}", a guess.')
    return verb


def _nearest_kind(subject: str, encoder: Encoder, notes: list[str]) -> Kind | None:
    kinds, vectors = _noun_vectors(encoder)
    cosines = vectors @ encoder.encode([subject])[0]
    order = np.argsort(-cosines)[:NEAREST]
    if cosines[order[0]] < LIKE_SUBJECT:
        notes.append(f"How {_quoted(subject)} is built is not known: read from the drawing.")
        return None
    votes = {
        kind: sum(float(cosines[n]) for n in order if kinds[n] == kind) for kind in get_args(Kind)
    }
    kind = cast(Kind, max(votes, key=lambda one: votes[one]))
    notes.append(f'{_quoted(subject)} is not known: taken as "{kind}", a guess.')
    return kind


def _quoted(word: str) -> str:
    return f'"{word if len(word) <= MOST_QUOTED else word[:MOST_QUOTED] + "..."}"'


def _actions(
    tokens: Sequence[str],
    start: int,
    found: Sequence[tuple[int, int, str]],
    words: Lexicon,
    notes: list[str],
) -> Iterator[Action]:
    """Each verb with the parts and manners up to the next; parts before the first are the first's.

    "Its tail wags": what is said before a verb that has no parts of its own is what it moves.
    """
    ends = [*(place for place, _, _ in found[1:]), len(tokens)][: len(found)]
    before = tokens[start : found[0][0]] if found else ()
    for (place, after, verb), end in zip(found, ends, strict=True):
        own = _own(tokens[after:end], words) if end < len(tokens) else list(tokens[after:end])
        parts = _parts(own, words) or _parts(before, words)
        still = [word for word in own if word in words.still]
        if still and not parts:
            notes.append(f"Nothing of the skeleton moves the {still[0]}.")
        speed, amount = _manner([*before, *tokens[place:end]], words)
        said = own if _parts(own, words) else before
        is_all = any(word in words.plurals for word in said)
        yield Action(verb, parts, _side([*before, *own], words), speed, amount, is_all)
        before = tokens[after + len(own) : end]


def _own(tokens: Sequence[str], words: Lexicon) -> list[str]:
    """What belongs to a verb, of the words up to the next: not "its ears are" before "shaking"."""
    last = len(tokens)
    while last and (tokens[last - 1] in words.auxiliaries or tokens[last - 1] in words.manners):
        last -= 1
    if last and tokens[last - 1] in words.parts:
        while last and tokens[last - 1] not in words.links:
            last -= 1
        return list(tokens[: max(last - 1, 0)])
    return list(tokens)


def _parts(tokens: Sequence[str], words: Lexicon) -> tuple[Role, ...]:
    return tuple(dict.fromkeys(words.parts[word] for word in tokens if word in words.parts))


def _side(tokens: Sequence[str], words: Lexicon) -> Side:
    """Left or right, where a part follows."""
    for place, word in enumerate(tokens[:-1]):
        if word in ("left", "right") and any(
            one in words.parts for one in tokens[place + 1 : place + 3]
        ):
            return "left" if word == "left" else "right"
    return ""


def _manner(tokens: Sequence[str], words: Lexicon) -> tuple[float, float]:
    pairs = [words.manners[word] for word in tokens if word in words.manners]
    speed, amount = np.prod([(1.0, 1.0), *pairs], axis=0)
    return float(np.clip(speed, *SPEED)), float(np.clip(amount, *AMOUNT))
