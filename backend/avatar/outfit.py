# SPDX-License-Identifier: Apache-2.0
"""What a prompt says on clothes, hair, skin and eyes, part by part, with sensible defaults."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..kit.text import SentenceEncoder
from .shape import LONGEST, ShapeReading
from .wardrobe.garments import GARMENTS
from .wardrobe.patterns import PATTERNS
from .words import clothing, defaults, looks, reports, tokens, unknown, wardrobe
from .words.colors import RGB, WHITE
from .words.faces import Mark, read_face
from .words.meaning import role_text, sentence_of
from .words.things import Sentence, Thing

__all__ = ["PATTERNS", "GarmentChoice", "Looks", "Outfit", "read_outfit"]

GROWN = 14.0
"""Years from which a role's beard and hair are worn."""


@dataclass(frozen=True)
class GarmentChoice:
    """One garment in its colors; `cloth` is what it is made of, "" what its pattern is cut for."""

    garment: str
    color: RGB
    pattern: str = "plain"
    second_color: RGB = WHITE
    cloth: str = ""


@dataclass(frozen=True)
class Looks:
    """What is painted on the body and grows on its head; `hair_style` None is bald, `beard` None
    is shaven; both name entries of `hair.toml`."""

    skin: RGB
    eyes: RGB
    brows: RGB
    hair_style: str | None
    hair_color: RGB
    age_years: float
    is_female: bool
    beard: str | None = None
    beard_color: RGB = (0.2, 0.15, 0.1)
    marks: tuple[Mark, ...] = ()
    brow_style: str = ""
    """ "thin", "thick", "bushy", or "" for what sex and age give."""


@dataclass(frozen=True)
class Outfit:
    """Garments, the inner before the outer, each at most once; `notes` are for the user."""

    garments: tuple[GarmentChoice, ...]
    looks: Looks
    notes: tuple[str, ...]


def hands_that_hold(outfit: Outfit) -> frozenset[str]:
    """The hands, "left" and "right", in which something is carried."""
    slots = {GARMENTS[choice.garment].slot for choice in outfit.garments}
    return frozenset(side for side in ("left", "right") if f"{side} hand" in slots)


def read_outfit(
    prompt: str, shape: ShapeReading, encoder: SentenceEncoder, seed: int = 0, hints: str = ""
) -> Outfit:
    """The outfit that `prompt` describes on a person of `shape`; an empty one is underwear.

    `hints`, the prompt of the shape, tells hair, skin and eyes where `prompt` is silent on them,
    the role where it names none and leaves much open, and clothes where it is empty.
    """
    hinted_words, hinted = clothing.read(hints[:LONGEST])
    if not _speaks(prompt) and _dresses(hinted):
        outfit = read_outfit(hints, shape, encoder, seed)
        return replace(outfit, notes=reports.without_words(prompt, "appearance"))
    notes = list(reports.without_words(prompt, "appearance"))
    if len(prompt) > LONGEST:
        notes.append(f"I read the first {LONGEST} characters of the appearance prompt.")
    listed = unknown.translated(tokens.split(tokens.normalise(prompt[:LONGEST])), encoder, notes)
    sentence = _with_role(clothing.understand(listed), hinted, shape)
    clothes = wardrobe.asked(sentence, shape)
    notes += reports.of_clothes(sentence, clothes)
    chosen = clothes.chosen
    if _speaks(prompt):
        random = np.random.default_rng(seed)
        chosen = defaults.completed(clothes, sentence, shape, random)
    own = (*_of_the_body(hinted, sentence), *sentence.things)
    looks_said = replace(sentence, things=(*_of_roles(sentence, shape, own), *own))
    person = _looks(looks_said, shape, notes)
    face, other = read_face(listed), read_face(hinted_words)
    role_marks = [mark for text in _role_texts(sentence, shape) for mark in _marks(text)]
    person = replace(
        person,
        marks=tuple(dict.fromkeys((*role_marks, *other.marks, *face.marks))),
        brow_style=face.brow_style or other.brow_style,
    )
    return Outfit(_choices(chosen, shape), person, tuple(notes))


def _dresses(sentence: Sentence) -> bool:
    has_garment = any(thing.kind == "garment" for thing in sentence.things)
    return has_garment or bool(sentence.roles)


def _with_role(sentence: Sentence, hinted: Sentence, shape: ShapeReading) -> Sentence:
    """The shape's role goes on where the appearance names none and leaves trunk or legs open."""
    if sentence.roles or not hinted.roles:
        return sentence
    own = wardrobe.asked(sentence, shape).chosen
    covered = {place for name in own for place in GARMENTS[name].covers}
    return sentence if {"chest", "hips"} <= covered else replace(sentence, roles=hinted.roles)


def _of_the_body(hinted: Sentence, sentence: Sentence) -> tuple[Thing, ...]:
    """What is hinted of the body; a hint of a bald head ends where hair is spoken of at all."""
    has_hair = any(thing.kind == "hair" for thing in sentence.things)
    return tuple(
        thing
        for thing in hinted.things
        if thing.kind in ("brows", "eyes", "skin", "beard")
        or (thing.kind == "hair" and not (has_hair and looks.is_bald(thing)))
    )


def _role_texts(sentence: Sentence, shape: ShapeReading) -> list[str]:
    return [role_text(role, shape.is_female) for role in sentence.roles]


def _of_roles(sentence: Sentence, shape: ShapeReading, own: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """The hair, beard and skin of a role where no words tell of them; children have their own hair
    and no beard."""
    kinds = {"hair", "beard", "skin", "eyes", "brows"} if shape.age_years >= GROWN else {"skin"}
    kinds -= {thing.kind for thing in own if thing.is_negated or _is_told(thing)}
    texts = _role_texts(sentence, shape)
    return tuple(
        thing for text in texts for thing in sentence_of(text).things if thing.kind in kinds
    )


def _is_told(thing: Thing) -> bool:
    """Whether it says what hair is like rather than its color alone."""
    plain = (thing.kind, thing.phrase, "full")
    has_style = any(style != thing.phrase for style in thing.styles) or thing.key not in plain
    return has_style or (thing.kind == "hair" and looks.is_bald(thing))


def _marks(text: str) -> tuple[Mark, ...]:
    return read_face(tokens.split(tokens.normalise(text))).marks


def _speaks(prompt: str) -> bool:
    return any(character.isalnum() for character in prompt)


def _choices(chosen: wardrobe.Chosen, shape: ShapeReading) -> tuple[GarmentChoice, ...]:
    """In layers; underwear below where the trunk would be bare."""
    worn = defaults.with_underwear(chosen, shape)
    return tuple(
        GarmentChoice(garment, pick.color, pick.pattern, pick.second_color, pick.cloth)
        for garment in GARMENTS
        if (pick := worn.get(garment)) is not None
    )


def _looks(sentence: Sentence, shape: ShapeReading, notes: list[str]) -> Looks:
    hair = looks.hair_color(sentence, shape.ancestry, shape.age_years, notes)
    return Looks(
        skin=looks.skin_color(sentence, shape.ancestry),
        eyes=looks.eye_color(sentence),
        brows=looks.brow_color(sentence, hair),
        hair_style=looks.hair_style(sentence, shape.is_female, shape.age_years, notes),
        hair_color=hair,
        age_years=shape.age_years,
        is_female=shape.is_female,
        beard=looks.beard_style(sentence, notes),
        beard_color=looks.beard_color(sentence, hair),
    )
