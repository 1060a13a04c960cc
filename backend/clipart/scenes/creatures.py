# SPDX-License-Identifier: Apache-2.0
"""Random drawings of every kind: `make("fish", rng)`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import animals, people
from .framing import fitted, mirrored
from .parts import Creature

MAKERS: dict[str, Callable[[np.random.Generator], Creature]] = {
    "person": people.person,
    "quadruped": animals.quadruped,
    "bird": animals.bird,
    "fish": animals.fish,
}
KINDS = tuple(MAKERS)


def make(kind: str, rng: np.random.Generator) -> Creature:
    """A random creature on the canvas, with room to move, facing either side."""
    creature = fitted(MAKERS[kind](rng), float(rng.uniform(0.5, 0.85)), tuple(rng.random(2)))
    return mirrored(creature) if rng.random() < 0.5 else creature
