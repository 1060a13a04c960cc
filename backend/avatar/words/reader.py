# SPDX-License-Identifier: Apache-2.0
"""The state while a sentence is read, and where what was said goes at a clause's end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .spoken import Spoken, noun_ahead
from .things import NOTHING, Thing, is_said, joined, told
from .vocabulary import cuts


@dataclass
class Reader:
    """The state while a sentence is read from left to right."""

    row: list[Spoken]
    at: int = 0
    things: list[Thing] = field(default_factory=list)
    pending: Thing = NOTHING
    """What was said and has met no thing yet."""
    pending_places: set[int] = field(default_factory=set)
    pending_sizes: set[int] = field(default_factory=set)
    """Tokens such as "big" that speak of the body unless a thing takes them."""
    modifier: str = ""
    group: list[int] = field(default_factory=list)
    """The things that "in black" or "is black" may speak of."""
    tie: str = ""
    """The link that ties what follows to the group."""
    link: str = ""
    """The link since the last thing, whatever it ties."""
    is_open: bool = False
    """Whether an article opened a phrase that has met no noun yet."""
    is_negated: bool = False
    is_stray: bool = False
    """Whether what waits was said of an unknown thing ("a red car")."""
    kept: Thing | None = None
    """What was said before "rather than"."""
    is_excepted: bool = False
    is_whole: bool = False
    is_whole_said: bool = False
    is_only: bool = False
    has_person: bool = False
    waiting: Thing = NOTHING
    """Prints and parts whose thing comes later ("gold buttons on a blue coat")."""
    listing: list[int] = field(default_factory=list)
    """The things of one list ("a hat, a scarf and gloves")."""
    last: int = -1
    """The last thing, even where it is not there."""
    is_relative: bool = False
    """Whether "that" ties what follows to the last thing alone."""
    outfit: Thing = NOTHING
    places: set[int] = field(default_factory=set)
    roles: list[str] = field(default_factory=list)
    bare: set[str] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)

    def ahead(self, steps: int = 1) -> Spoken:
        place = self.at + steps
        end = Spoken("stop", "", "", 0, 0)
        return self.row[place] if 0 <= place < len(self.row) else end

    def noun(self, over: tuple[str, ...] = ()) -> Spoken | None:
        return noun_ahead(self.row, self.at + 1, over)


def taken(reader: Reader, one: Spoken) -> None:
    """After a noun nothing waits any more."""
    reader.places |= reader.pending_places | set(range(one.start, one.end))
    if not one.phrase.endswith("ed") and one.kind != "whole":
        reader.places |= reader.pending_sizes
    forget(reader)
    reader.tie = reader.link = ""
    reader.is_open = reader.is_whole = False


def forget(reader: Reader) -> None:
    reader.pending, reader.modifier, reader.is_stray = NOTHING, "", False
    reader.pending_places, reader.pending_sizes = set(), set()


def agreed(reader: Reader) -> tuple[Thing, bool]:
    """What is said of the noun that comes, and whether the noun is negated: in "a blue rather than
    red shirt" only the red is."""
    if reader.kept is not None:
        kept, reader.kept, reader.is_negated = reader.kept, None, False
        return kept, False
    return reader.pending, reader.is_negated


def settle(reader: Reader) -> None:
    """At a clause's end what still waits goes to the thing before, else to the whole outfit."""
    if reader.kept is not None:
        reader.pending, reader.kept, reader.is_negated = reader.kept, None, False
    has_said = is_said(reader.pending) or reader.pending.is_same
    if has_said and not (reader.is_negated or reader.is_stray):
        _give(reader)
    reader.places |= reader.pending_places if has_said else set()
    if reader.tie and reader.group:
        reader.places |= reader.pending_sizes
    forget(reader)
    reader.tie = ""
    reader.is_open = reader.is_whole = reader.is_relative = False


def _give(reader: Reader) -> None:
    pending, group = reader.pending, reader.group
    if reader.is_whole:
        reader.outfit = joined(reader.outfit, pending)
        reader.is_whole_said = True
    elif _is_hair(pending) and not (group and reader.things[group[-1]].kind in ("hair", "beard")):
        reader.things.append(replace(pending, kind="hair", phrase="hair", key="hair"))
    elif not reader.tie and _is_only_cut(pending):
        if group and pending.styles and pending.styles[0].startswith(_POSTPOSED):
            reader.things[group[-1]] = joined(reader.things[group[-1]], pending)
    elif group and (reader.tie or _is_apposed(reader.things[group[-1]], pending)):
        for number in _spoken_of(reader):
            reader.things[number] = told(reader.things[number], pending, reader.tie)
    elif reader.tie == "is":
        names = pending.color_names
        reader.things.append(Thing("skin", "", "skin", colors=pending.colors, color_names=names))
    else:
        reader.outfit = joined(reader.outfit, pending)


def _is_hair(pending: Thing) -> bool:
    """ "Curly" by itself."""
    only_styles = bool(pending.styles) and not (pending.colors or pending.pattern)
    return only_styles and not any(style in cuts() for style in pending.styles)


_POSTPOSED = ("with ", "without ", "down ", "to ", "above ")


def _is_only_cut(pending: Thing) -> bool:
    return not (pending.colors or pending.pattern or pending.material or pending.is_same)


def _is_apposed(last: Thing, pending: Thing) -> bool:
    """ "Boots, black", "a dress, striped"; but a second color only with a word that ties it."""
    return not last.colors or not pending.colors or bool(pending.pattern)


def _spoken_of(reader: Reader) -> list[int]:
    """Of "a hat and gloves in black" both, of "a red hat and gloves in black" the gloves."""
    is_list = reader.tie == "is" and not reader.is_relative and reader.group[-1] in reader.listing
    spoken_of = reader.listing if is_list else reader.group
    open_ones = [n for n in spoken_of if not reader.things[n].colors]
    last = reader.group[-1]
    if not reader.pending.colors:
        return reader.group if reader.tie == "is" else [last]
    return open_ones if last in open_ones else [last]


def to_person(reader: Reader) -> None:
    """What follows is said of the person, not of a thing."""
    reader.group, reader.tie, reader.link = [], "", ""
    reader.is_open = reader.is_negated = False
    reader.has_person = True


def end_negation(reader: Reader) -> None:
    """A "no" ends after its noun: "no hat WITH a scarf", but "not WITH a hat"."""
    reader.is_negated &= reader.link == "not"
