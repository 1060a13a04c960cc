# SPDX-License-Identifier: Apache-2.0
"""An encoder that measures pictures with a ruler instead of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from kinora.backend.avatar.ranking.codebook import ADULT, AXES, Codebook, look_at_bodies, person
from kinora.backend.avatar.ranking.portraits import standing
from kinora.backend.avatar.shape import with_levels
from kinora.backend.kit.body import load_body_model, make_body
from kinora.backend.kit.encoders.encoder import Texts

WORDS = {"tall": (1.0, 0.0), "short": (-1.0, 0.0), "broad": (0.0, 1.0), "narrow": (0.0, -1.0)}


@dataclass(frozen=True)
class Ruler:
    """Sees how high a figure reaches in its picture and how broad it is for that height."""

    name: str = "ruler"
    pixels: int = 48

    def encode_text(self, sentences: Sequence[str]) -> Texts:
        """What the known words of a sentence ask for, beside a third number that never changes."""
        rows = [
            [sum(WORDS[word][axis] for word in WORDS if word in sentence) for axis in (0, 1)]
            for sentence in sentences
        ]
        vectors = torch.cat([torch.tensor(rows).float(), torch.full((len(rows), 1), 10.0)], 1)
        return Texts(functional.normalize(vectors, dim=1), ())

    def encode_pictures(self, pictures: Tensor) -> Tensor:
        inside = (pictures - pictures[:, :, :1, :1]).abs().amax(1).div(0.2).clamp(0, 1)
        area = inside.mean((1, 2)).clamp(min=1e-4)
        place = torch.linspace(0, 1, inside.shape[1])
        rows = inside.mean(2) / inside.mean(2).sum(1, keepdim=True).clamp(min=1e-4)
        spread = (rows * (place - (rows * place).sum(1, keepdim=True)).square()).sum(1)
        height = 3 * spread.clamp(min=1e-4).sqrt()
        broad = area / height.square()
        vectors = torch.stack([height, broad, torch.ones_like(area)], 1)
        return functional.normalize(vectors, dim=1)


@pytest.fixture(scope="session")
def ruler() -> Ruler:
    return Ruler()


@pytest.fixture(scope="session")
def small_codebook(ruler: Ruler) -> Codebook:
    """A neutral woman and man, and men who differ from him along one axis."""
    rows = [(0.0, 0.0, 0.0), (-2.0, 0.0, 0.0), (2.0, 0.0, 0.0), (0.0, -3.0, 0.0), (0.0, 3.2, 0.0)]
    listed = [(True, rows[0]), *((False, levels) for levels in rows)]
    seen = []
    for is_female, levels in listed:
        named = dict(zip(AXES, levels, strict=True))
        body = make_body(load_body_model(), with_levels(person(is_female, ADULT), named).parameters)
        seen.append(look_at_bodies(ruler, standing(body)[None], "cpu"))
    return Codebook(
        torch.tensor([levels for _, levels in listed]),
        torch.full((len(listed),), ADULT),
        torch.tensor([is_female for is_female, _ in listed]),
        torch.cat(seen),
        torch.zeros(3),
    )
