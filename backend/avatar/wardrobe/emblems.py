# SPDX-License-Identifier: Apache-2.0
"""Details with a place and a size: pockets, patches, laces and emblems."""

from __future__ import annotations

import numpy as np

from .noise import Floats, step
from .patterns import heart, star
from .strokes import Canvas, Painter, Parts, clipped, groove


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
    drawn = groove(canvas, inside - 0.002)
    _, v = canvas.place()
    fold = groove(canvas, v - canvas.detail.size[1] / 2 + 0.02)
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
        "share": clipped(inside / canvas.soft + 0.5),
        "shade": groove(canvas, inside - 0.003)["shade"],
        "height": 0.0008 * step(-0.001, 0.002, inside),
    }


def _laces(canvas: Canvas) -> Parts:
    """Laces that cross, from eyelet to eyelet."""
    u, v = canvas.place()
    width, height = canvas.detail.size
    step_up = canvas.detail.period
    rise = np.abs(np.mod(v / step_up + 0.5, 1) - 0.5) * 2
    crossing = [np.abs(np.abs(u) - width / 2 * share) for share in (rise, 1 - rise)]
    lace = clipped((0.0025 - np.minimum(*crossing)) / canvas.soft + 0.5)
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
    return {"share": clipped(np.maximum(*bars) / canvas.soft + 0.5)}


def _star(canvas: Canvas) -> Parts:
    u, v = canvas.place()
    return {"share": star(u, v, canvas.detail.size[0] / 2, canvas.soft)}


def _circle(canvas: Canvas) -> Parts:
    u, v = canvas.place()
    width, height = canvas.detail.size
    away = np.hypot(2 * u / width, 2 * v / height)
    return {"share": clipped((1 - away) * min(width, height) / 2 / canvas.soft + 0.5)}


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
    return {"share": clipped(inside / canvas.soft + 0.5)}


PLACED: dict[str, Painter] = {
    "pocket": _pocket,
    "patch": _patch,
    "laces": _laces,
    "emblem_cross": _cross,
    "emblem_star": _star,
    "emblem_circle": _circle,
    "emblem_heart": _heart,
    "emblem_bolt": _bolt,
}
"""By the kinds that garments' files name."""
