# SPDX-License-Identifier: Apache-2.0
"""Shells around the whole head: helmets, hoods and veils, and visors that lie on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..surface import Floats, Surface
from . import solids
from .headwear import around, middle, wrapped
from .holds import hung
from .site import Site


@dataclass(frozen=True)
class Dome:
    """The shape of a shell: its `top` and `widest` heights, metres `out` from hair's outline; it
    closes by `power`, and below its widest comes out by `flare` per metre, or in where negative.
    `round` 1 makes the outline a circle; `back` and `front` metres are added there."""

    top: float = 1.728
    widest: float = 1.625
    out: float = 0.011
    power: float = 2.3
    flare: float = 0.0
    round: float = 0.0
    back: float = 0.0
    front: float = 0.0

    def reach(self, angle: Floats, outline: Floats, height: Floats) -> Floats:
        """Metres from the head's middle at these angles and heights."""
        base = outline + self.round * (outline.max() - outline) + self.out
        base = base + np.where(np.cos(angle) > 0, self.front, self.back) * np.cos(angle) ** 2
        share = np.clip((height - self.widest) / (self.top - self.widest), 0, 0.9995)
        below = np.maximum(self.widest - height, 0)
        return np.asarray(base * (1 - share**self.power) ** 0.5 + self.flare * below)


@dataclass(frozen=True)
class Shell:
    """A dome down to an `edge` of (degrees from the front, height), with a rim rolled `rim` metres
    thick and a comb of so many metres up and across; `fold` is how many soft folds it hangs in,
    and their depth in metres at the lower edge."""

    edge: tuple[tuple[float, float], ...]
    dome: Dome = Dome()
    rim: float = 0.004
    comb: tuple[float, float] = (0.0, 0.008)
    fold: tuple[int, float] = (0, 0.0)
    rows: int = 16
    zone: str = "cloth"
    rim_zone: str = "trim"


@dataclass(frozen=True)
class Visor:
    """A shield on a dome, from `low` to `high` over so many degrees to each side of `turn`, with
    `corner` metres by which its ends close up, `out` metres off the dome."""

    low: float
    high: float
    half: float
    dome: Dome = Dome()
    out: float = 0.004
    thick: float = 0.004
    corner: float = 0.0
    beak: float = 0.0
    """Metres that its middle stands out."""
    turn: float = 0.0
    zone: str = "glass"


def shell(site: Site, values: Shell) -> Surface:
    """Lining, rolled rim, then the wall up to the pole."""
    angle, outline = around(site)
    degrees, heights = np.array(values.edge).T
    away = np.abs(wrapped(angle))
    low = np.interp(np.rad2deg(away), degrees, heights)
    top, rim, dome = values.dome.top, values.rim, values.dome

    def wall(height: Floats) -> Floats:
        reach = dome.reach(angle, outline, height)
        waves, depth = values.fold
        if waves:
            hang = np.clip((dome.widest - height) / 0.2, 0, 1)
            reach = reach + hang * depth * np.cos(waves * angle + np.sin(3 * angle))
        return reach

    rows: list[tuple[Floats, Floats, str]] = [
        (wall(low + 0.03) - 0.007, low + 0.03, "lining"),
        (wall(low + 0.003) - 0.005, low + 0.003, "lining"),
    ]
    for turn in np.linspace(-0.5, 0.5, 5) * np.pi:
        out, up = 0.001 + rim * np.cos(turn), 1.5 * rim * (1 + np.sin(turn))
        rows.append((wall(low + 3 * rim) + out, low + up, values.rim_zone))
    begin = low + 3 * rim
    height_of, across = values.comb
    for share in np.linspace(0.0, 0.97, values.rows):
        height = begin + (top - begin) * np.sin(share * np.pi / 2)
        reach = wall(height)
        ridge = np.exp(-((np.minimum(away, np.pi - away) * reach / across) ** 2))
        comb = height_of * ridge * np.clip(share * 3 - 0.4, 0, 1)
        rows.append((reach + comb * share, height + comb * (0.3 + share), values.zone))
    centre = middle(site)
    levels = np.stack([_ring(angle, reach, height, centre) for reach, height, _ in rows])
    made = solids.rings(levels, [zone for _, _, zone in rows[1:]])
    peak = np.array([0.0, centre, top + height_of])
    return hung(site, solids.crowned(made, peak), "head")


def visor(site: Site, values: Visor) -> Surface:
    """A curved shield, thick enough to have an edge."""
    all_round, reaches = around(site)
    span = np.linspace(-1, 1, 21)
    angle = np.deg2rad(values.half) * span + np.deg2rad(values.turn)
    outline = np.interp(angle % (2 * np.pi), np.append(all_round, 2 * np.pi),
                        np.append(reaches, reaches[0]))  # fmt: skip
    closing = values.corner * np.maximum(np.abs(span) - 0.45, 0) ** 2 / 0.55**2
    low, high = values.low + closing, values.high - closing
    levels = []
    stations = [0.0, 0.12, 0.35, 0.6, 0.85, 1.0]
    outer = [(share, values.out + values.thick) for share in stations]
    inner = [(share, values.out - values.thick) for share in stations[::-1]]
    for share, out in outer + inner:
        height = low + share * (high - low)
        reach = values.dome.reach(angle, outline, height) + out
        reach = reach + values.beak * np.exp(-((span / 0.4) ** 2)) * (1 - share * 0.6)
        levels.append(_ring(angle, reach, height, middle(site)))
    made = solids.rings(np.stack(levels[::-1], 1), [values.zone] * (len(span) - 1))
    return hung(site, made, "head")


def _ring(angle: Floats, reach: Floats, height: Floats, centre: float) -> Floats:
    x, y = np.sin(angle) * reach, centre - np.cos(angle) * reach
    return np.stack([x, y, np.broadcast_to(height, x.shape)], 1)
