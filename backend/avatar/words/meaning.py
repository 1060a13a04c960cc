# SPDX-License-Identifier: Apache-2.0
"""Which garments a noun means, by what is said of it and by what its wearer is: "a long coat",
"a pirate's hat"."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from ..wardrobe.garments import GARMENTS
from . import lexicon
from .clothing import read
from .things import Sentence, Thing
from .vocabulary import cuts, entries, phrases, vocabulary


class Wearer(Protocol):
    """What the meaning of words and defaults depend on."""

    @property
    def is_female(self) -> bool: ...

    @property
    def age_years(self) -> float: ...


@dataclass(frozen=True)
class Meaning:
    """Garments by name, what comes with them, and whether they only stand in for what was said."""

    names: tuple[str, ...]
    extra: str = ""
    is_near: bool = False
    is_one: bool = False
    """Whether all are cut from one cloth, as a suit is."""


def meaning(thing: Thing, worn: Collection[str], wearer: Wearer) -> Meaning:
    """What `thing` is, on somebody whose role wears the garments `worn`."""
    if _told_apart(thing) is None:
        of_roles = [name for role in _roles_said(thing) for name in role_garments(role, wearer)]
        called = (name for name in (*of_roles, *worn) if is_called(name, thing.phrase))
        found = tuple(dict.fromkeys(called))
        if found:
            return Meaning(found)
    return _by_name(thing, wearer)


def _by_name(thing: Thing, wearer: Wearer) -> Meaning:
    entry = _told_apart(thing) or entries()[int(thing.key)]
    names = entry.get("female" if wearer.is_female else "male") or entry["makes"]
    extra, is_near = entry.get("extra", ""), entry.get("is_near", False)
    return Meaning(tuple(names), extra, is_near, entry.get("is_one", False))


def _told_apart(thing: Thing) -> dict[str, Any] | None:
    """The entry of the noun with one of its adjectives before it, where that is a name of its own:
    of "a long red coat" that of "long coat"."""
    plain = entries()[int(thing.key)]
    for adjective in reversed((*thing.said, *thing.styles)):
        for other in cuts().get(adjective, (adjective,)):
            word = vocabulary().get(f"{other} {thing.phrase}")
            if word is not None and word.kind == "garment":
                entry = entries()[int(word.key)]
                if plain.get("is_near") or not entry.get("is_near"):
                    return entry
    return None


def _roles_said(thing: Thing) -> list[str]:
    known = ((phrase, vocabulary().get(phrase)) for phrase in thing.said)
    return [word.key for _, word in known if word is not None and word.kind == "role"]


def is_called(garment: str, noun: str) -> bool:
    """Whether a tricorn is a "hat": one of its names ends so."""
    return noun in _names(garment)


@cache
def _names(garment: str) -> frozenset[str]:
    """All that a garment is called, and the last word of each."""
    own = phrases(GARMENTS[garment].words)
    return frozenset([*own, *(phrase.split()[-1] for phrase in own)])


def garments_called(listed: str) -> frozenset[str]:
    """The garments that the phrases of a list mean by their own names."""
    return _called(listed)


@cache
def _called(listed: str) -> frozenset[str]:
    found: set[str] = set()
    for phrase in phrases(listed):
        word = vocabulary().get(phrase)
        if word is not None and word.kind == "garment":
            entry = entries()[int(word.key)]
            found.update(() if entry.get("is_near") else entry["makes"])
    return frozenset(found)


@cache
def sentence_of(text: str) -> Sentence:
    """What a text of the lexicon says, read as a prompt is."""
    return read(text)[1]


def role_text(role: str, is_female: bool) -> str:
    """What somebody of a role wears and looks like, in words."""
    entry = lexicon.read("roles")["role"][int(role)]
    own = entry.get("female" if is_female else "male", "")
    return ", ".join(text for text in (entry.get("wears", ""), own) if text)


def role_garments(role: str, wearer: Wearer) -> list[str]:
    things = sentence_of(role_text(role, wearer.is_female)).things
    return [
        name
        for thing in things
        if thing.kind == "garment" and not thing.is_negated
        for name in _by_name(thing, wearer).names
    ]


def in_order(names: Iterable[str]) -> list[str]:
    """Garments of the wardrobe, the inner before the outer."""
    wanted = set(names)
    return [name for name in GARMENTS if name in wanted]
