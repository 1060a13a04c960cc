# SPDX-License-Identifier: Apache-2.0
"""What a sentence names: garments, their parts, persons, roles, and what is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from . import lexicon
from .adjectives import read_adjective
from .reader import Reader, agreed, forget, settle, taken, to_person
from .spoken import Spoken, noun_ahead
from .things import NOTHING, Thing, is_said, joined, named_in, printed, slots
from .vocabulary import ADJECTIVES, THINGS, Kind, tones, vocabulary

BODY = ("hair", "beard", "eyes", "skin", "brows")


def read_thing(reader: Reader, one: Spoken) -> None:
    """A noun: it takes what waits for it."""
    if one.kind == "garment" and _is_role_word(one, reader.ahead(-1)):
        return
    following = reader.ahead()
    if one.kind == following.kind == "garment" and slots(one) & slots(following):
        # A "frock coat" is one thing.
        _say(reader, one)
    elif _is_part_of_its_like(reader, one):
        read_part(reader, one)
    else:
        _name(reader, one)


def _say(reader: Reader, one: Spoken) -> None:
    reader.pending = replace(reader.pending, said=(*reader.pending.said, one.phrase))
    reader.pending_places |= set(range(one.start, one.end))


def _name(reader: Reader, one: Spoken) -> None:
    pending, is_negated = agreed(reader)
    is_after_and = reader.link == "and" and bool(reader.group)
    thing = replace(
        pending,
        kind=cast(Kind, one.kind),
        phrase=one.phrase,
        key=one.key,
        is_negated=is_negated,
        is_joined=is_after_and and not pending.said and not reader.is_open,
        is_excepted=reader.is_excepted,
        is_layered=reader.link == "over",
    )
    if one.kind == "garment":
        thing = printed(named_in(thing, one), reader.waiting)
        reader.waiting = NOTHING
    elif one.kind in BODY:
        thing = _of_body(thing, reader.modifier)
    reader.last = len(reader.things)
    if not is_negated:
        is_listed = reader.link in ("and", "comma") and reader.listing
        reader.listing = [*(reader.listing if is_listed else ()), reader.last]
        reader.group = [*reader.group, reader.last] if is_after_and else [reader.last]
    reader.things.append(thing)
    taken(reader, one)


def _of_body(thing: Thing, modifier: str) -> Thing:
    """ "Dark eyes" have a shade without a color; a ponytail is a noun and a style at once."""
    if modifier and not thing.colors:
        thing = replace(thing, color_names=(*thing.color_names, modifier))
    is_style = thing.kind in ("hair", "beard")
    return replace(thing, styles=(*thing.styles, thing.phrase)) if is_style else thing


def _is_role_word(one: Spoken, before: Spoken) -> bool:
    """A sailor suit is what sailors wear."""
    return one.phrase in ("suit", "suits", "outfit") and before.kind == "role"


def _is_part_of_its_like(reader: Reader, one: Spoken) -> bool:
    """ "Boots with heels": what is worn in the same place is part of what it is with."""
    if reader.link != "with" or one.kind != "garment" or not reader.group or reader.is_negated:
        return False
    host = reader.things[reader.group[-1]]
    return host.kind == "garment" and host.key != one.key and bool(slots(host) & slots(one))


def read_one(reader: Reader, one: Spoken) -> None:
    """ "A long red one" is the thing before."""
    is_noun = bool(reader.pending.said) or reader.link in ("a", "the")
    if not is_noun or reader.last < 0 or reader.ahead().kind in (*THINGS, *ADJECTIVES):
        return
    pending, is_negated = agreed(reader)
    host = reader.things[reader.last]
    again = replace(pending, kind=host.kind, phrase=host.phrase, key=host.key, is_again=True)
    reader.things.append(replace(again, is_negated=is_negated))
    reader.last = len(reader.things) - 1
    reader.group = reader.listing = [reader.last]
    taken(reader, one)


def read_part(reader: Reader, one: Spoken) -> None:
    """Buttons, trims, crosses: their color is the second one of what they are on."""
    if reader.ahead().kind in ("garment", "hair"):
        # "A button shirt".
        read_adjective(reader, replace(one, kind="cut"))
        return
    pending, is_negated = agreed(reader)
    garments = [n for n, thing in enumerate(reader.things) if thing.kind == "garment"]
    host = next((n for n in reversed(reader.group) if n in garments), garments[-1:])
    numbers = [host] if isinstance(host, int) else host
    link = reader.link
    taken(reader, one)
    reader.link = link if link == "with" else ""
    if not is_negated and is_on_what_comes(reader):
        reader.waiting = pending
        return
    if not numbers:
        if not is_negated:
            reader.outfit = replace(reader.outfit, accents=pending.colors)
        return
    thing = reader.things[numbers[0]]
    if is_negated:
        lacking = lexicon.read("clothes")["part_lacking"].get(one.phrase)
        styles = (*thing.styles, lacking) if lacking else thing.styles
        reader.things[numbers[0]] = replace(thing, styles=styles)
        return
    cut = tuple(f"{style} {one.phrase}" for style in pending.styles)
    reader.things[numbers[0]] = replace(
        thing, accents=(*thing.accents, *pending.colors), styles=(*thing.styles, *cut)
    )


def is_on_what_comes(reader: Reader, steps: int = 1) -> bool:
    """ "Gold buttons ON A blue COAT"."""
    if reader.ahead(steps).kind != "on":
        return False
    start = reader.at + steps + (2 if reader.ahead(steps + 1).kind in ("a", "the") else 1)
    noun = noun_ahead(reader.row, start, ("and",))
    return noun is not None and noun.kind == "garment"


def read_lacking(reader: Reader, one: Spoken) -> None:
    word = vocabulary()[one.key]
    reader.things.append(Thing(word.kind, one.key, word.key, is_negated=not reader.is_negated))
    reader.places |= set(range(one.start, one.end))


def read_bare(reader: Reader, one: Spoken) -> None:
    if not reader.is_negated:
        reader.bare.add(one.key)
    reader.places |= set(range(one.start, one.end))


def read_person(reader: Reader, one: Spoken) -> None:
    """ "A green goblin": colors right before a person are the skin's."""
    pending = reader.pending
    shade = (reader.modifier,) if reader.modifier in tones() else ()
    names = pending.color_names or shade
    if names:
        thing = Thing("skin", one.phrase, "skin", colors=pending.colors, color_names=names)
        reader.things.append(thing)
    forget(reader)
    to_person(reader)


def read_role(reader: Reader, one: Spoken) -> None:
    """ "A red knight" wears red, "a black doctor" has black skin."""
    if reader.ahead().kind == "garment" and not _is_role_word(reader.ahead(), one):
        # "A pirate hat" is a hat.
        _say(reader, one)
        return
    if reader.is_negated:
        settle(reader)
        return
    pending = reader.pending
    is_costume = lexicon.read("roles")["role"][int(one.key)].get("is_costume", False)
    is_tone = bool(pending.color_names) and set(pending.color_names) <= tones()
    if is_tone and not is_costume and reader.is_open:
        read_person(reader, one)
    else:
        reader.outfit = joined(reader.outfit, pending)
        if is_said(pending):
            reader.places |= reader.pending_places
        forget(reader)
    reader.roles.append(one.key)
    to_person(reader)


def read_whole(reader: Reader, one: Spoken) -> None:
    """ "Black clothes", "an all-white outfit": said of everything."""
    if reader.is_negated:
        if one.phrase in ("clothes", "clothing", "garments"):
            reader.bare.add("all")
        settle(reader)
        return
    reader.outfit = joined(reader.outfit, reader.pending)
    reader.is_whole_said |= is_said(reader.pending)
    taken(reader, one)
    reader.group, reader.is_whole = [], True
