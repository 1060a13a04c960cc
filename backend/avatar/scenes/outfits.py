# SPDX-License-Identifier: Apache-2.0
"""What random people put on: one thing for each place at most, every garment about as often."""

from __future__ import annotations

import random as stdlib
from collections.abc import Collection
from functools import cache

from ..wardrobe.garments import GARMENTS

Random = stdlib.Random
Outfit = dict[str, str]
"""Garments by slot."""

# How often something is worn in each slot beside what covers chest and hips.
_SHARES = {
    "feet": 0.86, "hands": 0.26, "head": 0.46, "neck": 0.2, "waist": 0.16, "eyes": 0.18,
    "face": 0.09, "cape": 0.07, "back": 0.12, "right hand": 0.16, "left hand": 0.12,
    "extra": 0.16, "apron": 0.02,
}  # fmt: skip
_LEGS_SHOW = (
    "shorts", "swim_trunks", "skirt", "mini_skirt", "pencil_skirt", "pleated_skirt", "kilt", "tutu",
    "breeches", "boxers", "briefs", "dress", "sundress", "nurse_dress", "tutu_dress", "pinafore",
    "leotard", "grass_skirt", "bikini",
)  # fmt: skip
_FEMALE = ("bikini", "top")
_UNDER = ("leotard", "superhero_suit", "wetsuit", "jumpsuit")


@cache
def in_slot(slot: str) -> tuple[str, ...]:
    return tuple(name for name, garment in GARMENTS.items() if garment.slot == slot)


def drawn(random: Random, slot: str, made: Collection[str]) -> str:
    """One of the slot's garments that are `made`; "" where there is none."""
    listed = [name for name in in_slot(slot) if name in made]
    return random.choice(listed) if listed else ""


def outfit(random: Random, made: Collection[str], is_female: bool, age: float) -> Outfit:
    """Clothes of one person, of the garments that are `made`."""
    worn = _covering(random, made, is_female, age)
    lower = worn.get("bottom") or worn.get("whole") or worn.get("briefs", "")
    legwear = 0.45 if lower in _LEGS_SHOW else 0.05
    for slot, share in (*_SHARES.items(), ("legwear", legwear)):
        if random.random() < share:
            worn[slot] = drawn(random, slot, made)
    return {slot: name for slot, name in worn.items() if name}


def _covering(random: Random, made: Collection[str], is_female: bool, age: float) -> Outfit:
    """What covers chest and hips."""
    kind = random.random()
    if kind < 0.1:
        return _underwear(random, made, is_female, age)
    if kind < 0.36:
        worn = {"whole": drawn(random, "whole", made)}
        if worn["whole"] in _UNDER and random.random() < 0.3:
            worn["outer"] = drawn(random, "outer", made)
        return worn
    worn = {"top": drawn(random, "top", made), "bottom": drawn(random, "bottom", made)}
    if worn["bottom"] == "mawashi":
        worn.pop("top")
    if random.random() < 0.27:
        worn["mid"] = drawn(random, "mid", made)
    if random.random() < 0.3:
        worn["outer"] = drawn(random, "outer", made)
    if random.random() < 0.1:
        worn["briefs"] = drawn(random, "briefs", made)
    return worn


def _underwear(random: Random, made: Collection[str], is_female: bool, age: float) -> Outfit:
    worn = {"briefs": drawn(random, "briefs", made)}
    if not is_female and worn["briefs"] in _FEMALE:
        worn["briefs"] = "boxers"
    if is_female and worn["briefs"] != "bikini" and age > 8:
        worn["bra"] = "top"
    return worn


def close_fitting(random: Random, made: Collection[str], is_female: bool) -> Outfit:
    """Little or tight, so that the body shows."""
    choices: list[Outfit] = [
        {"whole": "leotard"},
        {"whole": "superhero_suit"},
        {"top": "tanktop", "bottom": "leggings"},
        {"top": "tanktop", "bottom": "shorts"},
        {"briefs": "briefs", "bra": "top"},
        {"briefs": "boxers", "top": "crop_top"},
    ]
    if not is_female:
        choices += [{"briefs": "boxers"}, {"bottom": "shorts"}, {"bottom": "swim_trunks"}]
    fitting = [one for one in choices if all(name in made for name in one.values())]
    return dict(random.choice(fitting)) if fitting else {}


# What hides what lies beneath, so that captions do not speak of it.
_CLOSED_HEADS = (
    "motorcycle_helmet", "space_helmet", "helmet", "kabuto", "ninja_mask", "wrestling_mask",
    "spartan_helmet", "hijab", "nun_veil", "mail_coif", "hood",
)  # fmt: skip
_HAIR_STAYS = (
    "tiara", "headband", "halo", "bunny_ears", "cat_ears", "devil_horns", "flower_wreath", "crown",
    "maid_headdress", "nurse_cap", "feather_headdress", "bridal_veil",
)  # fmt: skip
_OPEN_OUTER = ("jacket", "biker_jacket", "denim_jacket", "blazer", "hi_vis_vest")
_OPEN_MID = ("cardigan", "waistcoat", "sweater_vest")
_HIGH_BOOTS = ("knee_boots", "wellingtons", "cowboy_boots", "moon_boots", "boots")
_LONG_WHOLE = ("gown", "wedding_dress", "robe", "cassock", "kimono", "bathrobe", "nightgown")


def _from_layer(layer: int) -> tuple[str, ...]:
    return tuple(name for name in in_slot("outer") if GARMENTS[name].layer >= layer)


def _but(slot: str, names: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in in_slot(slot) if name not in names)


# What is worn in a slot, and the places of which it hides too much.
_HIDES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("outer", in_slot("outer"), ("top", "mid", "bra", "waist")),
    ("outer", _but("outer", _OPEN_OUTER), ("whole", "neck")),
    ("outer", _from_layer(54), ("bottom", "briefs")),
    ("outer", _from_layer(58), ("legwear",)),
    ("apron", in_slot("apron"), ("top",)),
    ("mid", _but("mid", _OPEN_MID), ("top",)),
    ("mid", ("hauberk",), ("bottom", "briefs")),
    ("mid", in_slot("mid"), ("bra",)),
    ("top", ("tunic",), ("bottom", "briefs")),
    ("top", in_slot("top"), ("bra",)),
    ("whole", in_slot("whole"), ("bra", "briefs")),
    ("whole", _LONG_WHOLE, ("feet",)),
    ("whole", _but("whole", _LEGS_SHOW), ("legwear",)),
    ("bottom", in_slot("bottom"), ("briefs",)),
    ("bottom", _but("bottom", _LEGS_SHOW), ("legwear",)),
    ("feet", _HIGH_BOOTS, ("legwear",)),
    ("head", _but("head", _HAIR_STAYS), ("hair",)),
    ("head", _CLOSED_HEADS, ("neck", "eyes", "beard", "iris")),
    ("face", ("ninja_mask", "wrestling_mask"), ("hair",)),
    ("face", _but("face", ("clown_nose", "domino_mask")), ("beard",)),
    ("face", _but("face", ("clown_nose",)), ("iris",)),
    ("eyes", _but("eyes", ("glasses", "monocle")), ("iris",)),
)  # fmt: skip


def hidden(worn: Outfit) -> set[str]:
    """Places and slots of an outfit of which too little is seen to speak of."""
    covered: set[str] = set()
    for slot, names, places in _HIDES:
        if worn.get(slot) in names:
            covered.update(places)
    return covered
