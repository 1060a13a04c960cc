# SPDX-License-Identifier: Apache-2.0
"""What attributes say: numbers, lengths, transforms, view boxes and colors."""

from __future__ import annotations

import colorsys
import math
import re

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

Matrix = NDArray[np.float64]
"""An affine map, (3, 3), that acts on columns (x, y, 1)."""

Color = tuple[float, float, float, float]
"""sRGB and alpha, 0 to 1."""

BLACK: Color = (0.0, 0.0, 0.0, 1.0)

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMBERS = re.compile(_NUMBER)
_LENGTH = re.compile(rf"\s*({_NUMBER})\s*([a-zA-Z%]*)\s*$")
_CALL = re.compile(r"([a-zA-Z]+)\s*\(([^()]*)\)")
_PIXELS = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
}
_LARGEST = 1e7


def numbers(text: str) -> list[float]:
    """Every number in the text; what is beyond all drawings is cut to ten million."""
    return [_bounded(float(word)) for word in _NUMBERS.findall(text)]


def _bounded(value: float) -> float:
    return max(-_LARGEST, min(_LARGEST, value)) if math.isfinite(value) else 0.0


def length(text: str | None, whole: float, default: float = 0.0, em: float = 16.0) -> float:
    """A length in pixels; percentages are of `whole`, em of `em`; `default` where unreadable."""
    match = _LENGTH.match(text) if text else None
    if match is None:
        return default
    number, unit = _bounded(float(match[1])), match[2].lower()
    if unit == "%":
        return number / 100 * whole
    if unit in ("em", "ex"):
        return number * em * (1.0 if unit == "em" else 0.5)
    return _bounded(number * _PIXELS[unit]) if unit in _PIXELS else default


def lengths(text: str, whole: float, em: float = 16.0) -> list[float]:
    """A list of lengths parted by spaces or commas."""
    return [length(word, whole, em=em) for word in re.split(r"[\s,]+", text.strip()) if word]


def fraction(text: str | None, default: float = 1.0) -> float:
    """A share of 0 to 1, written as a number or in percent."""
    return min(1.0, max(0.0, length(text, 1.0, default)))


def view_box(text: str | None) -> tuple[float, float, float, float] | None:
    """Left, top, width, height; none where it is absent, broken or without extent."""
    found = numbers(text or "")
    if len(found) != 4 or found[2] <= 0 or found[3] <= 0:
        return None
    return found[0], found[1], found[2], found[3]


def matrix(a: float, b: float, c: float, d: float, e: float, f: float) -> Matrix:
    """SVG's matrix(a b c d e f)."""
    return np.array([[a, c, e], [b, d, f], [0, 0, 1]], np.float64)


def scale_of(matrix: Matrix) -> float:
    """By how much the map enlarges lengths, on average."""
    (a, c, _), (b, d, _), _ = matrix.tolist()
    return math.sqrt(abs(a * d - b * c))


def transform(text: str | None) -> Matrix:
    """The product of a `transform` attribute's calls; what is not understood is left out."""
    product = np.eye(3)
    for name, inside in _CALL.findall(text or ""):
        made = _one_transform(name.lower(), numbers(inside), "rad" in inside)
        if made is not None:
            product = product @ made
    return product


def _one_transform(name: str, values: list[float], radians: bool) -> Matrix | None:
    if not values or (name == "matrix" and len(values) != 6):
        return None
    if name == "matrix":
        return matrix(*values)
    if name in ("rotate", "skewx", "skewy"):
        return _turned(name, values[0] if radians else math.radians(values[0]), values[1:])
    first, second = values[0], values[1] if len(values) > 1 else None
    calls = {
        "translate": (1, 1, first, second or 0.0),
        "translatex": (1, 1, first, 0.0),
        "translatey": (1, 1, 0.0, first),
        "scale": (first, first if second is None else second, 0.0, 0.0),
        "scalex": (first, 1, 0.0, 0.0),
        "scaley": (1, first, 0.0, 0.0),
    }
    if name not in calls:
        return None
    across, down, x, y = calls[name]
    return matrix(across, 0, 0, down, x, y)


def _turned(name: str, angle: float, center: list[float]) -> Matrix:
    if name == "skewx":
        return matrix(1, 0, math.tan(angle), 1, 0, 0)
    if name == "skewy":
        return matrix(1, math.tan(angle), 0, 1, 0, 0)
    turn = matrix(math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle), 0, 0)
    x, y = center[:2] if len(center) > 1 else (0.0, 0.0)
    return matrix(1, 0, 0, 1, x, y) @ turn @ matrix(1, 0, 0, 1, -x, -y)


def fitted(
    box: tuple[float, float, float, float], width: float, height: float, aspect: str
) -> Matrix:
    """The map of a view box onto a viewport of this size, as `preserveAspectRatio` says."""
    left, top, wide, high = box
    across, down = width / wide, height / high
    if aspect.strip().startswith("none"):
        return matrix(across, 0, 0, down, -left * across, -top * down)
    scale = max(across, down) if "slice" in aspect else min(across, down)
    place = {"Min": 0.0, "Mid": 0.5, "Max": 1.0}
    word = re.search(r"x(Min|Mid|Max)Y(Min|Mid|Max)", aspect)
    u, v = (place[word[1]], place[word[2]]) if word else (0.5, 0.5)
    x = (width - wide * scale) * u - left * scale
    y = (height - high * scale) * v - top * scale
    return matrix(scale, 0, 0, scale, x, y)


def color(text: str, current: Color = BLACK) -> Color | None:
    """A CSS color; `current` is what `currentColor` stands for; none where not understood."""
    word = text.strip().lower()
    if word == "currentcolor":
        return current
    if word == "transparent":
        return (0.0, 0.0, 0.0, 0.0)
    call = re.fullmatch(r"(rgba?|hsla?)\(([^()]*)\)", word)
    if call:
        return _called_color(call[1], re.split(r"[\s,/]+", call[2].strip()))
    if re.search(r"[(\s]", word):
        return None
    try:
        channels = ImageColor.getcolor(word, "RGBA")
    except ValueError:
        return None
    assert isinstance(channels, tuple)
    r, g, b, a = (channel / 255 for channel in channels)
    return (r, g, b, a)


def _called_color(name: str, words: list[str]) -> Color | None:
    if len(words) < 3:
        return None
    alpha = fraction(words[3]) if len(words) > 3 else 1.0
    if name.startswith("hsl"):
        hue = length(words[0].removesuffix("deg"), 360.0) % 360 / 360
        red, green, blue = colorsys.hls_to_rgb(hue, fraction(words[2]), fraction(words[1]))
        return (red, green, blue, alpha)
    red, green, blue = (min(1.0, max(0.0, length(word, 255.0) / 255)) for word in words[:3])
    return (red, green, blue, alpha)
