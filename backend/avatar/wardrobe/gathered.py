# SPDX-License-Identifier: Apache-2.0
"""Hair drawn together: combed from the hairline to a tie, and the tails, plaits and buns there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .locks import Locks, Shell, tapered
from .noise import step
from .scalp import HAIRLINE, SKULL_CENTER
from .sphere import Points, arc, direction, turned, unit

_STEPS = 9


@dataclass(frozen=True)
class Tie:
    """Where hair is drawn to: degrees around and above, and metres off the skin."""

    around: float
    above: float
    off: float = 0.010

    def place(self, skull: Shell) -> Points:
        """(3,) metres."""
        ray = direction(self.around, self.above)
        return np.asarray(skull.settle(SKULL_CENTER + ray[None] * 0.1, SKULL_CENTER, self.off)[0])

    def outward(self, skull: Shell) -> Points:
        """(3,) unit."""
        return np.asarray(skull.normals_at(self.place(skull)[None])[0])


def drawn_back(skull: Shell, tie: Tie, rng: np.random.Generator, half_only: bool = False) -> Locks:
    """Locks from the hairline and from rows within it to the tie; of the tie's own half of the
    head, from a parting in the middle, with `half_only`."""
    around = np.concatenate([np.arange(4, 176, 8.5), np.arange(8, 172, 14.0)])
    inset = np.concatenate([np.full(21, 1.5), np.full(12, 16.0)])[: len(around)]
    above = np.interp(around, *np.transpose(HAIRLINE)) + inset
    above = np.where((around > 60) & (around < 116), np.maximum(above, 6 + inset), above)
    roots = direction(around, above)
    tier = np.where(inset > 10, 1.0, 0.0)
    if half_only:
        part = np.deg2rad(np.linspace(36, 196, 15))
        line = np.stack([0 * part + 0.03, -np.cos(part), np.sin(part)], axis=1)
        roots = np.concatenate([roots, unit(line)])
        tier = np.concatenate([tier, np.full(len(line), 0.6)])
        if tie.around < 0:
            roots = roots * [-1, 1, 1]
    else:
        roots = np.concatenate([roots, roots * [-1, 1, 1]])
        tier = np.concatenate([tier, tier])
    count = len(roots)
    goal = direction(tie.around, tie.above) + rng.normal(0, 0.03, (count, 3))
    t = np.linspace(0, 1, _STEPS)
    path = arc(roots, unit(goal), _STEPS)
    full = 0.0018 + 0.0075 * step(0, 0.5, t) + 0.0030 * tier[:, None] * t
    full = full + 0.0018 * (np.arange(count) % 2)[:, None] * np.sin(np.pi * t)
    paths = skull.settle(SKULL_CENTER + path * 0.1, SKULL_CENTER, full)
    half = rng.uniform(0.011, 0.015, count)
    taper = ((0, 0.15, 0.5, 0.85, 1), (0.45, 0.85, 1, 0.7, 0.45))
    return Locks(
        paths,
        skull.normals_at(paths),
        tapered(half, _STEPS, taper),
        np.clip(0.55 + 0.35 * tier + rng.uniform(-0.15, 0.1, count), 0, 1),
        np.full(count, _STEPS - 1),
        bulge=0.0018,
    )


@dataclass(frozen=True)
class Tail:
    """A bundle that leaves its tie outwards and falls: metres."""

    length: float
    thick: float
    """Its radius where it is thickest."""
    out: float = 0.05
    """How far it springs away from the head."""
    up: float = 0.01
    count: int = 22
    steps: int = 14
    ahead: float = 0.0
    """How far towards the front its tip comes."""


def tail(skull: Shell, tie: Tie, shape: Tail, rng: np.random.Generator) -> Locks:
    """Locks around the curve of a ponytail."""
    center = curve(skull, tie, shape)
    tangent = unit(np.gradient(center, axis=0))
    across = unit(np.cross(tangent, [0.02, 0.0, 1.0]))
    third = np.cross(across, tangent)
    count, steps = shape.count, shape.steps
    turn = np.arange(count) * np.pi * (3 - 5**0.5) + rng.uniform(-0.2, 0.2, count)
    far = np.sqrt((np.arange(count) + 0.5) / count)
    reach = rng.uniform(0.8, 1.0, count) * (1 - 0.12 * far)
    t = np.linspace(0, 1, steps)
    girth = shape.thick * np.interp(t, (0, 0.12, 0.4, 0.75, 1), (0.42, 0.75, 1, 0.8, 0.35))
    around = np.cos(turn)[:, None, None] * across + np.sin(turn)[:, None, None] * third
    # Every lock follows the bundle's curve as far as it reaches.
    at = t * reach[:, None] * (steps - 1)
    low = np.minimum(at.astype(int), steps - 2)
    share = (at - low)[..., None]
    line = center[low] * (1 - share) + center[low + 1] * share
    around = np.take_along_axis(around, low[..., None], axis=1)
    paths = skull.push(line + around * (far[:, None] * girth)[..., None], 0.004)
    half = shape.thick * rng.uniform(0.45, 0.7, count)
    taper = ((0, 0.1, 0.4, 0.75, 0.92, 1), (0.5, 0.75, 1, 0.8, 0.4, 0.03))
    return Locks(
        paths,
        around,
        tapered(half, steps, taper),
        np.clip(0.35 + 0.65 * far + rng.uniform(-0.1, 0.1, count), 0, 1),
        np.zeros(count, dtype=np.int64),
        bulge=0.004,
        anchor=center[0],
    )


def curve(skull: Shell, tie: Tie, shape: Tail) -> Points:
    """(S, 3) the middle of a bundle: out of the tie, over, and down."""
    start, out = tie.place(skull), tie.outward(skull)
    level = unit(out * [1, 1, 0.0])
    first = start + out * shape.out + [0, 0, shape.up]
    second = start + level * shape.out * 1.15 - [0, 0, shape.length * 0.45]
    last = start + level * shape.out * 0.75 - [0, shape.ahead, shape.length]
    t = np.linspace(0, 1, shape.steps)[:, None]
    bent = (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * first
    bent = bent + 3 * (1 - t) * t**2 * second + t**3 * last
    return skull.push(bent, shape.thick * 0.9 + 0.003)


def plait(center: Points, thick: float, pitch: float, rng: np.random.Generator) -> list[Locks]:
    """Three strands plaited along a curve (S, 3) and the tuft that ends them."""
    length = np.linalg.norm(np.diff(center, axis=0), axis=1).cumsum()
    length = np.concatenate([[0], length])
    steps = int(length[-1] / pitch * 9)
    at = np.linspace(0, length[-1], steps)
    line = np.stack([np.interp(at, length, center[:, axis]) for axis in range(3)], axis=1)
    tangent = unit(np.gradient(line, axis=0))
    side = unit(
        np.cross(tangent, [0.0, -1.0, 0.25] if abs(center[-1, 0]) > 0.05 else [0.0, 1, 0.25])
    )
    out = np.cross(side, tangent)
    girth = thick * np.interp(np.linspace(0, 1, steps), (0, 0.1, 0.6, 1), (0.75, 1, 0.9, 0.6))
    strands, facing = [], []
    for number in range(3):
        phase = 2 * np.pi * (at / pitch + number / 3)
        strand = line + side * (girth * 0.82 * np.sin(phase))[:, None]
        strands.append(strand + out * (girth * 0.5 * np.sin(2 * phase))[:, None])
        facing.append(out)
    paths = np.stack(strands)
    widths = np.tile(girth * 0.78, (3, 1))
    held = np.zeros(3, dtype=np.int64)
    woven = Locks(
        paths, np.stack(facing), widths, np.full(3, 0.9), held,
        sides=6, flatness=0.8, anchor=line[0],
    )  # fmt: skip
    return [woven, _tuft(line, side, out, girth[-1], rng)]


def _tuft(line: Points, side: Points, out: Points, girth: float, rng: np.random.Generator) -> Locks:
    """The loose end of a plait, held where the plait is."""
    count, steps = 9, 6
    turn = np.arange(count) * np.pi * (3 - 5**0.5)
    t = np.linspace(0, 1, steps)
    down = unit(line[-1] - line[-3])
    around = np.cos(turn)[:, None] * side[-1] + np.sin(turn)[:, None] * out[-1]
    swell = girth * np.interp(t, (0, 0.35, 1), (0.35, 1.0, 0.35))
    far = rng.uniform(0.045, 0.07, count)[:, None] * t
    end = line[-1] - down * 0.01 + down * far[..., None]
    return Locks(
        end + around[:, None] * swell[None, :, None],
        np.repeat(around[:, None], steps, axis=1),
        tapered(np.full(count, girth * 0.6), steps),
        np.full(count, 0.8),
        np.zeros(count, dtype=np.int64),
        bulge=0.003,
        anchor=line[0],
        slack=float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum()),
    )


def bun(skull: Shell, tie: Tie, radius: float, rng: np.random.Generator) -> list[Locks]:
    """A swirl of locks wound into a ball on its tie."""
    out = tie.outward(skull)
    middle = tie.place(skull) + out * radius * 0.62
    first = unit(np.cross(out, [0.3, 0.1, 1.0]))
    second = np.cross(out, first)
    count, steps = 11, 12
    t = np.linspace(0, 1, steps)
    polar = np.deg2rad(128 - 122 * t)[None, :] * np.ones((count, 1))
    turn = (np.arange(count) * 2 * np.pi / count)[:, None] + np.deg2rad(165) * t
    turn = turn + rng.uniform(-0.1, 0.1, (count, 1))
    ring = np.cos(turn)[..., None] * first + np.sin(turn)[..., None] * second
    ball = np.cos(polar)[..., None] * out + np.sin(polar)[..., None] * ring
    flat = ball - 0.22 * (ball @ out)[..., None] * out
    wobble = radius * rng.uniform(0.95, 1.05, (count, 1, 1))
    paths = middle + flat * wobble
    taper = ((0, 0.2, 0.55, 0.85, 1), (0.8, 1, 0.95, 0.55, 0.2))
    half = radius * rng.uniform(0.36, 0.44, count)
    held = np.full(count, steps - 1)
    layer = rng.uniform(0.7, 1.0, count)
    widths = tapered(half, steps, taper)
    anchor = tie.place(skull)
    return [
        Locks(paths, ball, widths, layer, held, bulge=radius * 0.12, fray=0, anchor=anchor),
        ring_of(anchor + out * 0.002, out, radius * 0.62, 0.006),
    ]


def ring_of(center: Points, axis: Points, radius: float, thick: float) -> Locks:
    """A band around a tail at its tie."""
    first = unit(np.cross(axis, [0.3, 0.1, 1.0]))
    turn = np.linspace(0, 2 * np.pi, 13)
    spoke = turned(np.tile(first, (13, 1)), np.tile(axis, (13, 1)), turn)
    return Locks(
        (center + spoke * radius)[None],
        spoke[None],
        np.full((1, 13), thick),
        np.full(1, 0.3),
        np.full(1, 12),
        sides=6,
        anchor=center,
    )
