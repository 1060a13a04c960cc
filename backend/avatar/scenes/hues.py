# SPDX-License-Identifier: Apache-2.0
"""Words for colors, and how far from its color a word still holds: CIE 1994 distances in Lab."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..words import colors, lexicon
from .heldout import is_held_phrase

Floats = NDArray[np.float32]
Of = Literal["cloth", "hair", "eyes", "skin"]

TWELVE = (
    "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "brown", "black",
    "white", "grey",
)  # fmt: skip
BASIC = (
    *TWELVE, "beige", "gold", "silver", "navy blue", "light blue", "dark green", "dark red",
    "cream",
)  # fmt: skip
"""What people say of most clothes; drawn more often than the rest of the table."""
# Degrees of hue in Lab between which such a word is not wrong, however pale or dark the color.
_HUES = {
    "red": (16, 41), "orange": (48, 72), "yellow": (72, 112), "green": (98, 176),
    "turquoise": (165, 225), "blue": (215, 302), "purple": (293, 330), "pink": (-20, 10),
    "brown": (44, 70),
}  # fmt: skip
_NONE = (np.nan, np.nan)
_SHADES = ("dark", "light", "pale", "bright")
_NO_SKIN = (
    "caucasian", "average", "nude", "medium", "jet black", "weathered", "sunburnt", "deep", "wheat",
    "snow white", "beige", "peaches and cream", "chalky", "ashen", "sun tanned", "sun kissed",
)  # fmt: skip
_NO_COLORS = ("multicolored", "rainbow", "metallic", "skin color", "nude", "flesh", "denim")

# Within the first distance the word holds; beyond the second it does not.
_REACH: dict[str, tuple[float, float]] = {
    "basic": (10.0, 16.0),
    "grey": (10.0, 30.0),
    "cloth": (8.0, 22.0),
    "hair": (8.0, 18.0),
    "eyes": (9.0, 20.0),
    "skin": (7.0, 15.0),
}


@dataclass(frozen=True, eq=False)
class ColorWords:
    """W words for colors: `rgb` and `lab` (W, 3), the weight of lightness and the distances within
    which a word `holds` and beyond which it `fails` (W,), whether training may say it."""

    names: tuple[str, ...]
    of: tuple[Of, ...]
    rgb: Floats
    lab: Floats
    lightness: Floats
    holds: Floats
    fails: Floats
    hues: Floats
    """(W, 2) degrees between which it cannot be told of what is paler or darker; NaN is none."""
    is_trained: NDArray[np.bool_]

    def number(self, name: str, of: Of = "cloth") -> int:
        return _numbers()[name, of]


@cache
def color_words() -> ColorWords:
    """Every word for a color of cloth, hair, eyes and skin."""
    listed = list(_listed())
    reach = np.array(
        [_REACH[_reach_of(name) if of == "cloth" else of] for name, of, _ in listed],
        dtype=np.float32,
    )
    rgb = np.array([color for _, _, color in listed], dtype=np.float32)
    chromatic = set(TWELVE) - {"black", "white", "grey", "brown"}
    lightness = [0.6 if name in chromatic and of == "cloth" else 1.0 for name, of, _ in listed]
    return ColorWords(
        names=tuple(name for name, _, _ in listed),
        of=tuple(of for _, of, _ in listed),
        rgb=rgb,
        lab=to_lab(rgb),
        lightness=np.array(lightness, dtype=np.float32),
        holds=reach[:, 0],
        fails=reach[:, 1],
        hues=np.array(
            [_HUES.get(name if of == "cloth" else "", _NONE) for name, of, _ in listed],
            dtype=np.float32,
        ),
        is_trained=np.array([not is_held_phrase(name) for name, _, _ in listed]),
    )


def _reach_of(name: str) -> str:
    if name == "grey":
        return name
    return "basic" if name in TWELVE else "cloth"


@cache
def _numbers() -> dict[tuple[str, Of], int]:
    table = color_words()
    return {key: number for number, key in enumerate(zip(table.names, table.of, strict=True))}


def _listed() -> list[tuple[str, Of, colors.RGB]]:
    table = {
        name: colors.parse(code)
        for name, code in lexicon.read("colors")["colors"].items()
        if name not in _NO_COLORS
    }
    shaded = {
        f"{shade} {name}": colors.changed(table[name], shade)
        for name in TWELVE
        for shade in _SHADES
        if name not in ("black", "white") and f"{shade} {name}" not in table
    }
    listed: list[tuple[str, Of, colors.RGB]] = [
        (name, "cloth", color) for name, color in {**table, **shaded}.items()
    ]
    hair, face = lexicon.read("hair")["hair_color"], lexicon.read("face")
    odd = {"redhead", "redheaded", "brunette", "hazel", "platinum"}
    listed += [(name, "hair", colors.parse(code)) for name, code in hair.items() if name not in odd]
    listed += [(name, "hair", table[name]) for name in ("blue", "green", "pink", "purple")]
    listed += [(name, "eyes", colors.parse(code)) for name, code in face["eye_color"].items()]
    for names, code in face["skin_color"].items():
        said = [name for name in lexicon.words(names) if name not in _NO_SKIN]
        listed += [(name, "skin", colors.parse(code)) for name in said]
    listed += [(name, "skin", table[name]) for name in ("green", "blue", "purple")]
    return listed


def to_lab(rgb: NDArray[np.floating]) -> Floats:
    """(..., 3) CIE Lab (D65) of sRGB from 0 to 1."""
    part = np.asarray(rgb, dtype=np.float32)
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lightness = 116 * root[..., 1] - 16
    green_red = 500 * (root[..., 0] - root[..., 1])
    blue_yellow = 200 * (root[..., 1] - root[..., 2])
    return np.stack([lightness, green_red, blue_yellow], axis=-1).astype(np.float32)


COLORED = 9.0
"""Chroma in Lab below which a color has no hue to speak of."""

# Linear sRGB to XYZ, divided by the white of D65.
_TO_XYZ = np.array(
    [
        [0.4124564 / 0.95047, 0.2126729, 0.0193339 / 1.08883],
        [0.3575761 / 0.95047, 0.7151522, 0.1191920 / 1.08883],
        [0.1804375 / 0.95047, 0.0721750, 0.9503041 / 1.08883],
    ],
    dtype=np.float32,
)


def distances(rows: NDArray[np.integer], seen: Floats) -> Floats:
    """(W, N) how far N colors (N, 3) in Lab are from these words' colors: CIE 1994, where a word
    such as "blue" minds lightness less."""
    table = color_words()
    words = table.lab[rows]
    chroma = np.hypot(words[:, 1], words[:, 2])[:, None]
    other = np.hypot(seen[:, 1], seen[:, 2])[None]
    lightness = table.lightness[rows][:, None] * (words[:, None, 0] - seen[None, :, 0])
    paler = chroma - other
    apart = ((words[:, None, 1:] - seen[None, :, 1:]) ** 2).sum(-1)
    turned = np.maximum(apart - paler**2, 0)
    square = lightness**2 + (paler / (1 + 0.045 * chroma)) ** 2
    square += turned / (1 + 0.015 * chroma) ** 2
    return np.asarray(np.sqrt(square), dtype=np.float32)


def nearest_of_twelve(lab: Floats) -> NDArray[np.int64]:
    """(N,) which of TWELVE each color (N, 3) is nearest to."""
    rows = np.array([color_words().number(name) for name in TWELVE])
    return np.asarray(distances(rows, lab).argmin(axis=0))


def judged(rows: NDArray[np.integer], seen: Floats, margin: float = 0.0) -> NDArray[np.int8]:
    """(W, N) whether colors (N, 3) in Lab are what the words say: 1 yes, 0 no, -1 cannot be told.

    `margin` is taken from both sides, so that what is a little off is judged the same.
    """
    table = color_words()
    away = distances(rows, seen)
    angles = np.degrees(np.arctan2(seen[:, 2], seen[:, 1]))[None]
    first, last = table.hues[rows, 0, None], table.hues[rows, 1, None]
    into = (angles - first + margin) % 360
    is_colored = np.hypot(seen[:, 1], seen[:, 2])[None] > COLORED - 0.5 * margin
    alike = (into < last - first + 2 * margin) & is_colored
    result = np.full(away.shape, -1, dtype=np.int8)
    result[(away > table.fails[rows][:, None] + margin) & ~alike] = 0
    result[away < table.holds[rows][:, None] - margin] = 1
    return result
