# SPDX-License-Identifier: Apache-2.0
"""Named colors and what is said before them ("dark red"), as sRGB from 0 to 1."""

from __future__ import annotations

import colorsys
from functools import cache

from . import lexicon

RGB = tuple[float, float, float]
WHITE: RGB = (1.0, 1.0, 1.0)


def parse(code: str) -> RGB:
    """`#rrggbb` as three numbers."""
    red, green, blue = (int(code[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


@cache
def named() -> dict[str, RGB]:
    """All colors by name; a name of two words also without the space between ("skyblue")."""
    table = {name: parse(code) for name, code in lexicon.read("colors")["colors"].items()}
    joined = {name.replace(" ", ""): color for name, color in table.items()}
    return {**joined, **table}


@cache
def modifiers() -> dict[str, dict[str, float]]:
    return {
        phrase: change
        for listed, change in lexicon.read("colors")["modifiers"].items()
        for phrase in lexicon.words(listed)
    }


def changed(color: RGB, modifier: str) -> RGB:
    """The color darker, paler, brighter or duller, as the modifier says."""
    change = modifiers()[modifier]
    hue, saturation, value = colorsys.rgb_to_hsv(*color)
    saturation = min(1.0, saturation * change.get("saturation", 1.0))
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    white, black = change.get("white", 0.0), change.get("black", 0.0)
    mixed = [(part + white * (1 - part)) * (1 - black) for part in (red, green, blue)]
    return mixed[0], mixed[1], mixed[2]


def darker(color: RGB, share: float = 0.4) -> RGB:
    return color[0] * (1 - share), color[1] * (1 - share), color[2] * (1 - share)
