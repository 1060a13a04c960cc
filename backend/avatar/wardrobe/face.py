# SPDX-License-Identifier: Apache-2.0
"""Paints a face: sockets, lips, lids, brows, the roots of hair and beard, the lines of age."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import beards, brows, hairstyles, lines, makeup
from .landmarks import EYE, MOUTH, NOSE, beside, near
from .makeup import Canvas, lid_edges
from .noise import Floats, bump, layered, noise, rgb, step

if TYPE_CHECKING:
    from ..outfit import Looks

_GROWN_WOMAN, _SHAVES = 14.0, 17.0
"""Years from which lips and lids are a woman's, and a chin a man's."""


def oldness(looks: Looks) -> float:
    """0 up to 45 years, 1 from 80."""
    lined = any(mark.kind == "wrinkles" for mark in looks.marks)
    return float(np.clip((looks.age_years - 45) / 35, 0.75 * lined, 1))


def paint(head: Canvas, looks: Looks) -> None:
    """Paint the head's texels, whose tone and folds are painted already."""
    age, is_woman = oldness(looks), looks.is_female and looks.age_years > _GROWN_WOMAN
    p = head.places
    pores = 0.3 if is_woman or looks.age_years < _GROWN_WOMAN else 1.0
    head.height += 0.00005 * pores * layered(p, 0.004, head.seed + 3, 1, smallest=head.width)
    _sockets(head, age, is_woman)
    inside = head.masks["inside-mouth"]
    head.color *= 1 - inside[:, None] * rgb(0.5, 0.75, 0.75)
    _lips(head, looks, is_woman)
    _lids(head, is_woman)
    if age > 0:
        _age(head, age)
    if not looks.is_female and looks.age_years > _SHAVES:
        head.color *= 1 - _stubble(p, head.seed)[:, None] * rgb(0.13, 0.10, 0.06)
    shine = bump(0, 0.02, np.linalg.norm(p - NOSE, axis=1))
    head.roughness -= 0.07 * shine + 0.04 * step(1.615, 1.64, p[:, 2])
    makeup.apply(head, looks.marks)
    _hair(head, looks)


def _sockets(head: Canvas, age: float, is_woman: bool) -> None:
    """Shade eye sockets, the skin under the eyes, the neck below the chin, and the nostrils."""
    p = head.places
    socket = near(p, beside(EYE, -0.001, -0.01, 0.004), (0.019, 0.03, 0.0125))
    under = near(p, beside(EYE, -0.004, -0.01, -0.0125), (0.014, 0.03, 0.005))
    head.color *= 1 - socket[:, None] * rgb(0.10, 0.13, 0.10)
    tired = (0.2 if is_woman else 0.4) + 0.6 * age
    head.color *= 1 - tired * under[:, None] * rgb(0.10, 0.13, 0.09)
    below = step(-0.1, -0.75, head.normals[:, 2]) * step(1.51, 1.48, p[:, 2])
    head.color *= 1 - 0.14 * below[:, None]
    nostril = near(p, beside(NOSE, 0.0075, 0.007, -0.0105), (0.0042, 0.006, 0.0032))
    head.color *= 1 - 0.55 * nostril[:, None]


def _lips(head: Canvas, looks: Looks, is_woman: bool) -> None:
    """Rosier than the skin, the upper darker, softly shining; more so in women."""
    p, mask = head.places, head.masks["lips"]
    tone = np.asarray(looks.skin, dtype=np.float32)
    pink = tone * rgb(0.90, 0.60, 0.64) + rgb(0.025, 0.0, 0.02)
    if is_woman:
        pink = tone * rgb(0.88, 0.54, 0.58) + rgb(0.03, 0.0, 0.025)
    head.tint((0.7 if is_woman else 0.5) * mask, pink)
    lower = step(1.524, 1.519, p[:, 2]) * mask
    full = bump(1.5165, 0.006, p[:, 2]) * mask * bump(0.0, 0.022, p[:, 0])
    line = bump(0.0, 0.0022, p[:, 2] - np.float32(MOUTH[2])) * mask * (np.abs(p[:, 0]) < 0.03)
    shade = 1 + 0.07 * lower - 0.07 * (mask - lower) + 0.08 * full
    head.color *= (shade * (1 - 0.3 * line))[:, None]
    head.roughness -= (0.17 if is_woman else 0.08) * mask


def _lids(head: Canvas, is_woman: bool) -> None:
    """Redden the lids a little; a dark line where lashes grow, a moist one below."""
    head.color *= 1 - head.masks["eyelids"][:, None] * rgb(0.05, 0.09, 0.07)
    near_eyes = np.flatnonzero(np.abs(head.places[:, 2] - EYE[2]) < 0.02)
    upper, lower = lid_edges(head.places[near_eyes])
    line = (0.62 if is_woman else 0.42) * step(0.0019, 0.0006, upper)
    line = np.maximum(line, (0.3 if is_woman else 0.2) * step(0.0014, 0.0004, lower))
    head.color[near_eyes] *= 1 - line[:, None] * rgb(0.85, 0.95, 1.0)


def _age(head: Canvas, age: float) -> None:
    """Lines, and spots so faint that they are no disease."""
    depth = age * lines.wrinkles(head.places, head.seed)
    head.height -= 0.0005 * depth
    head.color = lines.shade(head.color, depth, head.paleness)
    spots = step(0.55, 0.8, noise(head.places, 0.0065, head.seed + 5))
    head.shade(0.22 * age * spots, rgb(0.82, 0.72, 0.62))


def _hair(head: Canvas, looks: Looks) -> None:
    """Brows, the beard's roots and the scalp under hair."""
    p = head.places
    whiskers = beards.cover(looks.beard, p, head.width, head.seed)
    head.tint(whiskers, np.asarray(looks.beard_color, np.float32) * 0.6)
    head.roughness += 0.4 * whiskers
    share = brows.coverage(p, head.width, head.seed, brows.form(looks))
    head.tint(share, np.asarray(looks.brows, np.float32))
    head.roughness += 0.25 * share
    if looks.hair_style is not None:
        cover = hairstyles.cover(looks.hair_style, p, head.seed)
        head.tint(cover, np.asarray(looks.hair_color, np.float32) * 0.55)
        head.roughness += 0.15 * cover


def _stubble(p: Floats, seed: int) -> Floats:
    """(N,) the shadow of a shaved beard."""
    jaw = step(1.537, 1.52, p[:, 2]) * step(1.455, 1.475, p[:, 2]) * step(-0.045, -0.07, p[:, 1])
    cheek = 1 - near(p, beside(EYE, 0.016, 0, -0.058), (0.02, 0.06, 0.026)) * 0.8
    moustache = near(p, beside(MOUTH, 0.008, 0, 0.0125), (0.016, 0.02, 0.006))
    grain = 0.85 + 0.15 * noise(p, 0.0015, seed + 71)
    return np.asarray(np.clip(jaw * cheek + moustache, 0, 1) * grain, np.float32)
