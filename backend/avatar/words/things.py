# SPDX-License-Identifier: Apache-2.0
"""Things with looks, as a sentence names them, and what is said of one thing after another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..wardrobe.garments import GARMENTS
from . import colors
from .colors import RGB
from .spoken import Spoken
from .vocabulary import Kind, Word, entries, vocabulary


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
    accents: tuple[RGB, ...] = ()
    """Colors of its parts and of what is printed on it."""
    shade: str = ""
    """ "Dark" and the like, where no color follows."""
    said: tuple[str, ...] = ()
    """Every adjective in its own words, and a role that stands before it ("pirate")."""
    is_same: bool = False
    """Whether it has the color of another thing ("matching gloves")."""
    is_layered: bool = False
    """Whether it was said to be worn over or under another thing."""
    is_excepted: bool = False
    """Whether what is said of the whole outfit is not said of it."""
    is_again: bool = False
    """Whether it is the thing before, spoken of again ("a long one")."""
    is_joined: bool = False
    """Whether only "and" parts it from the thing before: "black belt and boots"."""


NOTHING = Thing("garment", "", "")


@dataclass(frozen=True)
class Sentence:
    """All things in their order, the outfit's own looks, and words that mean whole outfits."""

    things: tuple[Thing, ...]
    outfit: Thing
    roles: tuple[str, ...]
    bare: frozenset[str]
    places: frozenset[int]
    odd: tuple[str, ...]
    is_whole: bool = False
    """Whether the outfit's looks were said of all of it ("all in black")."""
    is_only: bool = False
    """Whether nothing is worn beside what is named ("nothing but shorts")."""


def is_said(thing: Thing) -> bool:
    return bool(thing.colors or thing.pattern or thing.material or thing.styles)


def joined(thing: Thing, more: Thing) -> Thing:
    """What was said first stays first: "red with white dots" is red."""
    return replace(
        thing,
        colors=(*thing.colors, *more.colors),
        color_names=(*thing.color_names, *more.color_names),
        pattern=more.pattern or thing.pattern,
        cloth=thing.cloth or more.cloth,
        material=thing.material or more.material,
        styles=(*thing.styles, *more.styles),
        shade=thing.shade or more.shade,
        said=(*thing.said, *more.said),
    )


def told(thing: Thing, more: Thing, tie: str) -> Thing:
    """The thing with what "with", "in" or "is" tells of it."""
    if tie == "with" and len(more.colors) == 1 and (thing.colors or more.pattern):
        return replace(
            joined(thing, replace(more, colors=(), color_names=())),
            accents=(*thing.accents, *more.colors),
        )
    if tie == "is" and more.colors and thing.colors and not more.pattern:
        thing = replace(thing, colors=(), color_names=())
    if more.is_same:
        thing = replace(thing, is_same=True)
    return joined(thing, more)


def named_in(thing: Thing, one: Spoken) -> Thing:
    """ "Black jeans" and "plaid shirt" may be one phrase of the lexicon: still they are black, and
    checked."""
    said = one.phrase.split()
    for number, name in enumerate(said[:-1]):
        word = vocabulary().get(name)
        if word is None:
            continue
        if word.kind == "pattern" and not thing.pattern:
            thing = replace(thing, pattern=word.key)
        rest = vocabulary().get(" ".join((*said[:number], *said[number + 1 :])))
        is_apart = rest is not None and rest.kind == "garment" and made(rest) == made(one)
        if word.kind == "color" and is_apart and not thing.colors and one.phrase != "blue jeans":
            thing = replace(thing, colors=(colors.named()[name],), color_names=(name,))
    return thing


def made(thing: Thing | Spoken | Word) -> list[str]:
    """The garments that a noun of this entry means."""
    names: list[str] = entries()[int(thing.key)]["makes"]
    return names


def printed(thing: Thing, waiting: Thing) -> Thing:
    """With the prints and parts that were said before it: "white stripes on a blue shirt"."""
    return replace(
        thing,
        pattern=thing.pattern or waiting.pattern,
        accents=(*thing.accents, *waiting.colors),
    )


def slots(thing: Thing | Spoken | Word) -> set[str]:
    """Where it is worn, of what only one can be worn; of sets nothing."""
    found = {GARMENTS[name].slot for name in made(thing)}
    return found - {"extra", "neck"} if len(found) == 1 else set()


_DENIM = ("jean", "denim", "dungaree")


def shared(things: list[Thing]) -> list[Thing]:
    """The black of "black belt and boots" is both's, and "matching" is the color before."""
    done: list[Thing] = []
    for number, thing in enumerate(things):
        if thing.is_same and not thing.colors:
            # "Matching" is the color before; "the color of his red hat" the one that follows.
            others = [one for one in (*reversed(done), *things[number:]) if one.colors]
            colored = [one for one in others if one.kind == "garment"]
            thing = replace(thing, colors=colored[0].colors[:1]) if colored else thing
        elif thing.is_joined and done:
            thing = _sharing(thing, done[-1])
        done.append(thing)
    return done


def _sharing(thing: Thing, before: Thing) -> Thing:
    """The second of "black belt and boots" with the color of the first; jeans stay blue."""
    is_free = not thing.colors and not any(word in thing.phrase for word in _DENIM)
    is_pair = before.kind == thing.kind == "garment" and not before.is_negated
    if not (is_free and is_pair and before.colors) or before.pattern:
        return thing
    return replace(
        thing,
        colors=before.colors,
        cloth=thing.cloth or before.cloth,
        material=thing.material or before.material,
    )
