# SPDX-License-Identifier: Apache-2.0
"""What the encoder is measured by: galleries, choices between texts, and prompts; all seeded.

Scenes are of bodies and, where there are any, of combinations of colors that training never shows.
"""

from __future__ import annotations

import random as stdlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import hues, phrasing, sayings
from .arrays import Drawn, World, arranged, doubt
from .captions import Captions, pictures, written
from .clauses import SHADED, Clause, Picture, Said
from .heldout import held_words
from .labels import PATTERNS, Scene
from .outfits import Outfit, Random, close_fitting, hidden, outfit
from .paints import UPPER
from .sample import dressed, single
from .things import PLACE, THING, nouns
from .writer import Writer

GALLERY = 100
"""Pictures of a gallery, one of which a caption is to find."""
GALLERIES = ("clothing", "action", "shape")
COLORED = ("shoes", "cap", "gloves", "hair", "shirt", "trousers")
TYPES: dict[str, tuple[str, ...]] = {
    "upper": ("tshirt", "tanktop", "shirt", "sweater", "hoodie", "coat", "blazer", "cape"),
    "lower": ("trousers", "shorts", "skirt", "long_skirt", "leggings", "kilt"),
    "whole": ("dress", "gown", "robe", "jumpsuit", "kimono", "leotard"),
    "feet": ("sneakers", "boots", "sandals", "heels", "wellingtons", "flip_flops"),
    "head": (
        "cap", "top_hat", "beanie", "cowboy_hat", "crown", "viking_helmet", "witch_hat", "hood",
    ),
}  # fmt: skip
"""Garments to be told apart by text, by where they are."""
POLES: dict[str, tuple[str, str]] = {
    "weight": ("thin", "fat"),
    "muscle": ("weak", "muscular"),
    "height": ("short", "tall"),
    "female": ("man", "woman"),
    "child": ("child", "adult"),
    "age": ("young man", "old man"),
}
"""Two words for the two ends of each attribute of the body."""
_LIGHT = ("white", "yellow", "pink", "turquoise", "orange")
_DARK = ("black", "blue", "brown", "purple", "green")
_HAIR = (
    "black", "brown", "light brown", "blonde", "platinum blonde", "red", "ginger", "grey", "blue",
    "green", "pink", "purple",
)  # fmt: skip
_WORN_AS: dict[str, tuple[str, str]] = {
    "shoes": ("feet", "shoes"),
    "cap": ("head", "cap"),
    "gloves": ("hands", "gloves"),
    "hair": ("hair", ""),
    "shirt": ("top", "shirt"),
    "trousers": ("bottom", "trousers"),
}


@dataclass(frozen=True)
class Gallery:
    """GALLERY pictures and a caption written for each: right is any of which the caption holds."""

    scene: Scene
    captions: Captions


@dataclass(frozen=True)
class Choice:
    """N pictures, the same O texts or each its own (N, O), and which of them is right (N,)."""

    scene: Scene
    texts: tuple[tuple[str, ...], ...]
    right: NDArray[np.int64]


@dataclass(frozen=True)
class TexelPrompt:
    """A prompt on looks, and (slot, garment, color of `hues.TWELVE`) of each part it speaks of."""

    prompt: str
    parts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class ShapePrompt:
    """A prompt on the body, and whether height, mass, age, female, muscle go up: 1, or down: -1."""

    prompt: str
    moves: dict[str, int]


def gallery(world: World, kind: str, seed: int) -> Gallery:
    """One of GALLERIES; `world` is one that is not for training."""
    random, dice = _random(world, f"{kind} gallery", seed)
    writer = Writer(dice, world.actions, world.training)
    if kind == "shape":
        drawn = _bodies(dice, world)
    else:
        drawn = [_clear(dice, world) for _ in range(GALLERY)]
    scene = arranged(random, world, drawn)
    said: list[tuple[int, Said]] = []
    for row, seen in enumerate(pictures(scene.labels, world)):
        if kind == "clothing":
            said.append((row, Said(_clothing(writer, seen))))
        elif kind == "action":
            said.append((row, Said(action=seen.action)))
        else:
            said.append((row, writer.of_body(seen)))
    return Gallery(scene, written(writer, said))


def order(world: World, count: int, seed: int = 0) -> Choice:
    """ "X shirt and Y trousers" or with the colors exchanged."""
    random, dice = _random(world, "order", seed)
    drawn: list[Drawn] = []
    texts: list[tuple[str, ...]] = []
    words = hues.color_words().names
    while len(drawn) < count:
        one = _clear(dice, world)
        upper = next((slot for slot in UPPER if slot in one.thing), "")
        if not upper or "bottom" not in one.thing or "bottom" in hidden(one.thing):
            continue
        if any(one.pattern[place] for place in (upper, "bottom")):
            continue
        first, second = (words[one.color[place][0]] for place in (upper, "bottom"))
        if first == second:
            continue
        above, below = (_usual(one.thing[place]) for place in (upper, "bottom"))
        drawn.append(one)
        texts.append(
            (f"{first} {above} and {second} {below}", f"{second} {above} and {first} {below}")
        )
    return Choice(arranged(random, world, drawn), tuple(texts), np.zeros(count, dtype=np.int64))


def color_of(world: World, what: str, count: int, seed: int = 0, unseen: bool = False) -> Choice:
    """Which of twelve colors one of COLORED has; `unseen`: of the colors whose words no training
    caption holds."""
    random, dice = _random(world, f"color of {what}", seed)
    place, thing = _WORN_AS[what]
    table = hues.color_words()
    names: Sequence[str] = _HAIR if what == "hair" else hues.TWELVE
    if unseen:
        names = [name for name in sorted(held_words()) if (name, "cloth") in _cloth_words()]
    of: hues.Of = "hair" if what == "hair" else "cloth"
    drawn, right = [], []
    for _ in range(count):
        number = dice.randrange(len(names))
        one = _clear(dice, world, {place: thing} if thing else {}, bare=place)
        color = table.number(names[number], of)
        one.color[place] = (color, color)
        one.pattern[place] = 0
        drawn.append(one)
        right.append(number)
    texts = tuple(f"{name} {what}" for name in names)
    return _choice(random, world, drawn, texts, right)


def type_of(world: World, where: str, count: int, seed: int = 0) -> Choice:
    """Which garment of one of TYPES is worn."""
    random, dice = _random(world, f"type of {where}", seed)
    names = [name for name in TYPES[where] if name in world.made]
    drawn, right = [], []
    for _ in range(count):
        number = dice.randrange(len(names))
        place = _slot(names[number])
        worn = {place: names[number]}
        drawn.append(_clear(dice, world, worn, bare=place))
        right.append(number)
    texts = tuple(
        phrasing.with_article(_usual(name), nouns().is_plural[nouns().number(_usual(name))])
        for name in names
    )
    return _choice(random, world, drawn, texts, right)


def pattern_of(world: World, count: int, seed: int = 0) -> Choice:
    """Which pattern a shirt, a skirt or a dress has."""
    random, dice = _random(world, "pattern", seed)
    drawn, right, texts = [], [], []
    for _ in range(count):
        thing = dice.choice(("shirt", "tshirt", "skirt", "dress"))
        place, number = _slot(thing), dice.randrange(len(PATTERNS))
        one = _clear(dice, world, {place: thing}, bare=place)
        one.pattern[place] = number
        if number:
            inks = dice.choice(_LIGHT), dice.choice(_DARK)
            if number not in SHADED and dice.random() < 0.5:
                inks = inks[::-1]
            first, second = (hues.color_words().number(ink) for ink in inks)
            one.color[place] = (first, second)
        drawn.append(one)
        right.append(number)
        texts.append(
            tuple(f"a {_pattern_word(name)} {_usual(thing)}" for name in range(len(PATTERNS)))
        )
    scene = arranged(random, world, drawn)
    return Choice(scene, tuple(texts), np.array(right))


def pole_of(world: World, what: str, count: int, seed: int = 0) -> Choice:
    """Which of the two words of POLES the body is, other things alike in a pair of pictures."""
    random, dice = _random(world, f"pole of {what}", seed)
    verdicts = [_verdicts(world, word) for word in POLES[what]]
    members = [np.flatnonzero((verdicts[n] == 1) & (verdicts[1 - n] == 0)) for n in (0, 1)]
    drawn, right = [], []
    for number in range(count // 2):
        first = int(dice.choice(members[0]))
        worn = close_fitting(dice, world.made, is_female=True)
        one = dressed(dice, world, first, worn, "metric" if what == "height" else "body")
        one.thing.pop("beard", None)
        one.shading, one.group = 0, number
        drawn += [one, replace(one, body=int(dice.choice(members[1])))]
        right += [0, 1]
    noun = "" if what in ("female", "child", "age") else " person"
    texts = tuple(phrasing.with_article(f"{word}{noun}", False) for word in POLES[what])
    return _choice(random, world, drawn, texts, right)


@cache
def texel_prompts() -> tuple[TexelPrompt, ...]:
    """The prompts of the texel test, of `evaluation.toml`."""
    return tuple(
        TexelPrompt(one["prompt"], tuple((slot, name, color) for slot, name, color in one["parts"]))
        for one in _source()["texel"]
    )


@cache
def shape_prompts() -> tuple[ShapePrompt, ...]:
    """The prompts on bodies, of `evaluation.toml`."""
    return tuple(ShapePrompt(one["prompt"], one["moves"]) for one in _source()["shape"])


def _clothing(writer: Writer, seen: Picture) -> tuple[Clause, ...]:
    """What covers chest and legs, where both are seen, and else any two or three parts."""
    upper = next((PLACE[slot] for slot in UPPER if PLACE[slot] in seen.thing), -1)
    lower = PLACE["bottom"]
    if upper < 0 or lower not in seen.thing:
        return writer.clauses(seen, writer.dice.choice((2, 3)))
    both = writer.clause(seen, upper), writer.clause(seen, lower)
    more = [one for one in writer.clauses(seen, 1) if one.place not in (upper, lower)]
    return (*both, *more)


def _source() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("evaluation.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _random(world: World, name: str, seed: int) -> tuple[np.random.Generator, Random]:
    mixed = [seed, *name.encode(), int(world.training)]
    random = np.random.default_rng(mixed)
    return random, stdlib.Random(int(random.integers(2**62)))


def _clear(dice: Random, world: World, worn: Outfit | None = None, bare: str = "") -> Drawn:
    """A whole figure with colors, in random clothes and these, with nothing over `bare`."""
    while True:
        one = single(dice, world)
        female = world.bodies.body[one.body, 1] > 0.5
        clothes = outfit(dice, world.made, female > 0.5, 20.0)
        if worn:
            clothes = _with(clothes, worn)
        one = dressed(dice, world, one.body, clothes, "body")
        one.shading = 0
        can_see = not bare or (bare in one.thing and bare not in hidden(one.thing))
        if can_see and one.thing.get(bare) != "hair:bald":
            return one


def _with(clothes: Outfit, worn: Outfit) -> Outfit:
    """These clothes with others in their place, whole ones instead of parts and parts of wholes."""
    both = {**clothes, **worn}
    if "whole" in worn:
        for slot in ("top", "bottom", "mid", "outer", "bra"):
            both.pop(slot, None)
    elif {"top", "bottom", "mid"} & set(worn):
        both.pop("whole", None)
        both.setdefault("top", "tshirt")
        both.setdefault("bottom", "trousers")
    return both


def _bodies(dice: Random, world: World) -> list[Drawn]:
    """GALLERY bodies that all else is equal of."""
    bodies = world.bodies
    rows = [int(np.searchsorted(bodies.shares, dice.random())) for _ in range(GALLERY)]
    one = dressed(dice, world, rows[0], close_fitting(dice, world.made, is_female=True), "metric")
    one.thing.pop("beard", None)
    one.shading, one.group = 0, 0
    return [replace(one, body=min(row, len(bodies.shares) - 1)) for row in rows]


def _verdicts(world: World, word: str) -> NDArray[np.int8]:
    """(N,) whether bodies are what a word for people or builds says."""
    persons, builds = sayings.persons(), sayings.builds()
    claims = persons if word in persons.names else builds
    ranges = claims.ranges[[claims.names.index(word)]]
    can = np.diff(world.bodies.shares, prepend=0) > 0
    body = world.bodies.body.copy()
    doubt(body, world.bodies.body)
    grown = (world.bodies.body[:, 0] > 15) | (word in ("child", "adult"))
    return np.where(can & grown, sayings.judged_bodies(ranges, body)[0], -1)


def _choice(
    random: np.random.Generator, world: World, drawn: Sequence[Drawn], texts: tuple[str, ...],
    right: Sequence[int],
) -> Choice:  # fmt: skip
    scene = arranged(random, world, drawn)
    return Choice(scene, (texts,) * len(drawn), np.array(right, dtype=np.int64))


def _slot(garment: str) -> str:
    return nouns().place[nouns().number(_usual(garment))]


def _usual(garment: str) -> str:
    return nouns().names[nouns().of[THING[garment]][0]]


def _pattern_word(number: int) -> str:
    return sayings.pattern_words()[number][0][0] if number else "plain"


@cache
def _cloth_words() -> frozenset[tuple[str, str]]:
    words = hues.color_words()
    return frozenset(zip(words.names, words.of, strict=True))
