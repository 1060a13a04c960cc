# SPDX-License-Identifier: Apache-2.0
"""What a prompt says on clothes, hair, skin and eyes, part by part, with sensible defaults."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..kit.text import SentenceEncoder
from .shape import LONGEST, ShapeReading
from .wardrobe.garments import GARMENTS
from .words import clothing, lexicon, looks, people, wardrobe
from .words.clothing import Sentence, Thing
from .words.colors import RGB, WHITE
from .words.faces import Mark, read_face
from .words.vocabulary import vocabulary

PATTERNS = ("plain", "stripes", "dots", "checks")


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


def read_outfit(
    prompt: str, shape: ShapeReading, encoder: SentenceEncoder, seed: int = 0, hints: str = ""
) -> Outfit:
    """The outfit that `prompt` describes on a person of `shape`; an empty one is underwear.

    `hints`, the prompt of the shape, tells hair, skin and eyes where `prompt` is silent on them,
    and clothes where it is empty.
    """
    hinted_words, hinted = clothing.read(hints[:LONGEST])
    if not _speaks(prompt) and any(thing.kind == "garment" for thing in hinted.things):
        return replace(read_outfit(hints, shape, encoder, seed), notes=())
    listed, sentence = clothing.read(prompt[:LONGEST])
    notes: list[str] = []
    if len(prompt) > LONGEST:
        notes.append(f"I read the first {LONGEST} characters of the appearance prompt.")
    guessed = _guessed(listed, encoder, notes)
    chosen = wardrobe.asked(sentence, guessed, notes)
    if _speaks(prompt):
        random = np.random.default_rng(seed)
        chosen = wardrobe.completed(chosen, sentence, shape, random)
    garments = _with_underwear(chosen, shape.is_female)
    looks_said = replace(sentence, things=_of_the_body(hinted, sentence) + sentence.things)
    person = _looks(looks_said, shape, notes)
    face, other = read_face(listed), read_face(hinted_words)
    person = replace(
        person,
        marks=tuple(dict.fromkeys((*other.marks, *face.marks))),
        brow_style=face.brow_style or other.brow_style,
    )
    return Outfit(garments, person, tuple(notes))


def _of_the_body(hinted: Sentence, sentence: Sentence) -> tuple[Thing, ...]:
    """What is hinted of the body; a hint of a bald head ends where hair is spoken of at all."""
    has_hair = any(thing.kind == "hair" for thing in sentence.things)
    return tuple(
        thing
        for thing in hinted.things
        if thing.kind in ("beard", "brows", "eyes", "skin")
        or (thing.kind == "hair" and not (has_hair and looks.is_bald(thing)))
    )


def _speaks(prompt: str) -> bool:
    return any(character.isalnum() for character in prompt)


def _with_underwear(chosen: wardrobe.Chosen, is_female: bool) -> tuple[GarmentChoice, ...]:
    """In layers; underwear below where the trunk would be bare."""
    covers_hips = {"trousers", "skirt", "dress", "robe"} & set(chosen)
    covers_chest = {"tshirt", "dress", "robe", "jacket"} & set(chosen)
    if not covers_hips or (is_female and not covers_chest):
        chosen = {"underwear": wardrobe.Pick(wardrobe.own_color("briefs")), **chosen}
    return tuple(
        GarmentChoice(garment, pick.color, pick.pattern, pick.second_color, pick.cloth)
        for garment in ("underwear", *GARMENTS)
        if (pick := chosen.get(garment)) is not None
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


def _guessed(listed: list[str], encoder: SentenceEncoder, notes: list[str]) -> list[str]:
    """Garments that unknown words may mean; what is like nothing known is reported."""
    known = {**people.traits(), **vocabulary()}
    taken = {place for one in lexicon.find(listed, known) for place in range(one.start, one.end)}
    unknown = lexicon.unknown(listed, taken | read_face(listed).places)
    garments = tuple(
        phrase
        for phrase, word in vocabulary().items()
        if word.kind in ("garment", "unmade", "role") and " " not in phrase
    )
    guesses = lexicon.guess(unknown, garments, encoder)
    for guess in guesses.values():
        notes.append(f'I do not know "{guess.word}" and read it as "{guess.known}"; unsure.')
    lost = [word for word in dict.fromkeys(unknown) if word not in guesses]
    if lost:
        notes.append(lexicon.not_understood(lost, "appearance"))
    return [guess.known for guess in guesses.values()]
