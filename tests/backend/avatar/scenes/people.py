# SPDX-License-Identifier: Apache-2.0
"""A world of bodies by closed formulas, so that sampling needs no body model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kinora.backend.avatar import growth
from kinora.backend.avatar.scenes.arrays import World
from kinora.backend.avatar.scenes.sample import make_world
from kinora.backend.avatar.scenes.things import BALD, THINGS
from kinora.backend.kit.motion.words import load_lexicon

Floats = NDArray[np.float32]
_NAMES = ("gender", "age", "height", "weight", "muscle")


class PlainBasis:
    """Shapes are the phenotypes themselves; heights and masses follow from them by formula."""

    def coefficients(self, people: Sequence[Mapping[str, float]]) -> Floats:
        return np.array([[one[name] for name in _NAMES] for one in people], dtype=np.float32)

    def measure(self, shape: Floats) -> tuple[Floats, Floats]:
        years = np.interp(shape[:, 1], growth._PHENOTYPES, growth._YEARS)
        heights = np.array(
            [
                growth.height_at(5 * (row[2] - 0.5), age, bool(row[0] > 0.5))
                for row, age in zip(shape, years, strict=True)
            ]
        )
        indices = np.array(
            [
                growth.bmi_at(3.5 * (row[3] - 0.5), 0.0, age, bool(row[0] > 0.5))
                for row, age in zip(shape, years, strict=True)
            ]
        )
        return heights.astype(np.float32), (indices * heights**2).astype(np.float32)


@cache
def world(training: bool = True) -> World:
    names = [name for name in THINGS if name != BALD]
    poses = [action for action in load_lexicon().entries for _ in range(4)]
    return make_world(PlainBasis(), names, poses, training=training, families=1200)
