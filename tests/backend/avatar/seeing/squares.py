# SPDX-License-Identifier: Apache-2.0
"""Lessons of colored squares: small enough to be learnt by heart in seconds."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from kinora.backend.avatar.seeing.lesson import Lesson
from kinora.backend.avatar.seeing.losses import Targets
from kinora.backend.kit.encoders.minilm import WIDTH
from kinora.backend.kit.encoders.tower import BODY_AXES, TowerPlan

COLORS = {"red": (0.9, 0.1, 0.1), "green": (0.1, 0.7, 0.1), "blue": (0.1, 0.2, 0.9)}
PLACES = ("top", "bottom")
PLAN = TowerPlan(PLACES, ("square", "none"), ("still",), pixels=32, width=64, depth=2)
PAIRS = [(one, two) for one in COLORS for two in COLORS if one != two]


class Letters(torch.nn.Module):
    """In place of MiniLM: every token has a fixed random state."""

    def __init__(self) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(3)
        self.table = torch.randn(16, WIDTH, generator=random)

    def forward(self, tokens, mask):
        places = torch.arange(tokens.shape[1])[:, None] / 4
        return self.table[tokens] + torch.sin(places * torch.arange(WIDTH))


def pictures_of(pairs):
    """(B, 3, 32, 32) with one square above another, and their part map."""
    pictures = torch.full((len(pairs), 3, 32, 32), 0.5)
    part = torch.full((len(pairs), 32, 32), -1, dtype=torch.int8)
    for row, pair in enumerate(pairs):
        for place, color in enumerate(pair):
            rows = slice(2 + 16 * place, 14 + 16 * place)
            pictures[row, :, rows, 8:24] = torch.tensor(COLORS[color])[:, None, None]
            part[row, rows, 8:24] = place
    return pictures, part


def lesson() -> Lesson:
    """Every pair of colors, with the sentence "top is X, bottom is Y" and the phrase "X top"."""
    words = list(COLORS)
    pictures, part = pictures_of(PAIRS)
    count = len(PAIRS)
    sentences = [[1, 4 + words.index(one), 2, 4 + words.index(two)] for one, two in PAIRS]
    phrases = [(word, place) for word in words for place in range(2)]
    holds = torch.tensor([[pair[place] == word for pair in PAIRS] for word, place in phrases])
    columns = torch.tensor([place for _, place in phrases])
    colors = torch.tensor([[COLORS[one], COLORS[two]] for one, two in PAIRS])
    ones = torch.ones(count, 2)
    return Lesson(
        pictures,
        part,
        torch.tensor(sentences),
        torch.ones(count, 4, dtype=torch.bool),
        0,
        torch.eye(count, dtype=torch.int8),
        torch.tensor([[1 + place, 4 + words.index(word)] for word, place in phrases]),
        torch.ones(len(phrases), 2, dtype=torch.bool),
        holds.to(torch.int8),
        columns[:, None].expand(-1, count),
        torch.arange(len(phrases)).expand(count, -1),
        Targets(
            ones,
            ones,
            colors,
            ones,
            torch.zeros(count, 2, dtype=torch.long),
            ones,
            torch.zeros(count, len(BODY_AXES)),
            torch.ones(count, len(BODY_AXES)),
            torch.zeros(count, dtype=torch.long),
            torch.ones(count),
        ),
        columns=2,
    )


def lessons() -> Iterator[Lesson]:
    one = lesson()
    while True:
        yield one
