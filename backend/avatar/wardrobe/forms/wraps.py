# SPDX-License-Identifier: Apache-2.0
"""Rings around the neck or a wrist that lie on the skin: scarves, necklaces, ruffs, bracelets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from ..piece import smooth_normals
from ..surface import Floats, Ints, Surface
from . import solids
from .holds import arm_frame, hung
from .site import Site

WAVES = 5


@dataclass(frozen=True)
class Wrap:
    """A closed band around the "neck" or a wrist, in the plane that rises by `slope` per metre to
    the back from height `at` (metres up the forearm on a wrist).

    `out`: metres from the skin to its middle; `tall` and `thick` half its section; `lean` degrees
    by which its upper edge leans outwards; `beads` how many it is strung of; `wave`, `frill`: how
    many waves up and down, and in and out, and their metres.
    """

    on: str
    at: float
    out: float
    tall: float
    thick: float
    slope: float = 0.0
    lean: float = 0.0
    square: float = 0.0
    beads: int = 0
    wave: tuple[int, float] = (0, 0.0)
    frill: tuple[int, float] = (0, 0.0)
    sides: int = 10
    zone: str = "cloth"
    stations: int = 48


@dataclass(frozen=True)
class Limb:
    """Skin as a tube: places and normals (N, 3) in rows x, y, z of `frame` about `origin`, z along
    it."""

    frame: Floats
    origin: Floats
    places: Floats
    normals: Floats


def wrap(site: Site, values: Wrap) -> Surface:
    """The band, on the nearest skin all around."""
    if values.on not in LIMBS:
        raise ValueError(f'Nothing wraps round "{values.on}"; name one of {", ".join(LIMBS)}.')
    limb = LIMBS[values.on](site)
    count = values.beads * 6 if values.beads else values.stations
    angle = np.arange(count) * 2 * np.pi / count
    reach = _outline(limb, values, angle) + values.out
    up = np.zeros(count)
    for waves, metres, target in ((*values.wave, up), (*values.frill, reach)):
        target += metres * np.sin(waves * angle)
    across = np.stack([np.sin(angle), -np.cos(angle), 0 * angle], 1)
    line = across * reach[:, None]
    line[:, 2] = values.at + up + values.slope * line[:, 1]
    line = _outside(limb, line, values.out)
    tilt = np.deg2rad(values.lean)
    wide = np.cos(tilt) * np.array([0.0, 0.0, 1.0]) + np.sin(tilt) * across
    bead = np.ones(count)
    if values.beads:
        phase = (np.arange(count) % 6) / 6 * 2 * np.pi
        bead = 0.25 + 0.75 * np.sqrt(np.maximum(0.5 - 0.5 * np.cos(phase), 0))
    section = solids.Section(
        values.tall * bead, values.thick * bead, values.square, sides=values.sides
    )
    made = solids.sweep(line, wide, section, values.zone, closed=True)
    made = replace(made, places=made.places @ limb.frame + limb.origin)
    return hung(site, made, "skin")


def _outline(limb: Limb, values: Wrap, angle: Floats) -> Floats:
    """How far the skin reaches at these angles, in its first harmonics."""
    x, y, z = limb.places.T
    near = np.abs(z - values.at - values.slope * y) < 0.012
    own = np.arctan2(x[near], -y[near])
    reach = np.hypot(x[near], y[near])

    def waves(at: Floats) -> Floats:
        columns = [wave(k * at) for k in range(WAVES) for wave in (np.cos, np.sin)[: 1 + (k > 0)]]
        return np.stack(columns, 1)

    # A little of every harmonic is held back, so that sparse skin gives no swings.
    known = waves(own)
    shares = np.linalg.solve(known.T @ known + 0.02 * np.eye(known.shape[1]), known.T @ reach)
    return np.asarray(waves(angle) @ shares)


def _outside(limb: Limb, line: Floats, out: float) -> Floats:
    """The line (S, 3) where it is at least `out` metres off the skin: harmonics cut corners."""
    tree = cKDTree(limb.places)
    smooth = np.array([0.25, 0.5, 0.25])
    for _ in range(4):
        _, nearest = tree.query(line)
        height = ((line - limb.places[nearest]) * limb.normals[nearest]).sum(1)
        lack = np.maximum(out - height, 0)
        lack = np.maximum(np.convolve(np.r_[lack[-1], lack, lack[0]], smooth, "valid"), lack)
        line = line + lack[:, None] * limb.normals[nearest]
    return line


def _neck(site: Site) -> Limb:
    base, skin = site.base, np.unique(site.model.groups["body"].corners)
    places = site.model.canonical.vertices[skin]
    # Of the head nothing but its lowest part, lest the chin be taken for the throat.
    mine = (base["arm"][skin] < 0.3) & (base["head"][skin] < 0.75) & (np.abs(places[:, 0]) < 0.17)
    origin = np.array([0.0, -0.03, 0.0])
    return Limb(np.eye(3), origin, places[mine] - origin, _normals(site, skin)[mine])


def _wrist(side: str) -> Callable[[Site], Limb]:
    def limb(site: Site) -> Limb:
        model = site.model
        frame, middle = arm_frame(model, side, ("lowerarm01", "wrist", "finger2-1", "finger5-1"))
        skin = np.unique(model.groups["body"].corners)
        places = (model.canonical.vertices[skin] - middle[1]) @ frame.T
        near = np.linalg.norm(places, axis=1) < 0.12
        return Limb(frame, middle[1], places[near], _normals(site, skin)[near] @ frame.T)

    return limb


def _normals(site: Site, skin: Ints) -> Floats:
    faces = site.model.groups["body"].corners
    return smooth_normals(site.model.canonical.vertices, faces)[skin].astype(np.float64)


LIMBS: dict[str, Callable[[Site], Limb]] = {
    "neck": _neck,
    "left wrist": _wrist("L"),
    "right wrist": _wrist("R"),
}
