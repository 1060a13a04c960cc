# SPDX-License-Identifier: Apache-2.0
"""Hoods that lie on the back, hung from a garment's neckline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..surface import Surface
from .collars import HIDDEN, UP, around, neckline
from .laid import Sheet, ground, hold
from .site import Site

COLUMNS = 33


@dataclass(frozen=True)
class Hood:
    """A hood that stands `stand` metres round the neck, hangs `depth` down the back and is
    `thick` there; its opening is rolled over `reach` radians from the back."""

    stand: float = 0.045
    depth: float = 0.19
    thick: float = 0.05
    reach: float = 2.75
    zone: str = "cloth"


# Out and up in shares of thickness and of height (above) or depth (below), from the inside of the
# neck over the rolled opening to the bag's tip and back to the neckline beneath it.
BACK = (
    (0.0, -0.15), (0.05, 0.35), (0.2, 0.8), (0.5, 1.0), (0.85, 0.9), (1.1, 0.4), (1.22, -0.05),
    (1.2, -0.3), (1.05, -0.55), (0.8, -0.8), (0.5, -0.97), (0.2, -1.0), (0.1, -0.9),
)  # fmt: skip
FRONT = (
    (0.0, -0.05), (0.02, 0.3), (0.1, 0.7), (0.28, 0.85), (0.45, 0.75), (0.5, 0.4), (0.5, 0.1),
    (0.48, -0.02), (0.44, -0.06), (0.38, -0.1), (0.3, -0.13), (0.2, -0.15), (0.1, -0.16),
)  # fmt: skip


def hood(site: Site, values: Hood) -> Surface:
    """A bag behind the neck that thins to a roll beside it."""
    base = ground(site)
    line = neckline(base)
    columns = np.linspace(-1, 1, COLUMNS)
    angle = columns * values.reach
    out = np.stack([np.sin(angle), np.cos(angle), np.zeros_like(angle)], 1)
    foot = around(line, angle, 0.0)
    # The bag narrows to its tip: what hangs keeps near the middle of the back.
    share = np.clip(1 - np.abs(columns) / 0.85, 0, 1)
    share = share * share * (3 - 2 * share)
    ends = np.clip((1 - np.abs(columns)) * 5, 0, 1) ** 0.5
    points = np.empty((len(BACK), COLUMNS, 3))
    for number, (back, front) in enumerate(zip(BACK, FRONT, strict=True)):
        across, up = (share * b + (1 - share) * f for b, f in zip(back, front, strict=True))
        above, below = np.maximum(up, 0) * values.stand, np.minimum(up, 0)
        points[number] = foot + (across * ends * values.thick)[:, None] * out
        points[number] += (above * (0.4 + 0.6 * ends))[:, None] * UP
        points[number, :, 2] += below * values.depth
        if number > 1:
            gap = np.full(COLUMNS, 0.003) + 0.6 * values.thick * max(back[0], 0) * share * (up < 0)
            points[number] = base.drape(points[number], gap, np.zeros(COLUMNS))
    lies = np.repeat(np.clip(-np.array(BACK)[:, 1:] * 3, 0, 1), COLUMNS, 1)
    edge = np.full(points.shape[:2], HIDDEN)
    return hold(site, base, Sheet(points, lies, edge, zone=values.zone))
