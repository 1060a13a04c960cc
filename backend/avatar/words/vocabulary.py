# SPDX-License-Identifier: Apache-2.0
"""Every phrase that speaks of looks, and what kind of thing it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from ..wardrobe.garments import GARMENTS
from . import colors, faces, lexicon, people

Kind = Literal[
    "garment", "unmade", "mark", "hair", "beard", "eyes", "skin", "brows", "person",
    "color", "modifier", "pattern", "odd pattern", "material", "style", "hair color", "skin tone",
    "bare", "role",
]  # fmt: skip

THINGS = ("garment", "unmade", "mark", "hair", "beard", "eyes", "skin", "brows", "person")
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


@cache
def vocabulary() -> dict[str, Word]:
    """All phrases; what is listed later wins, so garments win over colors ("blue jeans")."""
    return {
        phrase: Word(kind, key or phrase)
        for kind, listed, key in (*_adjectives(), *_nouns())
        for phrase in lexicon.words(listed)
    }


@cache
def entries() -> tuple[dict[str, Any], ...]:
    """What words of the kind "garment" mean: `words`, the garments that it `makes`, a `note` where
    they are not quite the thing asked for."""
    found: list[dict[str, Any]] = []
    for name, garment in GARMENTS.items():
        label = garment.label or name
        makes = ["underwear"] if name == "briefs" else [name]
        found.append({"words": garment.words, "makes": makes})
        found.append({"words": garment.near, "makes": makes, "note": f"a {label}"})
    return (*found, *lexicon.read("clothes")["set"])


def _adjectives() -> Iterator[tuple[Kind, str, str]]:
    source, hair = lexicon.read("clothes"), lexicon.read("hair")
    for name in colors.named():
        yield "color", name, ""
    for name in colors.modifiers():
        yield "modifier", name, ""
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
    for number, garment in enumerate(entries()):
        yield "garment", garment["words"], str(number)


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
