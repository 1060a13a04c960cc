# SPDX-License-Identifier: Apache-2.0
"""The words in which a garment is described: cuts, offsets, edges, pieces.

Numbers are metres on the canonical body (1.70 m, soles at z = 0, front at -y); the fields are those
of `fields.base_fields`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Terms = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Plane:
    """`constant` plus the terms' factor times field; about metres inside the cut."""

    terms: Terms
    constant: float


@dataclass(frozen=True)
class Cut:
    """Cloth stays where any of the planes is at least zero."""

    planes: tuple[Plane, ...]


@dataclass(frozen=True)
class Taper:
    """The offset falls to the share `low` where the plane's value is zero, over `width` metres."""

    plane: Plane
    width: float
    low: float


@dataclass(frozen=True)
class Flare:
    """The offset grows by `slope` per metre of the plane's value, with `folds` round the body."""

    plane: Plane
    slope: float
    folds: int = 0
    depth: float = 0.0
    """Metres that folds stand out at a value of one metre."""
    ease: float = 0.0
    """Metres over which the flare sets in."""


@dataclass(frozen=True)
class Edge:
    """A strip sewn along borders, folded outwards: rows of metres beyond the edge, off the cloth.

    A border vertex gets as much of it as the smallest of the `where` planes is above zero: all at
    `blend` metres. `upright` turns what is beyond the edge from along the cloth to straight up.
    """

    rows: tuple[tuple[float, float], ...]
    where: tuple[Plane, ...]
    blend: float = 0.02
    upright: float = 0.0
    zone: str = "trim"


@dataclass(frozen=True)
class Piece:
    """One piece of cloth of a garment."""

    source: Literal["helper-tights", "helper-skirt", "body"]
    cuts: tuple[Cut, ...]
    offset: float
    smoothing: int = 4
    thickness: float = 0.0035
    taper: tuple[Taper, ...] = ()
    flare: tuple[Flare, ...] = ()
    edges: tuple[Edge, ...] = ()
    zone: str = "cloth"
    refine: bool = True
    clings: float = 0.0
    """Share by which the upper end of a skirt is drawn onto the body, over its first 12 cm."""
    hide_margin: float = 0.02
    """Metres inside the edges from which what is beneath is left out."""


@dataclass(frozen=True)
class Sole:
    """Height of its edge, of the arch between heel and ball; how far the welt stands out."""

    height: float
    arch: float
    welt: float


@dataclass(frozen=True)
class Garment:
    """A garment; `layer` orders them from the skin outwards."""

    name: str
    cloth: str
    layer: int
    pieces: tuple[Piece, ...] = ()
    forms: tuple[str, ...] = ()
    """Free shapes: hat, helmet, buckle, buttons."""
    sole: Sole | None = None
    flatten: float = 0.0
    """Share by which a belt is drawn into a plane."""
