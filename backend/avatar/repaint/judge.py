# SPDX-License-Identifier: Apache-2.0
"""The second judge: whether texels have the colors that were asked for, and no new stains."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .canvas import Canvas
from .lab import to_lab

CLEAN = 4.0
"""Spread in Lab up to which no stain is seen: about that of a plain cloth's shade."""
_BETTER = 0.5  # Lab


@dataclass(frozen=True)
class Asked:
    """A color for some parts of a canvas: the words for it ("red", "shirt"), sRGB, their names."""

    color_name: str
    noun: str
    color: tuple[float, float, float]
    parts: tuple[str, ...]

    def phrase(self, color_name: str = "") -> str:
        return f"{color_name or self.color_name} {self.noun}"


@dataclass(frozen=True)
class Verdict:
    """Of the core texels of what was asked for: their mean Lab, its distance (CIE 1976) from the
    asked color, and how far they spread around their mean; NaN where there are none."""

    mean: tuple[float, float, float]
    distance: float
    spread: float


def numbers(canvas: Canvas, asked: Asked) -> list[int]:
    """Which parts of the canvas a phrase speaks of."""
    return [number for number, name in enumerate(canvas.names) if name in asked.parts]


def judged(canvas: Canvas, texture: Tensor, asked: Asked) -> Verdict:
    """Look at a texture (3, S, S), sRGB 0 to 1."""
    parts = torch.tensor(numbers(canvas, asked), device=texture.device)
    lab = to_lab(texture[:, torch.isin(canvas.texel_part, parts) & canvas.core])
    wanted = to_lab(torch.tensor(asked.color, device=texture.device))
    mean = lab.mean(1)
    spread = (lab - mean[:, None]).square().sum(0).mean().sqrt()
    lightness, a, b = mean.tolist()
    return Verdict((lightness, a, b), float((mean - wanted).norm()), float(spread))


def is_better(new: Verdict, start: Verdict) -> bool:
    """Nearer to the asked color, and no more mottled than the start or than plain cloth is."""
    return new.distance < start.distance - _BETTER and new.spread <= max(start.spread, CLEAN)
