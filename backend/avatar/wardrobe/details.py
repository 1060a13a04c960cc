# SPDX-License-Identifier: Apache-2.0
"""What is painted on a garment beyond its pattern: seams, pockets, plackets, emblems, plates.

Each painter works on a piece's texels as `design.Detail` says, and gives a `Stroke`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .design import Detail, Plane
from .noise import Floats, bump, layered, step
from .part import ZONES
from .patterns import heart, star
from .piece import Texels
from .tubes import Cut, Flat, spread


@dataclass(frozen=True)
class Stroke:
    """What a detail does to N texels (N,): how much of its color they get, a factor of their light,
    relief in metres, and how much of them is metal."""

    share: Floats
    shade: Floats
    height: Floats
    metal: Floats


@dataclass(frozen=True)
class Canvas:
    """Texels, the tubes that they lie on, and one detail to draw there."""

    texels: Texels
    cut: Cut
    detail: Detail

    @property
    def soft(self) -> Floats:
        """(N,) metres over which an edge is blurred: a texel."""
        return np.maximum(self.texels.width, np.float32(0.0006))

    def place(self) -> tuple[Floats, Floats]:
        """(N,) metres right of and above the middle `at`, seen from before or behind."""
        x, _, z = self.texels.positions.T
        return x - np.float32(self.detail.at[0]), z - np.float32(self.detail.at[1])

    def off(self) -> Floats:
        """(N,) metres from the detail's line, on both its sides."""
        if self.detail.line is None:
            raise ValueError(f'A detail "{self.detail.kind}" needs the line on which it runs.')
        return plane_value(self.detail.line, self.texels)

    def flat(self) -> Flat:
        return spread(self.texels, self.cut)

    def band(self, away: NDArray[np.floating], width: float) -> Floats:
        """(N,) 1 within half the width, with soft edges."""
        return _clipped((width / 2 - np.abs(away)) / self.soft + 0.5)


Values = NDArray[np.floating]
Parts = dict[str, Values]
Painter = Callable[[Canvas], Parts]


def stroke(texels: Texels, cut: Cut, detail: Detail) -> Stroke:
    """Draw one detail.

    Raises `ValueError` with one sentence for a kind that `PAINTERS` does not have.
    """
    if detail.kind not in PAINTERS:
        raise ValueError(f'There is no detail "{detail.kind}"; there are {", ".join(PAINTERS)}.')
    drawn = PAINTERS[detail.kind](Canvas(texels, cut, detail))
    inside = within(texels, detail)
    none = np.zeros(len(texels), dtype=np.float32)
    shade = 1 + (drawn.get("shade", none + 1) - 1) * inside
    share, height, metal = (
        np.asarray(drawn.get(name, none) * inside, np.float32)
        for name in ("share", "height", "metal")
    )
    return Stroke(share, np.asarray(shade, np.float32), height, metal)


def within(texels: Texels, detail: Detail) -> Floats:
    """(N,) 1 where the detail may be seen, by its side of the body and its cuts."""
    seen = np.ones(len(texels), dtype=np.float32)
    facing = texels.normals[:, 1]
    if detail.side != "both":
        seen *= facing < 0 if detail.side == "front" else facing > 0
    if detail.zone:
        seen *= texels.zones == ZONES.index(detail.zone)
    soft = np.maximum(texels.width, 0.0006)
    for cut in detail.where:
        value = np.max([plane_value(plane, texels) for plane in cut.planes], axis=0)
        seen *= np.clip(value / soft + 0.5, 0, 1)
    return seen


def plane_value(plane: Plane, texels: Texels) -> Floats:
    """The plane's value at texels: of the places x, y, z, ax and of the part's own fields."""
    x, y, z = texels.positions.T
    known = {"x": x, "y": y, "z": z, "ax": np.abs(x), **texels.fields}
    total = np.full(len(texels), plane.constant, dtype=np.float32)
    for name, factor in plane.terms:
        total += np.float32(factor) * known[name]
    return total


def _clipped(values: Values) -> Floats:
    return np.asarray(np.clip(values, 0, 1), dtype=np.float32)


def _groove(canvas: Canvas, away: Values) -> Parts:
    """A seam: a fine valley, darkened, between two low ridges."""
    soft = canvas.soft
    line = np.exp(-((away / (0.0009 + 0.7 * soft)) ** 2))
    ridge = np.exp(-(((np.abs(away) - 0.004) / 0.003) ** 2))
    return {
        "shade": 1 - 0.3 * line * _clipped(0.003 / soft),
        "height": 0.0005 * ridge - 0.0007 * line,
    }


def _panel(canvas: Canvas) -> Parts:
    """All that `where` leaves."""
    return {"share": np.ones(len(canvas.texels), dtype=np.float32)}


def _line(canvas: Canvas) -> Parts:
    away = canvas.off()
    raised = 0.0005 * step(canvas.detail.width, 0.6 * canvas.detail.width, 2 * np.abs(away))
    return {"share": canvas.band(away, canvas.detail.width), "height": raised}


def _bands(canvas: Canvas) -> Parts:
    period = canvas.detail.period
    away = np.mod(canvas.off() + period / 2, period) - period / 2
    return {"share": canvas.band(away, canvas.detail.width)}


def _seam(canvas: Canvas) -> Parts:
    return _groove(canvas, canvas.off())


def _crease(canvas: Canvas) -> Parts:
    """A pressed fold: a sharp ridge, light on its one side and dark on the other."""
    away, soft = canvas.off(), canvas.soft
    ridge = np.exp(-np.abs(away) / 0.006)
    light = np.exp(-((away / (0.002 + soft)) ** 2))
    return {"height": 0.0022 * ridge, "shade": 1 + 0.16 * light}


def _zip(canvas: Canvas) -> Parts:
    """Metal teeth between two strips of tape."""
    away, z = canvas.off(), canvas.texels.positions[:, 2]
    teeth = canvas.band(away, 0.008) * (0.75 + 0.25 * np.sin(z * 2 * np.pi / 0.006))
    tape = np.exp(-(((np.abs(away) - 0.008) / 0.003) ** 2))
    return {
        "share": canvas.band(away, 0.007),
        "metal": _clipped(1.2 * teeth - 0.2),
        "shade": 1 - 0.28 * tape,
        "height": 0.0012 * teeth - 0.0006 * tape,
    }


def _placket(canvas: Canvas) -> Parts:
    """A strip between two seams with a button every `period`."""
    away, z = canvas.off(), canvas.texels.positions[:, 2]
    half = max(canvas.detail.width, 0.024) / 2
    drawn = _groove(canvas, np.abs(away) - half)
    up = np.mod(z, canvas.detail.period) - canvas.detail.period / 2
    around = np.hypot(away, up)
    button = _clipped((0.0055 - around) / canvas.soft + 0.5)
    rim = bump(0.0062, 0.002, around)
    holes = _clipped((0.0012 - np.abs(np.hypot(np.abs(away) - 0.0014, up))) / canvas.soft)
    return {
        "share": button,
        "shade": drawn["shade"] * (1 - 0.3 * rim) * (1 - 0.35 * holes),
        "height": drawn["height"] + 0.0012 * button,
    }


def _box(canvas: Canvas) -> Floats:
    """(N,) metres inside the rectangle `at`, `size`, with round corners; below 0 outside."""
    u, v = canvas.place()
    half = np.array(canvas.detail.size) / 2
    corner = min(0.012, float(half.min()))
    du, dv = np.abs(u) - half[0] + corner, np.abs(v) - half[1] + corner
    outside = np.hypot(np.maximum(du, 0), np.maximum(dv, 0))
    return np.asarray(corner - outside - np.minimum(np.maximum(du, dv), 0), dtype=np.float32)


def _pocket(canvas: Canvas) -> Parts:
    """A sewn-on pocket with a folded upper edge."""
    inside = _box(canvas)
    drawn = _groove(canvas, inside - 0.002)
    _, v = canvas.place()
    fold = _groove(canvas, v - canvas.detail.size[1] / 2 + 0.02)
    here = inside > 0
    body = step(-0.001, 0.002, inside)
    return {
        "shade": drawn["shade"] * np.where(here, fold["shade"], 1) * (1 - 0.04 * body),
        "height": drawn["height"] + 0.0012 * body + np.where(here, fold["height"], 0),
    }


def _patch(canvas: Canvas) -> Parts:
    """A rectangle in the detail's color, stitched on."""
    inside = _box(canvas)
    return {
        "share": _clipped(inside / canvas.soft + 0.5),
        "shade": _groove(canvas, inside - 0.003)["shade"],
        "height": 0.0008 * step(-0.001, 0.002, inside),
    }


def _laces(canvas: Canvas) -> Parts:
    """Laces that cross, from eyelet to eyelet."""
    u, v = canvas.place()
    width, height = canvas.detail.size
    step_up = canvas.detail.period
    rise = np.abs(np.mod(v / step_up + 0.5, 1) - 0.5) * 2
    crossing = [np.abs(np.abs(u) - width / 2 * share) for share in (rise, 1 - rise)]
    lace = _clipped((0.0025 - np.minimum(*crossing)) / canvas.soft + 0.5)
    lace *= (np.abs(v) < height / 2) & (np.abs(u) < width / 2 + 0.003)
    return {"share": lace, "height": 0.0016 * lace}


def _cross(canvas: Canvas) -> Parts:
    u, v = canvas.place()
    width, height = canvas.detail.size
    arm = 0.3 * min(width, height)
    bars = [
        np.minimum(a - np.abs(u), b - np.abs(v))
        for a, b in ((arm / 2, height / 2), (width / 2, arm / 2))
    ]
    return {"share": _clipped(np.maximum(*bars) / canvas.soft + 0.5)}


def _star(canvas: Canvas) -> Parts:
    u, v = canvas.place()
    return {"share": star(u, v, canvas.detail.size[0] / 2, canvas.soft)}


def _circle(canvas: Canvas) -> Parts:
    u, v = canvas.place()
    width, height = canvas.detail.size
    away = np.hypot(2 * u / width, 2 * v / height)
    return {"share": _clipped((1 - away) * min(width, height) / 2 / canvas.soft + 0.5)}


def _heart(canvas: Canvas) -> Parts:
    u, v = canvas.place()
    return {"share": heart(u, v, canvas.detail.size[0] / 2, canvas.soft)}


def _bolt(canvas: Canvas) -> Parts:
    """A flash of lightning."""
    u, v = canvas.place()
    width, height = canvas.detail.size
    x, y = 2 * u / width, 2 * v / height
    upper = np.minimum(0.36 - np.abs(x - 0.45 * y + 0.08), np.minimum(y + 0.12, 1 - y))
    lower = np.minimum(
        0.36 * (y + 1) / 1.12 - np.abs(x - 0.45 * y - 0.16), np.minimum(0.12 - y, y + 1)
    )
    inside = np.maximum(upper, lower) * min(width, height) / 2
    return {"share": _clipped(inside / canvas.soft + 0.5)}


def _plates(canvas: Canvas) -> Parts:
    """Plates of armor `period` apart, each over the next, with a bright lip and a dark gap."""
    period = canvas.detail.period
    along = np.mod(canvas.off(), period) / period
    gap = bump(0.0, 0.05, np.minimum(along, 1 - along))
    return {
        "shade": (1 - 0.5 * gap) * (1 + 0.12 * bump(0.12, 0.08, along)),
        "height": 0.004 * (1 - along) ** 1.5 - 0.002 * gap,
    }


def _rivets(canvas: Canvas) -> Parts:
    """Round heads every `period` along the line."""
    away, flat = canvas.off(), canvas.flat()
    count = np.maximum(4, np.round(flat.girth.mean() / canvas.detail.period))
    across = (np.mod(flat.turns * count, 1) - 0.5) * flat.girth / count
    dome = _clipped(1 - (np.hypot(across, away) / 0.0045) ** 2)
    ring = bump(0.0055, 0.003, np.hypot(across, away))
    return {"metal": _clipped(4 * dome), "height": 0.002 * dome, "shade": 1 - 0.3 * ring}


def _quilt(canvas: Canvas) -> Parts:
    """Diamonds stuffed between crossing seams."""
    flat, period = canvas.flat(), canvas.detail.period
    count = np.maximum(4, 2 * np.round(flat.girth.mean() / period / 2))
    u, v = flat.turns * count, flat.along / period
    away = [np.abs(np.mod(s + 0.5, 1) - 0.5) for s in (u + v, u - v)]
    seam = np.minimum(*away)
    return {"height": 0.006 * np.sqrt(seam), "shade": 1 - 0.22 * bump(0.0, 0.08, seam)}


def _tubes(canvas: Canvas) -> Parts:
    """Stuffed tubes across the line, as a down jacket has."""
    period = canvas.detail.period
    wobble = 0.004 * layered(canvas.texels.positions, 0.06, 61, 2)
    along = np.abs(np.mod((canvas.off() + wobble) / period, 1) - 0.5) * 2
    return {"height": 0.010 * np.sqrt(1 - along**2), "shade": 1 - 0.3 * bump(1.0, 0.12, along)}


def _ribs(canvas: Canvas) -> Parts:
    """Knitted ribs along trunk or limb."""
    flat = canvas.flat()
    count = np.maximum(12, np.round(flat.girth / canvas.detail.period / 4) * 4)
    wave = 0.5 + 0.5 * np.sin(flat.turns * count * 2 * np.pi)
    seen = _clipped(canvas.detail.period / canvas.soft / 2 - 1)
    return {"height": 0.0012 * wave * seen, "shade": 1 - 0.14 * (1 - wave) * seen}


def _columns(canvas: Canvas) -> Parts:
    """Upright bands round the body, every `period`; the first `at` metres from the front."""
    flat, detail = canvas.flat(), canvas.detail
    count = np.maximum(4, np.round(flat.girth.mean() / detail.period))
    pitch = flat.girth / count
    turned = flat.turns * count - detail.at[0] / detail.period
    away = (np.mod(turned + 0.5, 1) - 0.5) * pitch
    return {"share": canvas.band(away, detail.width)}


def _twist(canvas: Canvas) -> Parts:
    """Strands of a rope."""
    flat, z = canvas.flat(), canvas.texels.positions[:, 2]
    count = np.maximum(6, np.round(flat.girth.mean() / canvas.detail.period))
    wave = np.abs(np.sin(np.pi * (flat.turns * count + z / canvas.detail.period)))
    return {"height": 0.004 * wave, "shade": 0.6 + 0.45 * wave}


def _pleats(canvas: Canvas) -> Parts:
    """Knife pleats: each rises to an edge that lies over the next."""
    flat = canvas.flat()
    count = np.maximum(8, np.round(flat.girth.mean() / canvas.detail.period))
    along = np.mod(flat.turns * count, 1)
    edge = bump(0.0, 0.09, np.minimum(along, 1 - along))
    return {"height": 0.006 * along, "shade": (1.06 - 0.14 * (1 - along)) * (1 - 0.35 * edge)}


def _mail(canvas: Canvas) -> Parts:
    """Rings of mail: rows of small arcs, each row half a ring on."""
    flat = canvas.flat()
    x, y, _ = flat.motif(canvas.detail.period)
    ring = bump(0.36 * canvas.detail.period, 0.25 * canvas.detail.period, np.hypot(x, y))
    seen = _clipped(canvas.detail.period / canvas.soft / 2 - 0.7)
    fleck = 0.5 * layered(canvas.texels.positions, 0.008, 62, 1)
    return {
        "height": 0.0012 * ring * seen,
        "shade": 1 - (0.45 * (1 - ring) * seen + 0.25 * (1 - seen) * (0.5 + fleck)),
    }


PAINTERS: dict[str, Painter] = {
    "panel": _panel,
    "line": _line,
    "bands": _bands,
    "seam": _seam,
    "crease": _crease,
    "zip": _zip,
    "placket": _placket,
    "pocket": _pocket,
    "patch": _patch,
    "laces": _laces,
    "emblem_cross": _cross,
    "emblem_star": _star,
    "emblem_circle": _circle,
    "emblem_heart": _heart,
    "emblem_bolt": _bolt,
    "plates": _plates,
    "rivets": _rivets,
    "quilt": _quilt,
    "padding": _tubes,
    "ribs": _ribs,
    "pleats": _pleats,
    "twist": _twist,
    "columns": _columns,
    "mail": _mail,
}
"""By the kinds that garments' files name."""
