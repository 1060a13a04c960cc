# SPDX-License-Identifier: Apache-2.0
"""Chooses what captions say of one picture: true things, and one change that makes them false."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from . import paints, phrasing, sayings
from .heldout import held_garments, held_pairs
from .labels import PATTERNS
from .outfits import Random
from .things import PLACE, PLACE_OF_THING, PLACES, THING, THINGS, nouns

CLAUSES = 4
"""Parts that one caption speaks of, at most."""
HALVED = (1, 2, 7)
"""Patterns that are of both colors alike: stripes, checks, zigzag."""
SHADED = (8, 9)
"""Patterns that are of shades of the first color: camouflage, leopard."""
_UPPER = tuple(PLACE[slot] for slot in paints.UPPER)
_LOWER = PLACE["bottom"]
# How often each place is spoken of, where it is seen: what is seldom worn more often.
_WEIGHTS = {
    "top": 5.0, "bottom": 3.5, "feet": 1.3, "whole": 5.0, "mid": 7.0, "outer": 5.0, "hands": 3.6,
    "head": 1.7, "neck": 3.2, "waist": 4.5, "eyes": 3.0, "face": 4.0, "cape": 4.5, "back": 3.5,
    "right hand": 3.2, "left hand": 3.6, "extra": 3.6, "apron": 9.0, "legwear": 3.0, "briefs": 4.0,
    "bra": 6.0, "hair": 1.7, "beard": 3.0, "skin": 0.4, "iris": 1.2,
}  # fmt: skip
_PLACE_WEIGHTS = tuple(_WEIGHTS[name] for name in PLACES)


class Clause(NamedTuple):
    """One part as it is spoken of; `pattern` is 0 where none is."""

    place: int
    thing: int
    noun: int
    colors: tuple[int, ...] = ()
    pattern: int = 0


class Said(NamedTuple):
    """A caption before it is put into words; `person` and `build` are rows of `sayings`."""

    clauses: tuple[Clause, ...] = ()
    person: int = 0
    build: tuple[int, ...] = ()
    action: int = -1
    is_bare: bool = False
    """Whether nobody is spoken of, as in "red shoes"."""


class Picture(NamedTuple):
    """What may be said of one picture, by place; and people and builds that are it, or are not."""

    thing: dict[int, int]
    every: tuple[int, ...]
    framed: frozenset[int]
    color: dict[int, tuple[int, int]]
    pattern: dict[int, int]
    colored: bool
    action: int
    persons: tuple[int, ...]
    builds: tuple[int, ...]
    not_persons: tuple[int, ...]
    not_builds: tuple[int, ...]
    is_shape: bool


Change = Callable[[Picture, Said], Said | None]


@dataclass(frozen=True)
class Writer:
    """Says true and false things in words of training; in `training` no held-out combination."""

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
        if roll < 0.42:
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
        """A part by itself that is drawn as one: a bald head is not."""
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
        if not self.training or not _is_held(clauses):
            return clauses
        kept = tuple(
            self.telling(clause._replace(colors=())) if is_held(clause) else clause
            for clause in clauses
        )
        if is_held_pair(kept):
            kept = tuple(
                self.telling(clause._replace(colors=())) if clause.place == _LOWER else clause
                for clause in kept
            )
        return kept

    # What is false.

    def false(self, seen: Picture, said: Said) -> Said | None:
        """The caption with one change that makes it surely false; None where none was found."""
        changes = self.changes(seen, said) or [self.foreign]
        for _ in range(4):
            changed = self.dice.choice(changes)(seen, said)
            if changed is not None and not (self.training and _is_held(changed.clauses)):
                return changed
        return None

    def changes(self, seen: Picture, said: Said) -> list[Change]:
        """What may be done to a caption, the more telling more often."""
        colored = sum(len(clause.colors) == 1 for clause in said.clauses)
        is_printed = any(clause.pattern for clause in said.clauses)
        found: list[tuple[Change, int]] = [
            (self.swapped, 4 * (colored > 1)),
            (self.recolored, 3 * (colored > 0)),
            (self.replaced, 2 * (len(said.clauses) > 0)),
            (self.repatterned, 2 * is_printed),
            (self.another, 1 * (said.person > 0 and len(seen.not_persons) > 0)),
            (self.rebuilt, 3 * (len(said.build) > 0 and len(seen.not_builds) > 0)),
            (self.redone, 2 * (said.action >= 0)),
        ]
        return [change for change, times in found for _ in range(times)]

    def swapped(self, seen: Picture, said: Said) -> Said | None:
        """Two parts' colors exchanged."""
        places = [n for n, clause in enumerate(said.clauses) if len(clause.colors) == 1]
        first, second = self.dice.sample(places, 2)
        clauses = list(said.clauses)
        a, b = clauses[first], clauses[second]
        clauses[first] = a._replace(colors=b.colors)
        clauses[second] = b._replace(colors=a.colors)
        for clause in (clauses[first], clauses[second]):
            if self.is_false(seen, clause):
                return said._replace(clauses=tuple(clauses))
        return None

    def recolored(self, seen: Picture, said: Said) -> Said | None:
        place = self.dice.choice([n for n, one in enumerate(said.clauses) if len(one.colors) == 1])
        clause = said.clauses[place]
        wrong = sayings.color_sayings().false[seen.color[clause.place][0]]
        if not wrong:
            return None
        return self.put(seen, said, place, clause._replace(colors=(self.dice.choice(wrong),)))

    def replaced(self, seen: Picture, said: Said) -> Said | None:
        """Another thing in one's place."""
        place = self.dice.randrange(len(said.clauses))
        clause = said.clauses[place]
        others = _in_place(clause.place)
        if len(others) < 2:
            return None
        thing = self.dice.choice(others)
        noun = self.noun(thing)
        return self.put(seen, said, place, clause._replace(thing=thing, noun=noun))

    def repatterned(self, seen: Picture, said: Said) -> Said | None:
        places = [n for n, clause in enumerate(said.clauses) if clause.pattern]
        place = self.dice.choice(places)
        pattern = self.dice.randrange(1, len(PATTERNS))
        return self.put(seen, said, place, said.clauses[place]._replace(pattern=pattern))

    def another(self, seen: Picture, said: Said) -> Said | None:
        return said._replace(person=self.dice.choice(seen.not_persons))

    def rebuilt(self, seen: Picture, said: Said) -> Said | None:
        """Another build on the same axis, as "fat" for "thin"."""
        axis_of = sayings.builds().axis
        number = self.dice.randrange(len(said.build))
        same = [word for word in seen.not_builds if axis_of[word] == axis_of[said.build[number]]]
        if not same:
            return None
        build = list(said.build)
        build[number] = self.dice.choice(same)
        return said._replace(build=tuple(build))

    def redone(self, seen: Picture, said: Said) -> Said | None:
        wrong = other_actions(self.actions)[seen.action]
        return said._replace(action=self.dice.choice(wrong)) if wrong else None

    def foreign(self, seen: Picture, said: Said) -> Said | None:
        """One part that is not there."""
        clause = self.absent(seen)
        return Said((clause,)) if clause else None

    def absent(self, seen: Picture) -> Clause | None:
        """A part that is surely not in the picture, of a place that is seen."""
        places = list(seen.thing)
        found = (self.try_absent(seen, self.dice.choice(places)) for _ in places)
        return next((clause for clause in found if clause is not None), None)

    def try_absent(self, seen: Picture, place: int) -> Clause | None:
        if seen.colored and self.dice.random() < 0.6:
            clause = self.clause(seen, place)
            wrong = sayings.color_sayings().false[seen.color[place][0]]
            if len(clause.colors) != 1 or not wrong:
                return None
            clause = clause._replace(colors=(self.dice.choice(wrong),))
        else:
            thing = self.dice.choice(_in_place(place))
            clause = self.clause(seen, place)._replace(thing=thing, noun=self.noun(thing))
        is_bad = self.training and _is_held((clause,))
        return clause if self.is_false(seen, clause) and not is_bad else None

    def put(self, seen: Picture, said: Said, place: int, clause: Clause) -> Said | None:
        if not self.is_false(seen, clause):
            return None
        clauses = list(said.clauses)
        clauses[place] = clause
        return said._replace(clauses=tuple(clauses))

    def is_false(self, seen: Picture, clause: Clause) -> bool:
        """Whether nothing of what is there, seen or not, may be called so, nor what is out of the
        picture."""
        if not nouns().homes[clause.noun] <= seen.framed:
            return False
        covers = nouns().covers[clause.noun]
        for thing in seen.every:
            if covers[thing] == 0:
                continue
            place = _PLACES_OF_THINGS[thing]
            if not self._is_wrong(seen, clause, place):
                return False
        return True

    def _is_wrong(self, seen: Picture, clause: Clause, place: int) -> bool:
        """Whether color or pattern surely are not those of what is worn there."""
        if not seen.colored:
            return False
        pattern = seen.pattern[place]
        if clause.pattern and sayings.patterns_alike()[clause.pattern, pattern] == 0:
            return True
        false = _false_sets()
        drawn = seen.color[place]
        if len(clause.colors) == 1:
            inks = drawn if pattern else drawn[:1]
            return all(clause.colors[0] in false[ink] for ink in inks)
        return False

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


_PLACES_OF_THINGS: tuple[int, ...] = tuple(PLACE_OF_THING.tolist())
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


@cache
def _in_place(place: int) -> tuple[int, ...]:
    return tuple(number for number in range(len(THINGS)) if PLACE_OF_THING[number] == place)


@cache
def _false_sets() -> tuple[frozenset[int], ...]:
    return tuple(map(frozenset, sayings.color_sayings().false))


@cache
def other_actions(actions: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    """By action those that surely look different."""
    table = sayings.actions_alike(actions)
    return tuple(tuple(np.flatnonzero(row == 0).tolist()) for row in table)


def is_held(clause: Clause) -> bool:
    """Whether the clause says a garment in a color that it never has in training."""
    if not clause.colors:
        return False
    held = _held_families()
    family = paints.family(clause.colors[0])
    return family in held[0].get(clause.thing, ()) or family in held[1].get(clause.noun, ())


@cache
def _held_families() -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    """By thing, and by the noun that is a garment's plain name: "green shirt" is held out on a
    blouse too."""
    table = nouns()
    plain = {{"t shirt": "tshirt"}.get(name, name).replace(" ", "_"): row
             for row, name in enumerate(table.names)}  # fmt: skip
    things: dict[int, set[str]] = {}
    named: dict[int, set[str]] = {}
    for garment, family in held_garments():
        things.setdefault(THING[garment], set()).add(family)
        if garment in plain:
            named.setdefault(plain[garment], set()).add(family)
    return things, named


def is_held_pair(clauses: tuple[Clause, ...]) -> bool:
    if len(clauses) < 2:
        return False
    uppers = [paints.family(one.colors[0]) for one in clauses if one.place in _UPPER and one.colors]
    lowers = [paints.family(one.colors[0]) for one in clauses if one.place == _LOWER and one.colors]
    return any((upper, lower) in held_pairs() for upper in uppers for lower in lowers)


def _is_held(clauses: tuple[Clause, ...]) -> bool:
    return any(map(is_held, clauses)) or is_held_pair(clauses)
