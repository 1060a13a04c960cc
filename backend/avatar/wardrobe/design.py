# SPDX-License-Identifier: Apache-2.0
"""The words in which a garment is described: cuts, offsets, edges, pieces, forms, details.

Numbers are metres on the canonical body (1.70 m, soles at z = 0, front at -y); the fields are those
of `fields.base_fields`. Files in `garment_files/` hold these values; planes stand there as
sentences such as "z > 0.854" (`expressions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Terms = tuple[tuple[str, float], ...]

SLOTS = (
    "briefs", "bra", "legwear", "top", "bottom", "whole", "mid", "outer", "apron", "feet", "hands",
    "waist", "neck", "head", "face", "eyes", "cape", "back", "right hand", "left hand", "extra",
)  # fmt: skip
"""Where a garment is worn. Of two in one slot the later asked-for is worn; "extra" holds many.

legwear: socks and tights; whole: dresses, robes, overalls; mid: between top and outer, as a vest or
a sweater; face: masks; eyes: glasses.
"""


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
    hangs: Plane | None = None
    """Metres below the line from which the cloth hangs free of the body."""


@dataclass(frozen=True)
class Sole:
    """Height of its edge, of the arch between heel and ball; how far the welt stands out."""

    height: float
    arch: float
    welt: float
    heel: float = 0.0
    """Metres that the heel stands higher than the front, on a block of its own."""
    spike: float = 0.0
    """Share by which that block narrows down to the ground."""
    spring: float = 0.005
    """Metres that the tip of the toe stands off the ground."""


@dataclass(frozen=True)
class Last:
    """The shape over which a shoe is made: what it changes about the foot."""

    length: float = 0.0
    """Metres that it reaches beyond the toes."""
    point: float = 0.0
    """Share by which it narrows to the tip."""
    box: float = 0.0
    """Height over the toes; the foot's own where 0."""


@dataclass(frozen=True)
class Form:
    """A shape that no base mesh holds, such as a hat: its maker in `forms.registry`, its values."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)
    hangs: Plane | None = None


@dataclass(frozen=True)
class Detail:
    """Something painted on a garment: a painter of `details` and where it works.

    `at` is the middle (x, z) and `size` the width and height, metres on the canonical body, seen
    from the front unless `side` says otherwise; `where` limits it further. `color` "" is the
    garment's second colour, or a darker first one.
    """

    kind: str
    color: str = ""
    at: tuple[float, float] = (0.0, 0.0)
    size: tuple[float, float] = (0.1, 0.1)
    side: Literal["front", "back", "both"] = "front"
    where: tuple[Cut, ...] = ()
    line: Plane | None = None
    """Where the plane's value is zero the middle of a seam, a zip, a stripe runs."""
    width: float = 0.01
    period: float = 0.05
    zone: str = ""
    """The zone of faces that it is limited to, of `part.ZONES`; "" is all."""


@dataclass(frozen=True)
class Garment:
    """A garment; `layer` orders them from the skin outwards."""

    name: str
    words: str
    """Comma-separated names by which it is asked for."""
    slot: str
    layer: int
    cloth: str
    color: str
    """Its colour, by name, where the words give none."""
    label: str = ""
    """What the user reads; the name where empty."""
    near: str = ""
    """Names of things that it stands in for, with a note that it is not quite that."""
    second_color: str = ""
    pieces: tuple[Piece, ...] = ()
    forms: tuple[Form, ...] = ()
    details: tuple[Detail, ...] = ()
    sole: Sole | None = None
    last: Last = Last()
    flatten: float = 0.0
    """Share by which a belt is drawn into a plane."""
    hangs: str = ""
    """How what hangs free moves: "skirt", "cape" or "cloth"; see `Piece.hangs`."""
    tucks: bool = False
    """Whether it goes into trousers or a skirt that are held by a belt."""
    holds_hair: tuple[Cut, ...] = ()
    """Hair within all of these is inside a hat; of x, y, z, ax and `away`, radians from front."""
    hides: tuple[Cut, ...] = ()
    """Skin within all of these is not seen, beyond what lies well inside the pieces' edges."""
    covers: tuple[Literal["chest", "hips", "feet"], ...] = ()
    """Where nothing more needs to be put on beneath."""
