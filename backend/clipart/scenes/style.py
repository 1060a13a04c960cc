# SPDX-License-Identifier: Apache-2.0
"""How a procedural drawing is drawn: palette, outlines, shading."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .parts import Fill, Part, Rgba, grown, plain

BLACK: Rgba = (0.0, 0.0, 0.0, 1.0)
WHITE: Rgba = (1.0, 1.0, 1.0, 1.0)
LOOKS = ("flat", "outlined", "colored outlines", "gradient", "cel", "line art", "silhouette")
_LOOK_SHARES = (0.3, 0.26, 0.12, 0.12, 0.08, 0.07, 0.05)


@dataclass(frozen=True)
class Style:
    """`outline` is in hundredths of the drawing's size."""

    look: str
    ink: Rgba
    outline: float
    saturation: tuple[float, float]
    value: tuple[float, float]
    hue: float
    light: float
    """Which side is lit: -1 or 1."""


def new_style(rng: np.random.Generator) -> Style:
    look = str(rng.choice(LOOKS, p=_LOOK_SHARES))
    ink = BLACK
    if rng.random() < 0.5:
        ink = color(rng.random(), rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.3))
    if look == "silhouette" and rng.random() < 0.5:
        ink = color(rng.random(), rng.uniform(0.3, 1), rng.uniform(0.2, 0.8))
    level = rng.uniform(0, 0.6)
    bright = rng.uniform(0.3, 0.75)
    return Style(
        look=look,
        ink=ink,
        outline=float(rng.choice([0.6, 1.0, 1.5, 2.2])) if look in LOOKS[1:3] + LOOKS[5:6] else 0.0,
        saturation=(level, min(1.0, level + 0.5)),
        value=(bright, min(1.0, bright + 0.4)),
        hue=rng.random(),
        light=float(rng.choice([-1, 1])),
    )


def color(hue: float, saturation: float, value: float, alpha: float = 1.0) -> Rgba:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return red, green, blue, alpha


def darker(base: Rgba, by: float) -> Rgba:
    """Also a bit more saturated, as shadows are painted; lighter where `by` is negative."""
    hue, saturation, value = colorsys.rgb_to_hsv(*base[:3])
    if by >= 0:
        return color(hue, min(1, saturation + by * 0.3), value * (1 - by), base[3])
    return color(hue, saturation * (1 + by), value + (1 - value) * -by, base[3])


def tint(style: Style, rng: np.random.Generator) -> Rgba:
    """A color of the palette: often near its main hue or opposite to it."""
    hue = rng.random() if rng.random() < 0.5 else style.hue + rng.choice([0, 0.08, -0.08, 0.5])
    if rng.random() < 0.15:
        return color(0, 0, rng.choice([0.08, 0.2, 0.5, 0.85, 1.0]))
    return color(hue, rng.uniform(*style.saturation), rng.uniform(*style.value))


def near(base: Rgba, rng: np.random.Generator, by: float = 0.08) -> Rgba:
    """Another color much like it."""
    hue, saturation, value = colorsys.rgb_to_hsv(*base[:3])
    return color(
        hue + rng.normal(0, by / 3),
        float(np.clip(saturation + rng.normal(0, by), 0, 1)),
        float(np.clip(value + rng.normal(0, by), 0, 1)),
    )


def painted(style: Style, parts: Sequence[Part]) -> list[Part]:
    """Parts that are one piece, as the style paints them: its outline, then its fills."""
    fills = [shaded(style, part) for part in parts]
    if not style.outline:
        return fills
    lines = [
        grown(part, style.outline, plain(_ink(style, part)))
        for part in parts
        if not part.is_clipped and part.fill.first[3] > 0.9
    ]
    return lines + fills


def _ink(style: Style, part: Part) -> Rgba:
    return darker(part.fill.first, 0.45) if style.look == "colored outlines" else style.ink


def shaded(style: Style, part: Part) -> Part:
    """The part as the style fills it."""
    fill = part.fill
    if fill.first[3] < 0.9:
        return part
    if style.look == "silhouette":
        return replace(part, fill=plain(style.ink))
    if style.look == "line art":
        bright = sum(fill.first[:3]) / 3 > 0.22
        return replace(part, fill=plain(WHITE)) if bright else replace(part, fill=plain(style.ink))
    if fill.first != fill.second or style.look in LOOKS[:2]:
        return part
    size = max(part.radius + abs(part.width[0]) + abs(part.width[4]), 0.5)
    if style.look == "gradient":
        dark = darker(fill.first, 0.35)
        return replace(
            part, fill=Fill(darker(fill.first, -0.2), dark, 0.3, style.light / size, 0, 0.6)
        )
    if style.look == "cel":
        dark = darker(fill.first, 0.22)
        return replace(part, fill=Fill(fill.first, dark, 0.1, style.light / size, -0.35, 12.0))
    return part
