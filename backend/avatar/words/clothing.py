# SPDX-License-Identifier: Apache-2.0
"""Reads a sentence on looks into things ("boots", "hair") and what is said of each ("black").

What stands before a thing belongs to it ("a red shirt"), what "with", "in" or "is" ties on belongs
to the thing before ("a dress with white dots", "boots in black"), what is said of a thing's part is
its second color, and what meets no thing colors the whole outfit.
"""

from __future__ import annotations

from collections.abc import Callable

from . import lexicon, people, tokens
from .adjectives import read_adjective, read_of_body, read_same, read_skip, read_style
from .links import (
    read_all,
    read_and,
    read_article,
    read_both,
    read_but,
    read_colon,
    read_comma,
    read_except,
    read_he,
    read_in,
    read_is,
    read_not,
    read_of,
    read_on,
    read_only,
    read_or,
    read_over,
    read_pair,
    read_place,
    read_stop,
    read_that,
    read_wear,
    read_with,
)
from .nouns import (
    read_bare,
    read_lacking,
    read_one,
    read_part,
    read_person,
    read_role,
    read_thing,
    read_whole,
)
from .reader import Reader, settle
from .spoken import Spoken, spoken
from .things import Sentence, shared
from .vocabulary import ADJECTIVES, THINGS, vocabulary


def read(prompt: str) -> tuple[list[str], Sentence]:
    """The tokens of a prompt and what it says of looks."""
    listed = tokens.split(tokens.normalise(prompt))
    return listed, understand(listed)


def worn_places(listed: list[str]) -> set[int]:
    """The tokens that speak of clothes and colors rather than of the body."""
    sentence = understand(listed)
    places = set(sentence.places)
    for one in lexicon.find(listed, vocabulary()):
        if one.phrase not in people.traits() and one.meaning.kind != "size":
            places.update(range(one.start, one.end))
    return places


def understand(listed: list[str]) -> Sentence:
    """Bind what is said to the things it is said of."""
    reader = Reader(spoken(listed))
    while reader.at < len(reader.row):
        one = reader.row[reader.at]
        _HANDLERS.get(one.kind, read_skip)(reader, one)
        reader.at += 1
    settle(reader)
    return Sentence(
        tuple(shared(reader.things)),
        reader.outfit,
        tuple(reader.roles),
        frozenset(reader.bare),
        frozenset(reader.places),
        tuple(reader.odd),
        reader.is_whole_said,
        reader.is_only,
    )


_Handler = Callable[[Reader, Spoken], None]


_HANDLERS: dict[str, _Handler] = {
    **dict.fromkeys(ADJECTIVES, read_adjective),
    **dict.fromkeys(THINGS, read_thing),
    "style": read_style,
    "hair color": read_of_body,
    "skin tone": read_of_body,
    "same": read_same,
    "person": read_person,
    "role": read_role,
    "part": read_part,
    "lacking": read_lacking,
    "bare": read_bare,
    "whole": read_whole,
    "one": read_one,
    "and": read_and,
    "or": read_or,
    "comma": read_comma,
    "a": read_article,
    "the": read_article,
    "in": read_in,
    "with": read_with,
    "of": read_of,
    "on": read_on,
    "over": read_over,
    "is": read_is,
    "colon": read_colon,
    "that": read_that,
    "it": read_that,
    "he": read_he,
    "wear": read_wear,
    "all": read_all,
    "not": read_not,
    "but": read_but,
    "except": read_except,
    "stop": read_stop,
    "place": read_place,
    "both": read_both,
    "pair": read_pair,
    "only": read_only,
}
