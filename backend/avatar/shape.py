# SPDX-License-Identifier: Apache-2.0
"""What body a prompt describes: a lexicon decides, numbers are met, guesses are owned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..kit.body import DEFAULT_EXPRESSION, BodyParameters
from ..kit.text import SentenceEncoder
from . import growth
from .fitting import fit
from .words import clothing, lexicon, people, tokens
from .words.contradictions import Told, contradictions, notes_on, told
from .words.faces import FaceReading, read_face
from .words.measures import Measures, read_measures
from .words.people import Person, Said
from .words.reports import without_words
from .words.unknown import body_words

LONGEST = 2000
"""Characters of a prompt that are read."""

# What the body model can be made to be.
SHORTEST_M, TALLEST_M = 0.45, 2.6
OLDEST = 100.0
LEAST_BMI, MOST_BMI = 9.0, 60.0

UNSAID = Person(None, None, {}, "", ())
UNMEASURED = Measures(None, None, None, "")


@dataclass(frozen=True)
class ShapeReading:
    """A body and what is known of the person; `notes` are sentences for the user."""

    parameters: BodyParameters
    notes: tuple[str, ...]
    is_female: bool
    age_years: float
    height_m: float
    mass_kg: float
    ancestry: str = ""
    """"african", "asian", "caucasian", "south_asian", "latin", or "" where unsaid."""
    person: Person = UNSAID
    """What words say, also of what nothing says here."""
    measures: Measures = UNMEASURED
    """What numbers say."""
    unknown: tuple[str, ...] = ()
    """Words that the lexicon does not hold, whether a near one was found for them or not."""


@dataclass(frozen=True)
class _Understood:
    person: Person
    measures: Measures
    face: FaceReading
    notes: tuple[str, ...]
    unknown: tuple[str, ...]
    told: Told


def read_shape(
    prompt: str, encoder: SentenceEncoder, seed: int = 0, hints: str = ""
) -> ShapeReading:
    """The body that `prompt` describes; what it leaves unsaid is taken from `hints`, the prompt of
    the appearance, and else is average. The seed chooses a man or a woman where no word does.
    """
    own = _understand(prompt, encoder)
    other = _understand(hints, None)
    apart = contradictions(own.told, other.told)
    notes = [*own.notes, *notes_on(apart)]
    person = _completed(own.person, other.person)
    measures = _merged(own.measures, other.measures, {one.axis for one in apart})
    age = _age(person, measures, notes)
    is_female = _is_female(person, seed, notes)
    height = _height(person, measures, age, is_female, notes)
    mass = _mass(person, measures, height, (age, is_female), notes)
    fitted = fit(_fixed(person, age, is_female), height, mass)
    if measures.height_m is not None and abs(fitted.height_m - height) > 0.01:
        notes.append(f"The tallest or shortest I can make this body is {fitted.height_m:.2f} m.")
    if measures.mass_kg is not None and abs(fitted.mass_kg - mass) > 0.02 * mass:
        notes.append(f"The nearest I can make this body to that is {fitted.mass_kg:.0f} kg.")
    return ShapeReading(
        parameters=BodyParameters(
            fitted.phenotypes,
            _expression(own.face, other.face),
            {
                **growth.face_features(age, is_female),
                **other.face.features,
                **own.face.features,
            },
        ),
        notes=tuple(notes),
        is_female=is_female,
        age_years=age,
        height_m=fitted.height_m,
        mass_kg=fitted.mass_kg,
        ancestry=person.ancestry,
        person=person,
        measures=measures,
        unknown=own.unknown,
    )


def with_levels(reading: ShapeReading, levels: Mapping[str, float]) -> ShapeReading:
    """The same person at other levels of weight, muscle, height, ...; what was given in numbers
    stays as it was."""
    person = replace(reading.person, levels={**reading.person.levels, **levels})
    who = reading.age_years, reading.is_female
    unsaid: list[str] = []
    height = _height(person, reading.measures, *who, unsaid)
    mass = _mass(person, reading.measures, height, who, unsaid)
    fitted = fit(_fixed(person, *who), height, mass)
    return replace(
        reading,
        parameters=replace(reading.parameters, phenotypes=fitted.phenotypes),
        height_m=fitted.height_m,
        mass_kg=fitted.mass_kg,
        person=person,
    )


def _understand(prompt: str, encoder: SentenceEncoder | None) -> _Understood:
    """Without an encoder unknown words are passed over: the prompt is somebody else's to report."""
    measures = read_measures(tokens.normalise(prompt[:LONGEST]))
    listed = tokens.split(measures.rest)
    face = read_face(listed)
    worn = clothing.worn_places(listed) | (face.places - face.shared)
    found = lexicon.find(listed, people.traits(), taken=worn)
    said, outright = people.said(listed, found), told(listed, found, worn, measures)
    notes: list[str] = []
    lost: list[str] = []
    if encoder is not None:
        taken = worn | face.places
        taken |= {place for one in found for place in range(one.start, one.end)}
        lost = lexicon.unknown(listed, taken)
        near = body_words(listed, taken, encoder, notes)
        said += [Said(word, people.traits()[phrase], 1.0) for word, phrase in near.items()]
        notes += without_words(prompt, "shape")
        if len(prompt) > LONGEST:
            notes.append(f"I read the first {LONGEST} characters of the shape prompt.")
    person = people.combine(said)
    if person.female is None and _has_beard(listed):
        person = replace(person, female=False)
    return _Understood(person, measures, face, (*person.conflicts, *notes), tuple(lost), outright)


def _has_beard(listed: list[str]) -> bool:
    things = clothing.understand(listed).things
    return any(thing.kind == "beard" and not thing.is_negated for thing in things)


def _expression(*faces: FaceReading) -> Mapping[str, float]:
    """The mood of the first prompt that tells one."""
    moods = (face.mood for face in faces if face.mood is not None)
    return next(moods, DEFAULT_EXPRESSION)


def _completed(own: Person, other: Person) -> Person:
    return Person(
        own.female if own.female is not None else other.female,
        own.age if own.age is not None else other.age,
        {**other.levels, **own.levels},
        own.ancestry or other.ancestry,
        own.conflicts,
    )


def _merged(own: Measures, other: Measures, apart: Collection[str]) -> Measures:
    """The other's numbers where the own ones are silent, but for what they contradict in words."""

    def filled(value: float | None, hint: float | None, axis: str) -> float | None:
        return hint if value is None and axis not in apart else value

    return Measures(
        filled(own.age_years, other.age_years, "age"),
        filled(own.height_m, other.height_m, "height"),
        filled(own.mass_kg, other.mass_kg, "weight"),
        own.rest,
    )


def _age(person: Person, measures: Measures, notes: list[str]) -> float:
    age = measures.age_years if measures.age_years is not None else person.age
    if age is None:
        return 28.0
    if age > OLDEST:
        notes.append(f"Bodies older than {OLDEST:.0f} look the same; I made it {OLDEST:.0f}.")
    return min(age, OLDEST)


def _is_female(person: Person, seed: int, notes: list[str]) -> bool:
    if person.female is not None:
        return person.female
    is_female = bool(np.random.default_rng(seed).integers(2))
    sex = "female" if is_female else "male"
    notes.append(f"The words do not say male or female; this seed makes it {sex}.")
    return is_female


def _height(
    person: Person, measures: Measures, age: float, is_female: bool, notes: list[str]
) -> float:
    wanted = measures.height_m
    if wanted is None:
        wanted = growth.height_at(person.levels.get("height", 0.0), age, is_female)
        return float(np.clip(wanted, SHORTEST_M, TALLEST_M))
    made = float(np.clip(wanted, SHORTEST_M, TALLEST_M))
    if made != wanted:
        notes.append(f"{wanted:.2f} m is beyond what I can make; I made it {made:.2f} m.")
    return made


def _mass(
    person: Person, measures: Measures, height: float, who: tuple[float, bool], notes: list[str]
) -> float:
    if measures.mass_kg is None:
        levels = person.levels
        return height**2 * growth.bmi_at(levels.get("weight", 0.0), levels.get("muscle", 0.0), *who)
    wanted = measures.mass_kg
    made = float(np.clip(wanted, LEAST_BMI * height**2, MOST_BMI * height**2))
    if made != wanted:
        notes.append(
            f"{wanted:.0f} kg at {height:.2f} m is beyond what I can make; I tried {made:.0f} kg."
        )
    return made


def _fixed(person: Person, age: float, is_female: bool) -> dict[str, float]:
    """The phenotypes that words set directly; weight and height are solved for."""
    levels = person.levels
    fat = levels.get("weight", 0.0)
    plain = 0.42 if is_female else 0.5
    plain -= 0.1 * float(np.interp(age, (50, 85), (0, 1)))
    muscle = plain + 0.2 * levels.get("muscle", 0.0)
    if "muscle" not in levels:
        # Where only fat is said, muscle recedes both ways.
        muscle -= 0.09 * abs(fat)
    elif fat > 1.5:
        # A strong fat body hides its muscles; the model would rather inflate them.
        muscle = min(muscle, plain - 0.05 * fat + 0.03 * levels["muscle"])
    values = {
        "gender": float(is_female),
        "age": growth.age_phenotype(age),
        "muscle": float(np.clip(muscle, 0.08, 1.15)),
        "proportions": float(np.clip(0.5 + 0.4 * levels.get("proportions", 0.0), 0, 1)),
        "cupsize": float(np.clip(0.45 + 0.22 * levels.get("bust", 0.0), 0, 1)),
        "firmness": float(np.interp(age, (20, 75), (0.65, 0.2))),
        **dict.fromkeys(("african", "asian", "caucasian"), 1 / 3),
    }
    values.update(people.ANCESTRIES.get(person.ancestry, {}))
    return values
