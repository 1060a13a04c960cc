# SPDX-License-Identifier: Apache-2.0
"""Words that tie what is said to what it is said of: "in", "with", "and", "not"."""

from __future__ import annotations

from dataclasses import replace

from .nouns import is_on_what_comes
from .reader import Reader, end_negation, forget, settle
from .spoken import NOUNS, Spoken, ends_in_or, noun_ahead
from .things import Thing, is_said
from .vocabulary import ADJECTIVES


def read_and(reader: Reader, one: Spoken) -> None:
    if not is_said(reader.pending) and not reader.pending.is_same:
        following = reader.ahead()
        if following.kind in ("a", "the", "with", "wear", "it", "he", *ADJECTIVES):
            reader.is_negated = False
        reader.link = "and"
        return
    if reader.ahead().kind in ADJECTIVES and not _goes_on(reader):
        return
    tie, is_whole = reader.tie, reader.is_whole
    settle(reader)
    reader.link = "and"
    if reader.ahead().kind in ADJECTIVES and tie == "is":
        reader.tie = tie
    reader.is_whole = is_whole and reader.ahead().kind not in NOUNS


def _goes_on(reader: Reader) -> bool:
    """Whether "boots in black AND red gloves" goes on to the next thing: it does where what is said
    before "and" already has a thing, and a thing rather than a pattern comes next."""
    noun = reader.noun()
    if noun is None or noun.kind == "part" or (noun.kind == "one" and reader.tie != "in"):
        return False
    if not reader.tie:
        return reader.is_whole
    return bool(reader.group) or reader.is_whole or reader.tie != "in"


def read_or(reader: Reader, one: Spoken) -> None:
    if reader.pending.said and reader.ahead().kind in ADJECTIVES:
        return
    is_negated = reader.is_negated
    settle(reader)
    reader.is_negated = is_negated
    reader.link = "or"


def read_comma(reader: Reader, one: Spoken) -> None:
    following = reader.ahead()
    said = is_said(reader.pending)
    tie, is_negated = reader.tie, reader.is_negated
    if said and following.kind in ADJECTIVES:
        leads_on = reader.noun(("comma", "and")) is not None
        # "A big, red hat", "in black, white and red".
        if (leads_on and reader.is_open and not tie) or (tie and not leads_on):
            return
    settle(reader)
    reader.is_negated = is_negated and ends_in_or(reader.row, reader.at + 1)
    reader.link = "comma"


def read_article(reader: Reader, one: Spoken) -> None:
    """An article opens a phrase of its own, nothing of the thing before."""
    if reader.tie == "is" and one.kind == "the" and reader.ahead().kind == "same":
        return
    if is_said(reader.pending):
        settle(reader)
    if reader.link not in ("with", "over", "and", "or"):
        reader.link = one.kind
    reader.tie = ""
    reader.is_open = True


def read_in(reader: Reader, one: Spoken) -> None:
    is_whole = reader.is_whole
    settle(reader)
    end_negation(reader)
    reader.is_whole, reader.link = is_whole, "in"
    noun = reader.noun()
    if noun is not None and noun.kind != "part":
        return
    last = reader.things[reader.group[-1]] if reader.group else None
    if last is not None and reader.noun(("and", "comma")) is None and _wants_person(reader, last):
        reader.group = []
    reader.tie = "in"


def _wants_person(reader: Reader, last: Thing) -> bool:
    """ "A woman with green eyes in black" wears black."""
    if last.kind in ("eyes", "skin", "beard", "mark", "brows"):
        return True
    following = reader.ahead().kind
    return last.kind == "hair" and reader.has_person and following in ("color", "modifier")


def read_with(reader: Reader, one: Spoken) -> None:
    settle(reader)
    end_negation(reader)
    reader.link = "with"
    noun = reader.noun()
    if noun is None or noun.kind == "part":
        reader.tie = "with"


def read_of(reader: Reader, one: Spoken) -> None:
    settle(reader)
    if reader.noun() is None:
        reader.tie = "of"


def read_on(reader: Reader, one: Spoken) -> None:
    pending = reader.pending
    if pending.pattern and not reader.tie and is_on_what_comes(reader, 0):
        reader.waiting = pending
        reader.places |= reader.pending_places
        forget(reader)
    read_of(reader, one)


def read_over(reader: Reader, one: Spoken) -> None:
    settle(reader)
    end_negation(reader)
    reader.link = "over"
    if reader.group:
        number = reader.group[-1]
        reader.things[number] = replace(reader.things[number], is_layered=True)


def read_is(reader: Reader, one: Spoken) -> None:
    if one.phrase in ("colored", "coloured", "painted", "dyed") and reader.pending.colors:
        return
    is_whole, is_relative = reader.is_whole, reader.is_relative
    settle(reader)
    reader.is_whole, reader.is_relative = is_whole, is_relative
    if reader.is_excepted and is_whole:
        reader.is_excepted, reader.group = False, []
    reader.is_negated = False
    reader.tie = "is"


def read_colon(reader: Reader, one: Spoken) -> None:
    if reader.group:
        read_is(reader, one)
    else:
        read_comma(reader, one)


def read_that(reader: Reader, one: Spoken) -> None:
    settle(reader)
    reader.is_negated = False
    reader.is_relative = one.kind == "that"


def read_he(reader: Reader, one: Spoken) -> None:
    settle(reader)
    reader.is_negated = False
    reader.group = []


def read_wear(reader: Reader, one: Spoken) -> None:
    is_negated, is_whole = reader.is_negated, reader.is_whole
    was_met = reader.link != "not"
    settle(reader)
    reader.group, reader.is_whole = [], is_whole
    reader.is_negated = is_negated and not was_met
    reader.link = "not" if reader.is_negated else ""


def read_all(reader: Reader, one: Spoken) -> None:
    following = reader.ahead().kind
    if one.phrase == "all" and reader.group and reader.link == "comma" and following != "in":
        # "Jeans and a shirt, all blue".
        reader.tie = "is"
        return
    settle(reader)
    reader.is_whole = True


def read_not(reader: Reader, one: Spoken) -> None:
    tie, is_open = reader.tie, reader.is_open
    if is_said(reader.pending) and tie != "is" and reader.noun(("and", "or")) is not None:
        reader.kept = reader.pending
        reader.is_negated = True
        return
    if is_said(reader.pending):
        settle(reader)
    if one.phrase in ("isn't", "isnt", "aren't", "arent", "wasn't", "weren't"):
        tie = "is"
    reader.is_negated = True
    reader.link, reader.tie, reader.is_open = "not", tie, is_open


def read_but(reader: Reader, one: Spoken) -> None:
    tie = reader.tie
    settle(reader)
    reader.is_negated = False
    reader.tie = tie


def read_except(reader: Reader, one: Spoken) -> None:
    is_whole = reader.is_whole
    settle(reader)
    reader.is_excepted, reader.is_negated = True, False
    reader.group, reader.is_whole = [], is_whole


def read_stop(reader: Reader, one: Spoken) -> None:
    settle(reader)
    reader.is_negated = reader.is_excepted = False
    if reader.ahead().kind != "it":
        reader.group = []
    reader.link = ""


def read_place(reader: Reader, one: Spoken) -> None:
    settle(reader)
    reader.is_negated = False
    reader.link = "place"


def read_both(reader: Reader, one: Spoken) -> None:
    """ "A hat and gloves, both black"."""
    settle(reader)
    reader.tie = "is" if reader.group else ""
    reader.is_open = not reader.group


def read_pair(reader: Reader, one: Spoken) -> None:
    reader.is_open = one.phrase.startswith("a ")


def read_only(reader: Reader, one: Spoken) -> None:
    noun = reader.noun()
    following = [reader.ahead(step).kind for step in (1, 2, 3)]
    is_wear = "wear" in (reader.ahead(-1).kind, following[0])
    if one.phrase not in ("just", "only", "solely") or is_wear:
        named = (
            noun or noun_ahead(reader.row, reader.at + 2) or noun_ahead(reader.row, reader.at + 3)
        )
        reader.is_only |= named is not None and named.kind == "garment"
    reader.is_negated = False
