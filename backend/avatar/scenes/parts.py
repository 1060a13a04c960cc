# SPDX-License-Identifier: Apache-2.0
"""Everything that people wear and are, as shapes linear in the body basis, painted at the vertices.

What fitting does to one body (pushing cloth out of what is beneath, letting hair fall) is left out:
training pictures need many bodies fast, and show each a few hundred pixels high.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..wardrobe import beards, hairstyles
from ..wardrobe.garments import GARMENTS

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

SEED = 0
EXTREMES = 48
"""Vertices of a part that tell how far it reaches."""
HATS: tuple[str, ...] = tuple(name for name, one in GARMENTS.items() if one.holds_hair)
"""Garments under which hair goes."""
HAIR = tuple(hairstyles.STYLES)
BEARDS = tuple(name for name, beard in beards.BEARDS.items() if beard.count)
NAMES = ("skin", "eyes", *GARMENTS, *(f"hair:{name}" for name in HAIR),
         *(f"beard:{name}" for name in BEARDS))  # fmt: skip
"""Every part there is, in the order of the wardrobe's rows."""


@dataclass(frozen=True)
class Part:
    """Something worn or grown, or the skin; n vertices, T triangles, K components."""

    name: str
    mean: Floats
    """(n, 3) metres in bind pose on the basis's mean body."""
    components: NDArray[np.float16]
    """(K, n, 3) metres."""
    bones: NDArray[np.int16]
    """(n, 4)"""
    weights: Floats
    """(n, 4)"""
    triangles: Ints
    """(T, 3)"""
    chords: Ints
    """(n, 4) as in `chords.chords`."""
    anchors: Ints
    """(n,) the base vertex that each follows most."""
    canonical: Floats
    """(n, 3) metres, on the canonical body."""
    paint: NDArray[np.float16]
    """(2, n, 9) the share of the first color, of the second, and own color, each red, green, blue;
    first where no second color is asked for, then where one is."""
    finish: NDArray[np.float16]
    """(n, 2) roughness and metallic."""
    printed: Floats
    """(T, 3, 3) at the corners: metres along, turns around and girth of what a pattern is on."""
    girth: float
    """Metres, the mean."""
    hides: NDArray[np.bool_]
    """(V,) base vertices over which nothing beneath is seen."""
    under_hat: NDArray[np.bool_]
    """(HATS, n) hair that each hat hides; no rows but for hair."""
    extremes: Ints
    """(EXTREMES,)"""


def extremes(places: NDArray[np.floating], count: int = EXTREMES) -> Ints:
    """(count,) vertices of (n, 3) that lie farthest in directions all around."""
    step = np.arange(count) + 0.5
    up, turn = 1 - 2 * step / count, np.pi * (1 + 5**0.5) * step
    level = np.sqrt(1 - up * up)
    ways = np.stack([level * np.cos(turn), level * np.sin(turn), up])
    return np.asarray((places @ ways).argmax(0), np.int32)
