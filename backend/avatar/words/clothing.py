# SPDX-License-Identifier: Apache-2.0
"""Reads a sentence on looks into things ("boots", "hair") and what is said of each ("black").

What is said before a thing belongs to it ("a red shirt"), what follows "with" or "in" belongs to
the thing before ("a dress with white dots", "boots in black"), and what meets no thing colors the
whole outfit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from . import colors, lexicon, people, tokens
from .colors import RGB
from .lexicon import Found
from .vocabulary import THINGS, Kind, Word, persons, tones, vocabulary

_ENDS = {",", ";", ".", ":", "!", "?", "(", ")", "wearing", "wears", "plus", "but", "over", "under"}
_BACKWARDS = {"in", "with", "of", "is", "are", "made", "that", "which"}
_WHOLE = {"dressed", "clad", "clothed", "all", "entirely", "completely", "everything", "outfit"}


@dataclass(frozen=True)
class Thing:
    """Something with looks, and what was said of it; `key` is its entry in the lexicon."""

    kind: Kind
    phrase: str
    key: str
    colors: tuple[RGB, ...] = ()
    pattern: str = ""
    cloth: str = ""
    material: str = ""
    styles: tuple[str, ...] = ()
    color_names: tuple[str, ...] = ()
    is_negated: bool = False


@dataclass(frozen=True)
class Sentence:
    """All things in their order, the outfit's own looks, and words that mean whole outfits."""

    things: tuple[Thing, ...]
    outfit: Thing
    roles: tuple[str, ...]
    bare: frozenset[str]
    places: frozenset[int]
    odd: tuple[str, ...]


def read(prompt: str) -> tuple[list[str], Sentence]:
    """The tokens of a prompt and what it says of looks."""
    listed = tokens.split(tokens.normalise(prompt))
    return listed, understand(listed)


def worn_places(listed: list[str]) -> set[int]:
    """The tokens that speak of clothes and colors rather than of the body."""
    sentence = understand(listed)
    found = lexicon.find(listed, vocabulary())
    places: set[int] = set()
    for one in found:
        span = range(one.start, one.end)
        if one.phrase in people.traits() and one.start not in sentence.places:
            continue
        places.update(span)
    return places


@dataclass
class _Reader:
    """The state while a sentence is read from left to right."""

    listed: list[str]
    things: list[Thing] = field(default_factory=list)
    pending: Thing = field(default_factory=lambda: Thing("garment", "", ""))
    pending_places: set[int] = field(default_factory=set)
    outfit: Thing = field(default_factory=lambda: Thing("garment", "", ""))
    places: set[int] = field(default_factory=set)
    roles: list[str] = field(default_factory=list)
    bare: set[str] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)
    modifier: str = ""
    last_end: int = 0
    is_backwards: bool = False
    """Whether "with" or "in" ties what follows to the thing before."""
    is_whole: bool = False
    """Whether "dressed" or "all" ties it to the whole outfit."""


def understand(listed: list[str]) -> Sentence:
    """Bind what is said to the things it is said of."""
    reader = _Reader(listed)
    spoken = lexicon.find(listed, {**persons(), **vocabulary()})
    for number, one in enumerate(spoken):
        _cross(reader, one.start, spoken[number:])
        _take(reader, one)
        reader.last_end = one.end
    _cross(reader, len(listed), [])
    _settle(reader)
    return Sentence(
        tuple(reader.things),
        reader.outfit,
        tuple(reader.roles),
        frozenset(reader.bare),
        frozenset(reader.places),
        tuple(reader.odd),
    )


def _cross(reader: _Reader, start: int, ahead: list[Found[Word]]) -> None:
    """What the words since the last phrase say on where phrases belong."""
    for token in reader.listed[reader.last_end : start]:
        if token in _BACKWARDS:
            _settle(reader)
            reader.is_backwards = bool(reader.things)
        elif token in ("a", "an"):
            # "In a striped dress": a thing of its own, nothing of the one before.
            reader.is_backwards = False
        elif token in _WHOLE:
            _settle(reader)
            reader.is_whole = True
        elif token in _ENDS or (token == "and" and _ends_at_and(reader, ahead)):
            _settle(reader)
        elif token not in ("the", "and", *lexicon.intensities()):
            reader.modifier = ""


def _ends_at_and(reader: _Reader, ahead: list[Found[Word]]) -> bool:
    """Whether "boots in black AND red gloves" goes on to the next thing: it does where the colors
    before "and" already have a thing, and a thing rather than a pattern comes next."""
    if not _is_said(reader.pending):
        return True
    if not reader.is_backwards:
        return False
    for one in ahead:
        if one.meaning.kind == "pattern":
            return False
        if one.meaning.kind in THINGS:
            return True
    return False


def _is_said(thing: Thing) -> bool:
    return bool(thing.colors or thing.pattern or thing.material or thing.styles)


def _take(reader: _Reader, one: Found[Word]) -> None:
    word = one.meaning
    span = set(range(one.start, one.end))
    if word.kind in THINGS:
        _name(reader, one)
    elif word.kind == "modifier":
        reader.modifier = word.key
        reader.pending_places |= span
    elif word.kind == "role":
        # "A red knight" wears red.
        reader.outfit = _joined(reader.outfit, reader.pending)
        _forget(reader, range(0))
        reader.roles.append(word.key)
    elif word.kind == "bare":
        if not lexicon.is_negated(reader.listed, one.start, vocabulary().__contains__):
            reader.bare.add(word.key)
        reader.places |= span
    else:
        _say(reader, one)
        reader.pending_places |= span


def _say(reader: _Reader, one: Found[Word]) -> None:
    """An adjective: keep it for the thing that it meets."""
    kind, key, pending = one.meaning.kind, one.meaning.key, reader.pending
    if kind == "color":
        color = colors.named()[key]
        name = key
        if reader.modifier:
            color = colors.changed(color, reader.modifier)
            name = f"{reader.modifier} {key}"
        reader.modifier = ""
        reader.pending = replace(
            pending, colors=(*pending.colors, color), color_names=(*pending.color_names, name)
        )
    elif kind == "pattern":
        reader.pending = replace(pending, pattern=key)
        if _previous(reader) is not None and reader.is_backwards:
            _say_backwards(reader)
    elif kind == "material":
        entry = lexicon.read("clothes")["material"][key]
        reader.pending = replace(pending, material=key, cloth=entry["cloth"])
    elif kind == "odd pattern":
        reader.odd.append(one.phrase)
        reader.places.update(range(one.start, one.end))
    else:
        _say_of_body(reader, one)


def _say_of_body(reader: _Reader, one: Found[Word]) -> None:
    """ "Long" waits for a noun; "blonde", "bald" and "pale" speak of the body by themselves."""
    kind, key = one.meaning.kind, one.meaning.key
    negated = lexicon.is_negated(reader.listed, one.start, vocabulary().__contains__)
    if kind == "style" and key != "bald":
        pending = reader.pending
        reader.pending = replace(pending, styles=(*pending.styles, one.phrase))
        return
    of: Kind = "skin" if kind == "skin tone" else "hair"
    styles: tuple[str, ...] = (one.phrase,) if kind == "style" else ()
    names = () if kind == "style" else (one.phrase,)
    if kind == "hair color":
        styles = reader.pending.styles
    thing = Thing(of, one.phrase, of, styles=styles, color_names=names, is_negated=negated)
    reader.things.append(thing)
    reader.places.update(range(one.start, one.end))


def _name(reader: _Reader, one: Found[Word]) -> None:
    """A noun: it takes what waits for it."""
    word = one.meaning
    negated = lexicon.is_negated(reader.listed, one.start, lambda token: token in colors.named())
    thing = replace(
        reader.pending, kind=word.kind, phrase=one.phrase, key=word.key, is_negated=negated
    )
    if word.kind == "person":
        _drop_on_person(reader, one)
        return
    of_body = ("hair", "beard", "eyes", "skin", "brows")
    if word.kind in of_body and reader.modifier and not thing.colors:
        thing = replace(thing, color_names=(reader.modifier,))
    if word.kind in ("hair", "beard"):
        # A ponytail is a noun and a style at once.
        thing = replace(thing, styles=(*thing.styles, one.phrase))
    reader.things.append(thing)
    _forget(reader, range(one.start, one.end))


def _drop_on_person(reader: _Reader, one: Found[Word]) -> None:
    """ "A green goblin": colors right before a person are the skin's."""
    pending = reader.pending
    names = pending.color_names or ((reader.modifier,) if reader.modifier in tones() else ())
    if names:
        thing = Thing("skin", one.phrase, "skin", colors=pending.colors, color_names=names)
        reader.things.append(thing)
    reader.pending = Thing("garment", "", "")
    reader.pending_places = set()
    reader.modifier = ""
    reader.is_backwards = False


def _forget(reader: _Reader, span: range) -> None:
    reader.places |= reader.pending_places | set(span)
    reader.pending_places = set()
    reader.pending = Thing("garment", "", "")
    reader.modifier = ""
    reader.is_backwards = False


def _previous(reader: _Reader) -> Thing | None:
    return reader.things[-1] if reader.things else None


def _settle(reader: _Reader) -> None:
    """At a clause's end what still waits goes to the thing before, else to the whole outfit."""
    if _is_said(reader.pending):
        if _goes_back(reader):
            _say_backwards(reader)
        else:
            reader.outfit = _joined(reader.outfit, reader.pending)
            _forget(reader, range(0))
    reader.modifier = ""
    reader.is_backwards = False
    reader.is_whole = False


def _goes_back(reader: _Reader) -> bool:
    """ "Boots in black" and "boots, black"; but a second color only with a word that ties it."""
    last = _previous(reader)
    if last is None or reader.is_whole or last.kind == "person":
        return False
    return (
        reader.is_backwards
        or bool(reader.pending.styles or reader.pending.pattern)
        or (not last.colors)
    )


def _say_backwards(reader: _Reader) -> None:
    last = reader.things[-1]
    reader.things[-1] = _joined(last, reader.pending)
    _forget(reader, range(0))


def _joined(thing: Thing, more: Thing) -> Thing:
    """What was said first stays first: "red with white dots" is red."""
    return replace(
        thing,
        colors=(*thing.colors, *more.colors),
        color_names=(*thing.color_names, *more.color_names),
        pattern=more.pattern or thing.pattern,
        cloth=thing.cloth or more.cloth,
        material=thing.material or more.material,
        styles=(*thing.styles, *more.styles),
    )
