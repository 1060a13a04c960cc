# SPDX-License-Identifier: Apache-2.0
"""Chooses what captions truly say of one picture, and puts it into words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from . import phrasing, sayings
from .clauses import (
    HALVED,
    LOWER,
    SHADED,
    Clause,
    Picture,
    Said,
    any_held,
    is_held,
    is_held_pair,
)
from .outfits import Random
from .things import PLACE, PLACES, THING, nouns

# How often each place is spoken of, where it is seen: what is seldom worn more often.
_WEIGHTS = {
    "top": 5.0, "bottom": 3.5, "feet": 1.3, "whole": 5.0, "mid": 7.0, "outer": 5.0, "hands": 3.6,
    "head": 1.7, "neck": 3.2, "waist": 4.5, "eyes": 3.0, "face": 4.0, "cape": 4.5, "back": 3.5,
    "right hand": 3.2, "left hand": 3.6, "extra": 3.6, "apron": 9.0, "legwear": 3.0, "briefs": 4.0,
    "bra": 6.0, "hair": 1.7, "beard": 3.0, "skin": 0.4, "iris": 1.2,
}  # fmt: skip
_PLACE_WEIGHTS = tuple(_WEIGHTS[name] for name in PLACES)


@dataclass(frozen=True)
class Writer:
    """Says true things in words of training; in `training` no held-out combination."""

    dice: Random
    actions: tuple[str, ...]
    training: bool

    # What is true.

    def said(self, seen: Picture) -> Said:
        """One caption; about a third speak of one part only, of one respect of the body where
        pictures differ in that alone."""
        dice = self.dice
        roll = dice.random()
        if seen.is_shape and roll < 0.72:
            return self.of_body(seen)
        if seen.thing and roll < 0.42:
            return Said((self.clause(seen),), is_bare=dice.random() < 0.4)
        if roll < 0.5 and seen.action >= 0:
            return Said(action=seen.action)
        if roll < 0.57 and (seen.builds or len(seen.persons) > 1):
            return self.of_body(seen)
        count = dice.choices((1, 2, 3, 4), (0.05, 0.55, 0.28, 0.12))[0]
        clauses = self.clauses(seen, count)
        if roll < 0.82:
            return Said(clauses)
        action = seen.action if dice.random() < 0.45 else -1
        return self.of_body(seen, 0.5)._replace(clauses=clauses[:3], action=action)

    def of_body(self, seen: Picture, share: float = 0.85) -> Said:
        dice = self.dice
        person = 0
        if len(seen.persons) > 1 and dice.random() < 0.75:
            person = dice.choice(seen.persons)
        build: tuple[int, ...] = ()
        if seen.builds and (person == 0 or dice.random() < share):
            build = self.build(seen.builds)
        if not person and not build and len(seen.persons) > 1:
            person = dice.choice(seen.persons[1:])
        return Said(person=person, build=build)

    def build(self, listed: tuple[int, ...]) -> tuple[int, ...]:
        """One or two words, of different axes, weight no oftener than muscle."""
        axis_of = sayings.builds().axis
        axes = sorted({axis_of[word] for word in listed})
        self.dice.shuffle(axes)
        count = 1 if self.dice.random() < 0.65 else 2
        return tuple(
            self.dice.choice([word for word in listed if axis_of[word] == axis])
            for axis in axes[:count]
        )

    def clauses(self, seen: Picture, count: int) -> tuple[Clause, ...]:
        places = list(seen.thing)
        chosen: list[int] = []
        while places and len(chosen) < count:
            place = self.dice.choices(places, [_PLACE_WEIGHTS[place] for place in places])[0]
            places.remove(place)
            chosen.append(place)
        chosen.sort(key=_ORDER.__getitem__)
        return self.allowed(tuple(self.clause(seen, place) for place in chosen))

    def clause(self, seen: Picture, place: int = -1) -> Clause:
        """What is at a place, or at one of them, by a noun and often by color and pattern."""
        dice = self.dice
        if place < 0:
            places = list(seen.thing)
            place = dice.choices(places, [_PLACE_WEIGHTS[place] for place in places])[0]
        thing = seen.thing[place]
        if not seen.colored or thing == _BALD or (place in _NAMED and dice.random() < 0.24):
            return Clause(place, thing, self.telling_noun(thing))
        noun = self.noun(thing)
        if "bald" in nouns().names[noun]:
            return Clause(place, thing, noun)
        pattern = seen.pattern[place]
        first, second = seen.color[place]
        says_pattern = pattern > 0 and (pattern in HALVED or dice.random() < 0.7)
        colors = self.true_color(first)
        if says_pattern and pattern not in SHADED and (pattern in HALVED or dice.random() < 0.5):
            seconds = self.true_color(second) if colors else ()
            colors = colors + seconds if seconds else ()
        if says_pattern and dice.random() < 0.2:
            colors = ()
        if not colors and place not in _NAMED:
            colors = self.true_color(first)
        clause = Clause(place, thing, noun, colors, pattern if says_pattern else 0)
        return self.telling(self.allowed((clause,))[0])

    def phrase(self, seen: Picture) -> Clause | None:
        """A part by itself that is drawn as one: a bald head is not, nor is what is out of view."""
        if not seen.thing:
            return None
        clause = self.clause(seen)
        return None if "bald" in nouns().names[clause.noun] else clause

    def telling(self, clause: Clause) -> Clause:
        """With a noun that says something where no color does."""
        if clause.colors or clause.pattern:
            return clause
        return clause._replace(noun=self.telling_noun(clause.thing))

    def telling_noun(self, thing: int) -> int:
        """Not "hair" alone."""
        noun = self.noun(thing)
        while nouns().names[noun] == "hair":
            noun = self.dice.choice(_nouns_of(thing))
        return noun

    def noun(self, thing: int) -> int:
        """The usual one, a plain one, or any other name."""
        listed = _nouns_of(thing)
        return listed[0] if self.dice.random() < 0.4 else self.dice.choice(listed)

    def true_color(self, drawn: int) -> tuple[int, ...]:
        listed = sayings.color_sayings().true[drawn]
        return (self.dice.choice(listed),) if listed else ()

    # What is held out.

    def allowed(self, clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
        """Without the colors that would say a held-out combination."""
        if not self.training or not any_held(clauses):
            return clauses
        kept = tuple(
            self.telling(clause._replace(colors=())) if is_held(clause) else clause
            for clause in clauses
        )
        if is_held_pair(kept):
            kept = tuple(
                self.telling(clause._replace(colors=())) if clause.place == LOWER else clause
                for clause in kept
            )
        return kept

    # Into words.

    def text(self, said: Said) -> str:
        dice = self.dice
        persons, builds = sayings.persons(), sayings.builds()
        noun = persons.names[said.person]
        build = [builds.names[word] for word in said.build]
        doing = ""
        if said.action >= 0:
            doing = dice.choice(sayings.action_phrases(self.actions[said.action]))
        if not said.clauses:
            if not doing:
                return phrasing.body(dice, noun, build)
            who = phrasing.subject(dice, noun, build)
            return dice.choice((f"{who} {doing}", f"{who} {doing}", doing))
        parts = [
            phrasing.part(dice, clause.noun, clause.colors, clause.pattern, bare=said.is_bare)
            for clause in said.clauses
        ]
        if said.is_bare:
            return phrasing.joined(parts)
        who = phrasing.subject(dice, noun, build)
        if doing and dice.random() < 0.5:
            who, doing = f"{who} {doing},", ""
        text = phrasing.worn(dice, who, [clause.noun for clause in said.clauses], parts)
        return f"{text}, {doing}" if doing else text


_NAMED = tuple(number for number, name in enumerate(PLACES) if name not in ("skin", "iris"))
"""Places of which a noun alone says something."""
_BALD = THING["hair:bald"]
_ORDER = {
    PLACE[name]: number
    for number, name in enumerate(
        ("outer", "cape", "mid", "top", "bra", "whole", "apron", "bottom", "briefs", "legwear",
         "feet", "hands", "waist", "neck", "head", "face", "eyes", "hair", "beard", "skin", "iris",
         "extra", "back", "right hand", "left hand")
    )
}  # fmt: skip


@cache
def _nouns_of(thing: int) -> tuple[int, ...]:
    table = nouns()
    return tuple(row for row in table.of[thing] if table.is_trained[row])
