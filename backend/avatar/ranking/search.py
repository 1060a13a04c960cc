# SPDX-License-Identifier: Apache-2.0
"""Finds the levels whose body answers a sentence best: by the codebook, then by gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...kit.body import load_body_model, make_body
from ...kit.encoders.encoder import Encoder
from ..shape import ShapeReading, with_levels
from .codebook import AXES, Codebook
from .portraits import VIEWS, draw, mannequin, standing
from .room import Room
from .scores import scores

Floats = NDArray[np.float64]

STEPS = 6
STRIDE = 0.45
"""Levels of the first step; it halves where a step does not help."""
PROBE = 0.25
"""Levels by which an axis is tried, to see how the body follows."""
_SMALLEST = 0.05


def ranked(codebook: Codebook, reading: ShapeReading, room: Room, asked: Tensor) -> Floats:
    """(3,) the levels, inside the room, that rank first for an asked direction (D,).

    Candidates are the codebook's bodies of the same sex and about the same age; a pinned axis takes
    the nearest level that the codebook has.
    """
    ages = (codebook.ages - reading.age_years).abs()
    fits = (codebook.female == reading.is_female) & (ages == ages.min())
    for axis in range(len(AXES)):
        of = codebook.levels[:, axis]
        levels: list[float] = sorted(set(of.tolist()))
        if room.free[axis]:
            low, high = room.low[axis], room.high[axis]
            inside = [level for level in levels if low <= level <= high]
        else:
            inside = []
        if not inside:
            inside = [min(levels, key=lambda level: abs(level - room.start[axis]))]
        fits &= torch.isin(of, torch.tensor(inside))
    neutral = codebook.neutral(reading.is_female)
    order = scores(codebook.seen[fits], neutral, asked.cpu())
    best = codebook.levels[fits][int(order.argmax())].double().numpy()
    return np.where(room.free, np.clip(best, room.low, room.high), room.start)


@dataclass(frozen=True, eq=False)
class Judge:
    """Scores a person's body at any levels, and says which way is up."""

    encoder: Encoder
    device: str
    reading: ShapeReading
    neutral: Tensor
    """(W, D)"""
    asked: Tensor
    """(D,)"""

    def body(self, levels: Floats) -> NDArray[np.float32]:
        """(N, 3) the skin, standing."""
        named: Mapping[str, float] = dict(zip(AXES, levels.tolist(), strict=True))
        parameters = with_levels(self.reading, named).parameters
        return standing(make_body(load_body_model(), parameters))

    def score(self, places: Tensor) -> Tensor:
        """The score of a body (N, 3), differentiable."""
        pictures = draw(mannequin(self.device), places[None], VIEWS, self.encoder.pixels)
        seen = self.encoder.encode_pictures(pictures)[None]
        return scores(seen, self.neutral.to(seen), self.asked)[0]

    def measure(self, levels: Floats) -> float:
        with torch.no_grad():
            return float(self.score(torch.from_numpy(self.body(levels)).to(self.device)))

    def slope(self, levels: Floats, free: NDArray[np.bool_]) -> tuple[float, Floats]:
        """The score, and how it changes with each free level (3,), 0 for the others.

        The rasteriser tells how it changes with the vertices; probing, how those follow the levels.
        """
        here = self.body(levels)
        places = torch.from_numpy(here).to(self.device).requires_grad_()
        score = self.score(places)
        [pull] = torch.autograd.grad(score, places)
        # One point without a gradient must not spoil all.
        towards = pull.nan_to_num(0.0, 0.0, 0.0).cpu().numpy().astype(np.float64)
        found = np.zeros(len(AXES))
        for axis in np.flatnonzero(free):
            moved = levels + PROBE * np.eye(len(AXES))[axis]
            found[axis] = float((towards * (self.body(moved) - here)).sum()) / PROBE
        return float(score.detach()), found


def climbed(
    judge: Judge, start: Floats, room: Room, report: Callable[[float], None] = lambda share: None
) -> tuple[Floats, float]:
    """The levels reached from `start` by gradient ascent inside the room, and their score.

    A step that does not help is taken back and halved, so the score never falls.
    """
    levels, stride = start, STRIDE
    score, slope = judge.slope(levels, room.free)
    for step in range(STEPS):
        report(step / STEPS)
        # What leads out of the room is no way.
        blocked = ((levels <= room.low) & (slope < 0)) | ((levels >= room.high) & (slope > 0))
        way = np.where(blocked, 0.0, slope)
        length = float(np.linalg.norm(way))
        if length == 0 or stride < _SMALLEST:
            break
        tried = np.clip(levels + stride * way / length, room.low, room.high)
        there = judge.measure(tried)
        if not there > score:  # no number is no help either
            stride /= 2
            continue
        levels, (score, slope) = tried, judge.slope(tried, room.free)
    return levels, score
