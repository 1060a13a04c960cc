# SPDX-License-Identifier: Apache-2.0
"""What is painted on a garment beyond its pattern: seams, pockets, plackets, emblems, plates.

Each painter works on a piece's texels as `design.Detail` says, and gives a `Stroke`.
"""

from __future__ import annotations

import numpy as np

from .design import Detail
from .emblems import PLACED
from .noise import bump, layered, step
from .piece import Texels
from .strokes import Canvas, Painter, Parts, Stroke, clipped, groove, within
from .tubes import Cut


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
    return groove(canvas, canvas.off())


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
        "metal": clipped(1.2 * teeth - 0.2),
        "shade": 1 - 0.28 * tape,
        "height": 0.0012 * teeth - 0.0006 * tape,
    }


def _placket(canvas: Canvas) -> Parts:
    """A strip between two seams with a button every `period`."""
    away, z = canvas.off(), canvas.texels.positions[:, 2]
    half = max(canvas.detail.width, 0.024) / 2
    drawn = groove(canvas, np.abs(away) - half)
    up = np.mod(z, canvas.detail.period) - canvas.detail.period / 2
    around = np.hypot(away, up)
    button = clipped((0.0055 - around) / canvas.soft + 0.5)
    rim = bump(0.0062, 0.002, around)
    holes = clipped((0.0012 - np.abs(np.hypot(np.abs(away) - 0.0014, up))) / canvas.soft)
    return {
        "share": button,
        "shade": drawn["shade"] * (1 - 0.3 * rim) * (1 - 0.35 * holes),
        "height": drawn["height"] + 0.0012 * button,
    }


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
    dome = clipped(1 - (np.hypot(across, away) / 0.0045) ** 2)
    ring = bump(0.0055, 0.003, np.hypot(across, away))
    return {"metal": clipped(4 * dome), "height": 0.002 * dome, "shade": 1 - 0.3 * ring}


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
    seen = clipped(canvas.detail.period / canvas.soft / 2 - 1)
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
    seen = clipped(canvas.detail.period / canvas.soft / 2 - 0.7)
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
    **PLACED,
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
