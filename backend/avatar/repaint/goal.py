# SPDX-License-Identifier: Apache-2.0
"""What is asked of a texture, as the encoder reads it, and where pictures show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from ...kit.encoders.encoder import Texts
from ..words import colors
from .canvas import Canvas
from .judge import Asked, numbers
from .lab import to_lab

PLAIN = (
    "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "brown", "black",
    "white", "grey",
)  # fmt: skip
# A phrase is held against so many colors: all, or what is wrong flees to one that is left out.
_OTHERS = len(PLAIN) - 1
_UNLIKE = 25.0  # their least distance in Lab
_SEEN = 0.35  # of a cell that a part must fill to be asked about


class PhraseEncoder(Protocol):
    """What of `EmbeddedEncoder` steers a texture."""

    @property
    def pixels(self) -> int: ...

    def encode_phrases(self, phrases: Sequence[str]) -> Tensor: ...

    def encode_text(self, sentences: Sequence[str]) -> Texts: ...

    def see(self, pictures: Tensor, phrases: Tensor) -> tuple[Tensor, Tensor]:
        """Unit vectors (N, D) of pictures (N, 3, S, S), and logits (N, P, G, G) that patches show
        what encoded phrases (P, d) say; differentiable towards the pictures."""
        ...


@dataclass(frozen=True)
class Goal:
    """What is asked for, as the encoder reads it: `phrases` (A * C, d), for each of A the asked
    one first and then its garment in other colors; `sentences` (S, D), the prompt first;
    `shows` (A, P) which parts of the canvas a phrase speaks of."""

    parts: list[int]
    phrases: Tensor
    sentences: Tensor
    shows: Tensor


def goal_of(canvas: Canvas, prompt: str, asked: Sequence[Asked], encoder: PhraseEncoder) -> Goal:
    own = [numbers(canvas, one) for one in asked]
    shows = torch.zeros(len(asked), len(canvas.names), device=canvas.texture.device)
    for row, parts in enumerate(own):
        shows[row, parts] = 1
    phrased, sentences = texts(prompt, asked)
    with torch.no_grad():
        phrases = encoder.encode_phrases(phrased) if phrased else torch.zeros(0, 1)
        whole = encoder.encode_text(sentences).vectors
    parts = sorted({part for parts in own for part in parts})
    return Goal(parts, phrases, whole, shows)


def texts(prompt: str, asked: Sequence[Asked]) -> tuple[list[str], list[str]]:
    """What refining reads: each asked phrase followed by its garment in other colors, and the
    prompt followed by itself with colors exchanged for others."""
    phrases, sentences = [], [prompt]
    for one in asked:
        names = _other_colors(one.color)
        phrases += [one.phrase(), *map(one.phrase, names)]
        swapped = (prompt.replace(one.color_name, name, 1) for name in names[::3])
        sentences += [text for text in swapped if text != prompt]
    return phrases, sentences


def _other_colors(color: tuple[float, float, float]) -> list[str]:
    """As many plain color names that surely do not hold for a color, nearest first; twice where
    there are fewer."""
    own = to_lab(torch.tensor(color))
    away = {
        name: float((to_lab(torch.tensor(colors.named()[name])) - own).norm()) for name in PLAIN
    }
    unlike = sorted((name for name in PLAIN if away[name] > _UNLIKE), key=away.__getitem__)
    return (2 * unlike)[:_OTHERS]


def worn_in(coverage: Tensor, shows: Tensor, logits: Tensor) -> Tensor:
    """(N, A, G, G) how far what each phrase speaks of fills the patches of logits; 0 if little."""
    worn = torch.einsum("npij,ap->naij", coverage, shows)
    worn = functional.adaptive_avg_pool2d(worn, (logits.shape[2], logits.shape[3]))
    return torch.where(worn > _SEEN, worn, 0)
