# SPDX-License-Identifier: Apache-2.0
"""Colors and patterns of random people, none of a held-out combination in training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..wardrobe.garments import GARMENTS
from . import hues
from .heldout import held_garments, held_pairs
from .labels import PATTERNS
from .outfits import Outfit, Random

Colors = dict[str, tuple[int, int]]
"""By place the numbers of two words of `hues.color_words`."""
UPPER = ("outer", "mid", "top")
"""Slots of what covers the chest, the outer before the inner."""
_PRINTED = (
    "briefs", "legwear", "top", "bottom", "whole", "mid", "outer", "apron", "feet", "hands", "neck",
    "head", "cape", "back",
)  # fmt: skip
_UNPRINTED = ("metal", "mail", "wood", "straw", "plastic")
_ODD_HAIR = ("blue", "green", "pink", "purple")
_ODD_SKIN = ("green", "blue", "purple")


def clothes(dice: Random, worn: Outfit, training: bool) -> tuple[Colors, dict[str, int]]:
    """The colors and the number of the pattern of each garment: of a held-out combination in
    training never, else where there is one."""
    color: Colors = {}
    pattern: dict[str, int] = {}
    for place, thing in worn.items():
        first = _cloth(dice)
        while training and (thing, family(first)) in held_garments():
            first = _cloth(dice)
        is_cloth = place in _PRINTED and GARMENTS[thing].cloth not in _UNPRINTED
        pattern[place] = (
            dice.randrange(1, len(PATTERNS)) if is_cloth and dice.random() < 0.34 else 0
        )
        color[place] = (first, _second(dice, "" if pattern[place] else thing, first))
    if training:
        _part_pairs(dice, worn, color)
    else:
        _hold_out(dice, worn, color)
    return color, pattern


def _hold_out(dice: Random, worn: Outfit, color: Colors) -> None:
    """Paint, where it can be, what training never shows: for measuring by."""
    for place, thing in worn.items():
        held = [family for garment, family in sorted(held_garments()) if garment == thing]
        if held and dice.random() < 0.5:
            color[place] = (_tables().number[dice.choice(held)], color[place][1])
    upper = next((slot for slot in UPPER if slot in worn), "")
    if upper and "bottom" in worn:
        above, below = dice.choice(sorted(held_pairs()))
        color[upper] = (_tables().number[above], color[upper][1])
        color["bottom"] = (_tables().number[below], color["bottom"][1])


def _part_pairs(dice: Random, worn: Outfit, color: Colors) -> None:
    """Paint what covers the legs anew until none of what covers the chest is held out with it."""
    if "bottom" not in worn:
        return
    uppers = [slot for slot in UPPER if slot in worn]
    thing = worn["bottom"]
    while True:
        lower = family(color["bottom"][0])
        pairs = {(family(color[slot][0]), lower) for slot in uppers}
        if not pairs & held_pairs() and (thing, lower) not in held_garments():
            return
        first = _cloth(dice)
        color["bottom"] = (first, _second(dice, "", first))


def body(dice: Random, age: float) -> Colors:
    """Of skin, eyes, hair and beard."""
    table = _tables()
    hair = dice.choice(table.hair)
    if age > 60 and dice.random() < 0.5:
        hair = dice.choice(table.grey)
    beard = hair if dice.random() < 0.7 else dice.choice(table.hair)
    return {
        "skin": (dice.choice(table.skin), -1),
        "iris": (dice.choice(table.eyes), -1),
        "hair": (hair, -1),
        "beard": (beard, -1),
    }


def family(word: int) -> str:
    """Which of `hues.TWELVE` a word's color is nearest to."""
    return _tables().family[word]


def _cloth(dice: Random) -> int:
    table = _tables()
    return dice.choice(table.basic if dice.random() < 0.55 else table.cloth)


def _second(dice: Random, thing: str, first: int) -> int:
    """The garment's own second color at times, else one that is another family's."""
    own = GARMENTS[thing].second_color if thing else ""
    if own and dice.random() < 0.3:
        return _tables().number.get(own, first)
    second = _cloth(dice)
    while family(second) == family(first) or not _tables().is_apart[first, second]:
        second = _cloth(dice)
    return second


_APART = 28.0
"""Distance in Lab of two colors that a pattern is told by."""


@dataclass(frozen=True)
class _Tables:
    number: Mapping[str, int]
    basic: tuple[int, ...]
    cloth: tuple[int, ...]
    family: tuple[str, ...]
    is_apart: NDArray[np.bool_]
    hair: tuple[int, ...]
    grey: tuple[int, ...]
    skin: tuple[int, ...]
    eyes: tuple[int, ...]


@cache
def _tables() -> _Tables:
    words = hues.color_words()
    rows: dict[hues.Of, list[int]] = {"cloth": [], "hair": [], "eyes": [], "skin": []}
    for number, of in enumerate(words.of):
        rows[of].append(number)
    names = words.names
    hair = [row for row in rows["hair"] if names[row] not in _ODD_HAIR]
    skin = [row for row in rows["skin"] if names[row] not in _ODD_SKIN]
    grey = ("grey", "silver", "white", "salt and pepper")
    return _Tables(
        number={names[row]: row for row in rows["cloth"]},
        basic=tuple(words.number(name) for name in hues.BASIC),
        cloth=tuple(rows["cloth"]),
        family=tuple(hues.TWELVE[number] for number in hues.nearest_of_twelve(words.lab)),
        is_apart=np.linalg.norm(words.lab[:, None] - words.lab[None], axis=2) > _APART,
        hair=tuple(4 * hair + rows["hair"]),
        grey=tuple(words.number(name, "hair") for name in grey),
        skin=tuple(3 * skin + rows["skin"]),
        eyes=tuple(rows["eyes"]),
    )
