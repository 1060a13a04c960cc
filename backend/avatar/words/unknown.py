# SPDX-License-Identifier: Apache-2.0
"""Words of a prompt on looks that no lexicon knows: read as the nearest known ones, or reported."""

from __future__ import annotations

from functools import cache

from ...kit.text import SentenceEncoder
from . import languages, lexicon, people, table
from .faces import read_face
from .known import Kind
from .vocabulary import links, vocabulary

_KINDS: tuple[Kind, ...] = ("garment", "color", "pattern", "material", "role", "hair")


def translated(listed: list[str], encoder: SentenceEncoder, notes: list[str]) -> list[str]:
    """The tokens with known words in place of unknown ones where any is near enough; what became
    of the others is added to `notes`."""
    known = {**links(), **people.traits(), **vocabulary()}
    found = lexicon.find(listed, known)
    taken = {place for one in found for place in range(one.start, one.end)}
    lost = lexicon.unknown(listed, taken | read_face(listed).places)
    language = languages.foreign(listed, lost)
    if language is not None:
        notes.append(not_english(language, "appearance"))
        return listed
    near = _of_the_table(lost)
    guesses = lexicon.guess((word for word in lost if word not in near), _single(), encoder)
    sure = {word: one.known for word, one in guesses.items() if one.is_near}
    near |= sure
    if near:
        notes.append(lexicon.guessed(near))
    rest = [word for word in dict.fromkeys(lost) if word not in near]
    if rest:
        notes.append(lexicon.not_understood(rest, "appearance", guesses))
    read = (
        near.get(word, word) if place not in taken else word for place, word in enumerate(listed)
    )
    return [token for word in read for token in word.split()]


def _of_the_table(lost: list[str]) -> dict[str, str]:
    """What the dictionary's words among them are nearest to."""
    near = {}
    for word in lost:
        kinds = table.look_up(word)
        phrase = next((kinds[kind] for kind in _KINDS if kind in kinds), None)
        if phrase is not None and phrase in vocabulary():
            near[word] = phrase
    return near


def not_english(language: str, what: str) -> str:
    """One sentence for a prompt that is not in English."""
    named = "another script" if language == "another script" else language
    return f"The {what} prompt seems to be in {named}; please write it in English."


@cache
def _single() -> tuple[str, ...]:
    """What an unknown word may be taken for."""
    return tuple(
        phrase
        for phrase, word in vocabulary().items()
        if word.kind in ("garment", "role") and " " not in phrase
    )
