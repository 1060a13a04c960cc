# SPDX-License-Identifier: Apache-2.0
"""Where two prompts tell different bodies: sex, age, height and build that cannot all be met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .. import growth
from . import people
from .lexicon import Found
from .measures import Measures
from .people import Trait

YOUNG, OLD = 18.0, 60.0
"""Years below and from which a noun ("girl", "granny") speaks of age; "king" is a role."""
GROWN = 28.0
STEP = 1.5
"""Levels by which something stands out from the average."""
TALLEST_ROLE = 3.0
"""Levels from which a noun speaks of the body: "giant", not "warrior"."""
_LIKE = ("as", "like")
_AGES = ("young", "old")
_LOOSE = {"girl", "boy"}
"""What the young are called until they are grown."""
_LEVELS = ("height", "weight", "muscle")


@dataclass(frozen=True)
class Told:
    """What a prompt says outright of sex, years and levels, each with the words that say it."""

    female: tuple[bool, str] | None = None
    age: tuple[float, str] | None = None
    levels: dict[str, tuple[float, str]] = field(default_factory=dict)


def told(
    tokens: list[str], found: Iterable[Found[Trait]], worn: set[int], measures: Measures
) -> Told:
    """What `found` and the numbers say of the body; not whom clothes are for ("a men's suit") or
    as whom somebody is dressed. `worn` are the tokens that speak of clothes."""
    own = [one for one in found if not _is_of_clothes(tokens, one, worn)]
    said = [one for one in people.said(tokens, own) if one.degree > 0]
    strong = [one for one in said if one.trait.female is not None and not one.trait.is_weak]
    weak = [one for one in said if one.trait.is_weak]
    sexed = next(iter(strong + weak), None)
    female = None if sexed is None else (bool(sexed.trait.female), sexed.phrase)
    years = [(one.trait.age, one) for one in said if one.trait.age is not None]
    aged = [
        (age, one.phrase)
        for age, one in sorted(years, key=lambda pair: pair[1].trait.is_noun)
        if not one.trait.is_noun or not YOUNG <= age < OLD or one.phrase.split()[0] in _AGES
    ]
    age = next(iter(aged), None)
    if measures.age_years is not None:
        age = (measures.age_years, f"{measures.age_years:.0f} years")
    levels: dict[str, tuple[float, str]] = {}
    for one in said:
        for axis, level in one.trait.levels.items():
            if axis in _LEVELS and (not one.trait.is_noun or abs(level) >= TALLEST_ROLE):
                levels.setdefault(axis, (level * one.degree, one.phrase))
    years_old = age[0] if age else GROWN
    return Told(female, age, levels | _measured(measures, years_old, bool(female and female[0])))


@dataclass(frozen=True)
class Contradiction:
    """What two prompts tell differently: "sex", "age", "height", ...; each with both words."""

    axis: str
    shape: str
    appearance: str


def contradictions(shape: Told, appearance: Told) -> tuple[Contradiction, ...]:
    """All that differs so much that one body cannot be both."""
    apart = []
    if shape.female and appearance.female and shape.female[0] != appearance.female[0]:
        apart.append(Contradiction("sex", shape.female[1], appearance.female[1]))
    if shape.age and appearance.age and _is_other_age(shape.age, appearance.age):
        apart.append(Contradiction("age", shape.age[1], appearance.age[1]))
    for axis in _LEVELS:
        one, other = shape.levels.get(axis), appearance.levels.get(axis)
        if one and other and _is_other_level(one[0], other[0]):
            apart.append(Contradiction(axis, one[1], other[1]))
    return tuple(apart)


def notes_on(apart: Iterable[Contradiction]) -> tuple[str, ...]:
    """At most one sentence, which says what differs and which prompt wins."""
    pairs = [f'{one.axis} ("{one.shape}", "{one.appearance}")' for one in apart]
    if not pairs:
        return ()
    return (
        f"The appearance prompt contradicts the shape prompt on {', '.join(pairs)}: "
        "the body follows the shape prompt, the clothes the appearance prompt.",
    )


def _is_of_clothes(tokens: list[str], one: Found[Trait], worn: set[int]) -> bool:
    """Whether the words name clothes ("grandma cardigan") or a costume ("dressed as a student")."""
    is_whose = one.meaning.is_noun and not one.meaning.is_weak and one.end in worn
    return is_whose or any(word in _LIKE for word in tokens[max(one.start - 2, 0) : one.start])


def _measured(measures: Measures, age: float, is_female: bool) -> dict[str, tuple[float, str]]:
    """The levels that numbers stand for in a person of this age and sex."""
    found: dict[str, tuple[float, str]] = {}
    height = measures.height_m
    if height is not None:
        level = growth.height_level(height, age, is_female)
        found["height"] = (level, f"{height:.2f} m")
    if measures.mass_kg is not None:
        tall = height or growth.median_height(age, is_female)
        level = growth.weight_level(measures.mass_kg / tall**2, 0.0, age, is_female)
        found["weight"] = (level, f"{measures.mass_kg:.0f} kg")
    return found


def _is_other_age(one: tuple[float, str], other: tuple[float, str]) -> bool:
    (low, _), (high, _) = sorted((one, other))
    if high < GROWN and {one[1], other[1]} & _LOOSE:
        return False
    return high > 1.5 * low and high - low > 6


def _is_other_level(one: float, other: float) -> bool:
    """Opposite, or one of them average and the other not."""
    is_opposite = one * other < 0 and abs(one - other) > 1
    return is_opposite or (min(abs(one), abs(other)) < 0.3 and abs(one - other) >= STEP)
