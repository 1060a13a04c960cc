# SPDX-License-Identifier: Apache-2.0
"""Hats and helmets: shells around the canonical head, carried to any head by an affine fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ....kit.body import BodyModel
from ..part import ZONES
from ..surface import Floats, Surface, plain
from .site import Site, affine_mix

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
    """A felt hat with a brim and a band."""


@dataclass(frozen=True)
class Helmet:
    """An open-faced helmet with a comb."""


HAT_PROFILE = (
    Point(0.93, 0.0, 0.040, "lining"),
    Point(0.985, 0.0, 0.002, "lining"),
    Point(1.0, 0.012, 0.001),
    Point(1.0, 0.030, 0.002),
    Point(1.0, 0.048, 0.005),
    Point(1.0, 0.060, 0.009),
    Point(1.0, 0.0615, 0.0115),
    Point(1.0, 0.060, 0.0135),
    Point(1.0, 0.046, 0.009),
    Point(1.0, 0.028, 0.006),
    Point(1.0, 0.012, 0.005),
    Point(1.0, 0.0055, 0.005),
    Point(1.0, 0.0055, 0.009, "trim"),
    Point(0.995, 0.0055, 0.022, "trim"),
    Point(0.99, 0.0055, 0.036, "trim"),
    Point(0.99, 0.002, 0.037, "trim"),
    Point(0.985, 0.001, 0.050),
    Point(0.965, 0.0, 0.075),
    Point(0.93, 0.0, 0.098),
    Point(0.88, 0.0, 0.112),
    Point(0.80, 0.0, 0.119),
    Point(0.68, 0.0, 0.119),
    Point(0.50, 0.0, 0.114),
    Point(0.30, 0.0, 0.110),
    Point(0.12, 0.0, 0.108),
)


def hat(site: Site, _values: Hat) -> Surface:
    """A felt hat: brim turned up at the sides, band, crown pinched in front and dented on top."""
    model, head = site.model, site.base["head"]
    angle, outline = _outline(model, head)
    rings = []
    for point in HAT_PROFILE:
        height = max(0.0, point.up - 0.04) / 0.075
        pinch = 1 - 0.16 * height * np.exp(-((np.abs(_wrapped(angle)) - 0.62) ** 2) / 0.12)
        reach = outline * point.scale * pinch + point.out
        curl = point.out / 0.06 * (0.020 * np.sin(angle) ** 2 - 0.012 * np.cos(angle) ** 2)
        up = point.up + curl + 0.010 * height * np.cos(angle)
        tilt = TILT * reach * np.cos(angle)
        rings.append(_ring(model, head, angle, reach, BAND + up + tilt))
    dent = np.array(rings[-1].mean(0)) - [0, 0, 0.001]
    zones = [point.zone for point in HAT_PROFILE[1:]] + ["cloth"]
    return _turned(model, head, rings, dent, zones)


def _helmet_low(angle: Floats) -> Floats:
    """The helmet's lower edge: brow, cheek guards, nape."""
    return np.interp(np.abs(_wrapped(angle)), [0, 0.55, 0.8, 1.05, 1.9, 2.3, np.pi],
                     [1.641, 1.637, 1.616, 1.530, 1.530, 1.519, 1.515])  # fmt: skip


def helmet(site: Site, _values: Helmet) -> Surface:
    """An open-faced helmet: a domed shell to the nape, cheek guards, a rolled rim and a comb."""
    model, head = site.model, site.base["head"]
    angle, outline = _outline(model, head)
    away = np.abs(_wrapped(angle))
    low = _helmet_low(angle)
    top = 1.702 + 0.026
    widest = BAND - 0.012

    def dome(height: Floats) -> Floats:
        """A wall below the widest place, an ellipse above it."""
        share = np.clip((height - widest) / (top - widest), 0, 0.9995)
        return (outline + 0.011) * (1 - share**2.3) ** 0.5

    rows: list[tuple[Floats, Floats, str]] = [
        (dome(low + 0.022) - 0.006, low + 0.022, "lining"),
        (dome(low + 0.003) - 0.005, low + 0.003, "lining"),
    ]
    # The rim: half a roll of 4 mm around the edge.
    for turn in np.linspace(-0.5, 0.5, 5) * np.pi:
        out, up = 0.001 + 0.004 * np.cos(turn), 0.006 + 0.006 * np.sin(turn)
        rows.append((dome(low + 0.012) + out, low + up, "trim"))
    begin = low + 0.012
    for share in np.linspace(0.0, 0.97, 16):
        height = begin + (top - begin) * np.sin(share * np.pi / 2)
        reach = dome(height)
        middle = np.exp(-((np.minimum(away, np.pi - away) * reach / 0.008) ** 2))
        comb = 0.010 * middle * np.clip(share * 3 - 0.4, 0, 1)
        rows.append((reach + comb * share, height + comb * (0.3 + share), "cloth"))
    rings = [_ring(model, head, angle, reach, height) for reach, height, _ in rows]
    zones = [zone for _, _, zone in rows[1:]] + ["cloth"]
    peak = np.array([*_centre(model, head), top + 0.010])
    return _turned(model, head, rings, peak, zones)


def _wrapped(angle: Floats) -> Floats:
    wrapped: Floats = (angle + np.pi) % (2 * np.pi) - np.pi
    return wrapped


def _centre(model: BodyModel, head: Floats) -> Floats:
    places = _band_places(model, head)
    return np.array([0.0, (places[:, 1].min() + places[:, 1].max()) / 2])


def _band_places(model: BodyModel, head: Floats) -> Floats:
    """Skin of the canonical head near the height at which hats sit."""
    skin = np.unique(model.groups["body"].corners)
    skin = skin[head[skin] > 0.9]
    places = model.canonical.vertices[skin]
    return places[np.abs(places[:, 2] - BAND) < 0.014]


def _outline(model: BodyModel, head: Floats) -> tuple[Floats, Floats]:
    """Angles from the front and how far the head, and hair, reach there: two (SEGMENTS,)."""
    angle = np.arange(SEGMENTS) * 2 * np.pi / SEGMENTS
    places = _band_places(model, head)[:, :2] - _centre(model, head)
    own = np.arctan2(places[:, 0], -places[:, 1])
    reach = np.linalg.norm(places, axis=1)

    # The first harmonics of the outline: round, wide, long, egg-shaped, and nothing finer.
    def waves(at: Floats) -> Floats:
        columns = [np.cos(k * at) for k in range(5)]
        return np.stack(columns, 1)

    shares = np.linalg.lstsq(waves(own), reach, rcond=None)[0]
    return angle, waves(angle) @ shares + HAIR


def _ring(model: BodyModel, head: Floats, angle: Floats, reach: Floats, height: Floats) -> Floats:
    centre = _centre(model, head)
    x = centre[0] + np.sin(angle) * reach
    y = centre[1] - np.cos(angle) * reach
    return np.stack([x, y, np.broadcast_to(height, x.shape)], 1)


def _turned(
    model: BodyModel, head: Floats, rings: list[Floats], pole: Floats, zones: list[str]
) -> Surface:
    """Rings of points, from the inside over the edge to the top, closed by a pole."""
    levels, around = len(rings), SEGMENTS
    places = np.concatenate([*rings, pole[None]])
    here = np.arange(around)
    after = (here + 1) % around
    lower = (np.arange(levels - 1) * around)[:, None]
    quads = np.stack(
        [lower + here, lower + after, lower + around + after, lower + around + here], -1
    )
    last = (levels - 1) * around
    cap = np.stack(
        [last + here, last + after, np.full(around, len(places) - 1), np.full(around, -1)], 1
    )
    faces = np.concatenate([quads.reshape(-1, 4), cap]).astype(np.int32)
    surface = plain(affine_mix(model, head, places), faces, _turned_uvs(rings, pole))
    zone = np.repeat([ZONES.index(name) for name in zones], around).astype(np.int8)
    return replace(surface, zones=zone)


def _turned_uvs(rings: list[Floats], pole: Floats) -> Floats:
    """Angle and metres along the profile: (faces, 4, 2)."""
    levels = [*rings, np.repeat(pole[None], SEGMENTS, 0)]
    steps = [float(np.linalg.norm(b - a, axis=1).mean()) for a, b in pairwise(levels)]
    across = np.concatenate([[0], np.cumsum(steps)])
    along = np.arange(SEGMENTS + 1) / SEGMENTS * 0.6
    u0, v0 = np.meshgrid(along[:-1], across[:-1])
    u1, v1 = np.meshgrid(along[1:], across[1:])
    corners = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
    uvs = np.stack([np.stack([u, v], -1) for u, v in corners], 2)
    uvs[-1, :, 2, 0] = uvs[-1, :, 3, 0] = (uvs[-1, :, 0, 0] + uvs[-1, :, 1, 0]) / 2
    return uvs.reshape(-1, 4, 2)
