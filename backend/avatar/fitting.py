# SPDX-License-Identifier: Apache-2.0
"""Solves for the height and weight phenotypes whose measured body is as tall and heavy as asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kit import body as bodies

# How far the phenotypes may go before the body stops looking like one.
RANGES: dict[str, tuple[float, float]] = {
    "height": (-0.35, 1.35),
    "weight": (-0.35, 1.75),
    "muscle": (0.1, 1.2),
}
FAT_HIDES_MUSCLE = 0.6
NEAR = 0.002
"""Share of the height, and twice that of the mass, that the fit may miss."""

_TRIES = 14
_PROBE = 0.05


@dataclass(frozen=True)
class Fit:
    """Phenotypes and what the body made of them measures."""

    phenotypes: dict[str, float]
    height_m: float
    mass_kg: float


def fit(phenotypes: Mapping[str, float], height_m: float, mass_kg: float) -> Fit:
    """Turn height, weight and, where weight alone cannot do it, muscle; the rest stays as given.

    Newton's method with Broyden's updates on the two measures, inside the ranges.
    """
    values = {"height": 0.4, "weight": 0.5, "muscle": 0.5, **phenotypes}
    wanted = np.array([height_m, mass_kg])
    axes = ("height", "weight")
    error = _measure(values) / wanted - 1
    slopes: NDArray[np.float64] | None = None
    for _ in range(_TRIES):
        if abs(error[0]) < NEAR and abs(error[1]) < 2 * NEAR:
            break
        if _turned_to_fat(values, float(error[1])):
            error, slopes = _measure(values) / wanted - 1, None
        if axes[1] == "weight" and _axis_of_mass(values, float(error[1])) == "muscle":
            axes, slopes = ("height", "muscle"), None
        if slopes is None:
            slopes = _slopes(values, axes, wanted, error)
        before = np.array([values[axis] for axis in axes])
        after = before - np.linalg.lstsq(slopes, error, rcond=None)[0]
        for axis, value in zip(axes, after, strict=True):
            values[axis] = float(np.clip(value, *RANGES[axis]))
        moved = np.array([values[axis] for axis in axes]) - before
        if not moved.any():
            break
        change = _measure(values) / wanted - 1 - error
        slopes = slopes + np.outer(change - slopes @ moved, moved) / (moved @ moved)
        error = error + change
    height, mass = (1 + error) * wanted
    return Fit(values, float(height), float(mass))


def _turned_to_fat(values: dict[str, float], error: float) -> bool:
    """Lower the muscle of a body that is still too light at the end of weight and not muscular:
    such a body has more fat the less muscle it has, and so becomes heavier."""
    low = RANGES["muscle"][0]
    is_too_light = values["weight"] >= RANGES["weight"][1] and error < 0
    if not is_too_light or not low < values["muscle"] <= FAT_HIDES_MUSCLE:
        return False
    values["muscle"] = max(low, values["muscle"] - 0.15)
    return True


def _axis_of_mass(values: dict[str, float], error: float) -> str:
    """Weight; muscle where weight is at its end and not enough."""
    low, high = RANGES["weight"]
    is_too_light = values["weight"] >= high and error < 0
    is_too_heavy = values["weight"] <= low and error > 0
    return "muscle" if is_too_light or is_too_heavy else "weight"


def _slopes(
    values: dict[str, float],
    axes: tuple[str, str],
    wanted: NDArray[np.float64],
    error: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(2, 2) how both errors change with each axis."""
    columns = []
    for axis in axes:
        step = _PROBE if values[axis] + _PROBE <= RANGES[axis][1] else -_PROBE
        probed = _measure({**values, axis: values[axis] + step}) / wanted - 1
        columns.append((probed - error) / step)
    return np.stack(columns, axis=1)


def _measure(values: Mapping[str, float]) -> NDArray[np.float64]:
    model = bodies.load_body_model()
    return np.array(bodies.measure(model, bodies.BodyParameters(dict(values))))
