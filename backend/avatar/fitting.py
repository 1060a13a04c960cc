# SPDX-License-Identifier: Apache-2.0
"""Solves for the height and weight phenotypes whose measured body is as tall and heavy as asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..kit import body as bodies

# How far the phenotypes may go before the body stops looking like one.
HEIGHT_RANGE = (-0.35, 1.35)
WEIGHT_RANGE = (-0.35, 1.75)
LEAST_MUSCLE = 0.1
MOST_MUSCLE = 1.2
FAT_HIDES_MUSCLE = 0.6
_STEPS = 4


@dataclass(frozen=True)
class Fit:
    """Phenotypes and what the body made of them measures."""

    phenotypes: dict[str, float]
    height_m: float
    mass_kg: float


def fit(phenotypes: Mapping[str, float], height_m: float, mass_kg: float) -> Fit:
    """Turn height, weight and, where weight alone cannot do it, muscle; the rest stays as given."""
    values = {"height": 0.4, "weight": 0.5, "muscle": 0.5, **phenotypes}
    for _ in range(_STEPS):
        _solve(values, "height", HEIGHT_RANGE, 0, height_m)
        _solve(values, "weight", WEIGHT_RANGE, 1, mass_kg)
        at_most = values["weight"] >= WEIGHT_RANGE[1] - 1e-6
        at_least = values["weight"] <= WEIGHT_RANGE[0] + 1e-6
        if at_most and values["muscle"] <= FAT_HIDES_MUSCLE:
            # A heavy body of little muscle has more fat: less muscle makes it heavier still.
            values["muscle"] = max(LEAST_MUSCLE, values["muscle"] - 0.15)
        elif at_most or at_least:
            _solve(values, "muscle", (LEAST_MUSCLE, MOST_MUSCLE), 1, mass_kg)
    height, mass = _measure(values)
    return Fit(values, height, mass)


def _measure(values: Mapping[str, float]) -> tuple[float, float]:
    return bodies.measure(bodies.load_body_model(), bodies.BodyParameters(dict(values)))


def _solve(
    values: dict[str, float], name: str, limits: tuple[float, float], index: int, wanted: float
) -> None:
    """Newton's method with secant slopes on one phenotype; stays within the limits."""

    def missing(value: float) -> float:
        return _measure({**values, name: value})[index] - wanted

    place = values[name]
    step = 0.05 if place + 0.05 <= limits[1] else -0.05
    error = missing(place)
    for _ in range(4):
        if abs(error) < 0.002 * wanted:
            break
        slope = (missing(place + step) - error) / step
        if abs(slope) < 1e-9:
            break
        place = float(np.clip(place - error / slope, *limits))
        error = missing(place)
        step = 0.05 if place + 0.05 <= limits[1] else -0.05
    values[name] = place
