# SPDX-License-Identifier: Apache-2.0
"""Bodies to draw from: families whose members differ in one respect, measured, evenly weighted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .. import growth
from .heldout import is_held_body

Floats = NDArray[np.float32]
Values = dict[str, float]

MEMBERS = 8
VARIED = ("weight", "height", "muscle", "age", "female", "all")
"""In what the members of a family differ."""
_AGES = ((0.6, 3), (3, 10), (10, 16), (16, 30), (30, 55), (55, 92))
_AGE_SHARES = (0.07, 0.13, 0.13, 0.3, 0.2, 0.17)
_REACH = {"height": (0.05, 0.78), "weight": (-0.35, 1.7), "muscle": (0.1, 1.2)}
_LIMITS = ((-5.5, 5.5), (-4.4, 5.4), (-3.0, 3.6))
"""Of levels of height, weight and muscle; bodies beyond look like none."""
_CELLS = ((-2.5, -1, 1, 2.5), (-2.2, -1, 0.8, 2), (-1, 1))


class Basis(Protocol):
    """What `shapes.ShapeBasis` does."""

    def coefficients(self, people: Sequence[Mapping[str, float]]) -> Floats: ...

    def measure(self, shape: Floats) -> tuple[Floats, Floats]: ...


@dataclass(frozen=True, eq=False)
class Bodies:
    """N bodies, `MEMBERS` of a family one after another.

    `shape` (N, K), `body` (N, 5) values of `labels.AXES`, `measures` (N, 2) metres and kilograms,
    `shares` (N,) sums of how often each is to be drawn, growing to 1; `families` lists by what is
    varied the first members of families that differ in it clearly.
    """

    shape: Floats
    body: Floats
    measures: Floats
    shares: NDArray[np.float64]
    families: Mapping[str, NDArray[np.int64]]


def make_bodies(basis: Basis, count: int = 4000, seed: int = 0, training: bool = True) -> Bodies:
    """`count` families; training never meets those that are held out, and evaluation only them."""
    numbers = np.arange(count, dtype=np.int64) + 1_000_000 * seed
    numbers = numbers[is_held_body(numbers) != training]
    values: list[Values] = []
    ages: list[float] = []
    for number in numbers.tolist():
        people, years = _family(number)
        values += people
        ages += years
    shape = basis.coefficients(values)
    heights, masses = basis.measure(shape)
    body = _levels(values, np.array(ages), np.asarray(heights), np.asarray(masses))
    shares = _even_shares(body)
    varied = np.array([VARIED[number % len(VARIED)] for number in numbers.tolist()])
    return Bodies(
        shape=shape,
        body=body,
        measures=np.stack([heights, masses], axis=1).astype(np.float32),
        shares=np.cumsum(shares / shares.sum()),
        families=_telling(varied, body, shares),
    )


def _family(number: int) -> tuple[list[Values], list[float]]:
    """Phenotypes and years of the members."""
    random = np.random.default_rng(number)
    varied = VARIED[number % len(VARIED)]
    people: list[Values] = []
    years: list[float] = []
    base, base_age = _anybody(random)
    for member in range(MEMBERS):
        if varied == "all":
            base, base_age = _anybody(random)
        values, age = dict(base), base_age
        share = (member + random.uniform(0.1, 0.9)) / MEMBERS
        if varied in _REACH:
            low, high = _REACH[varied]
            values[varied] = low + share * (high - low)
        elif varied == "age":
            age = float(np.interp(share, np.linspace(0, 1, 7), (0.8, 4, 10, 18, 32, 58, 90)))
            values["age"] = growth.age_phenotype(age)
        elif varied == "female":
            values["gender"] = float(member % 2)
            values["weight"] = base["weight"] + 0.1 * (member // 2)
        values["firmness"] = float(np.interp(age, (20, 75), (0.65, 0.2)))
        people.append(values)
        years.append(age)
    return people, years


def _anybody(random: np.random.Generator) -> tuple[Values, float]:
    first, last = _AGES[random.choice(len(_AGES), p=_AGE_SHARES)]
    age = float(random.uniform(first, last))
    kind = int(random.integers(4))
    ancestry = np.eye(3)[kind] if kind < 3 else random.dirichlet((1, 1, 1))
    values: Values = {
        "gender": float(random.integers(2)),
        "age": growth.age_phenotype(age),
        "proportions": float(random.uniform(0.1, 0.9)),
        "cupsize": float(random.uniform(0.1, 0.9)),
        "african": float(ancestry[0]),
        "asian": float(ancestry[1]),
        "caucasian": float(ancestry[2]),
    }
    values.update({axis: float(random.uniform(*reach)) for axis, reach in _REACH.items()})
    if random.random() < 0.4:
        # Lean ones are rare among all: most of the range of weight is fat.
        values["weight"] = float(random.uniform(-0.35, 0.5))
    return values, age


def _levels(
    values: Sequence[Values], ages: NDArray[np.float64], heights: Floats, masses: Floats
) -> Floats:
    """(N, 5) of `labels.AXES`."""
    female = np.array([one["gender"] for one in values])
    muscle = np.array([one["muscle"] for one in values])
    plain = np.where(female > 0.5, 0.42, 0.5) - 0.1 * np.interp(ages, (50, 85), (0, 1))
    strength = (muscle - plain) / 0.2
    rows = []
    for number, age in enumerate(ages.tolist()):
        is_female = bool(female[number])
        height, strong = float(heights[number]), float(strength[number])
        tall = growth.height_level(height, age, is_female)
        # As one of usual height would weigh who has this shape: what is seen is how wide one is.
        index = max(float(masses[number]), 0.5) / height**3
        index *= growth.median_height(age, is_female)
        heavy = growth.weight_level(index, strong, age, is_female)
        rows.append((age, female[number], tall, heavy, strong))
    return np.array(rows, dtype=np.float32).reshape(-1, 5)


def _even_shares(body: Floats) -> NDArray[np.float64]:
    """(N,) such that every cell of ages, sex and levels is drawn about as often."""
    bands = np.digitize(body[:, 0], [last for _, last in _AGES[:-1]])
    cells = bands * 2 + (body[:, 1] > 0.5)
    is_body = np.ones(len(body), dtype=bool)
    for axis, (bounds, (low, high)) in enumerate(zip(_CELLS, _LIMITS, strict=True)):
        level = body[:, 2 + axis]
        cells = cells * (len(bounds) + 1) + np.digitize(level, bounds)
        is_body &= (level > low) & (level < high)
    _, cell = np.unique(cells, return_inverse=True)
    counts = np.bincount(cell, weights=is_body)
    shares = is_body / np.maximum(counts[cell], 0.3 * counts.mean())
    for band, share in enumerate(_AGE_SHARES):
        total = shares[bands == band].sum()
        if total > 0:
            shares[bands == band] *= share / total
    return np.asarray(shares)


def _telling(
    varied: NDArray[np.str_], body: Floats, shares: NDArray[np.float64]
) -> dict[str, NDArray[np.int64]]:
    """First members of the families most of whose members may be drawn."""
    can = (shares.reshape(-1, MEMBERS) > 0).sum(axis=1) >= MEMBERS - 3
    years = body[::MEMBERS, 0]
    can &= (years > 12) | np.isin(varied, ("age", "height", "all"))
    first = np.arange(len(varied)) * MEMBERS
    return {name: first[can & (varied == name)] for name in VARIED}
