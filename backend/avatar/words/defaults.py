# SPDX-License-Identifier: Apache-2.0
"""What nobody mentioned but somebody who dresses would put on."""

from __future__ import annotations

import numpy as np

from ..wardrobe.garments import GARMENTS
from . import colors, lexicon
from .meaning import Wearer, garments_called
from .things import Sentence
from .wardrobe import Chosen, Clothes, Pick, own_color, painted, pick_of

_EASY_TOPS = ("off white", "sage", "light blue", "dusty rose", "mustard", "teal", "charcoal")
_EASY_TROUSERS = ("denim", "navy", "charcoal", "khaki", "dark brown")
_CHILDREN_TOPS = ("yellow", "sky blue", "coral", "mint", "red")
_UNDERWEAR = ("briefs", "bra")
_OUT_OF_DIAPERS, _GROWN = 2.5, 11.0
"""Years."""
_TRUNK = ("top", "bottom", "whole", "mid", "outer")


def completed(
    clothes: Clothes, sentence: Sentence, wearer: Wearer, random: np.random.Generator
) -> Chosen:
    """The clothes with a top, a bottom and shoes where there are none and none are unwanted."""
    chosen = clothes.chosen
    # Drawn always, so that a word changes nothing but what it speaks of.
    top = str(random.choice(_CHILDREN_TOPS if wearer.age_years < 12 else _EASY_TOPS))
    trousers = str(random.choice(_EASY_TROUSERS))
    if "all" in sentence.bare:
        return {} if sentence.roles else chosen
    if sentence.is_only or _is_enough(chosen):
        return chosen
    added: Chosen = {}
    for slot in _missing(clothes, wearer):
        found = _fitting(slot, chosen, wearer)
        if not found and slot == "top":
            found = {"tshirt": Pick(colors.named()[top])}
        elif not found and slot == "bottom":
            found = {"trousers": Pick(colors.named()[trousers])}
        elif not found:
            found = {"shoes": Pick(own_color("shoes"))}
        added.update((name, one) for name, one in found.items() if name not in clothes.unwanted)
    return painted({**added, **chosen}, sentence)


def _is_enough(chosen: Chosen) -> bool:
    """Whether somebody wears what is worn by itself: a bikini, a towel."""
    alone = garments_called(lexicon.read("clothes")["alone"]["words"])
    trunk = {
        name
        for name in chosen
        if GARMENTS[name].slot in (*_TRUNK, *_UNDERWEAR) and GARMENTS[name].slot != "outer"
    }
    return bool(trunk) and trunk <= alone


def _missing(clothes: Clothes, wearer: Wearer) -> list[str]:
    chosen = clothes.chosen
    # A long coat hides the legs but is no trousers.
    covered = {
        place
        for name in chosen
        for place in GARMENTS[name].covers
        if place == "chest" or GARMENTS[name].slot != "outer"
    }
    slots = {GARMENTS[name].slot for name in chosen}
    missing = []
    if "chest" not in covered and "bra" not in slots:
        missing.append("top")
    if "hips" not in covered and "briefs" not in slots:
        missing.append("bottom")
    if "feet" not in covered and wearer.age_years >= 1:
        missing.append("feet")
    return [slot for slot in missing if slot not in clothes.unwanted and slot not in slots]


def _fitting(slot: str, chosen: Chosen, wearer: Wearer) -> Chosen:
    """What goes with the rest, in that slot."""
    for entry in lexicon.read("clothes")["default"]:
        if entry["slot"] == slot and garments_called(entry["with"]) & set(chosen):
            text = entry.get("makes") or entry["female" if wearer.is_female else "male"]
            picks = {
                name: pick
                for name, pick in pick_of(text, wearer).items()
                if GARMENTS[name].slot == slot
            }
            if picks:
                return picks
    return {}


def with_underwear(chosen: Chosen, wearer: Wearer) -> Chosen:
    """Underwear where the trunk would be bare; a diaper on who is too small for it."""
    slots = {GARMENTS[name].slot for name in chosen}
    covered = {place for name in chosen for place in GARMENTS[name].covers}
    below = "diaper" if wearer.age_years < _OUT_OF_DIAPERS else "briefs"
    added: Chosen = {}
    if "hips" not in covered and "briefs" not in slots:
        added[below] = Pick(own_color(below))
    if wearer.is_female and wearer.age_years >= _GROWN and not {"chest"} & covered:
        added.update({} if "bra" in slots else {"top": Pick(own_color("top"))})
    return {**added, **chosen}
