# SPDX-License-Identifier: Apache-2.0
"""Words of a prompt that no lexicon knows: read as the nearest known ones, or reported."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache

from ...kit.text import SentenceEncoder
from . import languages, lexicon, people, table
from .faces import read_face
from .head import read_unknown
from .known import Kind, meanings
from .spelling import respelled
from .vocabulary import links, vocabulary

OF_LOOKS: tuple[Kind, ...] = (
    "garment", "color", "shade", "pattern", "material", "role", "hair",
)  # fmt: skip
OF_BODIES: tuple[Kind, ...] = ("body", "role")
NOT_SENSED: tuple[Kind, ...] = ("hair",)
"""Kinds of which the text head's answers are mostly wrong (see README.md)."""


def translated(listed: list[str], encoder: SentenceEncoder, notes: list[str]) -> list[str]:
    """The tokens of an appearance with known words in place of unknown ones where any is near
    enough; what became of the others is added to `notes`."""
    found = lexicon.find(listed, _known())
    taken = {place for one in found for place in range(one.start, one.end)}
    lost = lexicon.unknown(listed, taken | read_face(listed).places)
    is_foreign = languages.foreign(listed, lost) is not None
    near = {} if is_foreign else nearest(listed, lost, OF_LOOKS, encoder)
    notes += reported(listed, lost, near, "appearance")
    read = (near.get(word, word) for word in listed)
    return [token for phrase in read for token in phrase.split()]


@cache
def _known() -> dict[str, object]:
    return {**links(), **people.traits(), **vocabulary()}


def nearest(
    listed: Sequence[str], lost: Sequence[str], kinds: Sequence[Kind], encoder: SentenceEncoder
) -> dict[str, str]:
    """The known phrases that unknown words are nearest to, of the kinds that are asked for."""
    near = {}
    rest = []
    for word in lost:
        phrases: Mapping[Kind, str] = table.look_up(word)
        if not phrases:
            meant = respelled(word, encoder.tokenizer)
            phrases = dict.fromkeys(meanings(meant), meant) if meant else {}
        phrase = next((phrases[kind] for kind in kinds if kind in phrases), None)
        if phrase is not None:
            near[word] = phrase
        elif not phrases:
            rest.append(word)
    return near | _sensed(listed, rest, kinds, encoder)


def _sensed(
    listed: Sequence[str], rest: Sequence[str], kinds: Sequence[Kind], encoder: SentenceEncoder
) -> dict[str, str]:
    """What the text head takes words for that neither table nor spelling explains."""
    places = [place for place, word in enumerate(listed) if word in rest]
    guesses = read_unknown(listed, places, encoder) if places else {}
    trusted = set(kinds) - set(NOT_SENSED)
    return {guess.word: guess.known for guess in guesses.values() if guess.kind in trusted}


def reported(
    listed: list[str], lost: Sequence[str], near: Mapping[str, str], what: str
) -> list[str]:
    """Sentences on the words that no lexicon knows: at most one on what they were read as, and one
    on those that nothing came of; one alone where the prompt is in another language."""
    language = languages.foreign(listed, lost)
    if language is not None:
        return [f"The {what} prompt seems to be in {language}; please write it in English."]
    rest = [word for word in dict.fromkeys(lost) if word not in near]
    notes = [lexicon.guessed(near)] if near else []
    return notes + ([lexicon.not_understood(rest, what)] if rest else [])


def body_words(
    listed: list[str], taken: Collection[int], encoder: SentenceEncoder, notes: list[str]
) -> dict[str, str]:
    """The phrases on bodies that the words outside of `taken` are nearest to."""
    lost = lexicon.unknown(listed, taken)
    known = people.traits()
    near = nearest(listed, lost, OF_BODIES, encoder)
    near = {word: phrase for word, phrase in near.items() if phrase in known}
    notes += reported(listed, lost, near, "shape")
    return near
