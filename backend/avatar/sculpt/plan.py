# SPDX-License-Identifier: Apache-2.0
"""What is asked of sculpting, how much of it is done, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import torch
from torch import Tensor

from ...kit.encoders.encoder import Encoder
from ..repaint.judge import Asked

if TYPE_CHECKING:
    from .field import Field

WorksOn = Literal["all", "texture", "sculpt"]


@dataclass(frozen=True)
class Prompts:
    """`subject` is the character in words, the body and all; `appearance` what is said of its
    looks alone; `asked` the colors that parts are to have."""

    subject: str
    appearance: str
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class Encoders:
    """`guides` are followed, by turns; `judge`, where there is one, only says what is kept."""

    guides: Sequence[Encoder]
    judge: Encoder | None = None


@dataclass(frozen=True)
class Plan:
    """How much is done, and to what; steps are of `views` pictures each."""

    field_steps: int = 0
    mesh_steps: int = 0
    views: int = 8
    pool: int = 64
    """Views that are looked up at once and shown by turns, with other lights and backgrounds."""
    refresh: int = 100
    """Mesh steps after which other views are looked up, on the surface as it is by then."""
    pixels: int = 112
    """Along a side of the pictures of the field."""
    samples: int = 12
    """Along a ray."""
    crops: float = 0.25
    """Share of the whole figures that are seen from so near that they leave the picture."""
    texels: int = 256
    """Along a side of what is painted."""
    seed: int = 0
    works_on: WorksOn = "all"
    part: str = "all"
    """"all", or the one of `start.REGIONS` that may change."""


PLANS: Mapping[str, Plan] = {
    "standard": Plan(field_steps=300, mesh_steps=700, texels=512, pool=96),
    "quality": Plan(field_steps=600, mesh_steps=1600, texels=1024, pool=128),
}
"""By preset, for a GPU; drafts are not sculpted."""
ON_PROCESSOR: Mapping[str, Plan] = {
    "standard": Plan(mesh_steps=40, views=4, pool=24, refresh=20),
    "quality": Plan(field_steps=24, mesh_steps=120, views=4, pool=32, pixels=64, refresh=40),
}
"""The same where there is none: some minutes."""


def plan_for(preset: str, device: str) -> tuple[Plan, tuple[str, ...]]:
    """The plan of a preset on "cpu" or "cuda", and a note where it is a smaller one."""
    if device != "cpu":
        return PLANS[preset], ()
    steps = ON_PROCESSOR[preset].mesh_steps
    full = PLANS[preset].field_steps + PLANS[preset].mesh_steps
    note = f"Without a GPU the look was refined in {steps} steps instead of {full}."
    return ON_PROCESSOR[preset], (note,)


class Hooks(Protocol):
    """What sculpting knows of the job around it."""

    @property
    def checkpoint(self) -> Path | None:
        """A folder that survives a kill."""
        ...

    def report(self, fraction: float, note: str, picture: Tensor | None = None) -> None:
        """Tell how far it is (0 to 1), with a picture (3, H, W) of sRGB 0 to 1; raises
        `JobCancelledError`."""
        ...

    def stops(self) -> bool:
        """Whether the user wants the best so far."""
        ...


@dataclass(frozen=True, eq=False)
class State:
    """What a later run needs to go on: tensors by name, and what they belong to."""

    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    """Of plain JSON: part names, counts."""

    def to(self, device: str | torch.device) -> State:
        return replace(self, tensors={name: one.to(device) for name, one in self.tensors.items()})


@dataclass(frozen=True, eq=False)
class Sculpted:
    """A start as it was left: `offsets` (V,) metres along the start's normals, `texture` (3, S, S)
    of the start's size. `scores` are likenesses before and after by class of view, and what was
    kept of each part; `timings` seconds."""

    offsets: Tensor
    texture: Tensor
    field: Field | None
    scores: Mapping[str, Any]
    notes: tuple[str, ...]
    steps: int
    views: int
    timings: Mapping[str, float]
    state: State
