# SPDX-License-Identifier: Apache-2.0
"""One garment on one body: everything that painting it and skinning it needs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .design import Detail

ZONES: tuple[str, ...] = ("cloth", "trim", "lining", "sole", "metal", "glass")
"""What a face is made of: `Part.zones` holds indices into this."""


@dataclass(frozen=True)
class Part:
    """A garment fitted to a body.

    What belongs to the garment (UVs, canonical places, fields, zones) is the same on every body, so
    that a painting of it can be kept; only `vertices` belongs to the body.
    """

    name: str
    """The garment's name in `garments.GARMENTS`, such as "tshirt"."""
    cloth: str
    """What it is made of unless the choice says otherwise: cotton, denim, wool, leather, knit,
    felt or metal."""
    digest: str
    """Names what is the same on every body, so that a bake of it can be kept."""
    vertices: NDArray[np.float32]
    """(V, 3) metres, bind pose of this body."""
    faces: NDArray[np.int32]
    """(F, 4) quads, and triangles with -1 last; counter-clockwise seen from outside."""
    uvs: NDArray[np.float32]
    """(F, 4, 2) per corner, in the part's own square 0..1, no overlaps, origin at lower left."""
    bone_indices: NDArray[np.int32]
    """(V, 4)"""
    weights: NDArray[np.float32]
    """(V, 4), summing to one."""
    canonical: NDArray[np.float32]
    """(V, 3) where the vertex is on the canonical body: metres, Z up, facing -Y, A-pose."""
    canonical_normals: NDArray[np.float32]
    """(V, 3) unit."""
    zones: NDArray[np.int8]
    """(F,) index into `ZONES`."""
    fields: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    """(V,) each. Always there: "arm" (0 at the shoulder, 1 at the wrist, below 0 on the trunk),
    "leg" (0 at the hip, 1 at the ankle, below 0 above), "side" (+1 left limb, -1 right, 0 trunk)
    "hem" (metres to the nearest open edge: hems, cuffs, neckline, front opening) and "hang" (metres
    below the line from which it hangs free; below 0 where it is held)."""
    hangs: str = ""
    """How what hangs moves, as in `design.Garment.hangs`."""
    details: tuple[Detail, ...] = ()
    second_color: str = ""
    """What trims and details are painted in unless the choice says otherwise; by name."""

    @property
    def normal_strength(self) -> float:
        """How much relief the cloth takes: hard things are smooth."""
        return 0.3 if self.cloth == "metal" else 1.0
