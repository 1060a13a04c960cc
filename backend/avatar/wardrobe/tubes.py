# SPDX-License-Identifier: Apache-2.0
"""A garment's trunk, sleeves and legs as bent tubes, so that what is printed runs around them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from .noise import Floats, step
from .part import Part
from .piece import Texels

_BINS = 24


_ANGLES = 65
_LOG_RATIOS = np.linspace(-1.6, 1.6, 33)


def _arc_table() -> NDArray[np.float64]:
    """(33, 65) share of an ellipse's girth from the front to angles 0 to pi, by side / front."""
    angle = np.linspace(0, np.pi, _ANGLES)
    middle = (angle[1:] + angle[:-1]) / 2
    ratio = np.exp(_LOG_RATIOS)[:, None]
    speed = np.sqrt((ratio * np.cos(middle)) ** 2 + np.sin(middle) ** 2)
    length = np.concatenate([np.zeros((len(ratio), 1)), np.cumsum(speed, axis=1)], axis=1)
    return np.asarray(0.5 * length / length[:, -1:])


_ARCS = _arc_table()


@dataclass(frozen=True)
class Tube:
    """A limb or the trunk as a bent tube: what lies on it has a length along it and an angle.

    `along` (B,) metres, ascending; `centers` (B, 3); `radii` (B, 2) metres towards `front` and
    `side`, two unit directions across the tube; `length` metres for each unit of the limb's field.
    """

    along: Floats
    centers: Floats
    radii: Floats
    front: Floats
    side: Floats
    length: float = 1.0

    def turns(self, places: Floats, along: Floats) -> Floats:
        """(N,) how far around the tube places (N, 3) lie, by length of cloth: -0.5 to 0.5 turns,
        0 in front."""
        center = np.stack([np.interp(along, self.along, c) for c in self.centers.T], axis=1)
        front, side = (np.interp(along, self.along, radius) for radius in self.radii.T)
        away = places - center
        angle = np.arctan2(away @ self.side / side, away @ self.front / front)
        column = np.interp(np.log(side / front), _LOG_RATIOS, np.arange(len(_LOG_RATIOS)))
        row = np.abs(angle) / np.pi * (_ANGLES - 1)
        return np.asarray(
            np.sign(angle) * map_coordinates(_ARCS, [column, row], order=1, mode="nearest"),
            dtype=np.float32,
        )

    def girth(self, along: Floats) -> Floats:
        """(N,) metres around the tube at lengths (N,): Ramanujan's ellipse."""
        a, b = self.radii.T
        girths = np.pi * (3 * (a + b) - np.sqrt((3 * a + b) * (a + 3 * b)))
        return np.asarray(np.interp(along, self.along, girths), dtype=np.float32)


@dataclass(frozen=True)
class Cut:
    """The tubes that a garment is made of: trunk, then each arm and leg that it has."""

    tubes: tuple[tuple[str, Tube], ...]


def cut_of(part: Part) -> Cut:
    """Find the garment's tubes from its own vertices, so that any cut and flare is followed."""
    places = part.canonical
    nowhere = np.full(len(places), -1, dtype=np.float32)
    arm, leg = part.fields.get("arm", nowhere), part.fields.get("leg", nowhere)
    front, right, up = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], dtype=np.float32)
    if _is_skirt(part, leg):
        leg = nowhere
    trunk = (arm <= 0) & (leg <= 0)
    chosen = trunk if trunk.sum() > 12 else np.ones(len(places), dtype=bool)
    tubes = [("trunk", _tube(places[chosen], places[chosen, 2], front, right))]
    for sign, letter in ((1, "l"), (-1, "r")):
        on_side = places[:, 0] * sign > 0
        for name, t in (("arm", arm), ("leg", leg)):
            mine = (t > 0) & on_side
            if mine.sum() > 12:
                across = up if name == "arm" else right * sign
                length = _length(places[mine], t[mine])
                tube = _tube(places[mine], t[mine] * length, front, across)
                tubes.append((name + letter, replace(tube, length=length)))
    return Cut(tuple(tubes))


def _is_skirt(part: Part, leg: Floats) -> bool:
    """Whether cloth passes from one leg to the other well below the crotch."""
    return bool(((leg > 0.2) & (np.abs(part.canonical[:, 0]) < 0.004)).any())


def _length(places: Floats, t: Floats) -> float:
    """Metres that a limb's field grows by one over: the slope of the straight line through it."""
    centered = t - t.mean()
    slope = (centered[:, None] * places).sum(0) / max(float((centered**2).sum()), 1e-9)
    return float(np.linalg.norm(slope))


def _tube(places: Floats, along: Floats, front: Floats, side: Floats) -> Tube:
    edges = np.linspace(along.min() - 1e-4, along.max() + 1e-4, _BINS + 1)
    found: list[tuple[float, Floats, Floats]] = []
    for low, high in itertools.pairwise(edges):
        ring = places[(along >= low) & (along < high)]
        if len(ring) < 4:
            continue
        center = (ring.min(0) + ring.max(0)) / 2
        radii = np.array([np.ptp(ring @ front) / 2, np.ptp(ring @ side) / 2])
        found.append(((low + high) / 2, center, np.maximum(radii, 0.01)))
    if not found:
        found.append((float(along.mean()), places.mean(0), np.full(2, 0.1)))
    where, centers, radii_found = (
        np.asarray(c, dtype=np.float32) for c in zip(*found, strict=True)
    )
    return Tube(where, centers, radii_found, front, side)


@dataclass(frozen=True)
class Flat:
    """Cloth spread out: for N texels the metres along their tube, how far around it in turns (0 in
    front), and the tube's girth there in metres."""

    along: Floats
    turns: Floats
    girth: Floats

    def motif(self, pitch: float) -> tuple[Floats, Floats, Floats]:
        """Rows of motifs `pitch` apart, a whole number in each row, so that they close up around:
        metres right and up from the middle of the nearest, and a number that tells them apart."""
        row = np.floor(self.along / pitch)
        y = self.along - (row + 0.5) * pitch
        count = np.maximum(2, np.round(self.girth / (pitch * 1.1)))
        place = self.turns * count + 0.5 * np.mod(row, 2)
        x = (np.mod(place, 1) - 0.5) * self.girth / count
        return x, y, row * 131 + np.mod(np.floor(place), count)


def spread(texels: Texels, cut: Cut) -> Flat:
    """Each texel on the tube that it belongs to."""
    found = np.zeros((3, len(texels)), dtype=np.float32)
    for mask, along, tube in _unrolled(texels, cut):
        places = texels.positions[mask]
        # Rows of a motif keep their girth, or those on a flare would be cut at its edge.
        found[:, mask] = along + _shoulder(places), tube.turns(places, along), tube.girth(along)
    return Flat(*found)


def _unrolled(texels: Texels, cut: Cut) -> Iterator[tuple[NDArray[np.bool_], Floats, Tube]]:
    """The texels of each tube and how far along it they are, in metres."""
    nowhere = np.full(len(texels), -1, dtype=np.float32)
    arm, leg = texels.fields.get("arm", nowhere), texels.fields.get("leg", nowhere)
    left = texels.positions[:, 0] > 0
    names = [name for name, _ in cut.tubes]
    owner = np.zeros(len(texels), dtype=np.int8)
    for t, name in ((leg, "leg"), (arm, "arm")):
        for letter, mine in (("l", left), ("r", ~left)):
            if name + letter in names:
                owner[(t > 0) & mine] = names.index(name + letter)
    # A skirt has no leg tubes, so that all of it falls to the trunk.
    for number, (name, tube) in enumerate(cut.tubes):
        mask = owner == number
        if not mask.any():
            continue
        along = texels.positions[mask, 2]
        if name.startswith("arm"):
            along = arm[mask] * tube.length
        elif name.startswith("leg"):
            along = leg[mask] * tube.length
        yield mask, along, tube


def _shoulder(places: Floats) -> Floats:
    """(N,) metres of cloth gained inwards over the shoulders, where height hardly grows."""
    inwards = np.maximum(0.19 - np.abs(places[:, 0]), 0)
    return np.asarray(0.85 * inwards * step(1.38, 1.45, places[:, 2]), dtype=np.float32)
