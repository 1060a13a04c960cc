# SPDX-License-Identifier: Apache-2.0
"""All that the lexicons know, as classes of phrases that mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ...kit.motion.words import load_lexicon
from ..wardrobe.garments import GARMENTS
from . import colors, people
from .vocabulary import entries, vocabulary

Kind = Literal[
    "garment", "color", "shade", "pattern", "material", "role", "body", "action", "hair", "mood",
    "other",
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "garment", "color", "shade", "pattern", "material", "role", "body", "action", "hair", "mood",
    "other",
)  # fmt: skip

_OF_VOCABULARY: dict[str, Kind] = {
    "garment": "garment",
    "unmade": "garment",
    "color": "color",
    "modifier": "shade",
    "pattern": "pattern",
    "odd pattern": "pattern",
    "material": "material",
    "role": "role",
    "style": "hair",
    "hair": "hair",
    "hair color": "hair",
    "beard": "hair",
}


PARTS = (
    "", "head", "face", "neck", "top", "outer", "bottom", "whole", "waist", "hands", "feet",
    "extra", "hair",
)  # fmt: skip
"""Where what is said belongs; "" where to none."""

_PART_OF_SLOT = {
    "briefs": "bottom", "bra": "top", "legwear": "bottom", "mid": "top", "apron": "outer",
    "eyes": "face", "cape": "outer", "back": "extra", "right hand": "extra", "left hand": "extra",
}  # fmt: skip


@dataclass(frozen=True)
class Class:
    """Phrases of one kind that mean the same; `meaning` tells apart what does not."""

    kind: Kind
    meaning: str
    phrases: tuple[str, ...]


def part(meaning: str) -> str:
    """Where a garment of this meaning is worn, as one of `PARTS`."""
    made = [GARMENTS[name].slot for name in meaning.split("+") if name in GARMENTS]
    if len(made) > 1:
        return "whole"
    return _PART_OF_SLOT.get(made[0], made[0]) if made else "extra"


def meanings(phrase: str) -> dict[Kind, str]:
    """What a known phrase means, by kind; a phrase may be of several kinds ("old", "coral")."""
    return _index().get(phrase, {})


@cache
def classes() -> tuple[Class, ...]:
    """Every class of every lexicon, in their order."""
    grouped: dict[tuple[Kind, str], list[str]] = {}
    for phrase, found in _index().items():
        for kind, meaning in found.items():
            grouped.setdefault((kind, meaning), []).append(phrase)
    return tuple(Class(kind, said, tuple(phrases)) for (kind, said), phrases in grouped.items())


@cache
def _index() -> dict[str, dict[Kind, str]]:
    index: dict[str, dict[Kind, str]] = {}
    for phrase, kind, meaning in _all():
        index.setdefault(phrase, {}).setdefault(kind, meaning)
    return index


def _all() -> Iterator[tuple[str, Kind, str]]:
    yield from _of_looks()
    for phrase in colors.named():
        yield phrase, "color", _code(colors.named()[phrase])
    for phrase, trait in people.traits().items():
        if not trait.is_weak:
            yield phrase, "role" if trait.is_noun else "body", _trait(phrase)
    for form, (kind, value) in load_lexicon().forms.items():
        if kind == "action":
            yield " ".join(form), "action", value
        elif kind == "moods":
            yield " ".join(form), "mood", value


def _of_looks() -> Iterator[tuple[str, Kind, str]]:
    for phrase, word in vocabulary().items():
        kind = _OF_VOCABULARY.get(word.kind)
        if kind == "color":
            yield phrase, kind, _code(colors.named()[phrase])
        elif word.kind == "garment":
            makes = entries()[int(word.key)]["makes"]
            yield phrase, "garment", "+".join("briefs" if n == "underwear" else n for n in makes)
        elif kind == "role":
            yield phrase, kind, f"{word.key} {_trait(phrase)}"
        elif kind == "shade":
            yield phrase, kind, repr(colors.modifiers()[phrase])
        elif kind is not None:
            yield phrase, kind, word.key


def _code(color: colors.RGB) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in color)


def _trait(phrase: str) -> str:
    """A trait in few characters, so that equal ones compare equal."""
    trait = people.traits().get(phrase)
    if trait is None:
        return ""
    said = [f"{axis} {level:g}" for axis, level in sorted(trait.levels.items())]
    sex = {None: "", True: "female", False: "male"}
    usual = sex[trait.usually_female] and f"usually {sex[trait.usually_female]}"
    age = f"{trait.age:g} years" if trait.age is not None else ""
    return ", ".join(
        part for part in (*said, sex[trait.female], usual, age, trait.ancestry) if part
    )
