# SPDX-License-Identifier: Apache-2.0
"""From things read in a sentence to garments: roles, what is asked for, what cannot go together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..wardrobe.garments import GARMENTS
from . import colors, lexicon
from .colors import RGB, WHITE
from .meaning import Wearer, garments_called, is_called, meaning, role_text, sentence_of
from .things import Sentence, Thing
from .vocabulary import phrases

ROBES = 58
"""The layer from which a garment for the whole body is wide enough to be worn over others."""
GROWN = 12.0
"""Years from which what grown-ups wear is worn."""
PROPS = ("eyes", "right hand", "left hand", "back", "extra")
_KEPT_BY_COSTUMES = (*PROPS, "feet", "waist", "neck")
"""Slots whose colors stay a role's own in "a wizard in blue"."""
_KEPT_BY_UNIFORMS = (*_KEPT_BY_COSTUMES, "head", "face", "legwear", "hands", "apron")
"""Slots whose colors stay a role's own in "a nurse in blue"."""


@dataclass(frozen=True)
class Pick:
    """A garment's looks; `is_guess` where no word gave the color, `is_named` where words asked for
    the garment itself, `phrase` as what."""

    color: RGB
    pattern: str = "plain"
    second_color: RGB = WHITE
    cloth: str = ""
    is_guess: bool = True
    is_named: bool = False
    is_role: bool = False
    is_layered: bool = False
    phrase: str = ""


Chosen = dict[str, Pick]


@dataclass
class Clothes:
    """What is worn, and what must not be put on beside it."""

    chosen: Chosen = field(default_factory=dict)
    unwanted: set[str] = field(default_factory=set)
    """Garments and slots that were said not to be there."""
    replaced: list[tuple[str, str]] = field(default_factory=list)
    """What gave way to what, of things that words asked for."""
    stand_ins: list[tuple[str, str]] = field(default_factory=list)
    """What there is none of, and what was made in its place."""


def own_color(garment: str) -> RGB:
    return colors.named()[GARMENTS[garment].color]


def asked(sentence: Sentence, wearer: Wearer) -> Clothes:
    """The garments that roles and words name, the words over the roles."""
    clothes = Clothes()
    for role in sentence.roles:
        _dress_as(clothes, role, wearer)
    for thing in sentence.things:
        if thing.kind == "garment":
            _obey(clothes, thing, wearer)
    for place in sentence.bare & _BARED.keys():
        _empty(clothes, _BARED[place])
    clothes.chosen = painted(clothes.chosen, sentence)
    return clothes


_BARED = {
    "feet": ("feet", "legwear"),
    "top": ("top", "mid", "outer"),
    "head": ("head",),
    "hands": ("hands",),
    "legs": ("legwear",),
}


def _empty(clothes: Clothes, slots: Iterable[str]) -> None:
    clothes.unwanted |= set(slots)
    for name in list(clothes.chosen):
        if GARMENTS[name].slot in slots:
            del clothes.chosen[name]


def _dress_as(clothes: Clothes, role: str, wearer: Wearer) -> None:
    sentence = sentence_of(role_text(role, wearer.is_female))
    for place in sentence.bare & _BARED.keys():
        _empty(clothes, _BARED[place])
    for thing in sentence.things:
        if thing.kind != "garment":
            continue
        found = meaning(thing, (), wearer)
        for name in found.names:
            if not _suits(name, wearer):
                continue
            pick = replace(_pick(name, thing, None), is_guess=True, is_role=True)
            _wear(clothes, _sized(name, wearer), pick)
        _add_extra(clothes, found.extra, wearer)


def _suits(garment: str, wearer: Wearer) -> bool:
    """Small children carry no weapons unless words say so."""
    weapons = garments_called(lexicon.read("roles")["weapons"]["words"])
    return not (wearer.age_years < 5 and garment in weapons)


def _sized(garment: str, wearer: Wearer) -> str:
    """What somebody of this age wears of it: girls have flat shoes where women have high heels."""
    of_children: dict[str, str] = lexicon.read("clothes")["of_children"]
    return of_children.get(garment, garment) if wearer.age_years < GROWN else garment


def _obey(clothes: Clothes, thing: Thing, wearer: Wearer) -> None:
    of_role = [name for name, pick in clothes.chosen.items() if pick.is_role]
    found = meaning(thing, of_role, wearer)
    if thing.is_negated:
        _refuse(clothes, thing, found.names)
        return
    for name in found.names:
        before = clothes.chosen.get(name)
        if before is None and found.is_one:
            before = Pick(clothes.chosen[found.names[0]].color) if name != found.names[0] else None
        pick = replace(_pick(name, thing, before), is_named=True, phrase=thing.phrase)
        if before is not None and _contradicts(before, pick, thing):
            clothes.replaced.append((before.phrase, _described(thing)))
        _wear(clothes, name, replace(pick, is_layered=thing.is_layered))
    _add_extra(clothes, found.extra, wearer)
    if found.is_near:
        clothes.stand_ins.append((thing.phrase, label(found.names[0])))


def label(garment: str) -> str:
    return GARMENTS[garment].label or garment.replace("_", " ")


def _contradicts(before: Pick, pick: Pick, thing: Thing) -> bool:
    is_said_twice = before.is_named and not before.is_guess and bool(thing.colors)
    return is_said_twice and not thing.is_again and before.color != pick.color


def _described(thing: Thing) -> str:
    return " ".join((*thing.color_names[:1], thing.phrase))


def _refuse(clothes: Clothes, thing: Thing, names: Iterable[str]) -> None:
    """ "No hat" takes off whatever is a hat."""
    empties = lexicon.read("clothes")["empties"].items()
    slots = {slot for slot, listed in empties if thing.phrase in phrases(listed)}
    clothes.unwanted |= {*names, *slots}
    for name, pick in list(clothes.chosen.items()):
        is_meant = name in names or is_called(name, thing.phrase)
        if is_meant or (GARMENTS[name].slot in slots and not pick.is_named):
            del clothes.chosen[name]


def _wear(clothes: Clothes, name: str, pick: Pick) -> None:
    """Put it on; what cannot be worn with it goes."""
    for other, worn in list(clothes.chosen.items()):
        if other != name and _are_rivals((name, pick), (other, worn)):
            del clothes.chosen[other]
            if worn.is_named and pick.is_named:
                clothes.replaced.append((worn.phrase, pick.phrase))
    clothes.unwanted -= {name, GARMENTS[name].slot}
    clothes.chosen[name] = pick


def _are_rivals(one: tuple[str, Pick], other: tuple[str, Pick]) -> bool:
    first, second = GARMENTS[one[0]], GARMENTS[other[0]]
    if first.slot == second.slot:
        return first.slot != "extra"
    if first.slot != "whole" and second.slot != "whole":
        return False
    whole, part = (first, second) if first.slot == "whole" else (second, first)
    if one[1].is_layered or other[1].is_layered or whole.layer >= ROBES:
        return False
    covered = {"top": "chest", "bottom": "hips"}.get(part.slot)
    return covered in whole.covers


def _add_extra(clothes: Clothes, text: str, wearer: Wearer) -> None:
    """What goes with a set of garments, where its place is free."""
    for thing in sentence_of(text).things:
        for name in (_sized(one, wearer) for one in meaning(thing, (), wearer).names):
            slots = {GARMENTS[other].slot for other in clothes.chosen}
            if GARMENTS[name].slot not in slots:
                clothes.chosen[name] = replace(_pick(name, thing, None), is_role=True)


def pick_of(text: str, wearer: Wearer) -> Chosen:
    """The garments of a text of the lexicon, in its colors."""
    clothes = Clothes()
    _add_extra(clothes, text, wearer)
    return clothes.chosen


def _pick(garment: str, thing: Thing, before: Pick | None) -> Pick:
    """What the words say of the garment over what a role gave it, over its own color."""
    base = before or Pick(own_color(garment))
    materials = lexicon.read("clothes")["material"]
    material = materials.get(thing.material, {})
    for name in ("denim", "leather"):
        if name in thing.phrase or (name == "denim" and "jean" in thing.phrase):
            material = material or materials[name]
    if material:
        color = colors.parse(material["color"]) if material["color"] else base.color
        base = replace(base, color=color, cloth=material["cloth"], is_guess=False)
    said = thing.colors
    if thing.shade and not said:
        base = replace(base, color=colors.changed(base.color, thing.shade))
    if said:
        base = replace(base, color=said[0], is_guess=False, pattern="plain", second_color=WHITE)
    accents = (*said[1:], *thing.accents)
    if thing.pattern:
        is_new = base.pattern != thing.pattern or bool(said)
        second = _second(base) if is_new else base.second_color
        base = replace(base, pattern=thing.pattern, second_color=second)
    if accents:
        base = replace(base, second_color=accents[0])
    return replace(base, is_guess=False) if thing.is_excepted else base


def _second(base: Pick) -> RGB:
    """What a pattern is printed in where no word says it: white, on white a dark one."""
    is_light = sum(base.color) > 2.3
    return colors.named()["navy"] if is_light else colors.named()["off white"]


def painted(chosen: Chosen, sentence: Sentence) -> Chosen:
    """A color said of the whole outfit goes wherever no word gave another."""
    whole = sentence.outfit
    if not (whole.colors or whole.pattern or whole.material or whole.accents):
        return chosen
    of_role = PROPS if sentence.is_whole else _kept(chosen, sentence.roles)
    result = {}
    for garment, pick in chosen.items():
        own = of_role if pick.is_role else PROPS
        is_painted = pick.is_guess and GARMENTS[garment].slot not in own
        result[garment] = _pick(garment, whole, pick) if is_painted else pick
    return result


def _kept(chosen: Chosen, roles: Iterable[str]) -> tuple[str, ...]:
    """The slots in which a role's garments keep their colors; the shirt is one beneath a jacket."""
    entries = lexicon.read("roles")["role"]
    if any(entries[int(role)].get("is_costume", False) for role in roles):
        return _KEPT_BY_COSTUMES
    has_jacket = any(GARMENTS[name].slot == "outer" for name in chosen)
    return (*_KEPT_BY_UNIFORMS, "top") if has_jacket else _KEPT_BY_UNIFORMS
