# SPDX-License-Identifier: Apache-2.0
"""How well a body answers a sentence: AvatarCLIP's cosine between two directions.

From the neutral body's pictures to the body's, and from the neutral text to the sentence
(spec/avatarclip.md, 1.3), over several views instead of one.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from ...kit.encoders.encoder import Encoder
from ...kit.encoders.published import EMBEDDED_ENCODER

RENDERED = "a 3d rendering of {} in unreal engine"
"""AvatarCLIP's pattern, for encoders that have seen the world; ours has seen bare captions."""


@dataclass(frozen=True, eq=False)
class Wish:
    """A sentence as a direction (D,), of unit length, and how far (0 to 2) it is from neutral."""

    direction: Tensor
    distance: float
    notes: tuple[str, ...]


def wish(encoder: Encoder, sentence: str, neutral: str) -> Wish:
    """What `sentence` asks for beside `neutral`, a phrase such as "a woman"."""
    pattern = "{}" if encoder.name == EMBEDDED_ENCODER else RENDERED
    texts = encoder.encode_text([pattern.format(text) for text in (sentence, neutral)])
    difference = (texts.vectors[0] - texts.vectors[1]).float()
    direction = functional.normalize(difference, dim=0)
    return Wish(direction, float(difference.norm()), texts.notes)


def scores(seen: Tensor, neutral: Tensor, asked: Tensor) -> Tensor:
    """(K,) cosines for bodies seen as unit vectors (K, W, D), the neutral one as (W, D), and an
    asked direction (D,); 0 for what looks neutral itself. Differentiable."""
    moved = (seen - neutral).mean(1)
    cosines: Tensor = moved @ asked.to(moved) / moved.norm(dim=1).clamp(min=1e-4)
    return cosines
