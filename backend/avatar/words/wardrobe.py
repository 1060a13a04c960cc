# SPDX-License-Identifier: Apache-2.0
"""From things read in a sentence to garments of this version: roles, substitutes, defaults."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from ..wardrobe.garments import GARMENTS
from . import colors, lexicon
from .clothing import Sentence, Thing
from .colors import RGB, WHITE
from .vocabulary import entries, vocabulary

_EASY_TOPS = ("off white", "sage", "light blue", "dusty rose", "mustard", "teal", "charcoal")
_EASY_TROUSERS = ("denim", "navy", "charcoal", "khaki", "dark brown")
_CHILDREN_TOPS = ("yellow", "sky blue", "coral", "mint", "red")

# What takes the place of what: the later asked-for of each pair stays alone.
_RIVALS = (("shoes", "boots"), ("hat", "helmet"))


@dataclass(frozen=True)
class Pick:
    """A garment's looks; `is_guess` where no word gave the color."""

    color: RGB
    pattern: str = "plain"
    second_color: RGB = WHITE
    cloth: str = ""
    is_guess: bool = True


Chosen = dict[str, Pick]


class Wearer(Protocol):
    """What defaults depend on."""

    @property
    def is_female(self) -> bool: ...

    @property
    def age_years(self) -> float: ...


def own_color(garment: str) -> RGB:
    return colors.named()[GARMENTS[garment].color]


def asked(sentence: Sentence, guessed: list[str], notes: list[str]) -> Chosen:
    """The garments that roles and words name, the words over the roles."""
    chosen: Chosen = {}
    removed: set[str] = set()
    for role in sentence.roles:
        chosen.update(_role(int(role)))
    things = [thing for thing in sentence.things if thing.kind == "garment"]
    things += [thing for thing in _from_guesses(guessed) if thing.kind == "garment"]
    named: list[str] = []
    for thing in things:
        entry = entries()[int(thing.key)]
        if thing.is_negated:
            removed.update(entry["makes"])
            continue
        _wear(chosen, thing, entry, named)
        if "note" in entry:
            notes.append(f'This version has no "{thing.phrase}"; I made {entry["note"]} instead.')
    if "feet" in sentence.bare:
        removed |= {"shoes", "boots"}
    for garment in removed - set(named):
        chosen.pop(garment, None)
    _settle_rivals(chosen, named)
    _report(sentence, notes)
    return _painted(chosen, sentence.outfit)


def _wear(chosen: Chosen, thing: Thing, entry: dict[str, Any], named: list[str]) -> None:
    for garment in entry["makes"]:
        chosen[garment] = _pick(garment, thing, chosen.get(garment))
        named.append(garment)
    for garment, color in entry.get("extra", {}).items():
        chosen.setdefault(garment, Pick(colors.named()[color], is_guess=False))


def _pick(garment: str, thing: Thing, before: Pick | None) -> Pick:
    """What the words say of the garment over what a role gave it, over its own color."""
    base = before or Pick(own_color(garment))
    material = lexicon.read("clothes")["material"].get(thing.material, {})
    if "jean" in thing.phrase or "denim" in thing.phrase:
        material = lexicon.read("clothes")["material"]["denim"]
    if "leather" in thing.phrase:
        material = lexicon.read("clothes")["material"]["leather"]
    if material:
        color = colors.parse(material["color"]) if material["color"] else base.color
        base = replace(base, color=color, cloth=material["cloth"])
    said = thing.colors
    if said:
        base = replace(base, color=said[0], is_guess=False, pattern="plain", second_color=WHITE)
    if len(said) > 1:
        base = replace(base, second_color=said[1])
    if thing.pattern:
        base = replace(base, pattern=thing.pattern, second_color=_second(base, said))
    return base


def _second(base: Pick, said: tuple[RGB, ...]) -> RGB:
    """What a pattern is printed in: the second color, else white, on white a dark one."""
    if len(said) > 1:
        return said[1]
    is_light = sum(base.color) > 2.3
    return colors.named()["navy"] if is_light else colors.named()["off white"]


def _role(number: int) -> Chosen:
    entry = lexicon.read("roles")["role"][number]
    chosen: Chosen = {}
    for garment, wear in entry["wears"].items():
        pattern, color, second = wear if isinstance(wear, list) else ("plain", wear, "white")
        second_color = colors.named()[second] if pattern != "plain" else WHITE
        cloth = entry.get("cloth", "") if garment not in ("tshirt", "belt") else ""
        chosen[garment] = Pick(colors.named()[color], pattern, second_color, cloth)
    return chosen


def _from_guesses(guessed: list[str]) -> list[Thing]:
    from_lexicon = vocabulary()
    return [
        Thing(from_lexicon[phrase].kind, phrase, from_lexicon[phrase].key)
        for phrase in guessed
        if from_lexicon[phrase].kind == "garment"
    ]


def _settle_rivals(chosen: Chosen, named: list[str]) -> None:
    """Only one thing on the feet and on the head; what a role wears gives way to what was asked."""
    for pair in _RIVALS:
        if all(garment in chosen for garment in pair):
            spoken = [garment for garment in named if garment in pair]
            keep = spoken[-1] if spoken else pair[1]
            chosen.pop(pair[0] if keep == pair[1] else pair[1])
    gives_way: set[str] = set()
    if {"dress", "robe"} & set(named):
        gives_way = {"tshirt", "trousers", "skirt", "dress", "robe"}
    elif "skirt" in named:
        gives_way = {"trousers", "dress", "robe"}
    elif "trousers" in named:
        gives_way = {"dress", "robe"}
    for garment in gives_way - set(named):
        chosen.pop(garment, None)


def _painted(chosen: Chosen, whole: Thing) -> Chosen:
    """A color said of the whole outfit goes wherever no word gave another."""
    if not (whole.colors or whole.pattern or whole.material):
        return chosen
    return {
        garment: _pick(garment, whole, pick) if pick.is_guess else pick
        for garment, pick in chosen.items()
    }


def completed(
    chosen: Chosen, sentence: Sentence, wearer: Wearer, random: np.random.Generator
) -> Chosen:
    """What nobody mentioned but somebody who dresses would put on."""
    bare = sentence.bare
    if "all" in bare:
        return {} if sentence.roles else chosen
    if "underwear" in chosen and not {"tshirt", "trousers", "dress", "robe", "skirt"} & set(chosen):
        return chosen
    tops = _CHILDREN_TOPS if wearer.age_years < 12 else _EASY_TOPS
    top = "off white" if "jacket" in chosen else str(random.choice(tops))
    everyday = {
        "tshirt": Pick(colors.named()[top]),
        "trousers": Pick(colors.named()[str(random.choice(_EASY_TROUSERS))]),
        "shoes": Pick(own_color("shoes")),
    }
    unwanted = _negated(sentence)
    if {"dress", "robe"} & set(chosen):
        unwanted |= {"tshirt", "trousers"}
    if "skirt" in chosen:
        unwanted.add("trousers")
    if "boots" in chosen or "feet" in bare or wearer.age_years < 1:
        unwanted.add("shoes")
    if "top" in bare:
        unwanted.add("tshirt")
    added = {garment: pick for garment, pick in everyday.items() if garment not in unwanted}
    return _painted({**added, **chosen}, sentence.outfit)


def _negated(sentence: Sentence) -> set[str]:
    return {
        garment
        for thing in sentence.things
        if thing.kind == "garment" and thing.is_negated
        for garment in entries()[int(thing.key)]["makes"]
    }


def _report(sentence: Sentence, notes: list[str]) -> None:
    """What was understood but cannot be made yet."""
    unmade = [
        thing.phrase for thing in sentence.things if thing.kind == "unmade" and not thing.is_negated
    ]
    if unmade:
        names = ", ".join(f'"{name}"' for name in dict.fromkeys(unmade))
        notes.append(f"This version cannot make {names} yet.")
    if sentence.odd:
        names = ", ".join(f'"{name}"' for name in dict.fromkeys(sentence.odd))
        notes.append(f"This version has stripes, dots and checks, not {names}.")
