# SPDX-License-Identifier: Apache-2.0
"""Hats turned around the canonical head from a profile, carried to any head by an affine fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..surface import Floats, Surface
from . import solids
from .holds import hung
from .site import Site

SEGMENTS = 48
HAIR = 0.014
"""Metres that a hat leaves for hair."""
TILT = 0.055
"""How much higher a hat sits in front, per metre."""
MIDDLE = -0.035
"""Where the middle of the canonical head is, from front to back."""
BAND = 1.637
"""Height at which hats sit on the canonical forehead; the skull's top is at 1.702."""


@dataclass(frozen=True)
class Point:
    """A point of a profile: `scale` of the head's outline, then metres outwards and up."""

    scale: float
    out: float
    up: float
    zone: str = "cloth"
    """Of the ring of faces that ends here."""


@dataclass(frozen=True)
class Hat:
    """A profile from the lining over the brim to the top, and what bends it.

    `curl`: metres by which the brim's edge rises at the sides, in front, at the back. `pinch`:
    share by which the crown is pinched in front, `slope` metres that its top is higher in front.
    `fold`: how many corners a brim has that is folded up between them, metres up and inwards there,
    and degrees by which the first is off the front. `ripple`: waves of the brim's edge and metres.
    `lean`: metres x, y, z through which the crown's middle bends, from the band. `shift`: metres
    x, y, z of the whole; `roll`: degrees to its left. `shear`: metres x, y by which the top stands
    aside. `longer`: metres by which the brim's edge reaches further in front and at the back.
    `pleat`: folds of what is wider than the head, and their depth as a share. `crest`: points in
    which the upper edge rises, metres, and degrees to each side of the front. `open`: the profile
    ends where it began, a ring.
    """

    profile: tuple[Point, ...]
    band: float = BAND
    tilt: float = TILT
    curl: tuple[float, float, float] = (0.0, 0.0, 0.0)
    pinch: float = 0.0
    slope: float = 0.0
    fold: tuple[int, float, float, float] = (0, 0.0, 0.0, 0.0)
    ripple: tuple[int, float] = (0, 0.0)
    lean: tuple[tuple[float, float, float], ...] = ()
    shear: tuple[float, float] = (0.0, 0.0)
    longer: tuple[float, float] = (0.0, 0.0)
    pleat: tuple[int, float] = (0, 0.0)
    crest: tuple[int, float, float] = (0, 0.0, 180.0)
    open: bool = False
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    roll: float = 0.0


@dataclass(frozen=True)
class Peak:
    """A peak in front: metres of `reach`, degrees of `half` the angle it spans, metres that its
    edge drops, and that its sides are lower than its middle."""

    reach: float
    half: float
    drop: float
    curve: float
    band: float = BAND
    tilt: float = TILT
    out: float = 0.003
    thick: float = 0.004
    back: bool = False
    zone: str = "cloth"


def hat(site: Site, values: Hat) -> Surface:
    """The profile's rings, bent as the values say."""
    angle, outline = around(site)
    low = min(point.up for point in values.profile)
    top = max(point.up for point in values.profile)
    crown = max(top, 0.04) - 0.04
    brim = max(max(point.out for point in values.profile), 0.012)
    levels = []
    for point in values.profile:
        height = max(0.0, point.up - 0.04) / max(crown, 0.01)
        pinched = np.exp(-((np.abs(wrapped(angle)) - 0.62) ** 2) / 0.12)
        reach = outline * point.scale * (1 - values.pinch * height * pinched) + point.out
        up = point.up + values.slope * height * np.cos(angle)
        reach = reach * (1 + max(0.0, point.scale - 1) * _pleats(values, angle))
        share = max(0.0, point.out) / brim
        up, reach = _brim(values, angle, share, up, reach)
        rise = max(0.0, point.up - low) / max(top - low, 0.01)
        up = up + rise * _crest(values, angle) + values.tilt * reach * np.cos(angle)
        levels.append(_leant(values, angle, reach, up, rise))
    zones = [point.zone for point in values.profile[1:]]
    if values.open:
        solid = solids.rings(np.stack(levels), [*zones, zones[-1]], closed=True)
    else:
        solid = solids.rings(np.stack(levels), zones)
        solid = solids.crowned(solid, solid.places[-1])
    solid = solids.moved(solid, (0, 0, 0), (0, values.roll, 0))
    centre = np.array([0.0, middle(site), values.band]) + values.shift
    return hung(site, solids.moved(solid, centre, (0, 0, 0)), "head")


def _brim(
    values: Hat, angle: Floats, share: float, up: Floats, reach: Floats
) -> tuple[Floats, Floats]:
    """Heights and reaches (S,) of a ring that lies at a share of the brim's width."""
    side, front, back = values.curl
    ends = np.where(np.cos(angle) > 0, front, back)
    up = up + share * (side * np.sin(angle) ** 2 + ends * np.cos(angle) ** 2)
    reach = reach + share * np.where(np.cos(angle) > 0, *values.longer) * np.cos(angle) ** 2
    corners, rise, inwards, off = values.fold
    if corners:
        folded = 0.5 - 0.5 * np.cos(corners * (angle - np.deg2rad(off)))
        up, reach = up + share * rise * folded, reach - share * inwards * folded
    waves, metres = values.ripple
    return up + share * metres * np.cos(waves * angle + 0.6 * np.sin(2 * angle)), reach


def _pleats(values: Hat, angle: Floats) -> Floats:
    count, share = values.pleat
    folds: Floats = share * np.cos(count * angle)
    return folds


def _crest(values: Hat, angle: Floats) -> Floats:
    """Metres by which the upper edge rises: a zigzag, highest in front where it ends at sides."""
    count, metres, half = values.crest
    away = np.abs(wrapped(angle))
    zigzag = np.abs(wrapped(count * angle)) / np.pi
    inside = np.clip(1 - away / np.deg2rad(half), 0, 1) if half < 180 else np.ones_like(away)
    rise: Floats = metres * (1 - 0.8 * zigzag) * inside * (count > 0)
    return rise


def _leant(values: Hat, angle: Floats, reach: Floats, up: Floats, rise: float) -> Floats:
    """(S, 3) a ring about the line through which the crown bends."""
    flat = np.stack([np.sin(angle) * reach, -np.cos(angle) * reach, 0 * reach], 1)
    flat[:, 0] += values.shear[0] * rise
    flat[:, 1] += values.shear[1] * rise
    flat[:, 2] = up
    if not values.lean:
        return flat
    line, _ = solids.spline(np.array([(0.0, 0.0, 0.0), *values.lean]), 12)
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    length = np.concatenate([[0], np.cumsum(steps)])
    here = float(up.mean())
    if here <= 0:
        return flat
    origin = np.array([np.interp(here, length, axis) for axis in line.T])
    ahead = solids.unit(
        np.array([np.interp(here, length, axis) for axis in np.gradient(line, axis=0).T])
    )
    flat[:, 2] -= here
    return np.asarray(origin + flat @ _tipped(ahead).T)


def _tipped(ahead: Floats) -> Floats:
    """The smallest rotation that turns straight up to `ahead`."""
    cross = np.array([-ahead[1], ahead[0], 0.0])
    skew = np.array([[0, 0, cross[1]], [0, 0, -cross[0]], [-cross[1], cross[0], 0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1 + ahead[2] + 1e-9))


def peak(site: Site, values: Peak) -> Surface:
    """A crescent that grows out of the band, its edge rounded."""
    _, outline = around(site)
    span = np.linspace(-1, 1, 25)
    # Steps grow shorter towards the ends, where the edge turns in.
    angle = np.deg2rad(values.half) * np.sin(span * np.pi / 2)
    start = np.interp(angle % (2 * np.pi), np.arange(SEGMENTS + 1) * 2 * np.pi / SEGMENTS,
                      np.append(outline, outline[0])) + values.out  # fmt: skip
    length = values.reach * np.sqrt(np.maximum(1 - np.sin(span * np.pi / 2) ** 2, 0)) + 0.001
    levels = []
    half = values.thick / 2
    section = [(s, -half) for s in (-0.1, 0.25, 0.6, 0.92)] + [(1.0, 0.0)]
    section += [(s, half) for s in (0.92, 0.6, 0.25, -0.1)]
    for share, up in section:
        reach = start + share * length
        depth = share * length / values.reach
        z = up - values.drop * np.maximum(depth, 0) ** 1.3 + values.tilt * start * np.cos(angle)
        z = z - values.curve * (np.sin(angle) * reach / 0.08) ** 2
        levels.append(np.stack([np.sin(angle) * reach, -np.cos(angle) * reach, z], 1))
    places = np.stack(levels, 1)
    solid = solids.rings(places, [values.zone] * (len(places) - 1))
    if values.back:
        solid = solids.moved(solid, (0, 0, 0), (0, 0, 180))
    return hung(site, solids.moved(solid, (0.0, middle(site), values.band), (0, 0, 0)), "head")


def wrapped(angle: Floats) -> Floats:
    """Angles between -pi and pi."""
    result: Floats = (angle + np.pi) % (2 * np.pi) - np.pi
    return result


def middle(site: Site) -> float:
    """Where the middle of the head's outline is, from front to back."""
    places = _band_places(site)
    return float((places[:, 1].min() + places[:, 1].max()) / 2)


def _band_places(site: Site) -> Floats:
    """Skin of the canonical head near the height at which hats sit."""
    skin = np.unique(site.model.groups["body"].corners)
    skin = skin[site.base["head"][skin] > 0.9]
    places = site.model.canonical.vertices[skin]
    return places[np.abs(places[:, 2] - BAND) < 0.014]


def around(site: Site) -> tuple[Floats, Floats]:
    """Angles from the front and how far the head, and hair, reach there: two (SEGMENTS,)."""
    angle = np.arange(SEGMENTS) * 2 * np.pi / SEGMENTS
    places = _band_places(site)[:, :2] - [0.0, middle(site)]
    own = np.arctan2(places[:, 0], -places[:, 1])
    reach = np.linalg.norm(places, axis=1)

    # The first harmonics of the outline: round, wide, long, egg-shaped, and nothing finer.
    def waves(at: Floats) -> Floats:
        return np.stack([np.cos(k * at) for k in range(5)], 1)

    shares = np.linalg.lstsq(waves(own), reach, rcond=None)[0]
    return angle, waves(angle) @ shares + HAIR
