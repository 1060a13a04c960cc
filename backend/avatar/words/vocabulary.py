# SPDX-License-Identifier: Apache-2.0
"""Every phrase that speaks of looks, and what kind of thing it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from ..wardrobe.garments import GARMENTS
from . import colors, faces, lexicon, people, tokens

Kind = Literal[
    "garment", "unmade", "mark", "hair", "beard", "eyes", "skin", "brows", "person",
    "color", "modifier", "pattern", "odd pattern", "material", "style", "cut", "size",
    "hair color", "skin tone", "bare", "role", "part", "lacking",
]  # fmt: skip

THINGS = ("garment", "unmade", "mark", "hair", "beard", "eyes", "skin", "brows", "person")
ADJECTIVES = (
    "color", "modifier", "pattern", "odd pattern", "material", "style", "cut", "size",
    "hair color", "skin tone",
)  # fmt: skip
_BODY_NOUNS: dict[Kind, str] = {
    "eyes": "eyes, eye, eyed, irises, iris",
    "skin": "skin, skinned, complexion, complexioned, skin tone, skin color",
    "brows": "eyebrows, brows, eyebrow, brow",
}


@dataclass(frozen=True)
class Word:
    """A phrase that clothing knows: what kind, and which entry of that kind's table."""

    kind: Kind
    key: str


def same(phrase: str) -> str:
    """A phrase as it is found in a prompt: "T-shirt" is the tokens "t shirt"."""
    return " ".join(tokens.split(tokens.normalise(phrase)))


def phrases(listed: str) -> list[str]:
    return [same(phrase) for phrase in lexicon.words(listed)]


@cache
def vocabulary() -> dict[str, Word]:
    """All phrases; what is listed later wins, so garments win over colors ("blue jeans")."""
    found = {
        phrase: Word(kind, key or phrase)
        for kind, listed, key in (*_adjectives(), *_nouns())
        for phrase in phrases(listed)
    }
    return {**_lacking(found), **found}


@cache
def entries() -> tuple[dict[str, Any], ...]:
    """What words of the kind "garment" mean: `words`, the garments that it `makes`, for a woman or
    a man where that differs, what comes as an `extra`, and whether it is only `near` to that."""
    found: list[dict[str, Any]] = []
    for name, garment in GARMENTS.items():
        found.append({"words": garment.words, "makes": [name]})
        found.append({"words": garment.near, "makes": [name], "is_near": True})
    single = _single(found)
    for source in lexicon.read("clothes")["set"]:
        entry = {**source, **{who: _names(source, who, single) for who in ("female", "male")}}
        entry["makes"] = _names(source, "makes", single) or entry["female"]
        found.append(entry)
    return tuple(found)


def _single(found: list[dict[str, Any]]) -> dict[str, str]:
    """The garment that a word means; its own words win over those that it only stands in for."""
    ordered = sorted(found, key=lambda entry: not entry.get("is_near"))
    return {phrase: one["makes"][0] for one in ordered for phrase in phrases(one["words"])}


def _names(source: dict[str, Any], who: str, single: dict[str, str]) -> list[str]:
    listed = phrases(source.get(who, source.get("makes", "")))
    return list(dict.fromkeys(single[phrase] for phrase in listed if phrase in single))


def _adjectives() -> Iterator[tuple[Kind, str, str]]:
    source, hair = lexicon.read("clothes"), lexicon.read("hair")
    yield "size", source["size"]["words"], ""
    for name in colors.named():
        yield "color", name, ""
    for name in colors.modifiers():
        yield "modifier", name, ""
    for listed in source["cut"].values():
        yield "cut", listed, ""
    yield "odd pattern", source["pattern_unmade"]["words"], ""
    for pattern, listed in source["pattern"].items():
        yield "pattern", listed, pattern
    for material, entry in source["material"].items():
        yield "material", entry["words"], material
    for style, listed in hair["style"].items():
        yield "style", listed, style
    yield "hair color", hair["hair_alone"]["words"], ""
    yield "skin tone", lexicon.read("face")["skin_alone"]["words"], ""


def _nouns() -> Iterator[tuple[Kind, str, str]]:
    source: dict[str, Any] = lexicon.read("clothes")
    yield "part", source["part"]["words"], ""
    yield "unmade", source["unmade"]["words"], ""
    hair = lexicon.read("hair")
    yield "hair", hair["hair"]["nouns"], ""
    for style, listed in (*hair["style_near"].items(), *hair["style_noun"].items()):
        yield "hair", listed, style
    for style, listed in hair["beard"].items():
        yield "beard", listed, style
    yield "mark", ", ".join(faces.mark_words()), ""
    for kind, listed in _BODY_NOUNS.items():
        yield kind, listed, kind
    for place, listed in source["bare"].items():
        yield "bare", listed, place
    for number, role in enumerate(lexicon.read("roles")["role"]):
        yield "role", role["words"], str(number)
    numbered = list(enumerate(entries()))
    for number, garment in sorted(numbered, key=lambda one: not one[1].get("is_near")):
        yield "garment", garment["words"], str(number)


def _lacking(found: dict[str, Word]) -> dict[str, Word]:
    """ "Hatless", "beardless": the things that are not there."""
    kinds = ("garment", "unmade", "beard")
    return {
        f"{phrase}less": Word("lacking", phrase)
        for phrase, word in found.items()
        if word.kind in kinds and " " not in phrase
    }


@cache
def cuts() -> dict[str, tuple[str, ...]]:
    """For each word on how a garment is cut all words that mean the same, itself first."""
    return {
        phrase: (phrase, *(other for other in listed if other != phrase))
        for group in lexicon.read("clothes")["cut"].values()
        for listed in (phrases(group),)
        for phrase in listed
    }


@cache
def links() -> dict[str, str]:
    """Words that tie things together, and what they do: "made of" does "of"."""
    listed = lexicon.read("clothes")["link"]
    found = {phrase: link for link in listed for phrase in lexicon.words(listed[link])}
    signs = {**dict.fromkeys(",()", "comma"), **dict.fromkeys(".;!", "stop"), "?": "colon"}
    return {**found, **signs}


@cache
def persons() -> dict[str, Word]:
    """Nouns for people, that colors may stand before: "a green goblin", "a black man"."""
    return {
        phrase: Word("person", phrase)
        for phrase, trait in people.traits().items()
        if trait.is_noun and not trait.is_weak
    }


@cache
def tones() -> frozenset[str]:
    source = lexicon.read("face")["skin_color"]
    return frozenset(phrase for listed in source for phrase in lexicon.words(listed)) - {
        "medium", "average", "light", "deep", "golden",
    }  # fmt: skip
