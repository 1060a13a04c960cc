# SPDX-License-Identifier: Apache-2.0
"""Random drawings of every kind: `make("fish", rng)`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import animals, crawlers, people, things
from .framing import fitted, mirrored
from .parts import Creature

MAKERS: dict[str, Callable[[np.random.Generator], Creature]] = {
    "person": people.person,
    "quadruped": animals.quadruped,
    "bird": animals.bird,
    "fish": animals.fish,
    "snake": crawlers.snake,
    "insect": crawlers.insect,
    "butterfly": crawlers.butterfly,
    "biped": crawlers.biped,
    "sitter": crawlers.sitter,
    "plant": things.plant,
    "vehicle": things.vehicle,
    "boat": things.boat,
    "toy": things.toy,
    "tool": things.tool,
}
KINDS = tuple(MAKERS)


def make(kind: str, rng: np.random.Generator) -> Creature:
    """A random creature on the canvas, with room to move, facing either side."""
    place = (float(rng.random()), float(rng.random()))
    creature = fitted(MAKERS[kind](rng), float(rng.uniform(0.5, 0.85)), place)
    return mirrored(creature) if rng.random() < 0.5 else creature
