# SPDX-License-Identifier: Apache-2.0
"""Sentences of the caption grammar, each word labelled: what the text head is trained on.

A caption is made of clauses on the person, the clothes, the hair and the action, in any order, with
words from the lexicons and from the word table, so that what a lexicon learns is trained on too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from . import lexicon, people, tokens
from .grammar import ACTION_FRAMES, CARRIED, DISTRACTIONS, PERSON_FRAMES, PLACES, WORN_FRAMES
from .known import KINDS, PARTS, Class, Kind, part
from .people import Person, Said


@dataclass(frozen=True)
class Word:
    """One word of a caption: its kind, its class (a number, -1 for none), where it belongs."""

    text: str
    kind: Kind = "other"
    number: int = -1
    part: str = ""
    is_negated: bool = False


@dataclass(frozen=True)
class Caption:
    words: tuple[Word, ...]
    person: Person


@dataclass(frozen=True, eq=False)
class Pool:
    """The classes, the words that the table adds to each, and `others` that mean nothing."""

    classes: Sequence[Class]
    added: Mapping[int, Sequence[str]]
    others: Sequence[str]
    by_kind: dict[Kind, list[int]] = field(init=False)
    by_part: dict[str, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        by_kind: dict[Kind, list[int]] = {kind: [] for kind in KINDS}
        by_part: dict[str, list[int]] = {name: [] for name in PARTS}
        for number, one in enumerate(self.classes):
            by_kind[one.kind].append(number)
            if one.kind == "garment":
                by_part[part(one.meaning)].append(number)
        object.__setattr__(self, "by_kind", by_kind)
        object.__setattr__(self, "by_part", by_part)


TABLE_SHARE = 0.5
"""How often a word of the table stands for its class, where there is one."""
CLASSES_MORE_ALIKE = 0.5
"""The power of a class's count of words that it is drawn with."""


@dataclass(eq=False)
class Writer:
    """Writes captions; the same seed gives the same ones."""

    pool: Pool
    random: np.random.Generator
    typos: float = 0.02
    """The share of longer words that are misspelled."""
    said: list[Said] = field(default_factory=list)

    def caption(self) -> Caption:
        self.said = []
        shares = {
            self.person: 0.45,
            self.clothes: 0.6,
            self.hair: 0.15,
            self.action: 0.25,
            self.distraction: 0.2,
        }
        clauses = [clause() for clause, share in shares.items() if self.chance(share)]
        clauses = clauses or [self.clothes()]
        order = self.random.permutation(len(clauses)) if self.chance(0.2) else range(len(clauses))
        words: list[Word] = []
        for number in order:
            if words:
                words += plain(self.one(("", ",", ",", ".", "and", "who is", "; ")))
            words += clauses[number]
        return Caption(tuple(map(self.mistyped, words)), people.combine(self.said))

    # What random choices are made of.

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def one(self, listed: Sequence[str]) -> str:
        return listed[int(self.random.integers(len(listed)))]

    def mistyped(self, word: Word) -> Word:
        text = word.text
        if len(text) < 5 or not self.chance(self.typos):
            return word
        at = int(self.random.integers(1, len(text) - 1))
        changed: tuple[Callable[[], str], ...] = (
            lambda: text[:at] + text[at + 1 :],
            lambda: text[:at] + text[at] + text[at:],
            lambda: text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :],
        )
        text = changed[int(self.random.integers(len(changed)))]()
        return Word(text, word.kind, word.number, word.part, word.is_negated)

    def number(self, listed: list[int]) -> int:
        """A class, those of many words more often."""
        sizes = np.array(
            [len(self.pool.classes[n].phrases) + len(self.pool.added.get(n, ())) for n in listed]
        )
        weights = sizes**CLASSES_MORE_ALIKE
        return int(self.random.choice(listed, p=weights / weights.sum()))

    def phrase(self, number: int) -> str:
        added = self.pool.added.get(number, ())
        if added and self.chance(TABLE_SHARE):
            return self.one(added)
        phrases = self.pool.classes[number].phrases
        # "Huntergreen" is known, but what people write is "hunter green".
        joined = {phrase.replace(" ", "") for phrase in phrases if " " in phrase}
        return self.one([phrase for phrase in phrases if phrase not in joined] or phrases)

    def thing(self, kind: Kind, where: str = "", is_negated: bool = False) -> list[Word]:
        return self.of(self.number(self.pool.by_kind[kind]), where, is_negated)

    def of(self, number: int, where: str = "", is_negated: bool = False) -> list[Word]:
        """The words of one phrase of the class, labelled alike."""
        kind = self.pool.classes[number].kind
        listed = tokens.split(tokens.normalise(self.phrase(number)))
        return [Word(text, kind, number, where, is_negated) for text in listed]

    # The clauses.

    def person(self) -> list[Word]:
        """ "A very tall, happy old pirate": adjectives before or after the noun."""
        before: list[Word] = []
        for _ in range(int(self.random.choice(4, p=(0.2, 0.4, 0.3, 0.1)))):
            before += self.adjective(between=bool(before))
        noun = self.thing("role") if self.chance(0.85) else plain("person")
        self.say(noun, 1.0)
        after: list[Word] = []
        if self.chance(0.15):
            after = plain(self.one(("who is", "that is", "is", "looks", ",")))
            after += self.adjective(between=False)
        frame = self.one(PERSON_FRAMES)
        return [*plain(frame), *before, *noun, *after]

    def adjective(self, between: bool) -> list[Word]:
        joint = plain(self.one(("", "", ",", "and"))) if between else []
        if self.chance(0.15):
            return [*joint, *self.thing("mood")]
        degree: list[Word] = []
        is_negated = self.chance(0.06)
        factor = -0.2 if is_negated else 1.0
        if is_negated:
            degree = plain(self.one(("not", "not at all", "isn't", "far from")))
        if self.chance(0.25):
            said = self.one(tuple(lexicon.intensities()))
            factor *= lexicon.intensities()[said]
            degree += plain(said)
        words = self.thing("body", is_negated=is_negated)
        self.say(words, factor)
        return [*joint, *degree, *words]

    def say(self, words: list[Word], degree: float) -> None:
        """Remember what the phrase's class says of the body."""
        if not words or words[0].number < 0:
            return
        known = people.traits()
        phrases = self.pool.classes[words[0].number].phrases
        trait = next((known[phrase] for phrase in phrases if phrase in known), None)
        if trait is not None:
            self.said.append(Said(phrases[0], trait, degree))

    def clothes(self) -> list[Word]:
        count = int(self.random.choice((1, 2, 3, 4), p=(0.45, 0.35, 0.15, 0.05)))
        garments = self.pool.by_kind["garment"]
        # Parts alike, so that shoes and hats are named as often as shirts.
        places = [name for name in PARTS if self.pool.by_part[name]]
        words = plain(self.one(WORN_FRAMES))
        for place in range(count):
            if place:
                words += plain(self.one((",", "and", ", and", "with", "plus", "over")))
            if self.chance(0.75):
                number = self.number(self.pool.by_part[self.one(places)])
            else:
                number = self.number(garments)
            words += self.garment(number)
        return words

    def garment(self, number: int) -> list[Word]:
        """One garment with what is said of it, before and behind."""
        where = part(self.pool.classes[number].meaning)
        if self.chance(0.06):
            noun = self.of(number, where, is_negated=True)
            return [*plain(self.one(("no", "without a", "without any", "not a"))), *noun]
        noun = self.of(number, where)
        article = plain(self.one(("a", "a", "his", "her", "", "the", "some", "a pair of", "their")))
        style = self.random.random()
        if style < 0.12:
            return [*article, *noun, *plain(self.one(("in", "of", "colored"))), *self.hue(where)]
        if style < 0.2:
            return [*article, *noun, *plain(self.one(("is", "are", "that is"))), *self.hue(where)]
        if style < 0.3:
            pattern = self.thing("pattern", where)
            hue = self.hue(where) if self.chance(0.7) else []
            return [*article, *self.looks(where), *noun, *plain("with"), *hue, *pattern]
        words = [*article, *self.looks(where), *noun]
        if self.chance(0.12) and where in PLACES:
            words += plain(self.one(PLACES[where]))
        elif where == "extra" and self.chance(0.2):
            words += plain(self.one(CARRIED))
        return words

    def looks(self, where: str) -> list[Word]:
        """Colors, material and pattern before a noun; often none."""
        words: list[Word] = []
        if self.chance(0.12):
            words += plain(self.one(("long", "short", "big", "old", "new", "tight", "loose")))
        if self.chance(0.65):
            words += self.hue(where)
            if self.chance(0.08):
                words += [*plain("and"), *self.hue(where)]
        if self.chance(0.15):
            words += self.thing("pattern", where)
        if self.chance(0.2):
            words += self.thing("material", where)
        return words

    def hue(self, where: str) -> list[Word]:
        shade = self.thing("shade", where) if self.chance(0.12) else []
        return [*shade, *self.thing("color", where)]

    def hair(self) -> list[Word]:
        style = self.thing("hair", "hair") if self.chance(0.8) else []
        hue = self.hue("hair") if self.chance(0.4) else []
        both = [*style, *hue] if self.chance(0.5) else [*hue, *style]
        noun = [Word("hair", "hair", -1, "hair")] if self.chance(0.7) else []
        return [*plain(self.one(("with", "has", "he has", "and", "her"))), *both, *noun]

    def action(self) -> list[Word]:
        before, after = self.one(ACTION_FRAMES).split("*")
        words = [*plain(before), *self.thing("action"), *plain(after)]
        if self.chance(0.25):
            words += self.thing("mood")
        return words

    def distraction(self) -> list[Word]:
        """What is not about looks or motion, with words that mean nothing here."""
        words: list[Word] = []
        for text in self.one(DISTRACTIONS).split():
            words += plain(self.one(self.pool.others) if text == "*" else text)
        return words


def plain(text: str) -> list[Word]:
    """Words that mean nothing to the head."""
    return [Word(token) for token in tokens.split(tokens.normalise(text))]
