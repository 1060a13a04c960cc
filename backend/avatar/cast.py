# SPDX-License-Identifier: Apache-2.0
"""The body that a job delivers, dressed: Anny's, or one of SMPL's family in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..kit.body import Body, BodyModel
from ..kit.smpl.body import SmplBody
from .dress import Dressed
from .shape import ShapeReading
from .smpl import notes_on, painted, smpl_body

ANNY = "anny"


@dataclass(frozen=True, eq=False)
class Cast:
    """One dressed body; `facts` are for the job's summary, `notes` for the user."""

    model: BodyModel
    body: Body
    dressed: Dressed
    title: str = "Anny"
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def phenotypes(self) -> Mapping[str, float]:
        """Anny's, by which a body of the same words can be made again."""
        return self.body.parameters.phenotypes


def other_body(name: str, reading: ShapeReading) -> SmplBody | None:
    """The body of another family; None for Anny's. Raises `MissingWeightsError`."""
    return None if name == ANNY else smpl_body(name, reading)


def cast(anny: Cast, other: SmplBody | None, reading: ShapeReading, texture_size: int) -> Cast:
    """A dressed Anny or, where another body is asked for, that one with the Anny's looks."""
    if other is None:
        return anny
    return Cast(
        other.model,
        replace(other.body, parameters=anny.body.parameters),
        painted(other, anny.dressed, (anny.model, anny.body), texture_size),
        other.file.family.title,
        {"gender": other.file.gender, "betas": [round(float(beta), 4) for beta in other.fit.betas]},
        notes_on(other, reading),
    )
