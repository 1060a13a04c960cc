# SPDX-License-Identifier: Apache-2.0
"""How alike two meanings of one kind are: colors by eye, bodies by levels, others same or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...kit.motion.words import load_lexicon
from . import people
from .colors import RGB, parse
from .known import Class, part
from .people import Trait

Floats = NDArray[np.float32]

COLOR_SPREAD = 18.0
"""The CIE76 difference at which two colors are alike by exp(-1/2)."""
ENOUGH = 0.5
"""The least likeness at which one meaning may stand for another."""
SAME_PART = 0.15
"""How alike two garments for the same part of the body are: the wrong hat is better than a shoe."""
BODY_SPREAD = 0.8
YEARS_SPREAD = 0.25


def lab(color: RGB) -> NDArray[np.float64]:
    """CIE L*a*b* (D65) of an sRGB color from 0 to 1."""
    channels = np.array(color, np.float64)
    low = channels <= 0.04045
    linear = np.where(low, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    ratio = (to_xyz @ linear) / np.array([0.9505, 1.0, 1.089])
    bent = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array(
        [116 * bent[1] - 16, 500 * (bent[0] - bent[1]), 200 * (bent[1] - bent[2])], np.float64
    )


def likeness(listed: Sequence[Class]) -> Floats:
    """(N, N) from 0 to 1 for classes; 0 between kinds, 1 for a class with itself."""
    result = np.eye(len(listed), dtype=np.float32)
    for kind in dict.fromkeys(one.kind for one in listed):
        places = np.array([n for n, one in enumerate(listed) if one.kind == kind])
        group = [listed[n] for n in places]
        block = np.ix_(places, places)
        if kind == "color":
            labs = np.array([lab(parse(one.meaning)) for one in group])
            far = np.linalg.norm(labs[:, None] - labs[None], axis=-1)
            result[block] = np.exp(-((far / COLOR_SPREAD) ** 2) / 2)
        elif kind in ("body", "role"):
            result[block] = np.maximum(result[block], _of_people(group))
        elif kind == "garment":
            worn = np.array([part(one.meaning) for one in group])
            result[block] = np.maximum(result[block], SAME_PART * (worn[:, None] == worn[None]))
        elif kind == "action":
            actions = np.array([load_lexicon().entries[one.meaning].action for one in group])
            result[block] = np.maximum(result[block], 0.7 * (actions[:, None] == actions[None]))
    return result


def _of_people(group: Sequence[Class]) -> Floats:
    """Likeness of what is said of a body, and of the outfit that goes with a role."""
    traits = [_trait(one) for one in group]
    said = np.array([_numbers(trait) for trait in traits])
    known = np.abs(said).sum(-1) > 0
    far = np.linalg.norm(said[:, None] - said[None], axis=-1)
    size = np.maximum(np.linalg.norm(said, axis=-1), 1e-6)
    spread = BODY_SPREAD + 0.25 * np.minimum(size[:, None], size[None])
    alike = np.exp(-((far / spread) ** 2) / 2) * (known[:, None] & known[None])
    outfits = np.array([one.meaning.split(" ")[0] if one.kind == "role" else "" for one in group])
    dressed = np.array([name.isdigit() for name in outfits])
    same = (outfits[:, None] == outfits[None]) & dressed[:, None]
    # Who has an outfit is like those of that outfit only, whatever their bodies.
    alike = np.where(dressed[:, None] | dressed[None], 0.0, alike)
    result: Floats = np.maximum(alike, 0.9 * same).astype(np.float32)
    return result


def _trait(one: Class) -> Trait:
    known = people.traits()
    return next((known[phrase] for phrase in one.phrases if phrase in known), Trait())


def _numbers(trait: Trait) -> list[float]:
    """Levels, age, sex and ancestry as numbers of like weight; all 0 where nothing is said."""
    levels = [trait.levels.get(axis, 0.0) for axis in people.LEVELS]
    age = 0.0 if trait.age is None else 4 + np.log(trait.age + 1) / YEARS_SPREAD
    sex = {None: 0.0, True: 2.0, False: -2.0}[trait.female]
    ancestry = [3.0 * (trait.ancestry == name) for name in people.ANCESTRIES]
    return [*levels, float(age), sex, *ancestry]
