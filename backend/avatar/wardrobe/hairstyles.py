# SPDX-License-Identifier: Apache-2.0
"""The hair styles by name: which locks each is made of, and the dome and the skin under them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .combed import Cut, backwards, comb, from_whorl, parted
from .domes import Dome
from .falling import Fall, fall, fringe
from .gathered import Tail, Tie, bun, curve, drawn_back, plait, ring_of, tail
from .locks import Locks, Shell
from .noise import Floats, noise, step
from .scalp import CREST, HORSESHOE, SCALP, TONSURE, Region
from .tufted import brush, crest, curls, ropes, rows, spikes

Random = np.random.Generator
Lay = Callable[[Shell, Random], Sequence[Locks]]


@dataclass(frozen=True)
class Style:
    """A style: its locks, the dome under them, and how the skin is painted."""

    lay: Lay
    dome: Dome | None = None
    density: float = 2.2
    """How many texels a metre of a lock gets, relative to cloth."""
    region: Region = SCALP
    """Where the skin has the color of the roots."""
    shaved: float = 0.0
    """How dark the rest of the scalp is: 1 as dark as roots."""
    gloss: float = 1.0
    """How much light it throws back in a band."""
    frizz: float = 0.0
    """How much locks look woolly instead of combed."""


def cover(name: str | None, places: Floats, seed: int) -> Floats:
    """(N,) how much of the skin at canonical places shows the color of the roots of this style."""
    if name is None:
        return np.zeros(len(places), dtype=np.float32)
    style = STYLES[name]
    stray = 5 * noise(places, 0.005, seed + 60)
    grown = 0.92 * step(-1, 7, style.region.inside(places) + stray)
    if not style.shaved:
        return grown
    nape = style.shaved * step(-2, 8, SCALP.inside(places) + stray)
    return np.asarray(np.maximum(grown, nape))


def _cut(cut: Cut) -> Lay:
    return lambda skull, rng: [comb(skull, cut, rng)]


def _fall(style: Fall, fringed: tuple[float, float] | None = None, sweep: float = 0.0) -> Lay:
    def lay(skull: Shell, rng: Random) -> list[Locks]:
        locks = fall(skull, style, rng)
        return [*locks, fringe(skull, fringed, rng, sweep)] if fringed else locks

    return lay


def _tied(tie: Tie, shape: Tail) -> Lay:
    def lay(skull: Shell, rng: Random) -> list[Locks]:
        band = ring_of(tie.place(skull), tie.outward(skull), 0.4 * shape.thick, 0.0055)
        return [drawn_back(skull, tie, rng), tail(skull, tie, shape, rng), band]

    return lay


def _two(tie: Tie, made: Callable[[Shell, Tie, Random], list[Locks]]) -> Lay:
    """The same on both sides of a parting in the middle."""

    def lay(skull: Shell, rng: Random) -> list[Locks]:
        ties = (tie, Tie(-tie.around, tie.above, tie.off))
        halves = [drawn_back(skull, one, rng, half_only=True) for one in ties]
        return [*halves, *(locks for one in ties for locks in made(skull, one, rng))]

    return lay


def _tailed(shape: Tail) -> Callable[[Shell, Tie, Random], list[Locks]]:
    def made(skull: Shell, tie: Tie, rng: Random) -> list[Locks]:
        band = ring_of(tie.place(skull), tie.outward(skull), 0.4 * shape.thick, 0.005)
        return [tail(skull, tie, shape, rng), band]

    return made


def _plaited(shape: Tail, pitch: float) -> Callable[[Shell, Tie, Random], list[Locks]]:
    return lambda skull, tie, rng: plait(curve(skull, tie, shape), shape.thick, pitch, rng)


def _bunned(radius: float) -> Callable[[Shell, Tie, Random], list[Locks]]:
    return lambda skull, tie, rng: bun(skull, tie, radius, rng)


def _one(tie: Tie, made: Callable[[Shell, Tie, Random], list[Locks]]) -> Lay:
    return lambda skull, rng: [drawn_back(skull, tie, rng), *made(skull, tie, rng)]


_FLAT = Dome(0.0065)
_LOW = Dome(0.0042)
_CROP = Cut(from_whorl, length=(0.066, 0.052), lift=(0.0115, 0.006))
_BOWL = Cut(from_whorl, (0.08, 0.07), (0.013, 0.011), hang=(10, 16), stray=5, count=430)
_PIXIE = Cut(from_whorl, (0.075, 0.06), (0.013, 0.0055), hang=(2, 9), count=430)
_FALLEN = (1.40, 1.33, 1.24)
_HIGH_TAIL = Tail(0.27, 0.034, out=0.062, up=0.02)


def _topped(here: np.ndarray) -> np.ndarray:
    """High on top, close at the sides and the nape."""
    return 0.35 + 0.65 * step(0.25, 0.75, here[:, 2])


def _quiffed(here: np.ndarray) -> np.ndarray:
    front = step(0.15, 0.75, here[:, 2]) * step(0.25, -0.45, here[:, 1])
    return 0.5 + 1.8 * front


def _round(height: float, edge: float = 9.0, spokes: int = 88, rings: int = 32) -> Dome:
    """A woolly ball, lower at the forehead and the nape."""

    def shape(here: np.ndarray) -> np.ndarray:
        return np.clip(0.78 + 0.25 * here[:, 2] + 0.22 * here[:, 1], 0.5, 1.05)

    return Dome(height, edge, 1.0, height * 0.075, shape, frizz=1.0, spokes=spokes, rings=rings)


STYLES: dict[str, Style] = {
    "short": Style(_cut(_CROP), Dome(0.0088), 3.0),
    "buzz": Style(
        lambda skull, rng: [], Dome(0.0045, 3, 5.0, frizz=0.7, grain=0.0042), 3.0, gloss=0.2
    ),
    "crew cut": Style(
        lambda skull, rng: [brush(skull, 0.017, rng)],
        Dome(0.0085, 4, 4.0, shape=_topped, frizz=0.7, grain=0.0042, spokes=48, rings=14),
        3.0,
        gloss=0.4,
    ),
    "side part": Style(
        _cut(
            Cut(parted(0.36), (0.085, 0.05), (0.013, 0.005), (0.0088, 0.0066), (-3, 3), stray=7,
                part=0.36, rise=0.010)
        ),
        Dome(0.008),
        3.0,
    ),
    "slicked back": Style(
        _cut(Cut(backwards, (0.085, 0.05), (0.008, 0.005), (0.009, 0.0075), (-3, 0), stray=4)),
        Dome(0.006),
        3.0,
        gloss=1.4,
    ),
    "quiff": Style(
        _cut(Cut(backwards, (0.08, 0.038), (0.012, 0.003), (0.0095, 0.006), (-3, 0), stray=6,
                 rise=0.028)),
        Dome(0.0105, 5, shape=_quiffed, spokes=48, rings=14),
        3.0,
    ),
    "spiky": Style(lambda skull, rng: [spikes(skull, 0.046, rng)], Dome(0.006), 3.0, gloss=0.7),
    "bowl cut": Style(
        lambda skull, rng: [
            comb(skull, _BOWL, rng),
            fringe(skull, (9, 7), rng),
        ],
        Dome(0.009),
        3.0,
    ),
    "pixie": Style(
        lambda skull, rng: [
            comb(skull, _PIXIE, rng),
            fringe(skull, (13, 2), rng, sweep=26),
        ],
        Dome(0.009),
        3.0,
    ),
    "bob": Style(
        _fall(Fall((1.485, 1.480, 1.475), part=0.25, inwards=0.02, volume=0.007, steps=6,
                   crowd=1.35, width=0.0165, ragged=0.004)),
        _FLAT,
    ),
    "bob with a fringe": Style(
        _fall(Fall((1.485, 1.480, 1.475), inwards=0.02, volume=0.006, steps=6, crowd=1.2,
                   width=0.0165, ragged=0.004), (5, -2)),
        _FLAT,
    ),
    "medium": Style(
        _fall(Fall((1.43, 1.41, 1.395), part=0.22, inwards=0.006, volume=0.004, steps=8,
                   crowd=1.3, width=0.016)),
        _FLAT,
        1.6,
    ),
    "long": Style(_fall(Fall(_FALLEN, part=0.05, steps=11, crowd=1.3, width=0.0165)), _FLAT, 1.3),
    "long with a fringe": Style(
        _fall(Fall(_FALLEN, steps=11, crowd=1.2, width=0.0165), (5, -3)), _FLAT, 1.3
    ),
    "wavy": Style(
        _fall(Fall(_FALLEN, part=0.2, volume=0.006, wave=0.0075, steps=17, crowd=1.05,
                   width=0.018, ragged=0.022)),
        _FLAT,
        1.3,
    ),
    "long curly": Style(
        _fall(
            Fall((1.41, 1.36, 1.30), part=0.2, volume=0.012, wave=0.009, pitch=0.05, steps=20,
                 crowd=0.9, width=0.017, ragged=0.03, twist=14)
        ),
        _FLAT,
        1.3,
    ),
    "ponytail": Style(_tied(Tie(180, 34), _HIGH_TAIL), _LOW, 1.8),
    "low ponytail": Style(_tied(Tie(180, -22), Tail(0.24, 0.028, out=0.035, up=0.0)), _LOW, 1.8),
    "pigtails": Style(
        _two(Tie(112, 6), _tailed(Tail(0.22, 0.028, out=0.05, up=0.012, count=16))), _LOW, 1.8
    ),
    "braid": Style(
        _one(Tie(180, -18), _plaited(Tail(0.34, 0.019, out=0.03, up=0.0, steps=18), 0.062)),
        _LOW,
        1.8,
    ),
    "braids": Style(
        _two(Tie(118, -14), _plaited(
            Tail(0.24, 0.0145, out=0.035, up=0.0, steps=18, ahead=0.06), 0.05)),
        _LOW,
        1.8,
    ),
    "bun": Style(_one(Tie(180, 12), _bunned(0.036)), _LOW, 1.8),
    "top knot": Style(_one(Tie(180, 66), _bunned(0.028)), _LOW, 1.8),
    "two buns": Style(_two(Tie(128, 48), _bunned(0.028)), _LOW, 1.8),
    "afro": Style(lambda skull, rng: [], _round(0.062), 1.5, gloss=0.1, frizz=1.0),
    "curly": Style(
        lambda skull, rng: [curls(skull, 0.022, 0.042, rng)],
        _round(0.016, 6, 44, 14),
        2.0,
        gloss=0.5,
    ),
    "mohawk": Style(
        lambda skull, rng: crest(skull, 0.075, rng), None, 2.5, CREST, shaved=0.45, gloss=0.6
    ),
    "dreadlocks": Style(
        lambda skull, rng: ropes(skull, (1.44, 1.37, 1.32), rng), _FLAT, 2.0, gloss=0.1, frizz=0.8
    ),
    "cornrows": Style(lambda skull, rng: rows(skull, rng), None, 2.5, shaved=0.8, gloss=0.4),
    "tonsure": Style(
        _cut(Cut(from_whorl, (0.05, 0.042), (0.012, 0.009), fringe=(1, 6), region=TONSURE,
                 count=720)),
        None,
        3.0,
        TONSURE,
        shaved=0.06,
    ),
    "balding": Style(
        _cut(Cut(parted(0.0), (0.04, 0.034), (0.006, 0.006), region=HORSESHOE, count=900)),
        None,
        3.0,
        HORSESHOE,
        shaved=0.05,
    ),
}  # fmt: skip
