# SPDX-License-Identifier: Apache-2.0
"""What is true of each picture of a batch, as arrays that captions are held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .batch import People, Shots

PATTERNS = (
    "plain", "stripes", "checks", "dots", "stars", "hearts", "flowers", "zigzag", "camouflage",
    "leopard",
)  # fmt: skip
"""Those of `wardrobe.patterns`, which imports torch."""
AXES = ("age", "female", "height", "weight", "muscle")
"""Years; 1 for women; levels as of words (`words/body.toml`): height against the mean of age and
sex; weight by the body mass index that this shape has at the usual height, since pictures show how
wide one is; muscle by the body model's own axis."""


@dataclass(frozen=True)
class Labels:
    """Of B pictures and the places of `things.PLACES` (S)."""

    thing: NDArray[np.int16]
    """(B, S) of `things.THINGS`; -1 is none."""
    lab: NDArray[np.float32]
    """(B, S, 2, 3) CIE Lab of first and second color."""
    pattern: NDArray[np.int8]
    """(B, S) of PATTERNS."""
    word: NDArray[np.int32]
    """(B, S, 2) of `hues.color_words` that the colors were drawn as, nearly; -1 is none."""
    told: NDArray[np.bool_]
    """(B, S) whether captions may speak of what is there."""
    framed: NDArray[np.bool_]
    """(B, S) whether what is worn there would be in the picture, were nothing over it."""
    part: NDArray[np.int8]
    """(B, S) the column of `People.parts`; -1 is none."""
    colored: NDArray[np.bool_]
    """(B,) whether colors show: not where the shape alone is drawn."""
    body: NDArray[np.float32]
    """(B, 5) values of AXES; NaN where the picture cannot tell."""
    action: NDArray[np.int16]
    """(B,) of `actions`; -1 where the picture cannot tell."""
    actions: tuple[str, ...]
    """Names of actions by number."""
    measures: NDArray[np.float32]
    """(B, 2) metres and kilograms."""
    group: NDArray[np.int32]
    """(B,) pictures of one number differ in the body alone; -1 is no group."""


@dataclass(frozen=True)
class Scene:
    """A batch: who is drawn, how, and what is true of it."""

    people: People
    shots: Shots
    labels: Labels
