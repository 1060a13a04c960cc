# SPDX-License-Identifier: Apache-2.0
"""Changes a true caption so that it is surely false, and names what is surely not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from . import sayings
from .clauses import Clause, Picture, Said, any_held
from .labels import PATTERNS
from .things import PLACE_OF_THING, THINGS, nouns
from .writer import Writer

Change = Callable[[Picture, Said], Said | None]


@dataclass(frozen=True)
class Falsifier:
    """Changes what `writer` says; in training to no held-out combination."""

    writer: Writer

    def false(self, seen: Picture, said: Said) -> Said | None:
        """The caption with one change that makes it surely false; None where none was found."""
        changes = self.changes(seen, said) or [self.foreign]
        for _ in range(4):
            changed = self.writer.dice.choice(changes)(seen, said)
            if changed is not None and not (self.writer.training and any_held(changed.clauses)):
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
        first, second = self.writer.dice.sample(places, 2)
        clauses = list(said.clauses)
        a, b = clauses[first], clauses[second]
        clauses[first] = a._replace(colors=b.colors)
        clauses[second] = b._replace(colors=a.colors)
        for clause in (clauses[first], clauses[second]):
            if self.is_false(seen, clause):
                return said._replace(clauses=tuple(clauses))
        return None

    def recolored(self, seen: Picture, said: Said) -> Said | None:
        place = self.writer.dice.choice(
            [n for n, one in enumerate(said.clauses) if len(one.colors) == 1]
        )
        clause = said.clauses[place]
        wrong = sayings.color_sayings().false[seen.color[clause.place][0]]
        if not wrong:
            return None
        return self.put(
            seen, said, place, clause._replace(colors=(self.writer.dice.choice(wrong),))
        )

    def replaced(self, seen: Picture, said: Said) -> Said | None:
        """Another thing in one's place."""
        place = self.writer.dice.randrange(len(said.clauses))
        clause = said.clauses[place]
        others = _in_place(clause.place)
        if len(others) < 2:
            return None
        thing = self.writer.dice.choice(others)
        noun = self.writer.noun(thing)
        return self.put(seen, said, place, clause._replace(thing=thing, noun=noun))

    def repatterned(self, seen: Picture, said: Said) -> Said | None:
        places = [n for n, clause in enumerate(said.clauses) if clause.pattern]
        place = self.writer.dice.choice(places)
        pattern = self.writer.dice.randrange(1, len(PATTERNS))
        return self.put(seen, said, place, said.clauses[place]._replace(pattern=pattern))

    def another(self, seen: Picture, said: Said) -> Said | None:
        return said._replace(person=self.writer.dice.choice(seen.not_persons))

    def rebuilt(self, seen: Picture, said: Said) -> Said | None:
        """Another build on the same axis, as "fat" for "thin"."""
        axis_of = sayings.builds().axis
        number = self.writer.dice.randrange(len(said.build))
        same = [word for word in seen.not_builds if axis_of[word] == axis_of[said.build[number]]]
        if not same:
            return None
        build = list(said.build)
        build[number] = self.writer.dice.choice(same)
        return said._replace(build=tuple(build))

    def redone(self, seen: Picture, said: Said) -> Said | None:
        wrong = other_actions(self.writer.actions)[seen.action]
        return said._replace(action=self.writer.dice.choice(wrong)) if wrong else None

    def foreign(self, seen: Picture, said: Said) -> Said | None:
        """One part that is not there."""
        clause = self.absent(seen)
        return Said((clause,)) if clause else None

    def absent(self, seen: Picture) -> Clause | None:
        """A part that is surely not in the picture, of a place that is seen."""
        places = list(seen.thing)
        found = (self.try_absent(seen, self.writer.dice.choice(places)) for _ in places)
        return next((clause for clause in found if clause is not None), None)

    def try_absent(self, seen: Picture, place: int) -> Clause | None:
        if seen.colored and self.writer.dice.random() < 0.6:
            clause = self.writer.clause(seen, place)
            wrong = sayings.color_sayings().false[seen.color[place][0]]
            if len(clause.colors) != 1 or not wrong:
                return None
            clause = clause._replace(colors=(self.writer.dice.choice(wrong),))
        else:
            thing = self.writer.dice.choice(_in_place(place))
            clause = self.writer.clause(seen, place)._replace(
                thing=thing, noun=self.writer.noun(thing)
            )
        is_bad = self.writer.training and any_held((clause,))
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


_PLACES_OF_THINGS: tuple[int, ...] = tuple(PLACE_OF_THING.tolist())


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
