# SPDX-License-Identifier: Apache-2.0
"""The picture tower: a vector for the picture, one for each patch, and what is worn by whom."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blocks import Block, Pool, Spread, initialise

GLOBAL = 512
"""Size of the vector of a whole picture or sentence."""
PHRASE = 128
"""Size of the vector of a patch or phrase."""
GLOBAL_QUERIES = 8
PATCH = 8
"""Pixels along the side of a patch: the stem halves the picture three times."""
BODY_AXES = ("age", "female", "height", "weight", "muscle")
"""What is told of a body: age as the logarithm of years + 1, a logit of being female, levels."""


@dataclass(frozen=True)
class TowerPlan:
    """The tower's sizes, and the names of the places and classes that it tells."""

    slots: tuple[str, ...]
    garments: tuple[str, ...]
    actions: tuple[str, ...]
    pixels: int = 160
    width: int = 256
    depth: int = 8

    @property
    def patches(self) -> int:
        """Patches along a side."""
        return self.pixels // PATCH


@dataclass(frozen=True)
class Attributes:
    """What the tower reads off N pictures, for S slots."""

    presence: Tensor
    """(N, S) logits that something is worn there."""
    color: Tensor
    """(N, S, 3) Lab / 100 of the first color."""
    garment: Tensor
    """(N, S, garments) logits."""
    body: Tensor
    """(N, len(BODY_AXES))."""
    action: Tensor
    """(N, actions) logits."""


@dataclass(frozen=True)
class Seen:
    """All that the tower says of N pictures."""

    whole: Tensor
    """(N, GLOBAL) unit vectors."""
    patches: Tensor
    """(N, h * w, PHRASE) unit vectors, row by row from the top left."""
    attributes: Attributes


class Stem(nn.Module):
    """Three strided convolutions, each normalised over its channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        sizes = (3, width // 4, width // 2, width)
        self.steps = nn.ModuleList(
            nn.Conv2d(one, two, 3, stride=2, padding=1) for one, two in itertools.pairwise(sizes)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(size) for size in sizes[1:])

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 3, H, W) to tokens (N, H/8 * W/8, width)."""
        states = pictures.contiguous(memory_format=torch.channels_last)
        for number, (step, norm) in enumerate(zip(self.steps, self.norms, strict=True)):
            found = norm(step(states).permute(0, 2, 3, 1))
            if number == len(self.steps) - 1:
                tokens: Tensor = found.flatten(1, 2)
                return tokens
            states = functional.gelu(found).to(pictures.dtype).permute(0, 3, 1, 2)
        raise AssertionError("the stem has no steps")


class Tower(nn.Module):
    """About 7 million weights at the full size."""

    def __init__(self, plan: TowerPlan) -> None:
        super().__init__()
        self.plan = plan
        width, slots = plan.width, len(plan.slots)
        self.stem = Stem(width)
        self.places = nn.Parameter(torch.randn(plan.patches**2, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width) for _ in range(plan.depth))
        self.last_norm = nn.LayerNorm(width)
        # One query more for the body and one for what it does.
        self.pool = Pool(width, GLOBAL_QUERIES + slots + 2)
        self.spread = Spread(width, GLOBAL_QUERIES, GLOBAL)
        self.phrase = nn.Linear(width, PHRASE)
        self.worn = nn.Linear(width, 4)
        self.garment = nn.Linear(width, len(plan.garments))
        self.body = nn.Linear(width, len(BODY_AXES))
        self.action = nn.Linear(width, len(plan.actions))
        self.apply(initialise)

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """(N, 3, pixels, pixels) sRGB 0..1 to (whole, patches, presence and color, garment, body,
        action); a plain tuple, which compiles well. `seen` names them."""
        states = self.stem(pictures * 2 - 1) + self.places.to(pictures.dtype)
        for block in self.blocks:
            states = block(states)
        states = self.last_norm(states)
        pooled = self.pool(states)
        body, action = pooled[:, -2], pooled[:, -1]
        slots = pooled[:, GLOBAL_QUERIES:-2]
        return (
            functional.normalize(self.spread(pooled[:, :GLOBAL_QUERIES]).float(), dim=-1),
            functional.normalize(self.phrase(states).float(), dim=-1),
            self.worn(slots).float(),
            self.garment(slots).float(),
            self.body(body).float(),
            self.action(action).float(),
        )


def seen(found: tuple[Tensor, ...]) -> Seen:
    """The tower's outputs by their names."""
    whole, patches, worn, garment, body, action = found
    return Seen(whole, patches, Attributes(worn[..., 0], worn[..., 1:], garment, body, action))
